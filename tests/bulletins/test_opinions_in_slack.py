"""Whoever reads an edition in Slack says there what was useful: two buttons under each story where there is room."""

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.files.bulletin import parse_bulletin
from bot.keyring import Keyring
from bot.rendering.bulletin import Edition, Reader, Surround, page_for, slack_message
from bot.rendering.slack_limits import BLOCKS_PER_MESSAGE
from bot.rules.opinions import Tally
from digests import bulletins as sweeps
from handlers.bulletins.releasing import approve, schedule
from handlers.files import apply_file
from storage.unit_of_work import Store
from tests.bulletins.conftest import ID, TEXT
from tests.bulletins.test_opinions import rows_of_everything
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person
from tests.slack.conftest import World, a_world

TITLE = "Signs of Safety: what changed"


@pytest.fixture
async def world(sqlite_store: Store, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    """Ada reads the series in Slack, and the December edition has gone out."""
    async with a_world(sqlite_store, clock, keyring, tmp_path) as made:
        async with sqlite_store.transaction() as uow:
            await a_partnership(uow)
            ada = await a_person(uow, "Ada", slack_id="U0ADA", prefers="slack")
            await a_person(uow, "Ben", slack_id="U0BEN")
            await uow.people.subscribe(person_id=ada.id, series_id="main")
            author = await a_person(uow, "Cora", roles=["coordinator"])
            publisher = await a_person(uow, "Pat", roles=["publisher"])
            await apply_file(uow, name="b.md", text=TEXT, by=author)
            await approve(uow, bulletin_id=ID, by=publisher)
            await schedule(uow, bulletin_id=ID)
        assert await sweeps.release(sqlite_store) == 1
        await made.deliver()
        yield made


async def tallies(world: World) -> dict[int, Tally]:
    async with world.store.reading() as uow:
        return (await uow.opinions.tallies([ID]))[ID]


async def test_one_press_counts_once_thanks_at_once_and_leaves_nothing_else(world: World) -> None:
    ada = world.person("U0ADA")
    before, messages = await rows_of_everything(world.store), len(world.workspace.messages.channels["D0ADA"])
    await ada.press("herald:opinion:useful", where="message")
    await world.settled()
    assert "Thank you" in str(world.workspace.log[-1].arguments)
    after = await rows_of_everything(world.store)
    assert {name for name, rows in after.items() if rows != before[name]} == {"story_opinion", "story_opinion_given"}
    assert len(world.workspace.messages.channels["D0ADA"]) == messages, "the edition stays as it was"
    await ada.press("herald:opinion:not-useful", where="message")
    assert "You have told us already" in str(world.workspace.log[-1].arguments)
    assert list((await tallies(world)).values()) == [Tally(1, 0)]


async def test_a_button_of_somebody_else_or_of_nothing_counts_nothing(world: World) -> None:
    ada = world.person("U0ADA")
    [edition] = [each for each in world.workspace.messages.channels["D0ADA"] if TITLE in str(each.blocks)]
    for value in (f"{ID}/99", f"{ID}/", "none/1", "", "x" * 3000, f"{ID}/{'9' * 30}"):
        for block in edition.blocks:
            for element in block.get("elements", ()):
                if str(element.get("action_id", "")).startswith("herald:opinion:"):
                    element["value"] = value
        await ada.press("herald:opinion:useful", where="message")
        assert "cannot be found" in str(world.workspace.log[-1].arguments)
    assert await tallies(world) == {}


def laid_out(stories: int, *, more: str = "") -> tuple[list[dict[str, object]], str]:
    head = TEXT.partition("# ")[0]
    text = head + "".join(f"# Story {number}\n\nWords.\n\n" for number in range(1, stories + 1)) + more
    edition = Edition(
        parse_bulletin(text, zone=ZoneInfo("Europe/London")).value, "", "Northmere e-bulletin", "Northmere"
    )
    around = Surround(
        "https://h.example.org", "Northmere", leave="https://h.example.org/l", opinions="https://h.example.org/o"
    )
    _, blocks = slack_message(page_for(edition, Reader(), links={}, around=around))
    return blocks, str(blocks)


def test_a_list_of_dates_has_no_buttons_and_an_edition_of_lists_asks_nothing() -> None:
    _, as_text = laid_out(2, more="# Dates\n\n{{ briefings }}\n\n")
    assert as_text.count("herald:opinion:useful") == 2
    _, as_text = laid_out(0, more="# Dates\n\n{{ briefings }}\n\n")
    assert "useful" not in as_text


def test_many_stories_leave_no_room_for_buttons_so_one_link_asks_about_all() -> None:
    few, as_text = laid_out(15)
    assert as_text.count("herald:opinion:useful") == 15
    assert len(few) <= BLOCKS_PER_MESSAGE
    many, as_text = laid_out(30)
    assert "herald:opinion" not in as_text
    assert "Say which stories were useful" in as_text
    assert as_text.count("Story ") == 30, "no story is lost to a button"
    assert len(many) <= BLOCKS_PER_MESSAGE
