"""A server that reads a request and answers at once, to measure how fast the load client itself can go."""

import asyncio
import sys
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Nothing(asyncio.Protocol):
    """Answers every request with two letters. It counts bytes, because all requests of a run have the same size."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._read = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._read += len(data)
        while self._read >= self._size:
            self._read -= self._size
            self._transport.write(ANSWER)


async def _serve(port: int, size: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Nothing(size), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
