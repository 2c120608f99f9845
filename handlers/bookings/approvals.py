"""A line manager's yes or no to a seat that is held."""

from bot.conversation.prompt import Notice
from bot.rules.booking_states import BookingState
from handlers.bookings import seats
from handlers.bookings.cancelling import held_booking
from handlers.bookings.telling import may_approve, tell
from handlers.bookings.wording import NOT_YOURS, when
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def answer_request(uow: UnitOfWork, *, reference: str, by: Person, approve: bool) -> Notice:
    """Records the answer while the seat is held; the first answer counts, and a late one hears how it stands."""
    found = await held_booking(uow, reference)
    person = None if found is None else await uow.people.get(found[1].person_id)
    if found is None or person is None or not await may_approve(uow, person, by=by):
        return NOT_YOURS
    held, booking = found
    session = f"“{held.briefing.title}”, {when(held.briefing, held.calendar)}"
    if booking.state != BookingState.REQUESTED:
        state = booking.state.replace("_", " ")
        return Notice("Answered already", (f"The booking of {person.name} for {session} is {state} now.",))
    if approve:
        seats.become(uow, held, booking, BookingState.CONFIRMED, by=by)
        await seats.tell_confirmed(uow, held, booking, person)
        return Notice("Thank you", (f"{person.name} has a seat at {session} and has been told.",))
    seats.become(uow, held, booking, BookingState.DECLINED, by=by, reason="manager")
    await uow.deliveries.supersede(about=booking.reference)
    await tell(
        uow, person, held.briefing, booking, kind="booking.refused", key=booking.changed_at.isoformat(), who=by.name
    )
    await seats.promote(uow, held)
    return Notice("Thank you", (f"{person.name} has been told. The seat goes to the next colleague.",))
