"""One worker's connection to the mail relay: bytes in, a typed outcome back, no exception for what a network does.

Every worker task owns one `MailConnection`; there is no pool to starve (reference/email-delivery.md section 4.3).
aiosmtplib opens it; `digests/mail_session.py` leads the conversation. The body goes out prepared, because `sendmail()`
spends most of its time searching a message that we have built line by line ourselves.

Where the relay offers PIPELINING (RFC 2920) a message costs one round trip: its envelope goes out in one group, and
the next message's envelope right behind the dot of this one.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, cast

import aiosmtplib
from aiosmtplib.errors import SMTPException, SMTPResponseException

from bot.rendering.mime import Pieces
from bot.rules.relay import MailRelay
from digests.mail_replies import (
    SHUTTING_DOWN,
    Accepted,
    Outcome,
    Refused,
    RelayDown,
    RelayRefuses,
    Stage,
    Uncertain,
    classify,
    lost,
)
from digests.mail_session import HungUp, Session

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


class Envelope(NamedTuple):
    """Sender and recipient as the relay hears them. An empty sender is the null path."""

    sender: str
    recipient: str

    @property
    def commands(self) -> tuple[bytes, bytes, bytes]:
        """What announces a message, up to its body."""
        return (
            f"MAIL FROM:<{self.sender}>\r\n".encode("ascii"),
            f"RCPT TO:<{self.recipient}>\r\n".encode("ascii"),
            b"DATA\r\n",
        )

    @property
    def fit(self) -> bool:
        """Whether it can be written: no address that could smuggle a parameter into a command (RFC 5321 4.1.2)."""
        return _fit(self.recipient) and (not self.sender or _fit(self.sender))


Following = Callable[[], Envelope | None]
"""Asked once, just before the body leaves: whose message comes next on this connection, if that is known."""
Meanwhile = Callable[[], None]
"""Called once, when the body has left and before its reply is waited for: what can be done while the relay works."""


class _Ended(Exception):
    """The exchange is over; carries what it meant."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class _HungUpSince(Exception):
    """A session that worked before has ended; nothing of this message has been heard."""


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
        self._session: Session | None = None
        self._announced: Envelope | None = None
        self._worn = False
        self._sent = 0
        self._last_used = 0.0

    async def send(
        self,
        envelope_from: str,
        recipient: str,
        wire: Pieces,
        *,
        following: Following | None = None,
        meanwhile: Meanwhile | None = None,
    ) -> Outcome:
        """Offer one message for one recipient and say what became of it. An empty `envelope_from` is the null path.

        Whatever `following` names is announced at once; send it next, or call `forget`.
        """
        envelope = Envelope(envelope_from, recipient)
        if envelope != self._announced and not envelope.fit:
            return Refused(_BAD_ADDRESS, "5.1.3 this address cannot be written in an envelope", suppress=False)
        self.body_on_its_way = False
        try:
            try:
                session = await self._ready(envelope)
                await self._announce(session, envelope)
            except _HungUpSince:  # only now do we see that the relay ended the session behind the last message
                session = await self._ready(envelope)
                await self._announce(session, envelope)
            return await self._body(session, wire, following, meanwhile)
        except _Ended as end:
            return end.outcome
        except BaseException:  # cancelled, or a mistake of ours
            self._drop()
            raise

    def forget(self) -> None:
        """What was announced is not sent after all: the relay waits for a body, so the session ends."""
        if self._announced is not None:
            self._drop()

    async def close(self) -> None:
        """Say goodbye and hang up; safe at any time, twice too."""
        session, self._session = self._session, None
        announced, self._announced = self._announced, None
        if session is None:
            return
        try:
            if session.is_open and announced is None:
                session.write(b"QUIT\r\n")
                await session.reply(self._timeouts.goodbye)
        except (OSError, TimeoutError):
            pass  # whoever does not answer a goodbye has gone already
        finally:
            session.hang_up()

    @property
    def is_open(self) -> bool:
        """Whether a session stands ready."""
        return self._session is not None and self._session.is_open

    async def _announce(self, session: Session, envelope: Envelope) -> None:
        """MAIL, RCPT and DATA, unless that was done behind the last message. Raises _Ended when the relay will not."""
        announced, self._announced = self._announced, None
        together = session.pipelining
        commands = envelope.commands if announced is None else ()
        worn, self._worn = self._worn, True
        refused: Outcome | None = None
        stage, code = Stage.MAIL, 0
        try:
            if together and announced is None:
                session.write(b"".join(commands), replies=3)
            for place, stage in enumerate(_GO_ON):
                if not together:
                    session.write(commands[place])
                code, text = await session.reply(self._timeouts.command)
                if code // 100 == _GO_ON[stage]:
                    continue
                refused = refused or classify(stage, code, text)
                if code == SHUTTING_DOWN or not together:
                    break
            if refused is None:
                return
            if code // 100 == _GO_ON[Stage.DATA]:  # RFC 2920 3.1: all recipients refused and DATA accepted all the same
                session.write(b".\r\n")
                await session.reply(self._timeouts.command)
        except (OSError, TimeoutError) as error:
            self._drop()
            if worn and stage is Stage.MAIL and isinstance(error, HungUp):
                raise _HungUpSince from None
            raise _Ended(refused or lost(stage, _said(error))) from None
        if code == SHUTTING_DOWN or isinstance(refused, RelayDown):
            self._drop()
        else:
            await self._forget_envelope(session)
        raise _Ended(refused)

    async def _body(
        self, session: Session, wire: Pieces, following: Following | None, meanwhile: Meanwhile | None
    ) -> Outcome:
        if not session.is_open:  # hung up between its 354 and our body: not a byte of it has left
            self._drop()
            return RelayDown("the relay hung up before the message")
        announced = self._look_ahead(session, following)
        try:
            self.body_on_its_way = True
            session.write(b"".join((*wire, b".\r\n", *announced)), replies=1 + len(announced))
            if meanwhile is not None:
                await asyncio.sleep(0)  # the event loop hands over what was written at the end of its turn
                meanwhile()
            code, text = await session.reply(self._timeouts.final)
        except (OSError, TimeoutError) as error:
            self._drop()
            return lost(Stage.BODY, _said(error))
        self.body_on_its_way = False
        outcome = classify(Stage.BODY, code, text)
        self._sent += 1
        self._last_used = asyncio.get_running_loop().time()
        if not isinstance(outcome, Accepted) and (isinstance(outcome, RelayDown | Uncertain) or session.unread):
            self._drop()  # unread: it answered before it had read everything; its next reply would be to the rest
        return outcome

    def _look_ahead(self, session: Session, following: Following | None) -> tuple[bytes, ...]:
        """The commands that announce the next message. They leave in one piece with this one: a relay that answers the
        dot alone would hold back its answers to them until ours is acknowledged, 40 ms (RFC 896, RFC 1122 4.2.3.2)."""
        if following is None or not session.pipelining or self._sent + 1 >= RECYCLE_AFTER_MESSAGES:
            return ()
        envelope = following()
        if envelope is None or not envelope.fit:
            return ()
        self._announced = envelope
        return envelope.commands

    async def _forget_envelope(self, session: Session) -> None:
        self._last_used = asyncio.get_running_loop().time()
        try:
            session.write(b"RSET\r\n")
            code, _ = await session.reply(self._timeouts.command)
        except (OSError, TimeoutError):
            self._drop()
        else:
            if code != 250:
                self._drop()

    async def _ready(self, envelope: Envelope) -> Session:
        session = self._session
        if session is not None and session.is_open:
            idle = asyncio.get_running_loop().time() - self._last_used
            if self._announced == envelope:
                return session
            if self._announced is None and self._sent < RECYCLE_AFTER_MESSAGES and idle < self._timeouts.idle:
                return session
            await self.close()
        self._drop()
        self._session = session = await self._open()
        self._worn = False
        self._sent = 0
        self._last_used = asyncio.get_running_loop().time()
        return session

    async def _open(self) -> Session:
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
            transport = client.transport
            if transport is None:
                raise HungUp("the relay hung up after its greeting")
        except SMTPResponseException as error:
            client.close()
            raise _Ended(classify(stage, error.code, error.message)) from None
        except (SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise _Ended(_cannot_open(stage, error)) from None
        except BaseException:
            client.close()
            raise
        # The protocol that opened it would wait for one reply after another; the transport's next one is ours.
        return Session(cast("asyncio.Transport", transport), pipelining=client.supports_extension("pipelining"))

    @staticmethod
    async def _greet(client: aiosmtplib.SMTP) -> None:
        try:
            await client.ehlo()
        except SMTPResponseException as error:
            if not client.is_connected or not 500 <= error.code < 600:
                raise
            await client.helo()  # RFC 5321 3.2: an old relay that knows no EHLO

    def _drop(self) -> None:
        session, self._session, self._announced = self._session, None, None
        if session is not None:
            session.hang_up()


def _cannot_open(stage: Stage, error: Exception) -> Outcome:
    reason = _said(error)
    wrong_certificate = ssl.SSLCertVerificationError in (type(error), type(error.__cause__))
    unanswered = isinstance(error, OSError | TimeoutError) or stage in (Stage.GREETING, Stage.EHLO)
    if unanswered and not wrong_certificate:
        return lost(stage, reason)
    return RelayRefuses(
        0, f"{stage}: {reason}", message_named=False
    )  # no TLS or no AUTH on offer, a wrong certificate: a setting to mend


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _fit(address: str) -> bool:
    return len(address) <= 254 and _FIT.fullmatch(address) is not None
