"""A small client that keeps N connections busy with ready-made HTTP requests and times every answer.

It speaks HTTP/1.1 keep-alive by hand, because a full client would cost more than the servers it measures. How fast it
could go is measured in the same run against a server that does nothing (`ceiling.py`).
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

HEAD_END = b"\r\n\r\n"


class WrongAnswer(Exception):
    """A server answered something that the benchmark did not ask for: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one round of load came to. Times are seconds."""

    took: float
    waits: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.waits) / self.took


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a POST request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + HEAD_END + body


def get(path: str, headers: dict[str, str]) -> bytes:
    """The bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + HEAD_END


async def drive(port: int, requests: Iterable[bytes], *, connections: int, expect: bytes = b"") -> Load:
    """Sends every request once over `connections` kept-alive connections, each waiting for its answer.

    Raises WrongAnswer when an answer is not 200 or its body lacks `expect`.
    """
    return await drive_in_order(port, ([request] for request in requests), connections=connections, expect=expect)


async def drive_in_order(
    port: int, series: Iterable[Sequence[bytes]], *, connections: int, expect: bytes = b""
) -> Load:
    """The same for requests that follow each other: those of one series go one by one, as one person sends them."""
    waiting = iter(series)
    waits: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(_connection(port, waiting, waits, expect) for _ in range(connections)))
    return Load(time.perf_counter() - begun, waits)


async def _connection(port: int, waiting: Iterator[Sequence[bytes]], waits: list[float], expect: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for request in chain.from_iterable(waiting):
            begun = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(HEAD_END)
            body = await reader.readexactly(_length(head))
            waits.append(time.perf_counter() - begun)
            if not head.startswith(b"HTTP/1.1 200") or expect not in body:
                raise WrongAnswer((head + body)[:600].decode(errors="replace"))
    finally:
        writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise WrongAnswer("An answer came without its length.")
