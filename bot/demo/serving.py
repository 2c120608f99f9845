"""A web application served inside of a running program, for the demo's stand-ins and for tests."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

import uvicorn

LOOPBACK = "127.0.0.1"
LAST_ANSWERS_S = 1
"""How long requests that are under way may take when the serving ends."""
LOOKS_AGAIN_S = 0.002


class _Server(uvicorn.Server):
    """Leaves signals to the program around it; begins and ends at once, where uvicorn looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()
        self.told_to_end = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self.begun.set()
        await self.told_to_end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        state = self.server_state
        for connection in tuple(state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn offers no event for "all answered"
                    await asyncio.sleep(LOOKS_AGAIN_S)
        for task in tuple(state.tasks):
            task.cancel()
        await self.lifespan.shutdown()


def listener(port: int = 0) -> socket.socket:
    """A loopback socket to serve on: a port that is free now, or one that an earlier serving had."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, port))
    return bound


def address(bound: socket.socket) -> str:
    """Where that socket is reached."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}"


@asynccontextmanager
async def serving(
    site: Any, *, on: socket.socket | None = None, lifespan: Literal["on", "off"] = "off"
) -> AsyncIterator[str]:
    """Serves an ASGI application until the block ends; gives its address. Raises RuntimeError if it cannot begin."""
    config = uvicorn.Config(
        site, log_config=None, access_log=False, lifespan=lifespan, timeout_graceful_shutdown=LAST_ANSWERS_S
    )
    server = _Server(config)
    with on or listener() as bound:
        work = asyncio.create_task(server.serve(sockets=[bound]))
        begun = asyncio.create_task(server.begun.wait())
        try:
            await asyncio.wait((work, begun), return_when=asyncio.FIRST_COMPLETED)
            if not server.started:
                raise RuntimeError("The application did not start.")
            yield address(bound)
        finally:
            begun.cancel()
            server.told_to_end.set()
            await work
