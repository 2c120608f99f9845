"""The conversation with a relay once it is open: commands out, replies in, in their order.

aiosmtplib opens the connection (TLS, EHLO, AUTH) and then waits for each reply before it lets a further command be
written. RFC 2920 allows more: where the relay offers PIPELINING, a group of commands costs one round trip. So the
open transport is taken over here; a session without PIPELINING is led by the same code, one command at a time.
"""

import asyncio
from collections import deque
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST_REPLY: Final = 65_536
"""Octets. RFC 5321 4.5.3.1.5 allows 512 for a line and sets no end to the number of lines."""


class Reply(NamedTuple):
    """One reply: its code, and its lines joined by line feeds."""

    code: int
    text: str


class HungUp(ConnectionError):
    """The relay ended the connection."""


class Unreadable(ConnectionError):
    """What came is no SMTP reply."""


class Session(asyncio.Protocol):
    """Takes over an open transport. For one task: replies belong to commands by their order alone."""

    def __init__(self, transport: asyncio.Transport, *, pipelining: bool) -> None:
        self.pipelining = pipelining
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._came = bytearray()
        self._replies: deque[Reply] = deque()
        self._owed = 0
        self._trouble: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether it can be written to, and the relay has said nothing that nobody asked for."""
        return self._trouble is None and not self._transport.is_closing()

    @property
    def unread(self) -> bool:
        """Whether something that was written has not left yet."""
        return self._transport.get_write_buffer_size() > 0

    def write(self, data: bytes, *, replies: int = 1) -> None:
        """Sends something for which the relay owes so many replies. Raises HungUp, Unreadable."""
        if self._trouble is not None:
            raise self._trouble
        if self._transport.is_closing():
            raise HungUp("the connection is closed")
        self._owed += replies
        self._transport.write(data)

    async def reply(self, within: float) -> Reply:
        """The next reply, `within` so many seconds. Raises HungUp, Unreadable, TimeoutError."""
        if not self._replies:
            if self._trouble is not None:
                raise self._trouble
            await self._wait(within)
        return self._replies.popleft()

    def hang_up(self) -> None:
        """Closes the connection at once; what has not left does not leave."""
        self._transport.abort()

    async def _wait(self, within: float) -> None:
        self._waiter = waiter = self._loop.create_future()
        timer = self._loop.call_later(within, self._fail, TimeoutError(f"no reply within {within:g} s"))
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    # What the event loop calls

    def data_received(self, data: bytes) -> None:
        """Octets have come."""
        self._came += data
        try:
            while (reply := _next_reply(self._came)) is not None:
                if not self._owed:
                    raise Unreadable(f"the relay spoke unasked: {reply.code} {reply.text}")
                self._owed -= 1
                self._replies.append(reply)
        except Unreadable as problem:
            self._fail(problem)
        if self._replies and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._fail(HungUp(str(exc) if exc else "connection lost"))

    def _fail(self, trouble: Exception) -> None:
        if self._trouble is None:
            self._trouble = trouble
        if self._waiter is None or self._waiter.done():
            return
        if self._replies:  # a good reply and a goodbye in one breath: the reply comes first
            self._waiter.set_result(None)
        else:
            self._waiter.set_exception(self._trouble)


def _next_reply(came: bytearray) -> Reply | None:
    """Takes one whole reply from what has come (RFC 5321 4.2.1). Raises Unreadable."""
    if len(came) > LONGEST_REPLY:
        raise Unreadable("the reply does not end")
    lines: list[str] = []
    start = 0
    while (end := came.find(b"\n", start)) >= 0:
        line = _line(bytes(came[start : end + 1]))
        lines.append(line.text)
        start = end + 1
        if not line.goes_on:
            del came[:start]
            return Reply(line.code, "\n".join(lines))
    return None


class _Line(NamedTuple):
    code: int
    goes_on: bool
    text: str


@lru_cache(maxsize=64)  # a relay says the same to nearly every command
def _line(octets: bytes) -> _Line:
    if not octets[:3].isdigit() or octets[3:4] not in (b"-", b" ", b"\r", b"\n"):
        raise Unreadable(f"unreadable reply: {octets.decode('utf-8', 'replace').strip()}")
    return _Line(int(octets[:3]), octets[3:4] == b"-", octets[4:].strip().decode("utf-8", "replace"))
