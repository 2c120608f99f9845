"""Booking and cancelling: one row, one calendar entry, the reason and the next step for every no."""

import pytest

from bot.conversation.prompt import Notice, Receipt
from handlers.bookings.approvals import answer_request
from handlers.bookings.cancelling import cancel_booking, cancel_session
from handlers.bookings.offers import accept_offer
from storage.unit_of_work import Store
from tests.bookings.sessions import (
    LEVELS,
    a_booker,
    apply,
    booked,
    booking_of,
    facts,
    local,
    people,
    state_of,
    the_partnership,
    told,
)
from tests.clocks import MovingClock


async def test_booking_again_gives_the_same_receipt(store: Store) -> None:
    await the_partnership(store)
    [ada] = await people(store, 1)

    first = await booked(store, ada)
    second = await booked(store, ada)

    assert isinstance(first, Receipt)
    assert first == second
    assert first.lines[0] == "Levels of need and support, Wednesday 9 December 2026, 12:30 to 13:30."
    assert await told(store, "booking.confirmed") == ["Person 1"]


async def test_back_again_after_cancelling_keeps_the_calendar_entry_and_raises_its_sequence(store: Store) -> None:
    await the_partnership(store)
    [ada] = await people(store, 1)
    await booked(store, ada)
    uid = (await booking_of(store, ada)).calendar_uid
    reference = (await booking_of(store, ada)).reference
    async with store.transaction() as uow:
        await cancel_booking(uow, reference=reference, by=ada)
    await booked(store, ada)

    assert [each["sequence"] for each in await facts(store, "booking.confirmed")] == [0, 2]
    [cancelled] = await facts(store, "booking.cancelled")
    assert cancelled["sequence"] == 1
    again = await booking_of(store, ada)
    assert (again.reference, again.calendar_uid) == (reference, uid)


async def test_cancelling_close_to_the_day_is_noted_as_late(store: Store, clock: MovingClock) -> None:
    await the_partnership(store)
    ada, ben = await people(store, 2)
    for person in (ada, ben):
        await booked(store, person)
    clock.set(local("2026-12-07T12:30"))
    async with store.transaction() as uow:
        await cancel_booking(uow, reference=(await booking_of(store, ada)).reference, by=ada)
    clock.set(local("2026-12-07T12:31"))
    async with store.transaction() as uow:
        await cancel_booking(uow, reference=(await booking_of(store, ben)).reference, by=ben)

    assert not (await booking_of(store, ada)).late_cancellation
    assert (await booking_of(store, ben)).late_cancellation


async def test_nobody_cancels_for_somebody_else_but_a_coordinator(store: Store) -> None:
    await the_partnership(store)
    ada, ben = await people(store, 2)
    gwen = await a_booker(store, "Gwen", roles=["coordinator"])
    await booked(store, ada)
    reference = (await booking_of(store, ada)).reference
    async with store.transaction() as uow:
        assert (await cancel_booking(uow, reference=reference, by=ben)).title == "We cannot find this booking"
    assert await state_of(store, ada) == "confirmed"
    async with store.transaction() as uow:
        await cancel_booking(uow, reference=reference, by=gwen)
    assert await state_of(store, ada) == "cancelled"
    [told_ada] = await facts(store, "booking.cancelled")
    assert told_ada["by_organiser"]


@pytest.mark.parametrize(
    ("at", "title", "line"),
    [
        ("2026-11-24T10:00", "Booking is not open yet", "opens on Wednesday 25 November 2026, 09:00"),
        ("2026-12-09T11:30", "Booking has closed", "closed on Wednesday 9 December 2026, 11:30"),
        ("2026-12-09T12:30", "This session has begun", "began on Wednesday 9 December 2026, 12:30"),
    ],
)
async def test_a_no_says_since_when_and_names_the_next_date(
    sqlite_store: Store, clock: MovingClock, at: str, title: str, line: str
) -> None:
    await the_partnership(
        sqlite_store,
        {"booking_opens": "2026-11-25T09:00"},
        {"id": "levels-of-need-2027-01", "starts": "2027-01-13T12:30", "ends": "2027-01-13T13:30"},
    )
    [ada] = await people(sqlite_store, 1)
    clock.set(local(at))

    answer = await booked(sqlite_store, ada)

    assert isinstance(answer, Notice)
    assert answer.title == title
    assert line in answer.lines[0]
    assert "Wednesday 13 January 2027" in answer.lines[1]


async def test_a_session_for_other_levels_says_so(sqlite_store: Store) -> None:
    await the_partnership(sqlite_store, {"levels": "[2, 3]"})
    ada = await a_booker(sqlite_store, "Ada", level=1)
    ben = await a_booker(sqlite_store, "Ben", level=3)

    answer = await booked(sqlite_store, ada)

    assert isinstance(answer, Notice)
    assert "levels 2 and 3" in answer.lines[0]
    assert isinstance(await booked(sqlite_store, ben), Receipt)


async def test_where_it_must_be_declared_nobody_books_without_saying_that_the_manager_agrees(
    sqlite_store: Store,
) -> None:
    await the_partnership(sqlite_store, {"approval": "declared"})
    [ada] = await people(sqlite_store, 1)

    assert (await booked(sqlite_store, ada)).title == "Please ask your line manager first"
    assert (await booked(sqlite_store, ada, declared=True)).title == "Your seat is booked"
    assert (await booked(sqlite_store, ada)).title == "Your seat is booked", "who has a seat is not asked again"


async def test_more_seats_never_bypass_the_manager(store: Store) -> None:
    await the_partnership(store, {"capacity": 2, "approval": "manager"})
    manager = await a_booker(store, "Mo", roles=["manager"])
    everybody = await people(store, 6, manager_email=manager.email)
    for person in everybody:
        await booked(store, person)
    assert [await state_of(store, person) for person in everybody] == ["requested"] * 2 + ["waitlisted"] * 4

    await apply(store, {"capacity": 6, "approval": "manager"})
    for person in everybody[2:]:
        async with store.transaction() as uow:
            await accept_offer(uow, reference=(await booking_of(store, person)).reference, by=person)

    assert [await state_of(store, person) for person in everybody] == ["requested"] * 6
    assert await told(store, "booking.approval") == ["Mo"] * 6
    assert await told(store, "booking.confirmed") == []


async def test_the_managers_yes_confirms_and_the_no_frees_the_seat(store: Store) -> None:
    await the_partnership(store, {"capacity": 2, "approval": "manager"})
    manager = await a_booker(store, "Mo", roles=["manager"])
    ada, ben, cy = await people(store, 3, manager_email=manager.email)
    for person in (ada, ben, cy):
        await booked(store, person)

    for person, approve in ((ada, True), (ben, False)):
        reference = (await booking_of(store, person)).reference
        async with store.transaction() as uow:
            refused = await answer_request(uow, reference=reference, by=cy, approve=True)
            assert refused.title == "We cannot find this booking", "only the manager answers"
        async with store.transaction() as uow:
            await answer_request(uow, reference=reference, by=manager, approve=approve)

    assert [await state_of(store, person) for person in (ada, ben, cy)] == ["confirmed", "declined", "offered"]
    assert await told(store, "booking.refused") == ["Person 2"]


async def test_a_request_without_an_answer_lapses_after_two_working_days(store: Store, clock: MovingClock) -> None:
    await the_partnership(store, {"capacity": 1, "approval": "manager"})
    await a_booker(store, "Gwen", roles=["coordinator"])
    ada, ben = await people(store, 2)
    await booked(store, ada)
    assert await told(store, "booking.approval") == ["Gwen"], "without a manager the coordinator is asked"
    clock.set(local("2026-11-26T17:00"))

    await booked(store, ben)  # no sweep came by

    assert await state_of(store, ada) == "lapsed"
    assert await state_of(store, ben) == "requested"
    assert await told(store, "booking.unanswered") == ["Person 1"]


async def test_a_cancelled_session_tells_everybody_once_and_promotes_nobody(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben = await people(store, 2)
    await booked(store, ada)
    await booked(store, ben)

    [applied] = await apply(store, {"capacity": 1, "status": "cancelled"})
    async with store.transaction() as uow:
        assert await cancel_session(uow, briefing_id=LEVELS, by=None) == 0, "twice is once"

    assert applied.note == "cancelled, 2 told"
    assert await told(store, "session.cancelled") == ["Person 1", "Person 2"]
    seats = [(each["seat"], each["sequence"]) for each in await facts(store, "session.cancelled")]
    assert seats == [(True, 1), (False, 0)]
    assert await told(store, "booking.offered") == []
    assert (await booked(store, ada)).title == "This session is cancelled"


async def test_a_moved_session_tells_everybody_and_raises_the_sequence_of_their_entries(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben = await people(store, 2)
    await booked(store, ada)
    await booked(store, ben)

    [applied] = await apply(store, {"capacity": 1, "place": "Room 4 in the Civic Centre"})
    assert applied.note == "2 told of the new time or place"
    [again] = await apply(store, {"capacity": 1, "place": "Room 4 in the Civic Centre"})
    assert again.outcome == "unchanged"

    changed = await facts(store, "session.changed")
    assert [(each["seat"], each["sequence"], each["place"]) for each in changed] == [
        (True, 1, "Room 4 in the Civic Centre"),
        (False, 0, "Room 4 in the Civic Centre"),
    ]
