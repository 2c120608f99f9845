"""`herald serve` and `herald worker` as processes of their own: started, timed to ready, killed, stopped."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 60.0


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process: none of the person's own that begin with HERALD_."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HERALD_")}
    return {**own, "PYTHONPATH": str(ROOT), **settings}


@dataclass
class Running:
    """One process of an installation, at an address that stays the same through every restart."""

    words: tuple[str, ...]
    settings: Mapping[str, str]
    folder: Path
    port: int = field(default_factory=free_port)
    module: str = "bot"
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the process wrote on stderr, over all its lives."""
        return self.folder / f"{self.words[0]}-{self.port}.log"

    @property
    def errors(self) -> list[str]:
        """The lines in which the process said that something failed."""
        said = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [line for line in said if " ERROR " in line or "Warning:" in line]

    async def spawn(self) -> None:
        """Starts the process and does not wait for it."""
        given = ("--port", str(self.port)) if self.words[0] == "serve" else ()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                *self.words,
                *given,
                cwd=self.folder,
                env=environment(self.settings),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> float:
        """Waits until /health/ready says 200; how long that took, in seconds."""
        begun = time.monotonic()
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as client, asyncio.timeout(STARTS_WITHIN_S):
            while True:
                assert self.process is not None
                if self.process.returncode is not None:
                    raise AssertionError(f"ended by itself: {self.log.read_text()[-3000:]}")
                try:
                    if (await client.get("/health/ready")).status_code == 200:
                        return time.monotonic() - begun
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)

    async def start(self) -> float:
        """Starts the process; how long it took until it was ready, in seconds."""
        await self.spawn()
        return await self.ready()

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> tuple[int, float]:
        """Asks the process to end; its exit code, and how long it took in seconds."""
        begun = time.monotonic()
        return await self._end(signal.SIGTERM), time.monotonic() - begun

    async def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(30):
            return await self.process.wait()
