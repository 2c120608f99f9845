"""Answering an offered seat. Whether it is still there is judged by its stored time, sweep or no sweep (B7)."""

from bot.conversation.prompt import Notice, Receipt
from bot.rules.booking_states import BookingState
from handlers.bookings import seats
from handlers.bookings.cancelling import held_booking
from handlers.bookings.wording import NOT_YOURS, receipt_of
from handlers.wording import local_moment
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

SEATED = (BookingState.CONFIRMED, BookingState.REQUESTED)


async def accept_offer(uow: UnitOfWork, *, reference: str, by: Person) -> Receipt | Notice:
    """Takes the seat while the offer lives; a second time gives the same receipt, too late names the time it ended."""
    found = await held_booking(uow, reference)
    if found is None or found[1].person_id != by.id:
        return NOT_YOURS
    held, booking = found
    if booking.state == BookingState.OFFERED:
        await seats.seat(uow, held, booking, by, by=by)
    elif booking.state not in SEATED:
        lines = []
        if booking.offer_expires_at is not None and uow.now >= booking.offer_expires_at:
            lines.append(f"It ended at {local_moment(booking.offer_expires_at, held.calendar)}.")
        if booking.state == BookingState.WAITLISTED:
            place = await uow.briefings.place(booking)
            lines.append(f"You keep a place on the waiting list: you are number {place} now.")
        else:
            lines.append("You can book again; say “book”.")
        return Notice("This offer has ended", tuple(lines))
    return await receipt_of(uow, held.briefing, booking, held.calendar)


async def decline_offer(uow: UnitOfWork, *, reference: str, by: Person) -> Notice:
    """Lets the seat go to the next in the queue; the person leaves the queue too."""
    found = await held_booking(uow, reference)
    if found is None or found[1].person_id != by.id:
        return NOT_YOURS
    held, booking = found
    if booking.state in SEATED:
        return Notice("Your seat is booked", ("You have accepted it already. To give it back, say “cancel”.",))
    if booking.state == BookingState.OFFERED:
        seats.become(uow, held, booking, BookingState.DECLINED, by=by)
        await uow.deliveries.supersede(about=booking.reference)
        await seats.promote(uow, held)
    return Notice("Thank you for telling us", ("The seat goes to the next colleague. You can book again at any time.",))
