"""The listener: SMTP and LMTP on one port, for whatever mail server forwards our reply and bounce addresses.

The final reply is given after the commit (law 1). Trouble of our own is 451, so that the other side keeps the mail and
tries again; 550 says only that an address was not made by Herald. One recipient at a time (452 for the next one), so
that each mail is one transaction and LMTP's reply for each recipient is the one reply there is.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.mail_addresses import MailPurpose, read_tagged
from handlers.mail.reading import LARGEST
from handlers.mail.receiving import Arrived, MailContext, receive
from storage.database import DatabaseBusy

log = logging.getLogger("herald.mail")

TAKEN: Final = "250 2.0.0 taken"
BUSY: Final = "451 4.3.0 busy, please try again"
OUR_FAULT: Final = "451 4.3.0 something went wrong here, please try again"
NOT_OURS: Final = "550 5.1.1 there is no such address here"
ONE_AT_A_TIME: Final = "452 4.5.3 one recipient at a time, please"
FULL: Final = b"421 4.3.2 too many connections, please try again\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and connections. `silence` is between two lines, `session` for a whole connection."""

    connections: int = 50
    silence: float = 60.0
    session: float = 600.0


@dataclass(frozen=True, slots=True)
class Listening:
    """A listener that is open."""

    host: str
    port: int


@asynccontextmanager
async def listening(context: MailContext, *, listen: str, limits: Limits = Limits()) -> AsyncIterator[Listening]:
    """Listens at `host:port` until the block ends. Port 0 takes a free one. Raises OSError when it is not free."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes every command there, addresses included
    host, _, port = listen.rpartition(":")
    sessions: WeakSet[_Session] = WeakSet()

    def begin() -> SMTP:
        session = _Session(_Handler(context), sessions=sessions, limits=limits, hostname=context.mail.domain)
        sessions.add(session)
        return session

    loop = asyncio.get_running_loop()
    # Several `herald serve` on one machine have the same setting, so they share the port.
    server = await loop.create_server(begin, host.strip("[]"), int(port), backlog=128, reuse_port=True)
    try:
        yield Listening(*server.sockets[0].getsockname()[:2])
    finally:
        server.close()
        for session in tuple(sessions):
            session.hang_up()
        await server.wait_closed()


class _Session(SMTP):
    """One connection. LHLO is EHLO: with one recipient at a time the two protocols are the same."""

    line_length_limit = 100_000  # mail programs break RFC 5321's 1,000 every day, and a refusal would lose an answer

    def __init__(self, handler: "_Handler", *, sessions: "WeakSet[_Session]", limits: Limits, hostname: str) -> None:
        super().__init__(
            handler,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="Herald",
            timeout=limits.silence,
            loop=asyncio.get_running_loop(),
        )
        self._sessions = sessions
        self._limits = limits
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the connection, unless too many are open."""
        if len(self._sessions) > self._limits.connections and isinstance(transport, asyncio.Transport):
            self._sessions.discard(self)
            transport.write(FULL)
            transport.close()
            return
        self._end = asyncio.get_running_loop().call_later(self._limits.session, self.hang_up)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forgets the connection."""
        if self._end is None:  # it was never taken
            return
        self._end.cancel()
        self._sessions.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """Closes the connection; what was not answered yet comes again."""
        if self.transport is not None:
            self.transport.close()

    async def smtp_LHLO(self, arg: str) -> None:
        """The greeting of LMTP (RFC 2033)."""
        await self.smtp_EHLO(arg)


class _Handler:
    """What aiosmtpd calls; what is returned is the reply."""

    def __init__(self, context: MailContext) -> None:
        self._context = context

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Only addresses that Herald made, one at a time; and `bounce@`, where a mailbox may pass bounces on to.

        Where the relay allows no sender but the mailbox's own, bounces go to that mailbox, and a rule there sends them
        here: what they return says which message it was.
        """
        if envelope.rcpt_tos:
            return ONE_AT_A_TIME
        at_home = address.rpartition("@")[2].casefold() == self._context.mail.domain.casefold()
        passed_on = address.partition("@")[0].casefold() == MailPurpose.BOUNCE
        if not at_home or not (passed_on or read_tagged(address, keyring=self._context.store.keyring)):
            return NOT_OURS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 yes"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """The whole mail: done and committed before the reply."""
        content = envelope.content or b""
        raw = bytes(content) if isinstance(content, bytes | bytearray) else content.encode("utf-8", "surrogateescape")
        try:
            await receive(self._context, Arrived(raw, tuple(envelope.rcpt_tos), envelope.mail_from or ""))
        except DatabaseBusy:
            return BUSY
        except Exception:
            log.exception("a mail could not be taken in")
            return OUR_FAULT
        return TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours outside of the above."""
        log.error("the mail listener stumbled", exc_info=error)
        return OUR_FAULT
