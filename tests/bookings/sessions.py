"""Invented sessions, people and short ways to book, for the tests of this room."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.conversation.prompt import Notice, Receipt
from bot.rules.booking_states import BookingState
from handlers.apply import Applied
from handlers.bookings.booking import book
from handlers.files import apply_file
from storage.tables.briefings import Booking
from storage.tables.deliveries import Delivery
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.factories import a_partnership, a_person

LONDON = ZoneInfo("Europe/London")
LEVELS = "levels-of-need-2026-12"


def local(text: str) -> datetime:
    """A local time of the partnership as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def a_file(*sessions: dict[str, Any]) -> str:
    """A briefings file; each session is given by what differs from a Wednesday lunchtime with twenty seats."""
    lines = ["herald_briefings: 1", "briefings:"]
    for given in sessions:
        values = {
            "id": LEVELS,
            "title": "Levels of need and support",
            "starts": "2026-12-09T12:30",
            "ends": "2026-12-09T13:30",
            "place": "Online",
            "capacity": 20,
            **given,
        }
        lines.append("  - {" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}")
    return "\n".join(lines) + "\n"


async def apply(store: Store, *sessions: dict[str, Any]) -> list[Applied]:
    """Applies a briefings file of these sessions."""
    async with store.transaction() as uow:
        return await apply_file(uow, name="briefings.yaml", text=a_file(*sessions))


async def the_partnership(store: Store, *sessions: dict[str, Any]) -> None:
    """Northmere, with these sessions (one usual session when none is given)."""
    async with store.transaction() as uow:
        await a_partnership(uow)
    await apply(store, *(sessions or ({},)))


async def people(store: Store, count: int, **given: Any) -> list[Person]:
    """So many people called Person 1, Person 2 and so on, without Slack."""
    async with store.transaction() as uow:
        return [await a_person(uow, f"Person {number}", **given) for number in range(1, count + 1)]


async def a_booker(store: Store, name: str, **given: Any) -> Person:
    """One more person."""
    async with store.transaction() as uow:
        return await a_person(uow, name, **given)


async def booked(store: Store, person: Person, briefing_id: str = LEVELS, **more: Any) -> Receipt | Notice:
    """A person books, in a transaction of its own."""
    async with store.transaction() as uow:
        return await book(uow, person=person, briefing_id=briefing_id, **more)


async def booking_of(store: Store, person: Person, briefing_id: str = LEVELS) -> Booking:
    """A person's booking as it stands."""
    async with store.reading() as uow:
        found = await uow.briefings.booking_of(briefing_id=briefing_id, person_id=person.id)
    assert found is not None
    return found


async def state_of(store: Store, person: Person, briefing_id: str = LEVELS) -> str:
    """The state of a person's booking."""
    return (await booking_of(store, person, briefing_id)).state


async def in_state(store: Store, state: BookingState, briefing_id: str = LEVELS) -> list[Booking]:
    """All bookings of a session in one state, in the order of the queue."""
    async with store.reading() as uow:
        return [booking for booking, _ in await uow.briefings.bookings(briefing_id, states=[state])]


async def told(store: Store, kind: str) -> list[str]:
    """Whom messages of a kind were queued for, by name, in the order they were queued."""
    async with store.reading() as uow:
        query = select(Person.name).join(Delivery, Delivery.person_id == Person.id).where(Delivery.kind == kind)
        return list((await uow.session.execute(query.order_by(Delivery.id))).scalars())


async def facts(store: Store, kind: str) -> list[dict[str, Any]]:
    """The facts of all messages of a kind, the oldest first."""
    async with store.reading() as uow:
        query = select(Delivery.facts).where(Delivery.kind == kind).order_by(Delivery.id)
        return list((await uow.session.execute(query)).scalars())


async def places(uow: UnitOfWork, bookings: list[Booking]) -> list[int]:
    """The places in the queue that these people are told."""
    return [await uow.briefings.place(booking) for booking in bookings]
