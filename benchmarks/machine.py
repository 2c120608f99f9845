"""What this machine is like, so that a reader can judge the figures: cores, Python, and what a flush to disk costs."""

import os
import platform
import statistics
import time
from pathlib import Path

FLUSHES = 100


def facts(folder: Path) -> str:
    """One line about the machine. `folder` is where the benchmarks keep their databases."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start; "
        f"writing 4 kB and flushing it to disk takes {flush_ms(folder):.2f} ms (median of {FLUSHES})"
    )


def flush_ms(folder: Path) -> float:
    """How long a write of 4 kB with fsync takes in this folder, in milliseconds: the floor of every commit."""
    path = folder / "flush.probe"
    took: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(FLUSHES):
            begun = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
    path.unlink()
    return statistics.median(took) * 1000
