"""A relay far away: an SMTP server that answers everything 20 ms late: `python -m benchmarks.slow_relay PIPELINING|-`.

Commands that come together are answered together, so a group costs one delay, as it does on a line with a round trip of
20 ms. It keeps nothing. Prints its port.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

import uvloop

from benchmarks.servers import environment

DELAY_S: Final = 0.02
END: Final = b"\r\n.\r\n"
REPLIES: Final = {
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 goodbye\r\n",
}


class Relay(asyncio.Protocol):
    """One connection."""

    def __init__(self, *, pipelining: bool) -> None:
        self._hello = b"250-far.example.org\r\n250-8BITMIME\r\n" + (
            b"250 PIPELINING\r\n" if pipelining else b"250 HELP\r\n"
        )
        self._came = b""
        self._in_body = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._answer(b"220 far.example.org ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answers whatever is whole."""
        self._came += data
        replies = b""
        while (reply := self._next()) is not None:
            replies += reply
        if replies:
            self._answer(replies)

    def _next(self) -> bytes | None:
        if self._in_body:
            _, end, rest = self._came.partition(END)
            if not end:
                return None
            self._came, self._in_body = rest, False
            return b"250 2.0.0 taken\r\n"
        line, end, rest = self._came.partition(b"\r\n")
        if not end:
            return None
        self._came = rest
        verb = line[:4].upper()
        if verb == b"DATA":
            self._in_body = True
            return b"354 go on\r\n"
        return self._hello if verb == b"EHLO" else REPLIES.get(verb, b"500 5.5.1 what?\r\n")

    def _answer(self, replies: bytes) -> None:
        asyncio.get_running_loop().call_later(DELAY_S, self._say, replies)

    def _say(self, replies: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(replies)


@asynccontextmanager
async def slow_relay(*, pipelining: bool) -> AsyncIterator[int]:
    """The relay in a process of its own; gives its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.slow_relay",
        "PIPELINING" if pipelining else "-",
        env=environment({}),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield int(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


async def serve(*, pipelining: bool) -> None:
    """Serves until it is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Relay(pipelining=pipelining), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(pipelining=sys.argv[1:] == ["PIPELINING"]))
