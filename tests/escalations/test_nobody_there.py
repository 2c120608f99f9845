"""Where everybody who could be asked is away or gone, whoever is there is told; and where nobody is, the alarm rings."""

from datetime import date

from bot.conversation.prompt import Receipt
from digests.escalations import run_clocks
from handlers.escalations.reaching import reaches_nobody
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.escalations.test_escalations import the_cast, told
from tests.escalations.test_next_steps import changed
from tests.factories import a_person
from tests.talking import talk

AWAY = {"away_until": date(2026, 12, 4)}


async def raised_with_the_school(store: Store, ada: Person) -> str:
    """The school has one manager and no mailbox."""
    end = await talk(
        store, ada, "escalation", danger="no", consulted="no", other_agency="hilltop-school", kind="closing",
        urgency="standard", own_reference="NH-2291", reason="The plan was closed before the visits were done",
    )  # fmt: skip
    assert isinstance(end, Receipt), end
    return end.reference


async def alarms(store: Store) -> list[str]:
    async with store.reading() as uow:
        return await reaches_nobody(uow)


async def a_head(store: Store) -> Person:
    async with store.transaction() as uow:
        return await a_person(uow, "Hal", agency_id="hilltop-school", roles=["manager"])


async def test_whoever_was_told_goes_away_and_nobody_is_left_so_the_alarm_rings(store: Store) -> None:
    cast, hal = await the_cast(store), await a_head(store)
    reference = await raised_with_the_school(store, cast.ada)
    assert await alarms(store) == []
    await changed(store, cast.lea, **AWAY)
    await changed(store, hal, **AWAY)
    await run_clocks(store)
    assert await alarms(store) == [reference], "an alert that was sent to somebody who is away reaches nobody"
    await changed(store, hal, away_until=None)
    assert await alarms(store) == []


async def test_where_the_lead_is_away_the_coordinator_stands_behind_the_ladder(store: Store) -> None:
    cast, hal = await the_cast(store), await a_head(store)
    async with store.transaction() as uow:
        await a_person(uow, "Kit", agency_id="northmere-police", roles=["coordinator"])
    await changed(store, cast.lea, **AWAY)
    await changed(store, hal, **AWAY)
    await raised_with_the_school(store, cast.ada)
    assert {name for name, _ in await told(store, "escalation.alert")} == {"Kit"}
    assert await alarms(store) == []
