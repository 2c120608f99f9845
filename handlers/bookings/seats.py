"""Giving seats and handing free ones on. `promote` is the one way in which a free seat reaches the queue: it is called
wherever a seat can be freed, and by a sweep.

Every function here runs while the session's row is held. Source: reference/booking-escalation-deadlines.md 1.4.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.booking_states import BookingState, after_a_missed_offer, change
from bot.rules.seats import Approval, offer_expiry, open_round, promotion_allowed
from bot.rules.working_time import service_due
from handlers.bookings.sessions import Held, Standing, standing
from handlers.bookings.telling import approvers, tell
from storage.tables.briefings import Booking
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

APPROVAL_WORKING_DAYS = 2


@dataclass(frozen=True, slots=True)
class Settled:
    """What handing seats on came to: how many bookings changed or were told, and how the session stands now."""

    changed: int
    standing: Standing


def become(
    uow: UnitOfWork,
    held: Held,
    booking: Booking,
    after: BookingState,
    *,
    by: Person | None = None,
    reason: str = "",
) -> None:
    """Changes a booking's state and writes it down. Raises NotPossibleNow for a step that is not in the table."""
    before = BookingState(booking.state)
    booking.state = change(before, after).value
    booking.changed_at = uow.now
    log(uow, held, booking, before=before.value, by=by, reason=reason)


def log(uow: UnitOfWork, held: Held, booking: Booking, *, before: str, by: Person | None, reason: str = "") -> None:
    """One audit entry for one change: never deleted, never corrected."""
    detail = {
        "briefing": held.briefing.id,
        "before": before,
        "after": booking.state,
        "person": booking.person_id,
        "revision": held.briefing.revision,
    }
    if reason:
        detail["reason"] = reason
    uow.audit.add(f"booking.{booking.state}", thing=booking.reference, by=by, detail=detail)


def to_the_back(held: Held, booking: Booking) -> None:
    """The last place in the queue. Places are tickets that only rise; what people are told is counted from them."""
    held.briefing.last_position += 1
    booking.position = held.briefing.last_position


async def seat(uow: UnitOfWork, held: Held, booking: Booking, person: Person, *, by: Person | None) -> None:
    """Gives a seat that is free: at once, or held for the manager's answer. A promotion never bypasses the manager."""
    if held.briefing.approval == Approval.MANAGER:
        become(uow, held, booking, BookingState.REQUESTED, by=by)
        await tell_requested(uow, held, booking, person)
    else:
        become(uow, held, booking, BookingState.CONFIRMED, by=by)
        await tell_confirmed(uow, held, booking, person)


async def tell_confirmed(uow: UnitOfWork, held: Held, booking: Booking, person: Person) -> None:
    """The confirmation with its calendar entry; whoever comes back after a cancellation gets a higher sequence."""
    if booking.calendar_sequence:
        booking.calendar_sequence += 1
    booking.hold_expires_at = None
    await uow.deliveries.supersede(about=booking.reference)
    await tell(uow, person, held.briefing, booking, kind="booking.confirmed", key=booking.calendar_sequence)


async def tell_requested(uow: UnitOfWork, held: Held, booking: Booking, person: Person) -> None:
    """Holds the seat for two working days, never beyond the cut-off (or the start, once that is past)."""
    latest = held.cutoff if uow.now < held.cutoff else held.briefing.starts_at
    until = min(service_due(uow.now, APPROVAL_WORKING_DAYS, held.calendar), latest)
    booking.hold_expires_at = until
    said = until.isoformat()
    await uow.deliveries.supersede(about=booking.reference)
    await tell(uow, person, held.briefing, booking, kind="booking.requested", key=said, until=said)
    for manager in await approvers(uow, person, today=held.calendar.local(uow.now).date()):
        await tell(uow, manager, held.briefing, booking, kind="booking.approval", key=said, who=person.name, until=said)


async def settle(uow: UnitOfWork, held: Held) -> Settled:
    """Brings a held session up to date: what ran out lapses by its stored time, then free seats go on (B7).

    Every transaction calls it right after the lock, so nothing depends on a sweep having come by.
    """
    missed: list[tuple[Booking, Person]] = []
    run_out = await uow.briefings.run_out(held.briefing.id)
    for booking, person in run_out:
        if booking.state == BookingState.OFFERED:
            await _miss(uow, held, booking)
            missed.append((booking, person))
        else:
            become(uow, held, booking, BookingState.LAPSED, reason="no answer from the manager")
            await uow.deliveries.supersede(about=booking.reference)
            if not held.started(uow.now):
                await tell(
                    uow, person, held.briefing, booking, kind="booking.unanswered", key=_iso(booking.hold_expires_at)
                )
    promoted = await promote(uow, held)
    for booking, person in missed:
        await _tell_missed(uow, held, booking, person)
    return Settled(len(run_out) + promoted.changed, promoted.standing)


async def promote(uow: UnitOfWork, held: Held) -> Settled:
    """Offers free seats to those who wait, in order; after the cut-off tells all of them once (B3, B4, B5)."""
    offered = 0
    while True:
        now_standing = await standing(uow, held)
        allowed = promotion_allowed(now_standing.state, now=uow.now, cutoff=held.cutoff)
        if not (allowed and now_standing.eligible):
            break
        booking, person = now_standing.eligible[0]
        _log_passed_over(uow, held, now_standing, booking)
        await _offer(uow, held, booking, person)
        offered += 1
    return Settled(offered + await _open_round(uow, held, now_standing), now_standing)


async def _offer(uow: UnitOfWork, held: Held, booking: Booking, person: Person) -> None:
    become(uow, held, booking, BookingState.OFFERED)
    expires = offer_expiry(uow.now, held.calendar, starts=held.briefing.starts_at, cutoff=held.cutoff)
    booking.offer_expires_at = expires
    await uow.deliveries.supersede(about=booking.reference)
    await tell(
        uow,
        person,
        held.briefing,
        booking,
        kind="booking.offered",
        key=booking.position,
        not_after=expires,
        until=expires.isoformat(),
    )


async def _miss(uow: UnitOfWork, held: Held, booking: Booking) -> None:
    """An offer that nobody answered: the first time to the back of the queue, the second time it lapses."""
    after = after_a_missed_offer(booking.missed_offers)
    if held.started(uow.now):
        after = BookingState.LAPSED
    booking.missed_offers += 1
    become(uow, held, booking, after, reason="offer not answered")
    await uow.deliveries.supersede(about=booking.reference)
    if after is BookingState.WAITLISTED:
        to_the_back(held, booking)


async def _tell_missed(uow: UnitOfWork, held: Held, booking: Booking, person: Person) -> None:
    if held.started(uow.now) or booking.state not in (BookingState.WAITLISTED, BookingState.LAPSED):
        return
    back = booking.state == BookingState.WAITLISTED
    await tell(
        uow,
        person,
        held.briefing,
        booking,
        kind="booking.lapsed",
        key=_iso(booking.offer_expires_at),
        place=await uow.briefings.place(booking) if back else 0,
        until=_iso(booking.offer_expires_at),
    )


async def _open_round(uow: UnitOfWork, held: Held, now_standing: Standing) -> int:
    """Tells everybody who waits that a seat goes to whoever answers first: once for each time that seats are free."""
    briefing = held.briefing
    if now_standing.state.free == 0:
        briefing.open_round_at = None
        return 0
    is_open = open_round(now_standing.state, now=uow.now, cutoff=held.cutoff) and uow.now < briefing.booking_closes_at
    if not is_open or briefing.open_round_at is not None or not now_standing.eligible:
        return 0
    briefing.open_round_at = uow.now
    uow.audit.add("briefing.open-round", thing=briefing.id, detail={"told": len(now_standing.eligible)})
    for booking, person in now_standing.eligible:
        await tell(
            uow,
            person,
            briefing,
            booking,
            kind="booking.open-round",
            key=uow.now.isoformat(),
            not_after=briefing.booking_closes_at,
            free=now_standing.state.free,
            until=briefing.booking_closes_at.isoformat(),
        )
    return len(now_standing.eligible)


def _log_passed_over(uow: UnitOfWork, held: Held, now_standing: Standing, chosen: Booking) -> None:
    for booking, reason in now_standing.passed_over:
        if (booking.position or 0) < (chosen.position or 0):
            detail = {"briefing": held.briefing.id, "reason": reason, "for": chosen.reference}
            uow.audit.add("booking.passed-over", thing=booking.reference, detail=detail)


def _iso(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()
