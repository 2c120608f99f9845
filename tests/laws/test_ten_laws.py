"""The ten laws of the house, each proved through the real doors (docs/decisions/0001-the-house.md)."""

import ast
import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.files.problems import FileProblems
from bot.files.survey import parse_survey
from bot.opening import store_for
from storage.deliveries import Message
from storage.tables.base import Table
from storage.tables.deliveries import Channel, Delivery, DeliveryState
from storage.tables.people import Person
from tests.drive import OnSlack, OnTheWeb
from tests.world import World, links_in, path_of

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "handlers", "digests", "storage")
CHILD = "943 476 5919"


async def ada_of(world: World) -> Person:
    return await world.person("Ada", slack=True, agency_id="northmere-health")


async def the_other_side(world: World) -> Person:
    return await world.person("May", slack=True, agency_id="northmere-council", roles=["manager"])


async def pledged(world: World, ada: Person) -> OnSlack:
    talk = OnSlack(world, ada)
    await talk.start("pledge")
    await talk.answer(pick="Share one piece of learning at our team meeting")
    await talk.answer(visibility="Only me")
    return talk


async def raised(world: World, ada: Person) -> None:
    talk = OnTheWeb(world, ada)
    await talk.start("escalate")
    await talk.answer(danger="No")
    await talk.answer(consulted="Yes")
    await talk.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    await talk.answer(own_reference="NH-77", reason="The review is late")
    await talk.send()


async def dump(world: World) -> dict[str, str]:
    """A fingerprint of every table, leaving out when a browser was last seen."""
    prints: dict[str, str] = {}
    async with world.herald.store.reading() as uow:
        for name, table in sorted(Table.metadata.tables.items()):
            columns = [column for column in table.columns if column.name != "seen_at"]
            rows = sorted(repr(tuple(row)) for row in (await uow.session.execute(select(*columns))).all())
            prints[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return prints


async def outbox(world: World) -> list[Delivery]:
    async with world.herald.store.reading() as uow:
        return list((await uow.session.execute(select(Delivery).order_by(Delivery.id))).scalars())


async def test_law_1_commit_before_you_answer(world: World) -> None:
    """Who has read "Thank you" stands in the database already, as any other process can see."""
    ada = await ada_of(world)
    talk = await pledged(world, ada)
    await talk.send()
    assert talk.sees("Thank you for your pledge")
    elsewhere = store_for(world.settings, clock=world.clock)
    async with elsewhere.reading() as uow:
        assert [pledge.reference for pledge in await uow.pledges.of(ada.id)] == ["P-2026-0001"]
    await elsewhere.close()


async def test_law_2_twice_is_once(world: World) -> None:
    """The same bytes from Slack twenty times at once, and the same message queued twice: one effect each."""
    ada = await ada_of(world)
    talk = await pledged(world, ada)
    await talk.send()
    again = await talk.slack.send_again(times=20)
    assert {delivery.status for delivery in again} == {200}
    async with world.herald.store.transaction() as uow:
        assert len(await uow.pledges.of(ada.id)) == 1
        found = await uow.people.get(ada.id)
        assert found is not None
        told = [await uow.deliveries.tell(found, Message("hello", "hello:1")) for _ in range(2)]
    assert [item.queued for item in told] == [1, 0]


async def test_law_3_sweeps_not_timers(world: World) -> None:
    """A week without a process costs nothing, and two workers at once do nothing twice."""
    ada = await ada_of(world)
    talk = await pledged(world, ada)
    await talk.send()
    await world.stop()
    world.clock.move(days=50)
    await world.restart()
    await asyncio.gather(*(world.herald.tick() for _ in range(2)))
    await world.tick()
    asked = [row for row in await outbox(world) if row.kind == "pledge.check-in"]
    assert len(asked) == 1
    assert asked[0].state == DeliveryState.SENT


async def test_law_4_accepted_is_not_read_and_sent_is_not_handled(world: World) -> None:
    """A lost final reply is uncertain, not sent; and an alert that was sent still waits for a person."""
    ada, may = await ada_of(world), await the_other_side(world)
    world.sink.hang_up("BODY", recipient=may.email, times=99)
    await raised(world, ada)
    await world.herald.tick()
    by_mail = [row for row in await outbox(world) if row.kind == "escalation.alert" and row.channel == Channel.EMAIL]
    assert len(by_mail) == 1
    assert by_mail[0].state != DeliveryState.SENT
    by_slack = [row for row in await outbox(world) if row.kind == "escalation.alert" and row.channel == Channel.SLACK]
    assert by_slack[0].state == DeliveryState.SENT
    async with world.herald.store.reading() as uow:
        (escalation,) = await uow.escalations.everything()
        assert escalation.state == "awaiting_ack"


async def test_law_5_errors_keep_answers(world: World) -> None:
    """A wrong answer, a restart and an expired sign-in: the words are still there."""
    ada = await ada_of(world)
    talk = OnTheWeb(world, ada)
    await talk.start("pledge")
    await talk.answer(pick="Something else, in my own words")
    await talk.answer(own="Sit with the family first " + "and listen " * 40)
    assert talk.sees("Shorten your answer")
    assert talk.page is not None
    assert "Sit with the family first" in talk.page.response.text
    await talk.answer(own="Sit with the family first")
    await world.restart()
    world.clock.move(hours=1)
    back = OnTheWeb(world, ada)
    await back.open("/me")
    assert back.sees("Continue") or back.sees("Your pledge")
    async with world.herald.store.reading() as uow:
        (kept,) = await uow.conversations.open_of(ada.id)
        assert uow.conversations.snapshot(kept).answers["own"] == "Sit with the family first"


async def test_law_6_get_shows_post_acts(world: World) -> None:
    """A mail scanner that opens every link of every letter, three times and in three ways, changes nothing."""
    ada, may = await ada_of(world), await the_other_side(world)
    talk = await pledged(world, ada)
    await talk.send()
    await raised(world, ada)
    world.clock.move(days=42)
    await world.tick()
    links = [path_of(link) for person in (ada, may) for letter in world.letters(person) for link in links_in(letter)]
    assert len(links) >= 4
    scanner = await world.browser()
    before = await dump(world)
    for link in links:
        for method in ("GET", "HEAD", "OPTIONS"):
            for _ in range(3):
                await scanner.http.request(method, link)
    assert await dump(world) == before


def test_law_7_anonymous_means_unlinkable() -> None:
    """Until anonymous surveys exist they are refused by name, never quietly made confidential.

    That a confidential answer cannot be joined to a person is proved in tests/surveys.
    """
    text = (ROOT / "tests/surveys/anonymous.yaml").read_text()
    with pytest.raises(FileProblems) as refused:
        parse_survey(text)
    assert "E309" in {problem.code for problem in refused.value.problems}


async def test_law_8_no_childs_details(world: World) -> None:
    """An NHS number typed into a free-text box of any talk is in no table, no letter and no Slack message."""
    ada, may = await ada_of(world), await the_other_side(world)
    pledge = OnTheWeb(world, ada)
    await pledge.start("pledge")
    await pledge.answer(pick="Something else, in my own words")
    await pledge.answer(own=f"Ring the mother of {CHILD}")
    assert pledge.sees("NHS number")
    raising = OnSlack(world, ada)
    await raising.start("escalate")
    await raising.answer(danger="No")
    await raising.answer(consulted="Yes")
    await raising.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    await raising.answer(own_reference="NH-1", reason=f"Nobody has seen {CHILD}")
    await world.tick()
    digits = CHILD.replace(" ", "")
    async with world.herald.store.reading() as uow:
        for conversation in await uow.conversations.open_of(ada.id):
            assert digits not in str(uow.conversations.snapshot(conversation).answers).replace(" ", "")
        for table in Table.metadata.tables.values():
            for row in (await uow.session.execute(select(table))).all():
                assert digits not in repr(tuple(row)).replace(" ", "")
    for person in (ada, may):
        assert not any(digits in letter.as_string().replace(" ", "") for letter in world.letters(person))
        said = "".join(str(message) for message in world.slack(person).messages())
        assert digits not in said.replace(" ", "")


def python_files(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


READS_TIME_OR_ENVIRONMENT = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("os", "environ"),
    ("os", "getenv"),
}
MAY = {"bot/clock.py", "bot/environment.py"}


def test_law_9_time_and_settings_come_in_as_arguments() -> None:
    """Only the clock asks for the time, only the shell reads the environment."""
    found = {
        (name, f"{node.value.id}.{node.attr}")
        for name, module in python_files(*ROOMS)
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if (node.value.id, node.attr) in READS_TIME_OR_ENVIRONMENT and name not in MAY
    }
    assert found == set()


def test_law_10_patch_nothing_fake_the_edge() -> None:
    """No test imports mocks or replaces our own code; the environment is the one edge that pytest may set."""
    for name, module in python_files("tests"):
        for node in ast.walk(module):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not any(part.startswith(("unittest.mock", "mock", "pytest_mock")) for part in imported), name
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "monkeypatch":
                assert node.attr in {"setenv", "delenv", "chdir"}, f"{name} replaces something of ours"
