"""What an edition calls earlier, and what the operations team finds on its first page."""

from digests import bulletins as sweeps
from handlers.bulletins.loading import edition_of
from handlers.bulletins.releasing import pause, schedule
from handlers.overview import today_for
from tests.bulletins.conftest import ID, TEXT, Office


async def test_an_old_edition_does_not_name_later_ones_as_earlier(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.released()
    office.clock.move(hours=1)
    second = TEXT.replace(ID, "2027-01-main").replace("December e-bulletin", "January e-bulletin")
    await office.apply(second)
    await office.approve("2027-01-main")
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id="2027-01-main")
    assert await sweeps.release(office.store) == 1
    async with office.store.reading() as uow:
        found = {}
        for row in await uow.bulletins.all():
            edition = await edition_of(uow, row, base_url="")
            found[row.id] = [earlier.title for earlier in edition.earlier]
    assert found == {ID: [], "2027-01-main": ["December e-bulletin"]}


async def test_the_team_sees_what_waits_for_a_second_person_and_what_stands_still(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.apply()
    async with office.store.reading() as uow:
        assert [item.title for item in await today_for(uow, office.author)] == []
        assert [item.title for item in await today_for(uow, office.publisher)] == [
            "Waiting for a second person: December e-bulletin"
        ]
    await office.released()
    async with office.store.transaction() as uow:
        await pause(uow, bulletin_id=ID)
    async with office.store.reading() as uow:
        assert [item.title for item in await today_for(uow, office.author)] == ["Paused: December e-bulletin"]
