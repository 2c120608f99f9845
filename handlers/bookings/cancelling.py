"""Cancelling: a booking by its person, a coordinator, or because somebody left; a whole session by its organiser."""

from bot.conversation.prompt import Notice
from bot.rules.booking_states import ACTIVE, BookingState
from bot.rules.seats import late_cancellation
from handlers.bookings import seats
from handlers.bookings.sessions import Held, hold
from handlers.bookings.telling import tell
from handlers.bookings.wording import NOT_YOURS, when
from storage.briefings import CANCELLED
from storage.tables.briefings import Booking
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

COORDINATOR = "coordinator"


async def cancel_booking(uow: UnitOfWork, *, reference: str, by: Person) -> Notice:
    """Gives a seat, an offer or a place in the queue back; the next one hears of it in the same transaction."""
    found = await held_booking(uow, reference)
    if found is None or not (found[1].person_id == by.id or COORDINATOR in by.roles):
        return NOT_YOURS
    held, booking = found
    title = held.briefing.title
    if booking.state not in ACTIVE:
        return Notice("Nothing to cancel", (f"You have no booking for “{title}” now. Nothing more is needed.",))
    if held.started(uow.now):
        return Notice("This session has begun", ("A booking can only be cancelled before the start.",))
    person = await uow.people.get(booking.person_id)
    if person is None:
        return NOT_YOURS
    was = BookingState(booking.state)
    own = booking.person_id == by.id
    await _give_back(uow, held, booking, by=by, reason="" if own else "organiser")
    await tell(
        uow,
        person,
        held.briefing,
        booking,
        kind="booking.cancelled",
        key=uow.now.isoformat(),
        seat=was is BookingState.CONFIRMED,
        late=booking.late_cancellation,
        by_organiser=not own,
    )
    await seats.promote(uow, held)
    return _cancelled(held, was, late=booking.late_cancellation)


async def leave(uow: UnitOfWork, *, reference: str) -> bool:
    """Cancels a booking of somebody who has left; nobody is told but the next in the queue. False when it was done."""
    found = await held_booking(uow, reference)
    if found is None or found[1].state not in ACTIVE or found[0].started(uow.now):
        return False
    held, booking = found
    await _give_back(uow, held, booking, by=None, reason="left")
    await seats.promote(uow, held)
    return True


async def cancel_session(uow: UnitOfWork, *, briefing_id: str, by: Person | None) -> int:
    """Cancels a session: one message to each who had a seat or waited, no promotion. Returns how many were told."""
    held = await hold(uow, briefing_id)
    if held is None or held.briefing.status == CANCELLED:
        return 0
    held.briefing.status = CANCELLED
    held.briefing.revision += 1
    uow.audit.add("briefing.cancelled", thing=briefing_id, by=by, detail={"revision": held.briefing.revision})
    told = 0
    for booking, person in await uow.briefings.bookings(briefing_id, states=sorted(ACTIVE)):
        if held.started(uow.now):
            break
        was_confirmed = booking.state == BookingState.CONFIRMED
        if was_confirmed:
            booking.calendar_sequence += 1
        seats.become(uow, held, booking, BookingState.CANCELLED, by=by, reason="session cancelled")
        await uow.deliveries.supersede(about=booking.reference)
        told += await tell(
            uow,
            person,
            held.briefing,
            booking,
            kind="session.cancelled",
            key=held.briefing.revision,
            seat=was_confirmed,
        )
    held.briefing.booked = 0
    return told


async def held_booking(uow: UnitOfWork, reference: str) -> tuple[Held, Booking] | None:
    """A booking with its session locked and brought up to date; read anew after the lock."""
    seen = await uow.briefings.booking(reference)
    held = None if seen is None else await hold(uow, seen.briefing_id)
    if held is None:
        return None
    await seats.settle(uow, held)
    booking = await uow.briefings.booking(reference)
    return None if booking is None else (held, booking)


async def _give_back(uow: UnitOfWork, held: Held, booking: Booking, *, by: Person | None, reason: str) -> None:
    if booking.state == BookingState.CONFIRMED:
        booking.late_cancellation = late_cancellation(uow.now, held.briefing.starts_at, held.calendar)
        booking.calendar_sequence += 1
    late = "late" if booking.late_cancellation else ""
    seats.become(uow, held, booking, BookingState.CANCELLED, by=by, reason=reason or late)
    await uow.deliveries.supersede(about=booking.reference)


def _cancelled(held: Held, was: BookingState, *, late: bool) -> Notice:
    session = f"“{held.briefing.title}”, {when(held.briefing, held.calendar)}"
    if was is not BookingState.CONFIRMED:
        return Notice("You are no longer on the list", (f"{session}. You can book again at any time.",))
    more = ("It is close to the day, so it is noted as a late cancellation.",) if late else ()
    return Notice("Your booking is cancelled", (f"{session}. Your seat goes to the next colleague.", *more))
