"""The waiting list: in order, offered by the clock's own words, never bypassed, never promoted too late."""

from bot.conversation.prompt import Notice, Receipt
from bot.rules.booking_states import BookingState
from digests.bookings import leavers, settle_all
from handlers.acts import Press
from handlers.bookings.answering import BOOK_ACT
from handlers.bookings.cancelling import cancel_booking
from handlers.bookings.offers import accept_offer, decline_offer
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.bookings.sessions import (
    LEVELS,
    a_booker,
    apply,
    booked,
    booking_of,
    facts,
    in_state,
    local,
    people,
    places,
    state_of,
    the_partnership,
    told,
)
from tests.clocks import MovingClock


async def _cancelled(store: Store, person: Person) -> Notice:
    reference = (await booking_of(store, person)).reference
    async with store.transaction() as uow:
        return await cancel_booking(uow, reference=reference, by=person)


async def _accepts(store: Store, person: Person) -> Receipt | Notice:
    reference = (await booking_of(store, person)).reference
    async with store.transaction() as uow:
        return await accept_offer(uow, reference=reference, by=person)


async def test_a_seat_given_back_is_offered_to_the_first_in_the_queue_in_the_same_transaction(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)

    await _cancelled(store, ada)

    assert await state_of(store, ben) == "offered"
    assert await state_of(store, cy) == "waitlisted"
    assert await told(store, "booking.offered") == ["Person 2"]
    async with store.reading() as uow:
        assert await places(uow, await in_state(store, BookingState.WAITLISTED)) == [1], "everybody moves up"


async def test_whoever_is_offered_a_seat_and_presses_book_in_an_older_message_has_it(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)
    await _cancelled(store, ada)
    briefing_id = (await booking_of(store, ben)).briefing_id

    async with store.reading() as uow:
        page = await BOOK_ACT.page(uow, ben, briefing_id)
    assert page.title == "A seat is offered to you"
    assert [option.choice for option in page.options] == ["accept", "decline"]
    async with store.transaction() as uow:
        done = await BOOK_ACT.act(uow, Press(ben, briefing_id, "book", "a press"))
    assert isinstance(done, Receipt)
    assert done.title == "Your seat is booked"
    assert await state_of(store, ben) == "confirmed"
    assert await state_of(store, cy) == "waitlisted"


async def test_a_friday_afternoon_offer_lives_until_monday(store: Store, clock: MovingClock) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben = await people(store, 2)
    await booked(store, ada)
    await booked(store, ben)
    clock.set(local("2026-11-27T16:00"))
    await _cancelled(store, ada)

    [offer] = await facts(store, "booking.offered")
    assert offer["until"] == local("2026-11-30T16:00").astimezone(clock.now.tzinfo).isoformat()

    clock.set(local("2026-11-30T15:59:59"))
    answer = await _accepts(store, ben)
    assert isinstance(answer, Receipt)
    assert answer.title == "Your seat is booked"


async def test_at_the_very_moment_it_ends_an_offer_is_over_though_no_sweep_came_by(
    store: Store, clock: MovingClock
) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)
    await _cancelled(store, ada)  # Tuesday 10:00: eight working hours end on Wednesday at 10:00

    clock.set(local("2026-11-25T10:00:00"))
    answer = await _accepts(store, ben)

    assert isinstance(answer, Notice)
    assert answer.title == "This offer has ended"
    assert "Wednesday 25 November 2026, 10:00" in answer.lines[0]
    assert await state_of(store, ben) == "waitlisted"
    assert await state_of(store, cy) == "offered"
    assert await told(store, "booking.offered") == ["Person 2", "Person 3"]


async def test_a_missed_offer_goes_to_the_back_once_and_the_second_time_lapses(
    store: Store, clock: MovingClock
) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)
    await _cancelled(store, ada)

    clock.set(local("2026-11-25T10:00:00"))
    await settle_all(store)  # Ben to the back, Cy is offered
    clock.set(local("2026-11-26T10:00:00"))
    await settle_all(store)  # Cy to the back, Ben is offered again
    assert await state_of(store, ben) == "offered"
    clock.set(local("2026-11-27T10:00:00"))
    await settle_all(store)

    assert await state_of(store, ben) == "lapsed"
    assert await state_of(store, cy) == "offered"
    ended = await facts(store, "booking.lapsed")
    assert [each["place"] for each in ended] == [1, 1, 0]


async def test_the_sweep_a_second_time_does_nothing(store: Store, clock: MovingClock) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)
    await _cancelled(store, ada)
    clock.set(local("2026-11-25T10:00:00"))

    assert await settle_all(store) == 2
    assert await settle_all(store) == 0


async def test_a_newcomer_does_not_jump_the_queue_while_an_offer_is_open(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy = await people(store, 3)
    await booked(store, ada)
    await booked(store, ben)
    await _cancelled(store, ada)

    answer = await booked(store, cy)

    assert answer.title == "You are number 1 on the waiting list"
    assert await state_of(store, ben) == "offered"


async def test_declining_gives_the_seat_to_the_next(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)
    await _cancelled(store, ada)
    reference = (await booking_of(store, ben)).reference

    for _ in range(2):
        async with store.transaction() as uow:
            answer = await decline_offer(uow, reference=reference, by=ben)
        assert answer.title == "Thank you for telling us"

    assert await state_of(store, ben) == "declined"
    assert await state_of(store, cy) == "offered"


async def test_after_the_cut_off_everybody_waiting_is_told_once_and_the_first_to_answer_comes(
    store: Store, clock: MovingClock
) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben, cy, dee = await people(store, 4)
    for person in (ada, ben, cy, dee):
        await booked(store, person)
    clock.set(local("2026-12-08T12:30"))

    await _cancelled(store, ada)
    await settle_all(store)
    await settle_all(store)

    assert await told(store, "booking.offered") == []
    assert await told(store, "booking.open-round") == ["Person 2", "Person 3", "Person 4"]
    answer = await booked(store, dee)
    assert answer.title == "Your seat is booked"
    answer = await booked(store, cy)
    assert answer.title == "You are number 2 on the waiting list"


async def test_once_the_session_has_begun_nobody_is_told_anything(store: Store, clock: MovingClock) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben = await people(store, 2)
    await booked(store, ada)
    await booked(store, ben)
    clock.set(local("2026-12-09T12:30"))

    answer = await _cancelled(store, ada)
    await settle_all(store)

    assert answer.title == "This session has begun"
    assert await told(store, "booking.offered") == []
    assert await told(store, "booking.open-round") == []


async def test_more_seats_are_offered_in_order_and_fewer_remove_nobody(store: Store) -> None:
    await the_partnership(store, {"capacity": 2})
    everybody = await people(store, 5)
    for person in everybody:
        await booked(store, person)

    [applied] = await apply(store, {"capacity": 4})
    assert applied.outcome == "changed"
    assert await told(store, "booking.offered") == ["Person 3", "Person 4"]

    [applied] = await apply(store, {"capacity": 1})
    assert "3 more seats are promised than there are" in applied.note
    assert len(await in_state(store, BookingState.CONFIRMED)) == 2
    await _cancelled(store, everybody[0])
    assert await state_of(store, everybody[4]) == "waitlisted", "no promotion while the session is over"


async def test_one_agency_cannot_take_every_seat_and_is_passed_over_while_it_is_full(store: Store) -> None:
    await the_partnership(store, {"capacity": 2, "per_agency": 1})
    ada = await a_booker(store, "Ada", agency_id="northmere-police")
    ben = await a_booker(store, "Ben", agency_id="northmere-police")
    cy = await a_booker(store, "Cy", agency_id="northmere-health")
    dee = await a_booker(store, "Dee", agency_id="hilltop-school")
    await booked(store, ada)
    assert (await booked(store, ben)).title == "You are number 1 on the waiting list"
    assert (await booked(store, cy)).title == "Your seat is booked", "Ben could not have had this seat"
    await booked(store, dee)

    await _cancelled(store, cy)

    assert await state_of(store, dee) == "offered"
    assert await state_of(store, ben) == "waitlisted"
    async with store.reading() as uow:
        entries = await uow.audit.latest(thing=(await booking_of(store, ben)).reference)
    assert entries[0].action == "booking.passed-over"
    assert entries[0].detail["reason"] == "agency limit"


async def test_a_leaver_gives_the_seat_back(store: Store, clock: MovingClock) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben = await people(store, 2)
    await booked(store, ada)
    await booked(store, ben)
    async with store.transaction() as uow:
        gone = await uow.people.get(ada.id)
        assert gone is not None
        gone.left_at = clock.now

    assert await leavers(store) == 1
    assert await leavers(store) == 0
    assert await state_of(store, ada) == "cancelled"
    assert await state_of(store, ben) == "offered"
    assert await told(store, "booking.cancelled") == []


async def test_an_erased_person_frees_a_seat_for_the_queue(store: Store) -> None:
    await the_partnership(store, {"capacity": 1})
    ada, ben = await people(store, 2)
    await booked(store, ada)
    await booked(store, ben)
    async with store.transaction() as uow:
        gone = await uow.people.get(ada.id)
        assert gone is not None
        await uow.people.erase(gone)

    await settle_all(store)

    assert await state_of(store, ben) == "offered"
    async with store.reading() as uow:
        briefing = await uow.briefings.get(LEVELS)
        assert briefing is not None
        assert briefing.booked == 1
