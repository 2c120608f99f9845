"""kill -9 in the middle of a run to 2,000 people: nobody is left out, and only what was under way goes twice."""

import asyncio
import json
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from storage.deliveries import Message
from storage.tables.deliveries import DeliveryState, Lane
from tests.digests.killed import CONNECTIONS, a_store
from tests.factories import a_partnership, a_person

PEOPLE = 2000


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.nightly)])
async def test_a_kill_loses_nobody_and_repeats_only_what_was_under_way(
    sqlite_url: str, tmp_path: Path, kills: int
) -> None:
    await _queue(sqlite_url)
    log = tmp_path / "sink.jsonl"
    dice = random.Random(kills)
    async with _a_sink(log) as port:
        for kill in range(kills):
            goal = (kill + dice.random()) * PEOPLE / (kills + 1)
            worker = await _a_worker(sqlite_url, port, tmp_path, ahead_s=60.0 * kill)
            while _count(log) < goal and worker.returncode is None:  # noqa: ASYNC110 - another process writes the log
                await asyncio.sleep(0.005)
            assert worker.returncode is None, await _said(worker)
            worker.send_signal(signal.SIGKILL)
            await worker.communicate()
        for ahead_s in (60.0 * kills + 600, 60.0 * kills + 1200):
            worker = await _a_worker(sqlite_url, port, tmp_path, ahead_s=ahead_s)
            said = await _said(worker)
            assert worker.returncode == 0, said
    _judge(_lines(log), kills=kills)
    store = a_store(sqlite_url)
    async with store.reading() as uow:
        assert await uow.deliveries.counts(about="edition") == {DeliveryState.SENT: PEOPLE}
    await store.close()


def _judge(lines: list[dict[str, Any]], *, kills: int) -> None:
    copies = defaultdict(list)
    for line in lines:
        copies[line["to"]].append((line["message_id"], line["date"]))
    assert len(copies) == PEOPLE
    assert all(len(set(same)) == 1 for same in copies.values())
    assert len({same[0][0] for same in copies.values()}) == PEOPLE
    assert len(lines) - PEOPLE <= kills * CONNECTIONS


async def _queue(database_url: str) -> None:
    store = a_store(database_url)
    async with store.transaction() as uow:
        await a_partnership(uow)
        rows = []
        for number in range(PEOPLE):
            person = await a_person(uow, f"Person {number}")
            message = Message("hello", "edition:1", lane=Lane.BULLETIN, about="edition", facts={"number": number})
            rows.append(uow.deliveries.row(message, channel=uow.deliveries.channel_for(person), person=person))
        await uow.deliveries.queue(rows)
    await store.close()


@asynccontextmanager
async def _a_sink(log: Path) -> AsyncIterator[int]:
    sink = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.smtp_sink", "--log", str(log), "--delay", "0.002", stdout=PIPE
    )
    try:
        assert sink.stdout is not None
        yield int((await sink.stdout.readline()).split()[1])
    finally:
        sink.terminate()
        await sink.communicate()


async def _a_worker(database_url: str, port: int, folder: Path, *, ahead_s: float) -> Process:
    arguments = [database_url, str(port), str(folder / "state"), str(ahead_s)]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.digests.killed", *arguments, stdout=PIPE, stderr=PIPE
    )


async def _said(worker: Process) -> str:
    out, errors = await worker.communicate()
    return (out + errors).decode()


def _count(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def _lines(log: Path) -> list[dict[str, Any]]:
    if not log.exists():
        return []
    whole = log.read_bytes().rpartition(b"\n")[0]
    return [json.loads(line) for line in whole.splitlines()]
