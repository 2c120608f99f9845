"""What has happened in a stretch of time, counted in the database: for bulletins that say what was done.

`since` is excluded and `until` included; both are UTC instants. A priority narrows where it is given.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.rules.booking_states import BookingState
from storage.briefings import CANCELLED
from storage.deadlines import DONE
from storage.surveys import CLOSED
from storage.tables.briefings import AgencyAttendance, Booking, Briefing
from storage.tables.deadlines import Deadline, DeadlineStep
from storage.tables.pledges import Pledge, PledgeCheckIn
from storage.tables.surveys import Survey
from storage.unit_of_work import UnitOfWork

CAME = (BookingState.ATTENDED.value, BookingState.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time; with `priority` only what belongs to it."""

    since: datetime
    until: datetime
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """A session that took place, how many came, and from how many agencies."""

    briefing: Briefing
    people: int
    agencies: int


async def sessions_held(uow: UnitOfWork, period: Period) -> list[Came]:
    """Sessions that ended and to which somebody came, the latest first."""
    query = select(Briefing).where(
        Briefing.ends_at > period.since, Briefing.ends_at <= period.until, Briefing.status != CANCELLED
    )
    if period.priority:
        query = query.where(Briefing.priority == period.priority)
    held = (await uow.session.execute(query.order_by(Briefing.ends_at.desc(), Briefing.id))).scalars().all()
    by_agency = await _came(uow, [briefing.id for briefing in held])
    counted = [(briefing, by_agency.get(briefing.id, {})) for briefing in held]
    return [
        Came(briefing, sum(agencies.values()), sum(agency is not None for agency in agencies))
        for briefing, agencies in counted
        if agencies
    ]


async def steps_done(uow: UnitOfWork, period: Period, *, kinds: Collection[str]) -> list[tuple[Deadline, DeadlineStep]]:
    """Steps of deadlines of these kinds that were done, the latest first."""
    query = (
        select(Deadline, DeadlineStep)
        .join(DeadlineStep, DeadlineStep.deadline_id == Deadline.id)
        .where(DeadlineStep.state == DONE, Deadline.kind.in_(kinds))
        .where(DeadlineStep.done_at > period.since, DeadlineStep.done_at <= period.until)
        .order_by(DeadlineStep.done_at.desc(), DeadlineStep.id)
    )
    if period.priority:
        query = query.where(Deadline.priority == period.priority)
    return [(row[0], row[1]) for row in (await uow.session.execute(query)).all()]


async def surveys_closed(uow: UnitOfWork, period: Period) -> Sequence[Survey]:
    """Surveys that were closed, the latest first. They belong to no priority."""
    if period.priority:
        return ()
    query = (
        select(Survey)
        .where(Survey.state == CLOSED, Survey.closed_at > period.since, Survey.closed_at <= period.until)
        .order_by(Survey.closed_at.desc(), Survey.id)
    )
    return (await uow.session.execute(query)).scalars().all()


async def pledges_made(uow: UnitOfWork, priority: str) -> int:
    """How many pledges there are to a priority; to anything, if none is named."""
    query = select(func.count()).select_from(Pledge)
    if priority:
        query = query.where(Pledge.priority == priority)
    return (await uow.session.execute(query)).scalar_one()


async def last_answers(uow: UnitOfWork, priority: str) -> list[str]:
    """What the maker of each such pledge said when last asked; those who said nothing are not among them."""
    query = (
        select(PledgeCheckIn.pledge_id, PledgeCheckIn.answer)
        .join(Pledge, Pledge.id == PledgeCheckIn.pledge_id)
        .where(PledgeCheckIn.answer.is_not(None))
        .order_by(PledgeCheckIn.due_on)
    )
    if priority:
        query = query.where(Pledge.priority == priority)
    last = {row[0]: str(row[1]) for row in (await uow.session.execute(query)).all()}
    return list(last.values())


async def _came(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, dict[str | None, int]]:
    """How many came to each session from each agency, by name or by a register without names."""
    found: dict[str, dict[str | None, int]] = {}
    named = (
        select(Booking.briefing_id, Booking.agency_id, func.count())
        .where(Booking.briefing_id.in_(ids), Booking.state.in_(CAME))
        .group_by(Booking.briefing_id, Booking.agency_id)
    )
    counted = select(AgencyAttendance.briefing_id, AgencyAttendance.agency_id, AgencyAttendance.attended).where(
        AgencyAttendance.briefing_id.in_(ids), AgencyAttendance.attended > 0
    )
    rows = [*(await uow.session.execute(named)).all(), *(await uow.session.execute(counted)).all()]
    for briefing_id, agency_id, people in rows:
        of_one = found.setdefault(briefing_id, {})
        of_one[agency_id] = of_one.get(agency_id, 0) + people
    return found
