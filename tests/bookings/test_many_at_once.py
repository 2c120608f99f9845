"""Everybody at the same moment: as many seats as there are, a queue without gaps, one message each."""

import asyncio

from bot.conversation.prompt import Notice, Receipt
from bot.rules.booking_states import BookingState
from digests.bookings import settle_all
from handlers.bookings.cancelling import cancel_booking
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.bookings.sessions import LEVELS, booked, booking_of, in_state, people, places, the_partnership, told


async def test_a_thousand_people_and_thirty_seats(store: Store) -> None:
    await the_partnership(store, {"capacity": 30})
    everybody = await people(store, 1000)
    at_once = asyncio.Semaphore(200)  # the pool's own waiting room is 30 s; a busy machine takes longer for all

    async def one(person: Person) -> Receipt | Notice:
        async with at_once:
            return await booked(store, person)

    answers = await asyncio.gather(*(one(person) for person in everybody))

    assert all(isinstance(answer, Receipt) for answer in answers)
    assert len(await in_state(store, BookingState.CONFIRMED)) == 30
    waiting = await in_state(store, BookingState.WAITLISTED)
    async with store.reading() as uow:
        assert await places(uow, waiting) == list(range(1, 971))
    assert len(await told(store, "booking.confirmed")) == 30
    assert len(await told(store, "booking.waitlisted")) == 970
    said = sorted(int(a.title.split()[3]) for a in answers if isinstance(a, Receipt) and "number" in a.title)
    assert said == list(range(1, 971)), "the place that people were told is the place they have"
    async with store.reading() as uow:
        briefing = await uow.briefings.get(LEVELS)
        assert briefing is not None
        assert briefing.booked == 30


async def test_the_last_seat_goes_to_one_of_fifty(store: Store) -> None:
    await the_partnership(store)
    everybody = await people(store, 69)
    for person in everybody[:19]:
        await booked(store, person)

    await asyncio.gather(*(booked(store, person) for person in everybody[19:]))

    assert len(await in_state(store, BookingState.CONFIRMED)) == 20
    waiting = await in_state(store, BookingState.WAITLISTED)
    async with store.reading() as uow:
        assert await places(uow, waiting) == list(range(1, 50))
    assert len(await told(store, "booking.confirmed")) == 20


async def test_one_person_by_two_channels_in_the_same_second_has_one_booking(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    [ada] = await people(store, 1)

    first, second = await asyncio.gather(booked(store, ada), booked(store, ada))

    assert first == second, "both answers state the same booking"
    assert isinstance(first, Receipt)
    assert first.reference == "B-2026-0001"
    assert await told(store, "booking.confirmed") == ["Person 1"]


async def test_bookings_cancellations_and_the_sweep_at_once_promise_no_seat_twice(store: Store) -> None:
    await the_partnership(store, {"capacity": 5})
    everybody = await people(store, 40)
    for person in everybody[:10]:
        await booked(store, person)

    async def gives_back(person: Person) -> None:
        reference = (await booking_of(store, person)).reference
        async with store.transaction() as uow:
            await cancel_booking(uow, reference=reference, by=person)

    await asyncio.gather(
        *(gives_back(person) for person in everybody[:4]),
        *(booked(store, person) for person in everybody[10:]),
        *(settle_all(store) for _ in range(5)),
    )

    assert [booking.person_id for booking in await in_state(store, BookingState.CONFIRMED)] == [everybody[4].id]
    offered = await told(store, "booking.offered")
    assert sorted(offered) == [f"Person {number}" for number in (6, 7, 8, 9)], "those who waited first, each once"
    waiting = await in_state(store, BookingState.WAITLISTED)
    async with store.reading() as uow:
        assert await places(uow, waiting) == list(range(1, 32))
