"""One worker's connection to the mail relay: bytes in, a typed outcome back, no exception for what a network does.

Every worker task owns one `MailConnection`; there is no pool to starve (reference/email-delivery.md section 4.3). The
body goes out prepared, by aiosmtplib's public commands, because `sendmail()` spends most of its time searching a
message that we have built line by line ourselves.
"""

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Final, cast

import aiosmtplib
from aiosmtplib.errors import SMTPException, SMTPResponseException

from bot.rendering.mime import Wire
from bot.rules.relay import MailRelay
from digests.mail_replies import Accepted, Outcome, Refused, RelayDown, RelayRefuses, Stage, Uncertain, classify, lost

RECYCLE_AFTER_MESSAGES: Final = 500  # relays close long sessions by themselves, in the middle of something
_GO_ON: Final = {Stage.MAIL: 2, Stage.RCPT: 2, Stage.DATA: 3}  # the first digit decides (RFC 5321 4.2.1)
_BAD_ADDRESS: Final = 553
_FIT: Final = re.compile(
    r"[!#-+\--:=?A-Z\[\]^-~]+@[A-Za-z0-9.\[\]:-]+"
)  # printable ASCII but space < > " , ; @ and backslash


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait. `final` is for the reply after the dot: RFC 5321 4.5.3.2.6 asks for 10 minutes, since giving up
    early is what makes duplicates (RFC 1047). A session unused for `idle` seconds is not trusted any more."""

    connect: float = 20.0
    command: float = 60.0
    final: float = 600.0
    goodbye: float = 2.0
    idle: float = 30.0


class _Ended(Exception):
    """The exchange is over; carries what it meant."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class MailConnection:
    """One SMTP session, opened when first needed, renewed after 500 messages or 30 idle seconds.

    Not for sharing between tasks: SMTP answers in order. A cancelled `send` drops the session; whether that message was
    taken is then as unknown as after a kill (`body_on_its_way` tells).
    """

    def __init__(
        self,
        relay: MailRelay,
        *,
        local_hostname: str = "localhost",
        timeouts: Timeouts | None = None,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """`local_hostname` is the name given in EHLO: the mail domain. `tls_context` is for tests with their own CA."""
        self.relay = relay
        self.body_on_its_way = False
        self._local_hostname = local_hostname
        self._timeouts = timeouts or Timeouts()
        self._tls_context = tls_context
        self._client: aiosmtplib.SMTP | None = None
        self._sent = 0
        self._last_used = 0.0

    async def send(self, envelope_from: str, recipient: str, wire: bytes) -> Outcome:
        """Offer one message for one recipient and say what became of it. An empty `envelope_from` is the null path.

        `wire` is best made by `bot.rendering.mime`, whose `Wire` is sent as it is; any other bytes are put into CRLF
        lines and dot-stuffed first (RFC 5321 2.3.8, 4.5.2).
        """
        if _unfit(recipient) or (envelope_from and _unfit(envelope_from)):
            return Refused(_BAD_ADDRESS, "5.1.3 this address cannot be written in an envelope", suppress=False)
        body = wire if type(wire) is Wire else _for_the_wire(wire)
        self.body_on_its_way = False
        stage = Stage.GREETING
        try:
            client = await self._ready()
            for stage, argument in ((Stage.MAIL, f"FROM:<{envelope_from}>"), (Stage.RCPT, f"TO:<{recipient}>")):
                await self._command(client, stage, argument.encode("ascii"))
            stage = Stage.DATA
            await self._command(client, stage)
            stage = Stage.BODY
            return await self._body(client, body)
        except _Ended as end:
            return end.outcome
        except SMTPResponseException as error:  # an answer that is no SMTP reply at all
            self._drop()
            return lost(stage, f"unreadable reply: {error.message}")
        except (SMTPException, OSError, TimeoutError) as error:
            self._drop()
            return lost(stage, str(error) or type(error).__name__)
        except asyncio.CancelledError:
            self._drop()
            raise

    async def close(self) -> None:
        """Say goodbye and hang up; safe at any time, twice too."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if client.is_connected:
                await client.quit(timeout=self._timeouts.goodbye)
        except (SMTPException, OSError, TimeoutError):
            pass  # whoever does not answer a goodbye has gone already
        finally:
            client.close()

    @property
    def is_open(self) -> bool:
        """Whether a session stands ready."""
        return self._client is not None and self._client.is_connected

    async def _command(self, client: aiosmtplib.SMTP, stage: Stage, *arguments: bytes) -> None:
        code, text = await client.execute_command(stage.encode(), *arguments, timeout=self._timeouts.command)
        if code // 100 == _GO_ON[stage]:
            return
        outcome = classify(stage, code, text)
        if isinstance(outcome, RelayDown):
            self._drop()
        else:
            await self._forget_envelope(client)
        raise _Ended(outcome)

    async def _body(self, client: aiosmtplib.SMTP, body: bytes) -> Outcome:
        protocol = client.protocol
        if protocol is None:  # hung up between its 354 and our body: not a byte of it has left
            raise _Ended(RelayDown("the relay hung up before the message"))
        self.body_on_its_way = True
        protocol.write(body + b".\r\n")
        code, text = await protocol.read_response(timeout=self._timeouts.final)
        self.body_on_its_way = False
        outcome = classify(Stage.BODY, code, text)
        self._sent += 1
        self._last_used = asyncio.get_running_loop().time()
        if not isinstance(outcome, Accepted) and (isinstance(outcome, RelayDown | Uncertain) or _unread(client)):
            self._drop()
        return outcome

    async def _forget_envelope(self, client: aiosmtplib.SMTP) -> None:
        self._last_used = asyncio.get_running_loop().time()
        try:
            code, _ = await client.rset(timeout=self._timeouts.command)
        except (SMTPException, OSError, TimeoutError):
            self._drop()
        else:
            if code != 250:
                self._drop()

    async def _ready(self) -> aiosmtplib.SMTP:
        client = self._client
        if client is not None and client.is_connected:
            idle = asyncio.get_running_loop().time() - self._last_used
            if self._sent < RECYCLE_AFTER_MESSAGES and idle < self._timeouts.idle:
                return client
            await self.close()
        self._drop()
        self._client = client = await self._open()
        self._sent = 0
        self._last_used = asyncio.get_running_loop().time()
        return client

    async def _open(self) -> aiosmtplib.SMTP:
        relay = self.relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=self._local_hostname,
            timeout=self._timeouts.connect,
            use_tls=relay.tls == "tls",
            start_tls=False,
            cert_bundle=relay.ca_file or None,
            tls_context=self._tls_context,
        )
        stage = Stage.GREETING
        try:
            await client.connect()
            stage = Stage.EHLO
            await self._greet(client)
            if relay.tls == "starttls":
                stage = Stage.STARTTLS
                await client.starttls()
                stage = Stage.EHLO
                await self._greet(client)
            if relay.username:
                stage = Stage.AUTH
                await client.login(relay.username, relay.password)
        except SMTPResponseException as error:
            client.close()
            raise _Ended(classify(stage, error.code, error.message)) from None
        except (SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise _Ended(_cannot_open(stage, error)) from None
        except BaseException:
            client.close()
            raise
        return client

    @staticmethod
    async def _greet(client: aiosmtplib.SMTP) -> None:
        try:
            await client.ehlo()
        except SMTPResponseException as error:
            if not client.is_connected or not 500 <= error.code < 600:
                raise
            await client.helo()  # RFC 5321 3.2: an old relay that knows no EHLO

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _cannot_open(stage: Stage, error: Exception) -> Outcome:
    reason = str(error) or type(error).__name__
    wrong_certificate = ssl.SSLCertVerificationError in (type(error), type(error.__cause__))
    unanswered = isinstance(error, OSError | TimeoutError) or stage in (Stage.GREETING, Stage.EHLO)
    if unanswered and not wrong_certificate:
        return lost(stage, reason)
    return RelayRefuses(
        0, f"{stage}: {reason}", message_named=False
    )  # no TLS or no AUTH on offer, a wrong certificate: a setting to mend


def _unread(client: aiosmtplib.SMTP) -> bool:
    """Whether the relay answered before it had read everything: its next reply would be to the rest of the body."""
    transport = cast("asyncio.WriteTransport | None", client.transport)
    return transport is not None and transport.get_write_buffer_size() > 0


def _unfit(address: str) -> bool:
    """Whether an address could not stand, or could smuggle a parameter, in `MAIL FROM:<…>` (RFC 5321 4.1.2)."""
    return len(address) > 254 or not _FIT.fullmatch(address)


def _for_the_wire(message: bytes) -> bytes:
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    stuffed = lines.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
