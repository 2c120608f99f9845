"""An auditor looks something up: about one thing, in some days, on the page and as a file."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.keyring import Keyring
from handlers import audit_log
from storage.audit import Span
from storage.tables.audit import AuditEntry
from tests.clocks import MovingClock
from tests.web.browser import Browser, Page
from tests.world import World, a_world

MIDSUMMER = datetime(2026, 6, 23, 23, 30, tzinfo=UTC)
"""Half past midnight on 24 June where the partnership is."""


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


async def an_auditor(world: World) -> Browser:
    """Somebody who may look, a year after three things were done on three days."""
    ada = await world.person("=Ada", roles=["coordinator"])
    ira = await world.person("Ira", roles=["auditor"])
    for days, thing in ((0, "before"), (1, "midsummer"), (2, "after")):
        world.clock.set(MIDSUMMER.replace(day=22 + days))
        async with world.herald.store.transaction() as uow:
            by = await uow.people.get(ada.id)
            uow.audit.add("walk.asked", thing=thing, by=by, detail={"n": days, "why": "+1"})
    world.clock.move(days=365)
    return await world.signed_in(ira)


def rows_of(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))


async def test_days_are_those_of_the_partnership_and_both_count(world: World) -> None:
    auditor = await an_auditor(world)
    page = await auditor.open("/ops/audit?since=2026-06-24&until=2026-06-24")
    assert "midsummer" in page.text
    assert "Wednesday 24 June 2026, 00:30" in page.text
    assert "before" not in page.text
    assert "after" not in page.text
    assert [value for name, value in page.fields("Show") if name in ("since", "until")] == ["2026-06-24"] * 2
    later = (await auditor.open("/ops/audit?since=2026-06-24")).text
    assert "before" not in later
    assert "after" in later
    earlier = (await auditor.open("/ops/audit?until=2026-06-24&thing=before")).text
    assert "before" in earlier
    assert "midsummer" not in earlier


async def test_a_reference_that_was_pasted_with_a_space_is_found(world: World) -> None:
    page = await (await an_auditor(world)).open("/ops/audit?thing=midsummer+")
    assert "Wednesday 24 June 2026, 00:30" in page.text


async def test_what_is_shown_can_be_taken_away_as_a_file_that_no_spreadsheet_runs(world: World) -> None:
    auditor = await an_auditor(world)
    page = await auditor.open("/ops/audit?since=2026-06-24&until=2026-06-24")
    (link,) = (a for a in page.soup.find_all("a") if a.get_text() == "These entries as a file (CSV)")
    got = await auditor.open(str(link["href"]))
    assert got.response.headers["content-type"] == "text/csv; charset=utf-8"
    assert got.response.headers["content-disposition"] == 'attachment; filename="audit-log.csv"'
    (row,) = rows_of(got.response.text)
    assert row.pop("entry").isdigit()
    assert row == {
        "when": "2026-06-24T00:30:00+01:00",
        "who": "'=Ada",
        "action": "walk.asked",
        "thing": "midsummer",
        "details": "n 1; why +1",
    }


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("since=yesterday", ("#since", "Give the first day like 2026-11-24.")),
        ("until=2026-02-30", ("#until", "Give the last day like 2026-11-24.")),
        ("until=9999-12-31", ("#until", "Give the last day like 2026-11-24.")),
        ("since=2026-06-25&until=2026-06-24", ("#since", "The first day comes after the last one.")),
    ],
)
async def test_days_that_cannot_be_are_said_and_show_nothing(world: World, asked: str, error: tuple[str, str]) -> None:
    auditor = await an_auditor(world)
    page = await auditor.open(f"/ops/audit?{asked}")
    assert (page.status, page.errors) == (422, [error])
    assert "midsummer" not in page.text, "entries of other days would pass for those that were asked for"
    file = await auditor.open(f"/ops/audit/list.csv?{asked}")
    assert file.errors == [error], "the file leads back to the page that says what is wrong"


async def test_a_long_log_is_walked_through_by_plain_links_that_keep_the_days_and_the_file_has_it_all(
    world: World,
) -> None:
    world.clock.set(MIDSUMMER.replace(day=20))
    async with world.herald.store.transaction() as uow:
        for number in range(audit_log.ON_A_PAGE):
            uow.audit.add("walk.asked", thing=f"early-{number}-")
    auditor = await an_auditor(world)
    days = "since=2026-06-20&until=2026-06-30"
    newest = await auditor.open(f"/ops/audit?{days}")
    total = audit_log.ON_A_PAGE + 3
    assert f"{total} entries, the newest first: 1 to {audit_log.ON_A_PAGE}" in newest.text
    assert "midsummer" in newest.text
    assert "early-2-" not in newest.text
    assert links(newest) == ["Older"]
    older = await follow(auditor, newest, "Older")
    assert f"{audit_log.ON_A_PAGE + 1} to {total}" in older.text
    assert "early-2-" in older.text
    assert "midsummer" not in older.text
    assert [value for name, value in older.fields("Show") if name in ("since", "until")] == ["2026-06-20", "2026-06-30"]
    assert links(older) == ["Newer"]
    assert "midsummer" in (await follow(auditor, older, "Newer")).text
    beyond = await auditor.open(f"/ops/audit?{days}&page=900")
    assert "early-2-" in beyond.text, "beyond the end stands the last page"
    file = await auditor.open(f"/ops/audit/list.csv?{days}")
    things = [row["thing"] for row in rows_of(file.response.text)]
    assert len(things) == total
    assert (things[0], things[-1]) == ("after", "early-0-")


def links(page: Page) -> list[str]:
    """What leads through a long list."""
    return [a.get_text() for a in page.soup.select("nav[aria-label=Pages] a")]


async def follow(browser: Browser, page: Page, words: str) -> Page:
    (link,) = (a for a in page.soup.select("nav[aria-label=Pages] a") if a.get_text() == words)
    return await browser.open(str(link["href"]))


async def entries_of(world: World, action: str) -> list[AuditEntry]:
    async with world.herald.store.reading() as uow:
        return [*await uow.audit.within(Span(action=action), limit=100)]


async def test_who_takes_the_log_away_is_in_the_log_once_with_the_days(world: World) -> None:
    auditor = await an_auditor(world)
    await auditor.open("/ops/audit?since=2026-06-24&until=2026-06-30")
    assert await entries_of(world, "audit.exported") == [], "a look at the page changes nothing"
    await auditor.open("/ops/audit/list.csv?since=2026-06-24&until=2026-06-30&thing=midsummer")
    (taken,) = await entries_of(world, "audit.exported")
    assert (taken.thing, taken.actor) == ("audit-log", "person")
    assert taken.detail == {"since": "2026-06-24", "until": "2026-06-30", "about": "midsummer", "entries": 1}
    await auditor.open("/ops/audit/list.csv")
    latest, _ = await entries_of(world, "audit.exported")
    assert latest.detail["since"] == latest.detail["until"] == "any day"
    page = await auditor.open("/ops/audit?thing=audit-log")
    assert "Ira" in page.text
    assert "audit: exported" in page.text


async def test_what_nothing_was_done_to_is_not_copied_into_the_log(world: World) -> None:
    auditor = await an_auditor(world)
    await auditor.open("/ops/audit/list.csv?thing=Kayleigh+Smithson")
    (taken,) = await entries_of(world, "audit.exported")
    assert taken.detail == {"since": "any day", "until": "any day", "about": "something else", "entries": 0}


async def test_a_file_that_was_refused_is_not_said_to_be_taken(world: World) -> None:
    auditor = await an_auditor(world)
    await auditor.open("/ops/audit/list.csv?since=yesterday")
    assert await entries_of(world, "audit.exported") == []


async def sealed(world: World, count: int) -> None:
    """So many old entries, all of them chained."""
    async with world.herald.store.transaction() as uow:
        for number in range(count):
            uow.audit.add("walk.asked", thing=f"old-{number}-")
        await uow.session.flush()
        await uow.audit.seal()


async def change(world: World, thing: str) -> None:
    """Somebody with the password of the database changes an entry."""
    async with world.herald.store.transaction() as uow:
        await uow.session.execute(text("UPDATE audit_entry SET action = 'x' WHERE thing = :thing"), {"thing": thing})


async def test_the_page_checks_what_it_shows_and_says_when_all_of_it_was_proved(world: World) -> None:
    await sealed(world, audit_log.ON_A_PAGE + 10)
    auditor = await an_auditor(world)
    page = await auditor.open("/ops/audit")
    assert "The whole log has not been proved here yet" in page.text
    assert "The entries on this page fit together with their neighbours" in page.text
    proved = await auditor.press(page, "Prove the whole log now")
    assert "was whole Proved last on" in proved.text
    assert "by Ira" in proved.text
    (proof,) = await entries_of(world, "audit.proved")
    assert proof.detail["sealed"] >= audit_log.ON_A_PAGE + 10

    await change(world, "old-1-")
    newest = await auditor.open("/ops/audit")
    assert "does not fit together" not in newest.text, "a page speaks for what it shows, and for the last proof"
    assert "does not fit together" in (await auditor.open("/ops/audit?page=2")).text
    found = await auditor.press(newest, "Prove the whole log now")
    assert "does not fit together" in found.text
    assert "this entry was changed after it was written" in found.text
    assert "does not fit together" in (await auditor.open("/ops/audit?thing=midsummer")).text, "said until it is mended"


async def test_what_was_chosen_is_still_chosen_after_proving(world: World) -> None:
    auditor = await an_auditor(world)
    page = await auditor.open("/ops/audit?since=2026-06-24&until=2026-06-24")
    proved = await auditor.press(page, "Prove the whole log now")
    assert "midsummer" in proved.text
    assert [value for name, value in proved.fields("Show") if name in ("since", "until")] == ["2026-06-24"] * 2


async def test_proving_is_for_whoever_may_see_the_page(world: World) -> None:
    page = await (await an_auditor(world)).open("/ops/audit")
    form, _ = page.form_with("Prove the whole log now")
    assert form["action"] == "/ops/audit/verify"
    coordinator = await world.signed_in(await world.person("Cy", roles=["coordinator"]))
    own = (await coordinator.open("/me")).soup.select_one("input[name=csrf]")
    assert own is not None
    sent = {"csrf": str(own["value"]), "key": "k" * 22}
    assert (await coordinator.http.post("/ops/audit/verify", data=sent)).status_code == 403
    assert await entries_of(world, "audit.proved") == []


async def test_the_file_is_for_whoever_may_see_the_page(world: World) -> None:
    coordinator = await world.signed_in(await world.person("Cy", roles=["coordinator"]))
    assert (await coordinator.open("/ops/audit/list.csv")).status == 403
