"""Servers in processes of their own: Herald as `herald serve` starts it, bare Bolt, and one that does nothing."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
SECRET_KEY = "a secret of the benchmarks that is long enough for anything"  # noqa: S105 - opens invented answers only
SIGNING_SECRET = "signing-secret-of-the-benchmarks"  # noqa: S105 - signs invented requests only
START_S = 60.0


class DidNotStart(Exception):
    """A server of the benchmarks ended or stayed silent; the text is what it wrote."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. `ready_s` is the time from the start of its process to its first good answer."""

    port: int
    pid: int
    ready_s: float


@dataclass(slots=True)
class WebApi:
    """The other side of Slack: answers `ok` to everything and counts."""

    url: str
    calls: int = 0


@contextlib.asynccontextmanager
async def web_api() -> AsyncIterator[WebApi]:
    """A Slack Web API on this machine: outgoing calls of the servers end here."""
    api = WebApi("")

    async def answer(_request: web.Request) -> web.Response:
        api.calls += 1
        return web.json_response({"ok": True, "team_id": "T0BENCH", "user_id": "U0BOT", "bot_id": "B0BOT"})

    app = web.Application()
    app.router.add_route("*", "/{method:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    api.url = f"http://127.0.0.1:{port}/api/"
    try:
        yield api
    finally:
        await runner.cleanup()


def herald(
    *, database_url: str, port: int, api_url: str, folder: Path
) -> "contextlib.AbstractAsyncContextManager[Running]":
    """Herald as people start it: web, Slack and background work in one process."""
    settings = {
        "HERALD_DATABASE_URL": database_url,
        "HERALD_SECRET_KEY": SECRET_KEY,
        "HERALD_BASE_URL": f"http://127.0.0.1:{port}",
        "HERALD_SLACK_BOT_TOKEN": "xoxb-benchmarks",
        "HERALD_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "HERALD_SLACK_API_URL": api_url,
        "HERALD_STATE_DIR": str(folder / "state"),
    }
    return _running(["-m", "bot", "serve", "--port", str(port)], port=port, folder=folder, settings=settings)


def bare_bolt(*, port: int, api_url: str, folder: Path) -> "contextlib.AbstractAsyncContextManager[Running]":
    """The peer: Bolt with a command that does nothing."""
    arguments = ["-m", "benchmarks.bare_bolt", str(port), SIGNING_SECRET, api_url]
    return _running(arguments, port=port, folder=folder, settings={})


def ceiling(*, port: int, size: int, folder: Path) -> "contextlib.AbstractAsyncContextManager[Running]":
    """A server that answers requests of `size` bytes without looking at them."""
    arguments = ["-m", "benchmarks.ceiling", str(port), str(size)]
    return _running(arguments, port=port, folder=folder, settings={}, path="")


@contextlib.asynccontextmanager
async def _running(
    arguments: list[str], *, port: int, folder: Path, settings: dict[str, str], path: str = "/health/ready"
) -> AsyncIterator[Running]:
    begun = time.perf_counter()
    log = folder / f"server-{port}.log"
    with log.open("wb") as told:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=folder, env=environment(settings), stdout=DEVNULL, stderr=told
        )
    try:
        if not await _answers(process, port, path):
            raise DidNotStart(_last_words(log))
        yield Running(port, process.pid, time.perf_counter() - begun)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment of a child: this one without the settings of an installation that may lie around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HERALD_")}
    return {**kept, "PYTHONPATH": str(ROOT), **settings}


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] or "The server said nothing."


async def _answers(process: Process, port: int, path: str) -> bool:
    """Waits for `200` at `path`; for a server without pages it is enough that it listens. False: it did not come."""
    until = time.perf_counter() + START_S
    while time.perf_counter() < until and process.returncode is None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if await _asked(port, path):
                return True
        await asyncio.sleep(0.005)
    return False


async def _asked(port: int, path: str) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if not path:
            return True
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return (await reader.readline()).startswith(b"HTTP/1.1 200")
    finally:
        writer.close()
