"""Briefings, bookings and registers within one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.rules.booking_states import ACTIVE, HOLDS_A_SEAT, BookingState
from storage.database import insert_into
from storage.tables.briefings import AgencyAttendance, Booking, Briefing
from storage.tables.deliveries import Delivery
from storage.tables.people import Person

OPEN_STATES = tuple(state.value for state in ACTIVE)
SEAT_STATES = tuple(state.value for state in HOLDS_A_SEAT)
CANCELLED = "cancelled"
IN_ORDER = (Booking.position.is_not(None), Booking.position, Booking.id)
"""Those who never waited first; where an empty place sorts differs between the databases."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How a session stands, counted from its bookings: seats taken, seats taken per agency, people waiting."""

    booked: int
    waiting: int
    per_agency: dict[str, int]

    def of_agency(self, agency_id: str | None) -> int:
        """Seats that an agency has; somebody without an agency stands in nobody's limit."""
        return 0 if agency_id is None else self.per_agency.get(agency_id, 0)


class Briefings:
    """Queries over briefings, bookings and registers."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    # Sessions

    def add(self, briefing: Briefing) -> None:
        """Keeps a new session."""
        self._session.add(briefing)

    async def flush(self) -> None:
        """Sends pending changes to the database."""
        await self._session.flush()

    async def get(self, briefing_id: str) -> Briefing | None:
        """One session, only to look at."""
        return await self._session.get(Briefing, briefing_id)

    async def lock(self, briefing_id: str) -> Briefing | None:
        """One session, held until this unit of work ends: its UPDATE is the lock on both databases (settled, Seats).

        What is counted afterwards was committed by everybody who held it before.
        """
        taken = await self._session.execute(
            update(Briefing)
            .where(Briefing.id == briefing_id)
            .values(booked=Briefing.booked)
            .returning(Briefing.id)
            .execution_options(synchronize_session=False)
        )
        if taken.first() is None:
            return None
        return await self._session.get(Briefing, briefing_id, populate_existing=True)

    async def all_ids(self) -> list[str]:
        """The ids of all sessions, past ones included."""
        return list((await self._session.execute(select(Briefing.id).order_by(Briefing.id))).scalars())

    async def all(self) -> Sequence[Briefing]:
        """All sessions, the latest first."""
        return (await self._session.execute(select(Briefing).order_by(Briefing.starts_at.desc()))).scalars().all()

    async def upcoming(self) -> Sequence[Briefing]:
        """Sessions that have not started and are not cancelled, the next one first."""
        query = (
            select(Briefing)
            .where(Briefing.starts_at > self._now, Briefing.status != CANCELLED)
            .order_by(Briefing.starts_at, Briefing.id)
        )
        return (await self._session.execute(query)).scalars().all()

    async def by_ids(self, ids: Sequence[str]) -> dict[str, Briefing]:
        """The sessions with these ids, by id."""
        found = await self._session.execute(select(Briefing).where(Briefing.id.in_(ids)))
        return {briefing.id: briefing for briefing in found.scalars()}

    async def unsettled(self) -> list[str]:
        """Sessions to come in which somebody waits, or an offer or a held request has run out: the sweep's work."""
        run_out = or_(Booking.offer_expires_at <= self._now, Booking.hold_expires_at <= self._now)
        query = (
            select(Briefing.id)
            .join(Booking, Booking.briefing_id == Briefing.id)
            .where(Briefing.status != CANCELLED, _is(BookingState.WAITLISTED) | (_holds_for_now() & run_out))
            .where((Briefing.starts_at > self._now) | _holds_for_now())
            .distinct()
            .order_by(Briefing.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def to_evaluate(self, *, ended_before: datetime) -> list[str]:
        """Sessions that ended before an instant and whose evaluation nobody was asked for."""
        query = (
            select(Briefing.id)
            .where(Briefing.ends_at <= ended_before, Briefing.evaluation_asked_at.is_(None))
            .where(Briefing.evaluation != "", Briefing.status != CANCELLED)
            .order_by(Briefing.ends_at)
        )
        return list((await self._session.execute(query)).scalars())

    # Bookings

    async def add_booking(self, booking: Booking) -> Booking:
        """Keeps a new booking."""
        self._session.add(booking)
        await self._session.flush()
        return booking

    async def booking(self, reference: str) -> Booking | None:
        """One booking by its reference, as it stands in the database now."""
        query = select(Booking).where(Booking.reference == reference)
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()

    async def booking_of(self, *, briefing_id: str, person_id: int) -> Booking | None:
        """A person's one row for a session, whatever its state."""
        query = select(Booking).where(Booking.briefing_id == briefing_id, Booking.person_id == person_id)
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()

    async def bookings(self, briefing_id: str, *, states: Sequence[BookingState] = ()) -> list[tuple[Booking, Person]]:
        """A session's bookings with their people, those who asked first before the others."""
        query = (
            select(Booking, Person)
            .join(Person, Person.id == Booking.person_id)
            .where(Booking.briefing_id == briefing_id)
            .order_by(*IN_ORDER)
        )
        if states:
            query = query.where(Booking.state.in_([state.value for state in states]))
        found = await self._session.execute(query.execution_options(populate_existing=True))
        return [(row[0], row[1]) for row in found.all()]

    async def open_of(self, person_id: int) -> list[tuple[Booking, Briefing]]:
        """A person's bookings for sessions still to come: seats, offers, requests and places in the queue."""
        query = (
            select(Booking, Briefing)
            .join(Briefing, Briefing.id == Booking.briefing_id)
            .where(Booking.person_id == person_id, Booking.state.in_(OPEN_STATES), Briefing.starts_at > self._now)
            .order_by(Briefing.starts_at, Briefing.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def past_of(self, person_id: int) -> list[tuple[Booking, Briefing]]:
        """What a person had a seat at, the latest first."""
        query = (
            select(Booking, Briefing)
            .join(Briefing, Briefing.id == Booking.briefing_id)
            .where(Booking.person_id == person_id, Booking.state.in_(HAD_A_SEAT), Briefing.starts_at <= self._now)
            .order_by(Briefing.starts_at.desc())
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def requests_to(self, *, manager_email: str) -> list[tuple[Booking, Briefing, Person]]:
        """Held requests of the people whom somebody manages."""
        query = (
            select(Booking, Briefing, Person)
            .join(Briefing, Briefing.id == Booking.briefing_id)
            .join(Person, Person.id == Booking.person_id)
            .where(_is(BookingState.REQUESTED), Booking.hold_expires_at > self._now)
            .where(Person.manager_email == manager_email, Briefing.starts_at > self._now)
            .order_by(Briefing.starts_at, Booking.id)
        )
        return [(row[0], row[1], row[2]) for row in (await self._session.execute(query)).all()]

    async def run_out(self, briefing_id: str) -> list[tuple[Booking, Person]]:
        """Offers and held requests of a session whose time is over, the oldest place first."""
        run_out = or_(
            _is(BookingState.OFFERED) & (Booking.offer_expires_at <= self._now),
            _is(BookingState.REQUESTED) & (Booking.hold_expires_at <= self._now),
        )
        query = (
            select(Booking, Person)
            .join(Person, Person.id == Booking.person_id)
            .where(Booking.briefing_id == briefing_id, run_out)
            .order_by(*IN_ORDER)
            .execution_options(populate_existing=True)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def tally(self, briefing_id: str) -> Tally:
        """Counts a session's bookings; call it after `lock`, so that nobody else changes them."""
        await self._session.flush()
        query = (
            select(Booking.state, Booking.agency_id, func.count())
            .where(Booking.briefing_id == briefing_id, Booking.state.in_(OPEN_STATES))
            .group_by(Booking.state, Booking.agency_id)
        )
        booked, waiting = 0, 0
        per_agency: dict[str, int] = {}
        for state, agency_id, count in (await self._session.execute(query)).all():
            if state == BookingState.WAITLISTED:
                waiting += count
                continue
            booked += count
            if agency_id is not None:
                per_agency[agency_id] = per_agency.get(agency_id, 0) + count
        return Tally(booked, waiting, per_agency)

    async def counts(self, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(seats taken, people waiting) for each of these sessions; an offer that has run out takes no seat."""
        run_out = _is(BookingState.OFFERED) & (Booking.offer_expires_at <= self._now)
        query = (
            select(Booking.briefing_id, Booking.state, func.count())
            .where(Booking.briefing_id.in_(ids), ~run_out)
            .where(Booking.state.in_((*SEAT_STATES, *HAD_A_SEAT, BookingState.WAITLISTED.value)))
            .group_by(Booking.briefing_id, Booking.state)
        )
        counted = dict.fromkeys(ids, (0, 0))
        for briefing_id, state, count in (await self._session.execute(query)).all():
            taken, waiting = counted[briefing_id]
            if state == BookingState.WAITLISTED:
                counted[briefing_id] = (taken, waiting + count)
            else:
                counted[briefing_id] = (taken + count, waiting)
        return counted

    async def place(self, booking: Booking) -> int:
        """The place of a waiting person in the queue, from 1 and without gaps; 0 for somebody who does not wait."""
        if booking.state != BookingState.WAITLISTED or booking.position is None:
            return 0
        query = select(func.count()).where(
            Booking.briefing_id == booking.briefing_id,
            _is(BookingState.WAITLISTED),
            Booking.position <= booking.position,
        )
        return (await self._session.execute(query)).scalar_one()

    async def of_leavers(self) -> list[tuple[str, str]]:
        """(session, reference) of open bookings for sessions to come, of people who have left."""
        query = (
            select(Booking.briefing_id, Booking.reference)
            .join(Person, Person.id == Booking.person_id)
            .join(Briefing, Briefing.id == Booking.briefing_id)
            .where(Booking.state.in_(OPEN_STATES), Person.left_at.is_not(None), Briefing.starts_at > self._now)
            .order_by(Booking.briefing_id, Booking.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def unreminded(
        self, briefing_id: str, *, kind: str, since: datetime, confirmed_before: datetime
    ) -> list[tuple[Booking, Person]]:
        """People with a seat since before an instant, to whom no message of this kind was queued since another."""
        told = select(Delivery.id).where(
            Delivery.about == Booking.reference, Delivery.kind == kind, Delivery.created_at >= since
        )
        query = (
            select(Booking, Person)
            .join(Person, Person.id == Booking.person_id)
            .where(Booking.briefing_id == briefing_id, _is(BookingState.CONFIRMED), Person.left_at.is_(None))
            .where(Booking.changed_at < confirmed_before, ~told.exists())
            .order_by(Booking.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    # Registers without names

    async def count_attended(self, *, briefing_id: str, agency_id: str, attended: int) -> None:
        """Keeps how many came from an agency; a later count replaces an earlier one."""
        await self._session.execute(
            insert_into(self._session, AgencyAttendance)
            .values(briefing_id=briefing_id, agency_id=agency_id, attended=attended)
            .on_conflict_do_update(
                index_elements=[AgencyAttendance.briefing_id, AgencyAttendance.agency_id],
                set_={"attended": attended},
            )
        )

    async def counted(self, briefing_id: str) -> dict[str, int]:
        """How many came from each agency, where a register without names was brought in."""
        query = select(AgencyAttendance).where(AgencyAttendance.briefing_id == briefing_id)
        found = await self._session.execute(query.execution_options(populate_existing=True))
        return {row.agency_id: row.attended for row in found.scalars()}


HAD_A_SEAT = tuple(
    state.value
    for state in (
        BookingState.CONFIRMED,
        BookingState.ATTENDED,
        BookingState.PARTIAL,
        BookingState.NO_SHOW,
        BookingState.EXCUSED,
    )
)


def _is(state: BookingState) -> ColumnElement[bool]:
    return Booking.state == state.value


def _holds_for_now() -> ColumnElement[bool]:
    return Booking.state.in_((BookingState.OFFERED.value, BookingState.REQUESTED.value))
