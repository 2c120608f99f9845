"""How much memory the process takes that freezes a bulletin's recipients and sends it, for few readers and for many.

Each size is a process of its own, which does with the real sweeps and the real drain what a worker does from the
release to the last record; the register was filled before by another. The peak is the largest resident set that the
kernel saw (proc(5), `VmHWM`; `ru_maxrss` of a new process begins with what its parent had). Run under its own name it
goes up to 100,000 readers and takes minutes.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.edition import BULLETIN, drain_settings, prepare, store_in
from benchmarks.mail_transport import CONNECTIONS, NO_POSTFIX, has_postfix, smtp_sink
from benchmarks.measured import Row
from benchmarks.servers import environment
from digests.bulletins import end, release
from digests.outbox import Drain
from handlers.bulletins.status import status_of

LIMIT_MB: Final = 150
FEW: Final = 1_000
MANY: Final = 20_000
WHOLE: Final = 100_000
MB: Final = 1024  # VmHWM counts kilobytes


@dataclass(frozen=True, slots=True)
class Peaks:
    """The largest resident set in MB: once everything is loaded, after the freeze, at the end."""

    started: float
    frozen: float
    sent: float


def run() -> list[Row]:
    """What `make bench` prints."""
    return _measured(FEW, MANY)


def run_whole() -> list[Row]:
    """What `python -m benchmarks memory` prints: the promise in its full size."""
    return _measured(FEW, WHOLE)


def _measured(few: int, many: int) -> list[Row]:
    if not has_postfix():
        return [("bulletin memory", 0.0, NO_POSTFIX)]
    peaks = {readers: asyncio.run(_peaks(readers)) for readers in (few, many)}
    rows = [
        (
            f"peak, {readers:,} readers",
            peak.sent / LIMIT_MB,
            f"{peak.sent:.0f} MB of {LIMIT_MB} MB; {peak.started:.0f} MB once loaded, {peak.frozen:.0f} MB after the"
            " freeze",
        )
        for readers, peak in peaks.items()
    ]
    growth = peaks[many].sent / peaks[few].sent
    return [*rows, (f"growth, {few:,} to {many:,}", growth, "1.00 would be flat")]


async def _peaks(readers: int) -> Peaks:
    with tempfile.TemporaryDirectory(prefix="herald-bench-") as folder:
        store = store_in(Path(folder))
        await prepare(store, readers=readers)
        await store.close()
        async with smtp_sink() as port:
            sender = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "benchmarks.bulletin_memory",
                folder,
                str(port),
                str(readers),
                env=environment({}),
                stdout=asyncio.subprocess.PIPE,
            )
            said, _ = await sender.communicate()
        if sender.returncode:
            raise RuntimeError("the sending process failed; what it said stands above")
    return Peaks(*(float(peak) for peak in said.split()))


async def _send(folder: Path, *, port: int, readers: int) -> Peaks:
    """Everything from the release to the end of the edition, as a worker does it."""
    store = store_in(folder)
    started = _peak()
    try:
        await release(store)
        frozen = _peak()
        await Drain(store, drain_settings(folder, port=port, connections=CONNECTIONS)).run_once()
        await end(store)
        sent = _peak()
        async with store.reading() as uow:
            row = await uow.bulletins.get(BULLETIN)
            if row is None or (await status_of(uow, row)).sent != readers:
                raise RuntimeError("not every message stands as sent")
    finally:
        await store.close()
    return Peaks(started, frozen, sent)


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / MB


def main() -> None:
    """The sending process."""
    folder, port, readers = sys.argv[1:4]
    peaks = uvloop.run(_send(Path(folder), port=int(port), readers=int(readers)))
    print(peaks.started, peaks.frozen, peaks.sent)


if __name__ == "__main__":
    main()
