"""How soon Herald is there and what it weighs: `--help`, the time until it answers, memory, and what it imports.

The peers are an empty Python (`python -c pass`), and the bare Bolt server of `bare_bolt.py`, started in the same round.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks import northmere, servers
from benchmarks.load import drive, get
from benchmarks.measured import Row, left_out, spread
from benchmarks.slack_payloads import commands
from tests.ports import free_port

ROUNDS = 3
HELP_ROUNDS = 9
HELP_CONTRACT_S = 0.4
PAGES = 200
PAGE = "/me"
STACK = "import fastapi, uvicorn, slack_bolt.async_app, sqlalchemy.ext.asyncio"


def run() -> list[Row]:
    """One row for each of the four."""
    with tempfile.TemporaryDirectory(prefix="herald-bench-") as made:
        folder = Path(made)
        return [_help(folder), *uvloop.run(_serving(folder)), _imports(folder)]


def _help(folder: Path) -> Row:
    ours, empty = _alternating(["-m", "bot", "--help"], ["-c", "pass"], folder=folder, rounds=HELP_ROUNDS)
    median = statistics.median(ours)
    kept = "kept" if median < HELP_CONTRACT_S else "NOT KEPT"
    detail = (
        f"{median * 1000:.0f} ms against {statistics.median(empty) * 1000:.0f} ms for python -c pass; "
        f"the contract of less than {HELP_CONTRACT_S} s is {kept}; {HELP_ROUNDS} rounds"
    )
    return "time of herald --help", median / statistics.median(empty), detail


def _imports(folder: Path) -> Row:
    ours, stack = _alternating(["-c", "import bot.app"], ["-c", STACK], folder=folder, rounds=ROUNDS)
    count = "import sys, bot.app; print(len(sys.modules))"
    modules = subprocess.run(
        [sys.executable, "-c", count], cwd=servers.ROOT, capture_output=True, text=True, check=True
    )
    detail = (
        f"{statistics.median(ours) * 1000:.0f} ms and {modules.stdout.strip()} modules, against "
        f"{statistics.median(stack) * 1000:.0f} ms for FastAPI, uvicorn, Bolt and SQLAlchemy alone; {ROUNDS} rounds"
    )
    return "time of import bot.app", statistics.median(ours) / statistics.median(stack), detail


def _alternating(
    ours: list[str], peer: list[str], *, folder: Path, rounds: int
) -> tuple[Sequence[float], Sequence[float]]:
    """How long each takes, in turns, in seconds; one round before that fills the caches of the disk."""
    pairs = [(_timed(ours, folder), _timed(peer, folder)) for _ in range(rounds + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _timed(arguments: list[str], folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=servers.environment({}), stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - begun


async def _serving(folder: Path) -> list[Row]:
    url = f"sqlite:///{folder / 'start.db'}"
    cookie = await _prepared(url)
    ready: list[tuple[float, float]] = []
    memory: list[tuple[float, float]] = []
    async with servers.web_api() as api:
        for _ in range(ROUNDS):
            ours = servers.herald(database_url=url, port=free_port(), api_url=api.url, folder=folder)
            theirs = servers.bare_bolt(port=free_port(), api_url=api.url, folder=folder)
            async with ours as herald:
                pages = [get(PAGE, {"Cookie": f"herald={cookie}"})] * PAGES
                await drive(herald.port, pages, connections=4, expect=b"</html>")
                ours_mb = _resident_mb(herald.pid)
            async with theirs as bolt:
                await drive(bolt.port, commands(PAGES), connections=4)
                theirs_mb = _resident_mb(bolt.pid)
            ready.append((herald.ready_s, bolt.ready_s))
            memory.append((ours_mb, theirs_mb))
    return [_ready_row(ready), _memory_row(memory)]


def _ready_row(rounds: Sequence[tuple[float, float]]) -> Row:
    ours, theirs = [pair[0] for pair in rounds], [pair[1] for pair in rounds]
    detail = (
        f"{statistics.median(ours):.2f} s from the start of the process to /health/ready, against "
        f"{statistics.median(theirs):.2f} s for bare Bolt; {len(rounds)} rounds, {spread(ours)} s"
    )
    return "ready time of herald serve", statistics.median(ours) / statistics.median(theirs), detail


def _memory_row(rounds: Sequence[tuple[float, float]]) -> Row:
    ours, theirs = [pair[0] for pair in rounds], [pair[1] for pair in rounds]
    if not all(ours):
        return left_out("memory of herald serve", "this system does not tell the memory of a process in /proc")
    detail = (
        f"{statistics.median(ours):.0f} MB resident after {PAGES} views of {PAGE} as a signed-in person, background "
        f"work included, against {statistics.median(theirs):.0f} MB for bare Bolt after {PAGES} commands; "
        f"{len(rounds)} rounds"
    )
    return "memory of herald serve", statistics.median(ours) / statistics.median(theirs), detail


def _resident_mb(pid: int) -> float:
    """Resident memory as Linux tells it, in megabytes; 0 where there is no /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(float(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmRSS:"))


async def _prepared(url: str) -> str:
    """A migrated database with the partnership, and the cookie of somebody who has signed in."""
    store = northmere.store_at(url)
    try:
        await northmere.found(store)
        return await northmere.signed_in_cookie(store)
    finally:
        await store.close()


if __name__ == "__main__":
    from benchmarks.measured import rows_as_text

    print(rows_as_text(run()))
