"""Who gets a seat: the judgement alone, on figures read while the session's row is locked.

Nothing here reads or writes; the caller holds the lock, asks, and records the answer in the same transaction (B6).
Instants are UTC. Source: reference/booking-escalation-deadlines.md 1.4 (B1-B8), settled.md "Seats".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.rules.booking_states import BookingState
from bot.rules.calendar import WorkingCalendar
from bot.rules.working_time import add_working_hours

OFFER_WORKING_HOURS = 8
CUTOFF_WORKING_DAYS = 1
"""No personal offers later than this before the start; what is left then goes to whoever answers first."""
FREE_CANCELLATION_WORKING_DAYS = 2


class SessionStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Approval(StrEnum):
    NONE = "none"
    DECLARED = "declared"
    MANAGER = "manager"


@dataclass(frozen=True, kw_only=True)
class SessionState:
    """A session as the judgement needs it, read under its lock.

    `booked` counts confirmed bookings, live offers and held requests. `waiting` is the length of the queue;
    `waiting_eligible` of those in it who could take a seat now (all of them unless an agency's limit stands in the
    way). `waiting_limit`: how long the queue may get.
    """

    capacity: int
    starts: datetime
    closes: datetime
    booked: int
    opens: datetime | None = None
    waiting: int = 0
    waiting_eligible: int | None = None
    per_agency: int | None = None
    waiting_limit: int | None = None
    status: SessionStatus = SessionStatus.PUBLISHED
    approval: Approval = Approval.NONE

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.booked)

    @property
    def over_by(self) -> int:
        """Seats promised beyond a capacity that was lowered afterwards. Nobody is removed for it (B1)."""
        return max(0, self.booked - self.capacity)

    @property
    def somebody_is_first(self) -> bool:
        """Whether a person in the queue could take the next seat (B4)."""
        return (self.waiting if self.waiting_eligible is None else self.waiting_eligible) > 0


class RefusalReason(StrEnum):
    NOT_PUBLISHED = "not published"
    CANCELLED = "cancelled"
    NOT_OPEN_YET = "not open yet"
    CLOSED = "closed"
    STARTED = "started"
    QUEUE_FULL = "queue full"
    ALREADY_BOOKED = "already booked"


class WaitingReason(StrEnum):
    FULL = "full"
    OTHERS_FIRST = "others are waiting"
    AGENCY_LIMIT = "agency limit"


@dataclass(frozen=True)
class Confirmed:
    """A seat, at once."""


@dataclass(frozen=True)
class Requested:
    """A seat is held until the manager has answered."""


@dataclass(frozen=True)
class Waitlisted:
    """A place in the queue, from 1."""

    position: int
    reason: WaitingReason


@dataclass(frozen=True)
class Refused:
    """`since` is the moment the answer can name: when it closed, when it opens."""

    reason: RefusalReason
    since: datetime | None = None


Judgement = Confirmed | Requested | Waitlisted | Refused


def judge_booking(
    session: SessionState,
    *,
    now: datetime,
    agency_booked: int = 0,
    own: BookingState | None = None,
    cutoff: datetime | None = None,
) -> Judgement:
    """What happens when somebody asks for a seat.

    `agency_booked`: seats their agency has. `own`: the state of their active booking for this session, if any (B2).
    With the promotion `cutoff` past, free seats go to whoever answers first: those waiting, who were all told, as
    well as newcomers.
    """
    first_come = cutoff is not None and open_round(session, now=now, cutoff=cutoff)
    claiming = first_come and own is BookingState.WAITLISTED
    if refused := _refusal(session, now=now, own=None if claiming else own):
        return refused
    if session.free == 0:
        return _queue(session, WaitingReason.FULL)
    if not agency_has_room(session, agency_booked):
        return Refused(RefusalReason.ALREADY_BOOKED) if claiming else _queue(session, WaitingReason.AGENCY_LIMIT)
    if session.somebody_is_first and not first_come:
        return _queue(session, WaitingReason.OTHERS_FIRST)
    return Requested() if session.approval is Approval.MANAGER else Confirmed()


def promotion_allowed(session: SessionState, *, now: datetime, cutoff: datetime) -> bool:
    """Whether the next person in the queue may be offered a seat now (B3, B5)."""
    return (
        session.status in (SessionStatus.PUBLISHED, SessionStatus.CLOSED)
        and session.free > 0
        and now < cutoff
        and now < session.starts
    )


def agency_has_room(session: SessionState, agency_booked: int) -> bool:
    """Whether one more person of an agency can have a seat: a waiting person for whom it cannot is passed over."""
    return session.per_agency is None or agency_booked < session.per_agency


def open_round(session: SessionState, *, now: datetime, cutoff: datetime) -> bool:
    """Whether free seats now go to whoever answers first, everyone waiting having been told."""
    return session.status is SessionStatus.PUBLISHED and session.free > 0 and cutoff <= now < session.starts


def promotion_cutoff(starts: datetime, calendar: WorkingCalendar) -> datetime:
    """The same time of day, one working day before the start."""
    return _working_days_before(starts, CUTOFF_WORKING_DAYS, calendar)


def offer_expiry(
    now: datetime, calendar: WorkingCalendar, *, starts: datetime, cutoff: datetime | None = None
) -> datetime:
    """When an offer made now ends: after 8 working hours, never after the cut-off.

    An offer made on Friday at 16:00 lives until Monday 16:00. It is over at the moment itself: accept before it.
    """
    latest = min(starts, cutoff if cutoff is not None else promotion_cutoff(starts, calendar))
    return min(latest, add_working_hours(now, OFFER_WORKING_HOURS, calendar))


def offer_is_live(*, now: datetime, expires: datetime, status: SessionStatus = SessionStatus.PUBLISHED) -> bool:
    """Judged by the stored expiry against the clock, whether or not a sweep has come by (B7)."""
    return now < expires and status in (SessionStatus.PUBLISHED, SessionStatus.CLOSED)


def late_cancellation(now: datetime, starts: datetime, calendar: WorkingCalendar) -> bool:
    """Whether a cancellation counts as late: inside the two working days before the start."""
    return now > free_cancellation_until(starts, calendar)


def free_cancellation_until(starts: datetime, calendar: WorkingCalendar) -> datetime:
    return _working_days_before(starts, FREE_CANCELLATION_WORKING_DAYS, calendar)


def _refusal(session: SessionState, *, now: datetime, own: BookingState | None) -> Refused | None:
    if session.status is SessionStatus.CANCELLED:
        return Refused(RefusalReason.CANCELLED)
    if session.status is SessionStatus.DRAFT:
        return Refused(RefusalReason.NOT_PUBLISHED)
    if now >= session.starts or session.status in (SessionStatus.RUNNING, SessionStatus.ENDED):
        return Refused(RefusalReason.STARTED, session.starts)
    if own is not None:
        return Refused(RefusalReason.ALREADY_BOOKED)
    if session.opens is not None and now < session.opens:
        return Refused(RefusalReason.NOT_OPEN_YET, session.opens)
    if now >= session.closes or session.status is SessionStatus.CLOSED:
        return Refused(RefusalReason.CLOSED, session.closes)
    return None


def _queue(session: SessionState, reason: WaitingReason) -> Waitlisted | Refused:
    if session.waiting_limit is not None and session.waiting >= session.waiting_limit:
        return Refused(RefusalReason.QUEUE_FULL)
    return Waitlisted(session.waiting + 1, reason)


def _working_days_before(starts: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    local = calendar.local(starts)
    return calendar.at_local(calendar.working_day_before(local.date(), days), local.time())
