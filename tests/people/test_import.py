"""Importing people: previews tell the truth, nothing is lost, nobody who left a series is put back."""

from collections.abc import Sequence

import pytest

from bot.files.people import parse_people
from bot.files.problems import FileProblems
from handlers.known import known_names
from handlers.people import Imported, import_people
from handlers.people_care import export_people
from storage.unit_of_work import Store, UnitOfWork
from tests.factories import a_partnership, a_person

HEADER = "email,name,agency,sector,area,job_title,level,roles,manager_email,deputy_email,champion,series,slack_id"
FULL = f"""{HEADER},away_until,leaves_on
ada@example.org,Ada Lovelace,northmere-council,,Northmere,Coordinator,4,coordinator;admin,,ben@example.org,active,main,U1AAA,,
ben@example.org,Ben,northmere-police,police,Northmere,,2,manager,ada@example.org,,mailing-list,,,2026-12-01,
cy@example.org,"Cy, of Hilltop",hilltop-school,,,Teacher,,practitioner,ben@example.org,,no,main,,,2027-01-31
"""


async def imported(uow: UnitOfWork, text: str) -> Imported:
    return await import_people(uow, rows=parse_people(text, await known_names(uow)).all_good())


async def the_register(store: Store, text: str = FULL) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        await imported(uow, text)


async def test_what_is_exported_is_imported_again_without_a_change(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        exported = await export_people(uow)
        again = await imported(uow, exported)
        assert again.count("unchanged") == 3
        assert await export_people(uow) == exported
    assert exported.splitlines()[0] == f"{HEADER},away_until,leaves_on"
    assert '"Cy, of Hilltop"' in exported


async def test_an_export_of_one_installation_makes_the_same_register_in_another(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        exported = await export_people(uow)
        for email in ("cy@example.org", "ben@example.org"):
            person = await uow.people.by_email(email)
            assert person is not None
            await uow.people.erase(person)
    async with store.transaction() as uow:
        assert (await imported(uow, exported)).count("created") == 2
        assert await export_people(uow) == exported


async def test_a_column_that_is_missing_leaves_and_a_blank_cell_clears(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        done = await imported(uow, "email,job_title,level\nada@example.org,,3\n")
        ada = await uow.people.by_email("ada@example.org")
    assert ada is not None
    assert (ada.job_title, ada.level, ada.area) == (None, 3, "Northmere")
    changed = {field.field: (field.before, field.after) for field in done.changes[0].fields}
    assert changed == {"job_title": ("Coordinator", ""), "level": ("4", "3")}


async def test_a_rolled_back_preview_changes_nothing_and_shows_what_the_import_then_does(store: Store) -> None:
    await the_register(store)
    text = "email,name,roles\nben@example.org,Benjamin,manager;analyst\ndi@example.org,Di,\n"

    async def preview() -> Imported:
        async with store.reading() as uow:
            return await imported(uow, text)

    shown = await preview()
    async with store.reading() as uow:
        ben = await uow.people.by_email("ben@example.org")
        assert ben is not None
        assert ben.name == "Ben"
        assert await uow.people.by_email("di@example.org") is None
    async with store.transaction() as uow:
        assert (await imported(uow, text)).changes == shown.changes


async def test_people_who_are_not_in_the_file_stay_as_they_are(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        await imported(uow, "email,name\nada@example.org,Ada\n")
        assert len(await uow.people.present()) == 3


async def test_who_left_a_series_is_not_put_back_by_a_file(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        cy = await uow.people.by_email("cy@example.org")
        assert cy is not None
        await uow.people.unsubscribe(person_id=cy.id, series_id="main")
    async with store.transaction() as uow:
        done = await imported(uow, "email,series\ncy@example.org,main\n")
        assert done.changes[0].outcome == "unchanged"
        assert done.changes[0].notes == ("left main and is not put back",)
        assert [row.left_at is not None for row in await uow.people.subscriptions_of(cy.id)] == [True]


async def test_a_file_takes_off_a_series_without_making_it_an_unsubscribe(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        await imported(uow, "email,series\ncy@example.org,\n")
        await imported(uow, "email,series\ncy@example.org,main\n")
        cy = await uow.people.by_email("cy@example.org")
        assert cy is not None
        assert [row.left_at for row in await uow.people.subscriptions_of(cy.id)] == [None]


async def test_two_people_may_swap_their_slack_ids_in_one_file(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        await imported(uow, "email,slack_id\nben@example.org,U2BBB\n")
    async with store.transaction() as uow:
        await imported(uow, "email,slack_id\nada@example.org,U2BBB\nben@example.org,U1AAA\n")
    async with store.reading() as uow:
        ada = await uow.people.by_slack_id("U2BBB")
        assert ada is not None
        assert ada.email == "ada@example.org"


async def refused(store: Store, text: str) -> Sequence[tuple[int, str]]:
    with pytest.raises(FileProblems) as caught:
        async with store.transaction() as uow:
            await imported(uow, text)
    return [(problem.line, problem.where) for problem in caught.value.problems]


async def test_a_slack_id_that_is_somebody_elses_is_refused(store: Store) -> None:
    await the_register(store)
    assert await refused(store, "email,slack_id\nben@example.org,U1AAA\n") == [(2, "slack_id")]


async def test_a_new_person_needs_a_name(store: Store) -> None:
    await the_register(store)
    assert await refused(store, "email,area\nada@example.org,\nnew@example.org,Northmere\n") == [(3, "name")]


@pytest.mark.parametrize("roles", ["coordinator", "admin", "practitioner"])
async def test_the_last_admin_and_the_last_coordinator_keep_their_roles(store: Store, roles: str) -> None:
    await the_register(store)
    found = await refused(store, f"email,roles\nada@example.org,{roles}\n")
    assert (2, "roles") in found
    async with store.reading() as uow:
        ada = await uow.people.by_email("ada@example.org")
        assert ada is not None
        assert ada.roles == ["coordinator", "admin"]


async def test_a_role_may_be_handed_over_in_one_file(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        await imported(uow, "email,roles\nada@example.org,practitioner\nben@example.org,coordinator;admin;manager\n")


async def test_managers_and_agencies_that_nobody_can_reach_are_pointed_out(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        done = await imported(uow, "email,manager_email\ncy@example.org,nobody@example.org\n")
    assert {warning.where for warning in done.warnings} == {"manager_email", "agency"}
    assert all(warning.severity == "warning" for warning in done.warnings)
    assert any("hilltop-school" in warning.message for warning in done.warnings)


async def test_somebody_who_left_comes_back_with_a_later_last_day(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        ben = await a_person(uow, "Eve", left_at=uow.now)
        await imported(uow, f"email,leaves_on\n{ben.email},\n")
    async with store.reading() as uow:
        back = await uow.people.by_email("eve@example.org")
        assert back is not None
        assert back.left_at is None


async def test_every_change_leaves_an_audit_entry_that_names_fields_and_no_values(store: Store) -> None:
    await the_register(store)
    async with store.transaction() as uow:
        await imported(uow, "email,job_title\nben@example.org,Inspector of Northmere\n")
        entry = (await uow.audit.latest(limit=1))[0]
    assert entry.action == "person.changed"
    assert entry.detail == {"fields": ["job_title"]}


async def test_one_bad_row_among_many_keeps_all_of_them_out(store: Store) -> None:
    rows = "".join(f"p{number}@example.org,Person {number}\n" for number in range(300))
    async with store.transaction() as uow:
        await a_partnership(uow)
    assert await refused(store, f"email,name\n{rows}bad,Bad\n") == [(302, "email")]
    async with store.reading() as uow:
        assert await uow.people.everybody() == []
