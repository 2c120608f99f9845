"""`python -m benchmarks`: every benchmark in turn, one table of ratios at the end.

A ratio compares Herald with a named peer that was measured in the same run on the same machine; the figures beside it
belong to this machine and this moment. Name some to run only those: `python -m benchmarks slack start`.
"""

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.measured import Row, Section, left_out, section_as_text

INTRODUCTION = """\
Ratios against a peer measured in the same run; each is the median of several rounds taken in turns.
They say how two programs compare here and now. The rates beside them are this machine's and promise nothing elsewhere.
"""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One group of measurements: `module` has `run() -> list[Row]`, `reading` says how to read its ratios.

    `named` is the function to run instead when it was asked for by name: a thorough one may take minutes.
    """

    name: str
    module: str
    title: str
    reading: str
    named: str = "run"


BENCHMARKS = (
    Benchmark(
        "slack",
        "benchmarks.slack_intake",
        "Slack intake with its commit, against a bare Bolt command that does nothing",
        "1.00 would mean that proving, storing and committing an answer costs nothing. More is better.",
    ),
    Benchmark(
        "transport",
        "benchmarks.mail_transport",
        "Mail transport, against Postfix's smtp-source",
        "1.00 is as fast as a C program that sends one fixed text. More is better.",
    ),
    Benchmark(
        "bulletin",
        "benchmarks.bulletin",
        "A whole bulletin, from rows in the database to rows marked as sent, against smtp-source",
        "1.00 would mean that claiming, composing and recording cost nothing. More is better.",
    ),
    Benchmark(
        "memory",
        "benchmarks.bulletin_memory",
        "Memory of the process that freezes and sends a bulletin",
        "As a share of the promised 150 MB: below 1.00 the promise is kept. Less is better. Growth: 1.00 is flat.",
        named="run_whole",
    ),
    Benchmark(
        "latency",
        "benchmarks.mail_latency",
        "A bulletin to a relay 20 ms away, over ten connections",
        "As a share of the promised 230 messages a second: above 1.00 the promise is kept. More is better.",
    ),
    Benchmark(
        "start",
        "benchmarks.start",
        "Start and weight",
        "Times and memory as multiples of the peer's. Less is better.",
    ),
)


def main() -> int:
    """Runs the benchmarks that were named, or all, and prints the table."""
    chosen = _chosen()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="herald-bench-") as folder:
        machine = facts(Path(folder))
    sections = []
    for benchmark in chosen:
        print(f"measuring {benchmark.name} ...", file=sys.stderr, flush=True)
        rows = _measured(benchmark, by_name=len(chosen) < len(BENCHMARKS))
        sections.append(Section(benchmark.title, benchmark.reading, rows))
    print(f"{INTRODUCTION}{machine}\n")
    for section in sections:
        print(section_as_text(section))
    print(f"Took {time.monotonic() - begun:.0f} s.")
    for name, reason in _missing(sections):
        print(f"Not measured: {name} ({reason})")
    return 0


def _chosen() -> list[Benchmark]:
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Herald against named peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(names)}")
    asked = parser.parse_args().names
    unknown = [name for name in asked if name not in names]
    if unknown:
        parser.error(f"{', '.join(unknown)} is not one of {', '.join(names)}")
    return [benchmark for benchmark in BENCHMARKS if not asked or benchmark.name in asked]


def _measured(benchmark: Benchmark, *, by_name: bool) -> list[Row]:
    """Its rows; one that cannot run says why, and the others still run."""
    try:
        module = importlib.import_module(benchmark.module)
        rows: list[Row] = getattr(module, benchmark.named if by_name else "run")()
    except Exception as problem:
        return [left_out(benchmark.name, f"{type(problem).__name__}: {problem}")]
    return rows


def _missing(sections: list[Section]) -> Iterator[tuple[str, str]]:
    for section in sections:
        for name, ratio, detail in section.rows:
            if not ratio:
                yield name, detail.removeprefix("left out: ")


if __name__ == "__main__":
    sys.exit(main())
