"""What people see of briefings and bookings: what waits for them, what is theirs, what can be booked."""

from dataclasses import dataclass
from datetime import datetime

from bot.flows.booking import Offered
from bot.links import Button, Purpose
from bot.rules.booking_states import BookingState
from bot.rules.calendar import WorkingCalendar
from bot.rules.seats import Approval, Refused, SessionState, SessionStatus, judge_booking
from handlers.acts import Need
from handlers.bookings.sessions import level_fits
from handlers.bookings.wording import when
from handlers.partnership import calendar_of
from handlers.wording import local_moment
from storage.tables.briefings import Booking, Briefing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Bookable:
    """A session as the programme shows it: seats taken, people waiting, and what the reader has there."""

    briefing: Briefing
    taken: int
    waiting: int
    own: Booking | None = None

    @property
    def free(self) -> int:
        """Seats that nobody has or is offered."""
        return max(0, self.briefing.capacity - self.taken)

    @property
    def seats(self) -> str:
        """How many seats are left, in words."""
        if self.free and not self.waiting:
            return f"{self.free} of {self.briefing.capacity} seats left."
        if self.waiting:
            people = "1 person is" if self.waiting == 1 else f"{self.waiting} people are"
            return f"All seats are taken and {people} waiting. You can join the waiting list."
        return "All seats are taken. You can join the waiting list."


async def programme(uow: UnitOfWork, person: Person) -> list[Bookable]:
    """Every session to come, the next one first, with what this person has there."""
    briefings = list(await uow.briefings.upcoming())
    counts = await uow.briefings.counts([briefing.id for briefing in briefings])
    own = {booking.briefing_id: booking for booking, _ in await uow.briefings.open_of(person.id)}
    return [Bookable(each, *counts[each.id], own=own.get(each.id)) for each in briefings]


async def bookable(uow: UnitOfWork, person: Person) -> list[Bookable]:
    """What this person could book now: open, for their level, and not theirs already."""
    return [
        each
        for each in await programme(uow, person)
        if each.own is None and opening_hours(each.briefing, now=uow.now) is None and level_fits(each.briefing, person)
    ]


def opening_hours(briefing: Briefing, *, now: datetime) -> Refused | None:
    """Why nobody can book this session now, whatever seats there are: not open yet, closed, begun, cancelled."""
    state = SessionState(
        capacity=briefing.capacity,
        starts=briefing.starts_at,
        closes=briefing.booking_closes_at,
        opens=briefing.booking_opens_at,
        booked=0,
        status=SessionStatus(briefing.status),
    )
    judged = judge_booking(state, now=now)
    return judged if isinstance(judged, Refused) else None


async def as_offered(uow: UnitOfWork, person: Person, each: Bookable, calendar: WorkingCalendar) -> Offered:
    """A session as the booking talk shows it."""
    return Offered(
        briefing_id=each.briefing.id,
        title=each.briefing.title,
        when=when(each.briefing, calendar),
        place=each.briefing.place,
        seats=each.seats,
        declared=each.briefing.approval == Approval.DECLARED,
        description=each.briefing.description,
        overlap=await overlap(uow, person, each.briefing),
    )


async def overlap(uow: UnitOfWork, person: Person, briefing: Briefing) -> str:
    """A warning when the person has another booking at that time; empty otherwise."""
    for _booking, other in await uow.briefings.open_of(person.id):
        if other.id != briefing.id and other.starts_at < briefing.ends_at and briefing.starts_at < other.ends_at:
            return f"Please note: you already have a booking at that time, “{other.title}”."
    return ""


def session_need(each: Bookable, calendar: WorkingCalendar, *, label: str = "Book") -> Need:
    """A session with its button."""
    line = f"{when(each.briefing, calendar)}, {each.briefing.place}. {each.seats}"
    return Need(each.briefing.title, line, (Button(label, Purpose.BOOK, each.briefing.id, "book"),))


def booking_need(booking: Booking, briefing: Briefing, calendar: WorkingCalendar, *, place: int = 0) -> Need:
    """A booking with its button to cancel."""
    said = {
        BookingState.CONFIRMED: "Your seat is booked.",
        BookingState.REQUESTED: "A seat is held until your line manager has answered.",
        BookingState.WAITLISTED: f"You are number {place} on the waiting list.",
        BookingState.OFFERED: "A seat is offered to you.",
    }[BookingState(booking.state)]
    label = "Leave the list" if booking.state == BookingState.WAITLISTED else "Cancel"
    line = f"{when(briefing, calendar)}, {briefing.place}. {said}"
    return Need(briefing.title, line, (Button(label, Purpose.BOOKING, booking.reference, "cancel", quiet=True),))


async def needs(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Offers to accept, free seats in an open round, and requests of the people this person manages."""
    calendar = await calendar_of(uow)
    found = [
        need
        for booking, briefing in await uow.briefings.open_of(person.id)
        if (need := await _asks(uow, booking, briefing, calendar)) is not None
    ]
    for booking, briefing, asking in await uow.briefings.requests_to(manager_email=person.email):
        until = "" if booking.hold_expires_at is None else local_moment(booking.hold_expires_at, calendar)
        found.append(
            Need(
                f"{asking.name} asks to come to “{briefing.title}”",
                f"{when(briefing, calendar)}. A seat is held until {until}.",
                (
                    Button("Approve", Purpose.APPROVAL, booking.reference, "approve"),
                    Button("Refuse", Purpose.APPROVAL, booking.reference, "refuse"),
                ),
            )
        )
    return tuple(found)


async def _asks(uow: UnitOfWork, booking: Booking, briefing: Briefing, calendar: WorkingCalendar) -> Need | None:
    if booking.state == BookingState.OFFERED and booking.offer_expires_at is not None:
        if uow.now >= booking.offer_expires_at:
            return None
        return Need(
            f"A seat is offered to you: {briefing.title}",
            f"{when(briefing, calendar)}. Accept before {local_moment(booking.offer_expires_at, calendar)}.",
            (
                Button("Accept", Purpose.OFFER, booking.reference, "accept"),
                Button("No, thank you", Purpose.OFFER, booking.reference, "decline"),
            ),
        )
    if booking.state == BookingState.WAITLISTED and briefing.open_round_at is not None:
        taken, _ = (await uow.briefings.counts([briefing.id]))[briefing.id]
        if taken < briefing.capacity and uow.now < briefing.booking_closes_at:
            return Need(
                f"A seat is free: {briefing.title}",
                f"{when(briefing, calendar)}. It goes to whoever answers first.",
                (Button("Take it", Purpose.BOOK, briefing.id, "book"),),
            )
    return None


async def mine(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """The person's bookings for sessions to come, offers aside: those wait for them."""
    calendar = await calendar_of(uow)
    return tuple(
        [
            booking_need(
                booking,
                briefing,
                calendar,
                place=await uow.briefings.place(booking) if booking.state == BookingState.WAITLISTED else 0,
            )
            for booking, briefing in await uow.briefings.open_of(person.id)
            if booking.state != BookingState.OFFERED
        ]
    )
