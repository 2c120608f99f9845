"""Workers that are born at once: `python -m tests.campaigns.nursery` imports Herald and forks a worker for each order.

Starting `herald worker` costs more than a second of Python's imports, which is most of what a campaign of kills would
do. Here they are done once. A child is a process of its own, with the same code, settings and journal as
`herald worker`; `kill -9` ends it as it ends any other. Orders come as JSON lines on stdin, news leave as JSON lines on
stdout: `{"born": pid}` and `{"ended": pid, "status": n}`, where a negative status is the signal that ended it.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop

from bot import logs
from bot.app import build
from bot.cli.serve import stopped_by_signals
from bot.clock import system_clock
from bot.settings import Settings
from digests.worker import run_worker
from tests.campaigns.process import ROOT, environment
from tests.campaigns.traps import set_trap


@dataclass(frozen=True)
class Order:
    """A worker to be born: its settings, where it logs, how long its leases last, the step at which it dies."""

    settings: Mapping[str, str]
    log: str
    lease_s: float = 60.0
    ahead_s: float = 0.0
    step: str = ""


async def work(order: Order) -> None:
    """What `herald worker` does, until it is told to stop or dies."""
    ahead = timedelta(seconds=order.ahead_s)
    herald = build(Settings.from_env(order.settings), clock=lambda: system_clock() + ahead)
    if order.step:
        set_trap(herald.store.engines.writer.sync_engine, order.step)
    drain = replace(herald.drain, lease=timedelta(seconds=order.lease_s))
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        await run_worker(herald.store, drain, tools=herald.tools, stop=stop)
    await herald.close()


def give_birth(order: Order) -> None:
    """The child's whole life; never returns."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for stream in (1, 2):
            os.dup2(log, stream)
        logs.set_up(as_json=False, stream=sys.stderr)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as `herald worker` has it
            runner.run(work(order))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def tell(**news: int) -> None:
    """One line, in one write: the handler of SIGCHLD may come between any two steps."""
    os.write(1, json.dumps(news).encode() + b"\n")


def bury(*_signal: object) -> None:
    """Tells of every child that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        tell(ended=pid, status=os.waitstatus_to_exitcode(status))


def main() -> None:
    """Takes orders until stdin ends, then ends the children."""
    signal.signal(signal.SIGCHLD, bury)
    for line in sys.stdin:
        order = Order(**json.loads(line))
        pid = os.fork()
        if not pid:
            give_birth(order)
        tell(born=pid)


@dataclass
class Child:
    """A worker out of the nursery."""

    pid: int
    end: asyncio.Future[int]

    @property
    def alive(self) -> bool:
        """Whether nothing has been heard of its end."""
        return not self.end.done()

    def strike(self) -> None:
        """kill -9, now; harmless when it is dead already."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)

    async def gone(self, *, seconds: float = 60.0) -> int:
        """Waits for its end; minus nine when it was killed."""
        return await asyncio.wait_for(asyncio.shield(self.end), seconds)

    async def stop(self) -> int:
        """Asks it to end in order; its exit code."""
        if self.alive:
            os.kill(self.pid, signal.SIGTERM)
        return await self.gone()


@dataclass
class Nursery:
    """The other end of the process that gives birth."""

    process: Process
    children: dict[int, Child] = field(default_factory=dict)
    _born: "asyncio.Queue[Child]" = field(default_factory=asyncio.Queue)
    _early: dict[int, int] = field(default_factory=dict)

    async def birth(self, order: Order) -> Child:
        """A new worker."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        return await asyncio.wait_for(self._born.get(), 30)

    async def listen(self) -> None:
        """Takes the news down until the nursery closes."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self._hear(json.loads(line))

    def _hear(self, news: dict[str, Any]) -> None:
        if "born" in news:
            pid = news["born"]
            child = self.children[pid] = Child(pid, asyncio.get_running_loop().create_future())
            if pid in self._early:  # it ended before its birth was told
                child.end.set_result(self._early.pop(pid))
            self._born.put_nowait(child)
        elif news["ended"] in self.children and self.children[news["ended"]].alive:
            self.children[news["ended"]].end.set_result(news["status"])
        else:
            self._early[news["ended"]] = news["status"]


@asynccontextmanager
async def open_nursery(folder: Path) -> AsyncIterator[Nursery]:
    """A nursery; whoever is left in it at the end is killed."""
    with (folder / "nursery.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.campaigns.nursery",
            cwd=folder,
            env=environment({"PYTHONPATH": str(ROOT)}),
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
        )
    nursery = Nursery(process)
    listening = asyncio.create_task(nursery.listen())
    try:
        yield nursery
    finally:
        for child in nursery.children.values():
            child.strike()
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening


if __name__ == "__main__":
    main()
