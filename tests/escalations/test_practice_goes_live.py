"""What was raised in practice before Herald went live: nobody is ever alerted by it as if it were real."""

from bot.rendering.note import Note
from digests.compose import compose_note
from digests.escalations import run_clocks, tell_who_took_over
from digests.merging import merge_waiting
from digests.messages.kinds import Writing
from handlers.escalations.lists import mine, mine_of, needs
from handlers.escalations.reaching import alarms_of
from handlers.partnership import partnership_of
from storage.deliveries import SendingPolicy
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.acting import NEXT_YEAR, changed, press, record, title_of
from tests.escalations.test_escalations import Cast, raised, the_cast

PRACTICE, LIVE = SendingPolicy(live=False, slack=True), SendingPolicy(live=True, slack=True)


async def tried_out(store: Store, *, urgency: str = "standard") -> tuple[Cast, str]:
    """May manages at the council and is of the operations team as well: in practice her alerts really leave."""
    cast = await the_cast(store)
    await changed(store, cast.may, roles=["manager", "publisher"])
    store.sending = PRACTICE
    return cast, await raised(store, cast.ada, urgency=urgency)


async def waiting(store: Store, reference: str) -> list[Delivery]:
    """What will leave, to whomever."""
    async with store.reading() as uow:
        abouts = (reference, *(f"{reference}/{number}" for number in range(1, 6)))
        rows = [row for about in abouts for row in await uow.deliveries.about(about)]
        return [row for row in rows if row.state in (DeliveryState.QUEUED, DeliveryState.CLAIMED)]


async def as_it_leaves(store: Store, row: Delivery) -> Note:
    async with store.reading() as uow:
        writing = Writing(await partnership_of(uow), uow.now, "https://herald.example.org")
        return compose_note(row.kind, row.facts, writing=writing)


async def what_asks(store: Store, person: Person) -> list[str]:
    async with store.reading() as uow:
        asked = [*await needs(uow, person), *await mine(uow, person)]
        return [f"{each.title}: {each.line}" for each in asked]


async def test_what_still_waits_when_herald_goes_live_says_itself_that_it_is_practice_and_is_taken_back(
    store: Store, clock: MovingClock
) -> None:
    _, reference = await tried_out(store)
    by_slack, by_mail = await waiting(store, reference)
    store.sending = LIVE
    for row in (by_slack, by_mail):  # a worker may be quicker than the sweep
        note = await as_it_leaves(store, row)
        assert note.subject.startswith("Practice: ")
        assert "Nothing is asked of you but to try it out" in note.paragraphs[0]
    clock.move(minutes=45)
    await run_clocks(store)
    assert await waiting(store, reference) == []
    async with store.reading() as uow:
        assert await alarms_of(uow) == [], "no alarm rings for what nobody needs"


async def test_nothing_moves_it_once_herald_is_live_neither_the_clock_nor_a_press(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast, reference = await tried_out(sqlite_store, urgency="urgent")
    other = await raised(sqlite_store, cast.ada)
    for row in await waiting(sqlite_store, reference):
        async with sqlite_store.transaction() as uow:
            await uow.deliveries.supersede(about=row.about)
    sqlite_store.sending = LIVE
    await title_of(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    await press(sqlite_store, cast.ada, "advance", f"{reference}/1")
    assert await waiting(sqlite_store, reference) == [], "a press before the first sweep alerts nobody"
    clock.move(days=9)  # every clock of it has run out since
    for _ in range(4):
        await run_clocks(sqlite_store)
        await tell_who_took_over(sqlite_store)
        await merge_waiting(sqlite_store)
        clock.move(days=1)
    for each in (reference, other):
        escalation, steps = await record(sqlite_store, each)
        assert (escalation.outcome, len(steps)) == ("practice", 2 if each == reference else 1)
        assert await waiting(sqlite_store, each) == []
    assert await title_of(sqlite_store, cast.may, "acknowledge", f"{reference}/2") == f"{reference} is closed"


async def test_it_asks_nothing_of_anybody_from_the_moment_that_herald_is_live(sqlite_store: Store) -> None:
    cast, reference = await tried_out(sqlite_store)
    asked = await what_asks(sqlite_store, cast.may)
    assert len(asked) == 1
    assert asked[0].startswith(f"Escalation {reference}: Practice. Say that you have it by")
    sqlite_store.sending = LIVE
    for person in (cast.ada, cast.may):
        assert await what_asks(sqlite_store, person) == [], "before any sweep"
    async with sqlite_store.reading() as uow:
        (line,) = await mine_of(uow, cast.ada)
    assert line.warnings == ("Practice: nobody outside the operations team is told",)


async def test_a_worker_that_is_still_in_practice_beside_a_live_one_reaches_no_manager(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast, reference = await tried_out(sqlite_store, urgency="urgent")
    await changed(sqlite_store, cast.may, away_until=NEXT_YEAR, roles=["manager"])
    clock.move(hours=5)
    await run_clocks(sqlite_store)
    async with sqlite_store.reading() as uow:
        staff = {person.id for person in await uow.people.everybody() if "coordinator" in person.roles}
    late = [row for row in await waiting(sqlite_store, reference) if row.kind == "escalation.alert"]
    assert {row.person_id for row in late if row.about != f"{reference}/1"} <= staff
