"""The pages about escalations in a browser without scripts: the record and its buttons, the export, the report."""

import csv
import io

from bot.rules.escalation_states import State
from storage.unit_of_work import Store
from tests.escalations.conftest import SignedIn
from tests.escalations.test_escalations import CONCERN, Cast, raised, state_of
from tests.factories import a_person


async def test_the_raiser_takes_it_to_the_next_stage_from_the_page_of_the_record(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    ada = await browsers.as_(cast.ada)
    page = await ada.open(f"/escalations/{reference}")
    assert CONCERN in page.text
    old = page
    said = await ada.press(page, "Take it to the next stage")
    assert "moved on" not in said.heading
    assert await state_of(sqlite_store, reference) == (State.AWAITING_ACK, "managers")
    again = await ada.press(old, "Take it to the next stage")
    assert "managers" in again.text.casefold(), "the old page is told where it stands"
    assert await state_of(sqlite_store, reference) == (State.AWAITING_ACK, "managers"), "one advance for each stage"


async def test_a_manager_takes_it_on_and_writes_the_answer_from_the_page(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    may = await browsers.as_(cast.may)
    page = await may.open("/escalations")
    assert "It was put to you" in page.text
    assert CONCERN not in page.text
    page = await may.open(f"/escalations/{reference}")
    await may.press(page, "I have this")
    assert await state_of(sqlite_store, reference) == (State.ACKNOWLEDGED, "practitioners")
    page = await may.open(f"/escalations/{reference}")
    assert "Who has it May" in page.text
    assert "your answer" in (await may.press(page, "Write the answer")).heading


async def test_the_export_is_a_file_for_who_may_read_and_nothing_for_anybody_else(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    reference = await raised(sqlite_store, cast.ada)
    async with sqlite_store.transaction() as uow:
        admin = await a_person(uow, "Adm", roles=["admin", "auditor", "coordinator"])
    lea, adm = await browsers.as_(cast.lea), await browsers.as_(admin)
    got = await lea.open(f"/escalations/{reference}/export/record.csv")
    assert got.response.headers["content-disposition"] == f'attachment; filename="{reference}.csv"'
    assert CONCERN in [row["detail"] for row in csv.DictReader(io.StringIO(got.response.text.removeprefix("\ufeff")))]
    for path in ("", "/export", "/export/record.csv"):
        refused = await adm.open(f"/escalations/{reference}{path}")
        assert refused.status == 404
        assert CONCERN not in refused.response.text
    async with sqlite_store.reading() as uow:
        done = [entry.action for entry in await uow.audit.latest(thing=reference) if entry.actor_id == admin.id]
    assert done == ["escalation.reading-refused"] * 3


async def test_only_the_escalation_lead_sees_small_numbers_and_chooses_days(
    sqlite_store: Store, cast: Cast, browsers: SignedIn
) -> None:
    for _ in range(2):
        await raised(sqlite_store, cast.ada)
    lea, exa = await browsers.as_(cast.lea), await browsers.as_(cast.exa)
    path = "/ops/report/escalations"
    assert "Raised 2" in (await lea.open(path)).text
    assert "Raised hidden" in (await exa.open(path)).text
    table = (await exa.open(f"{path}/table.csv")).response.text
    assert "all,raised,hidden" in table
    assert "Northmere Community Health,hidden" in table
    day = "?since=2026-11-24&until=2026-11-24"
    assert "24 November 2026 to 24 November 2026" in (await lea.open(f"{path}{day}")).text
    assert "1 April 2026 to 31 March 2027" in (await exa.open(f"{path}{day}")).text, "no two periods to compare"
    wrong = await lea.open(f"{path}?since=2026-11-24&until=")
    assert (wrong.status, wrong.errors) == (422, [("#since", "Choose both days.")])
    assert (await (await browsers.as_(cast.may)).open(path)).status == 403
