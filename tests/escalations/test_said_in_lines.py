"""A line in a list says in words, not by its colour alone, that a time has run out, and who has it or had it."""

from datetime import UTC, datetime

from digests.escalations import run_clocks
from handlers.escalations.lists import mine as watched
from handlers.escalations.lists import needs
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.acting import changed, press
from tests.escalations.conftest import SignedIn
from tests.escalations.test_escalations import Cast, raised, the_cast
from tests.factories import a_person
from tests.web.browser import Page

OVER = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
RUN_OUT = "The time has run out"
LISTS = ("/ops/escalations", "/escalations")


def cell(page: Page, head: str) -> str:
    """What the only line of a list, or the last one of the stages, has under a heading."""
    return " ".join(page.soup.select(f'main tbody td[data-head="{head}"]')[-1].get_text(" ").split())


def tags(page: Page, kind: str) -> list[str]:
    return [each.get_text(strip=True) for each in page.soup.select(f"main tbody .tag.{kind}")]


async def may_had_it_and_left(store: Store, cast: Cast) -> str:
    reference = await raised(store, cast.ada)
    await press(store, cast.may, "acknowledge", f"{reference}/1")
    await changed(store, cast.may, left_at=datetime(2026, 11, 24, tzinfo=UTC))
    await run_clocks(store)
    return reference


async def test_a_time_that_has_run_out_is_said_in_words(
    sqlite_store: Store, cast: Cast, browsers: SignedIn, clock: MovingClock
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    clock.set(OVER)
    lea, ada = await browsers.as_(cast.lea), await browsers.as_(cast.ada)
    for browser, path in ((lea, LISTS[0]), (ada, LISTS[1])):
        page = await browser.open(path)
        assert "Answer by Wednesday 25 November 2026, 17:00 " + RUN_OUT in cell(page, "Clocks")
        assert RUN_OUT in tags(page, "bad")
        assert "May has it" in cell(page, "Stage")
    page = await ada.open(f"/escalations/{reference}")
    assert f"Wanted by Wednesday 25 November 2026, 17:00 {RUN_OUT}" in cell(page, "Answered")
    assert "May" in cell(page, "Taken on")


async def test_whoever_had_it_is_gone_so_the_line_warns_and_says_who_had_it(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await may_had_it_and_left(sqlite_store, cast)
    lea, ada = await browsers.as_(cast.lea), await browsers.as_(cast.ada)
    for browser, path in ((lea, LISTS[0]), (ada, LISTS[1])):
        page = await browser.open(path)
        assert tags(page, "warn") == ["Waiting for somebody to take it on"]
        assert "May had it; somebody is wanted again" in cell(page, "Stage")
    page = await ada.open(f"/escalations/{reference}")
    assert "Who has it Nobody now; May had it" in page.text
    assert "May had it; somebody is wanted again" in cell(page, "Taken on")


async def test_whoever_takes_it_on_after_that_is_the_one_who_has_it(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await may_had_it_and_left(sqlite_store, cast)
    await press(sqlite_store, cast.lea, "acknowledge", f"{reference}/1")
    page = await (await browsers.as_(cast.ada)).open("/escalations")
    assert tags(page, "warn") == []
    assert "Lea has it" in cell(page, "Stage")
    assert "May" not in cell(page, "Stage")


async def test_a_stage_that_ended_while_somebody_was_wanted_again_keeps_the_name_of_who_had_it(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await may_had_it_and_left(sqlite_store, cast)
    await press(sqlite_store, cast.ada, "advance", f"{reference}/1")
    page = await (await browsers.as_(cast.ada)).open(f"/escalations/{reference}")
    first = page.soup.select('main tbody td[data-head="Taken on"]')[0].get_text(" ")
    assert "May had it" in first
    assert "wanted again" not in first, "that stage is over"


async def test_on_me_and_app_home_too_a_time_that_has_run_out_is_said(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    async with store.transaction() as uow:
        una = await a_person(uow, "Una", agency_id="northmere-council", roles=["manager"])
    reference = await raised(store, cast.ada)
    await press(store, cast.may, "acknowledge", f"{reference}/1")
    clock.set(OVER)
    async with store.reading() as uow:
        (may,), (other,), (ada,) = await needs(uow, cast.may), await needs(uow, una), await watched(uow, cast.ada)
    assert may.line == f"Answer by Wednesday 25 November 2026, 17:00. {RUN_OUT}"
    assert other.line == f"A colleague has it. {may.line}"
    assert ada.line == f"Practitioner to practitioner: somebody has it. {RUN_OUT}"


async def test_only_what_was_raised_as_urgent_or_has_run_out_is_called_urgent(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    async with store.reading() as uow:
        (asked,) = await needs(uow, cast.may)
    assert (asked.title, asked.urgent) == (f"Escalation {reference}", False)
    clock.set(OVER)
    async with store.reading() as uow:
        (asked,) = await needs(uow, cast.may)
    assert asked.urgent
