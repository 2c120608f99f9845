"""A session under its lock, and how it stands: everything that the judgement in `bot/rules/seats.py` asks for."""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.booking_states import BookingState
from bot.rules.calendar import WorkingCalendar
from bot.rules.seats import Approval, SessionState, SessionStatus, agency_has_room, promotion_cutoff
from handlers.partnership import calendar_of
from storage.briefings import Tally
from storage.tables.briefings import Booking, Briefing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Held:
    """A session whose row this unit of work has locked. After `cutoff` (UTC) nobody is offered a seat personally."""

    briefing: Briefing
    calendar: WorkingCalendar
    cutoff: datetime

    def started(self, now: datetime) -> bool:
        """Whether it is too late to change anything but the register."""
        return now >= self.briefing.starts_at


@dataclass(frozen=True, slots=True)
class Standing:
    """How a session stands: the state for the judgement, the counts, and who in the queue could take a seat now."""

    state: SessionState
    tally: Tally
    eligible: tuple[tuple[Booking, Person], ...]
    passed_over: tuple[tuple[Booking, str], ...]


async def hold(uow: UnitOfWork, briefing_id: str) -> Held | None:
    """Takes the lock that every booking transaction takes first (settled, Seats)."""
    briefing = await uow.briefings.lock(briefing_id)
    if briefing is None:
        return None
    calendar = await calendar_of(uow)
    return Held(briefing, calendar, promotion_cutoff(briefing.starts_at, calendar))


async def standing(uow: UnitOfWork, held: Held) -> Standing:
    """Counts the session anew from its bookings, so that no counter drifts; reads the queue only when it matters."""
    briefing = held.briefing
    tally = await uow.briefings.tally(briefing.id)
    if briefing.booked != tally.booked:
        briefing.booked = tally.booked
    eligible: list[tuple[Booking, Person]] = []
    passed_over: list[tuple[Booking, str]] = []
    if tally.waiting and tally.booked < briefing.capacity:
        for booking, person in await uow.briefings.bookings(briefing.id, states=[BookingState.WAITLISTED]):
            reason = _why_not_now(briefing, tally, booking, person)
            if reason:
                passed_over.append((booking, reason))
            else:
                eligible.append((booking, person))
    state = SessionState(
        capacity=briefing.capacity,
        starts=briefing.starts_at,
        closes=briefing.booking_closes_at,
        opens=briefing.booking_opens_at,
        booked=tally.booked,
        waiting=tally.waiting,
        waiting_eligible=len(eligible),
        per_agency=briefing.per_agency,
        status=SessionStatus(briefing.status),
        approval=Approval(briefing.approval),
    )
    return Standing(state, tally, tuple(eligible), tuple(passed_over))


def level_fits(briefing: Briefing, person: Person) -> bool:
    """Whether a session is for this person's level; somebody whose level is not in the register is not kept out."""
    return not briefing.levels or person.level is None or person.level in briefing.levels


def _why_not_now(briefing: Briefing, tally: Tally, booking: Booking, person: Person) -> str:
    """Why a waiting person is passed over, for the log (B5); empty when they are not."""
    if person.left_at is not None:
        return "left"
    if not level_fits(briefing, person):
        return "level"
    limit = SessionState(
        capacity=briefing.capacity,
        starts=briefing.starts_at,
        closes=briefing.booking_closes_at,
        booked=tally.booked,
        per_agency=briefing.per_agency,
    )
    return "" if agency_has_room(limit, tally.of_agency(booking.agency_id)) else "agency limit"
