"""Booking a seat: one transaction takes the session's row, judges, records, queues the message (B6)."""

import uuid

from bot.conversation.prompt import Notice, Receipt
from bot.rules.booking_states import ACTIVE, BookingState
from bot.rules.seats import (
    Approval,
    Confirmed,
    RefusalReason,
    Refused,
    Requested,
    WaitingReason,
    Waitlisted,
    judge_booking,
)
from handlers.bookings import seats
from handlers.bookings.sessions import Held, hold, level_fits
from handlers.bookings.telling import tell
from handlers.bookings.wording import NOT_FOUND, ask_manager_first, not_for_level, receipt_of, refusal
from storage.tables.briefings import Booking
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def book(
    uow: UnitOfWork, *, person: Person, briefing_id: str, by: Person | None = None, declared: bool = False
) -> Receipt | Notice:
    """Books a seat, holds it for the manager, or gives the next place in the queue; a second time is the same answer.

    `by` is who asks, when it is somebody else. `declared`: the person said that their line manager agrees.
    """
    held = await hold(uow, briefing_id)
    if held is None:
        return NOT_FOUND
    now_standing = (await seats.settle(uow, held)).standing
    own = await uow.briefings.booking_of(briefing_id=briefing_id, person_id=person.id)
    state = BookingState(own.state) if own is not None and own.state in ACTIVE else None
    if state is None and (gate := _gate(held, person, declared=declared)):
        return gate
    judged = judge_booking(
        now_standing.state,
        now=uow.now,
        agency_booked=now_standing.tally.of_agency(person.agency_id),
        own=state,
        cutoff=held.cutoff,
    )
    if isinstance(judged, Refused):
        return await _refused(uow, held, own, judged)
    if own is not None and state is BookingState.WAITLISTED:
        if not isinstance(judged, Waitlisted):
            await seats.seat(uow, held, own, person, by=by or person)
    else:
        own = await _begin(uow, held, person, own, judged, by=by or person)
    held.briefing.booked += not isinstance(judged, Waitlisted)
    return await receipt_of(uow, held.briefing, own, held.calendar)


def _gate(held: Held, person: Person, *, declared: bool) -> Notice | None:
    """What has to be so before a seat is judged at all: the reason and the next step, or None."""
    if not level_fits(held.briefing, person):
        return not_for_level(held.briefing)
    if held.briefing.approval == Approval.DECLARED and not declared:
        return ask_manager_first(held.briefing)
    return None


async def _refused(uow: UnitOfWork, held: Held, own: Booking | None, judged: Refused) -> Receipt | Notice:
    if own is not None and judged.reason is RefusalReason.ALREADY_BOOKED:
        return await receipt_of(uow, held.briefing, own, held.calendar)
    return await refusal(uow, held.briefing, held.calendar, judged)


async def _begin(
    uow: UnitOfWork,
    held: Held,
    person: Person,
    before: Booking | None,
    judged: Confirmed | Requested | Waitlisted,
    *,
    by: Person,
) -> Booking:
    """A new booking, or the person's old row taken up again: one row, one calendar entry, whatever happens to it."""
    booking = before or Booking(
        reference=await uow.conversations.next_reference("B", year=held.calendar.local(uow.now).year),
        briefing_id=held.briefing.id,
        person_id=person.id,
        calendar_uid=f"{uuid.uuid4()}@herald",
        calendar_sequence=0,
    )
    came_from = "" if before is None else before.state
    booking.state = _first_state(judged).value
    booking.agency_id = person.agency_id
    booking.requested_at = booking.changed_at = uow.now
    booking.missed_offers, booking.late_cancellation = 0, False
    booking.position = booking.offer_expires_at = booking.hold_expires_at = None
    if isinstance(judged, Waitlisted):
        seats.to_the_back(held, booking)
    if before is None:
        await uow.briefings.add_booking(booking)
    reason = judged.reason.value if isinstance(judged, Waitlisted) else ""
    seats.log(uow, held, booking, before=came_from, by=by, reason=reason)
    await _tell(uow, held, booking, person, judged)
    return booking


async def _tell(
    uow: UnitOfWork, held: Held, booking: Booking, person: Person, judged: Confirmed | Requested | Waitlisted
) -> None:
    match judged:
        case Confirmed():
            await seats.tell_confirmed(uow, held, booking, person)
        case Requested():
            await seats.tell_requested(uow, held, booking, person)
        case Waitlisted(position, reason):
            await tell(
                uow,
                person,
                held.briefing,
                booking,
                kind="booking.waitlisted",
                key=booking.position,
                place=position,
                agency_limit=reason is WaitingReason.AGENCY_LIMIT,
            )


def _first_state(judged: Confirmed | Requested | Waitlisted) -> BookingState:
    match judged:
        case Confirmed():
            return BookingState.CONFIRMED
        case Requested():
            return BookingState.REQUESTED
        case Waitlisted():
            return BookingState.WAITLISTED
