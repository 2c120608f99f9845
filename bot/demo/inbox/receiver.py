"""The SMTP side of the inbox: takes every mail for everybody, on loopback, inside the running event loop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.demo.inbox.store import Inbox

LOOPBACK: Final = "127.0.0.1"
HOSTNAME: Final = "inbox.example.org"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver that is listening."""

    port: int

    @property
    def smtp_url(self) -> str:
        """What to set as `HERALD_SMTP_URL` to send here."""
        return f"smtp://{LOOPBACK}:{self.port}?tls=none"


@asynccontextmanager
async def receiving(inbox: Inbox, *, port: int = 0) -> AsyncIterator[Receiver]:
    """Receive into the inbox until the block ends. Port 0 takes a free one. Raises OSError if the port is taken."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes every command there, addresses included
    sessions: WeakSet[SMTP] = WeakSet()

    def begin() -> SMTP:
        session = SMTP(_Handler(inbox), hostname=HOSTNAME, ident="Herald demo inbox", enable_SMTPUTF8=True)
        sessions.add(session)
        return session

    server = await asyncio.get_running_loop().create_server(begin, LOOPBACK, port, backlog=512)
    try:
        yield Receiver(port=server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for session in tuple(sessions):
            if session.transport is not None:
                session.transport.close()
        await server.wait_closed()


class _Handler:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd after the final dot; what is returned is the reply."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        try:
            self._inbox.deliver(
                envelope_from=envelope.mail_from or "", recipients=[str(to) for to in envelope.rcpt_tos], raw=raw
            )
        except OSError:
            return "452 4.3.1 the inbox's disk is full"
        return "250 2.0.0 in the inbox"
