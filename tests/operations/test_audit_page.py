"""An auditor looks something up: about one thing, in some days, on the page and as a file."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.keyring import Keyring
from handlers import audit_log
from tests.clocks import MovingClock
from tests.web.browser import Browser
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


async def test_a_long_log_says_how_much_of_it_is_shown_and_the_file_has_it_all(world: World) -> None:
    world.clock.set(MIDSUMMER.replace(day=20))
    async with world.herald.store.transaction() as uow:
        for number in range(audit_log.ON_A_PAGE):
            uow.audit.add("walk.asked", thing=f"early-{number}-")
    auditor = await an_auditor(world)
    page = await auditor.open("/ops/audit?since=2026-06-20&until=2026-06-30")
    assert f"The latest {audit_log.ON_A_PAGE} of {audit_log.ON_A_PAGE + 3}" in page.text
    assert "midsummer" in page.text
    assert "early-2-" not in page.text
    file = await auditor.open("/ops/audit/list.csv?since=2026-06-20&until=2026-06-30")
    things = [row["thing"] for row in rows_of(file.response.text)]
    assert len(things) == audit_log.ON_A_PAGE + 3
    assert (things[0], things[-1]) == ("after", "early-0-")


async def test_the_file_is_for_whoever_may_see_the_page(world: World) -> None:
    coordinator = await world.signed_in(await world.person("Cy", roles=["coordinator"]))
    assert (await coordinator.open("/ops/audit/list.csv")).status == 403
