"""The table of `make bench`: readable, complete, honest about what it could not measure."""

import asyncio
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import servers
from benchmarks.__main__ import BENCHMARKS
from benchmarks.load import WrongAnswer, drive, post
from benchmarks.measured import WIDTH, Section, left_out, percentile, section_as_text


def test_ratios_stand_in_one_column_and_no_line_is_too_wide() -> None:
    rows = [("short", 0.5, "a " * 200), ("a longer name", 12.25, "words")]
    text = section_as_text(Section("Title", "How to read it.", rows))
    assert "short            0.50" in text
    assert "a longer name   12.25" in text
    assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_what_could_not_be_measured_has_no_ratio_but_a_reason() -> None:
    text = section_as_text(Section("Mail", "", [left_out("transport", "smtp-source is not installed")]))
    assert "-  left out: smtp-source is not installed" in text
    assert "0.00" not in text


def test_percentiles_are_those_of_the_values() -> None:
    assert percentile(list(range(1, 102)), 0.5) == pytest.approx(51)
    assert percentile(list(range(1, 102)), 0.99) == pytest.approx(100)


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_every_benchmark_of_the_table_can_be_run(benchmark: object) -> None:
    module = importlib.import_module(benchmark.module)  # type: ignore[attr-defined]  # pytest hands it on
    assert callable(module.run)
    assert callable(getattr(module, benchmark.named))  # type: ignore[attr-defined]  # as above


def test_an_unknown_benchmark_is_refused_with_those_there_are() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tea"], cwd=servers.ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "slack, transport, bulletin, memory, latency, start" in said.stderr


async def test_the_load_client_sends_everything_once_and_refuses_a_wrong_answer(tmp_path: Path) -> None:
    requests = [post("/", b"x" * 500, {})] * 300
    async with servers.ceiling(port=servers.free_port(), size=len(requests[0]), folder=tmp_path) as nothing:
        load = await drive(nothing.port, requests, connections=8, expect=b"ok")
        assert len(load.waits) == 300
        assert load.rate > 0
        with pytest.raises(WrongAnswer):
            await drive(nothing.port, requests, connections=1, expect=b"tea")
        await asyncio.sleep(0.05)  # lets the closed connections go


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(servers.DidNotStart, match="sqlite:///"):
        async with servers.herald(database_url="mysql://x", port=servers.free_port(), api_url="", folder=tmp_path):
            pass
