"""The messages about bookings: which facts each of them carries. The words are in `digests/messages/bookings.py`."""

from datetime import date, datetime

from storage.deliveries import Message
from storage.tables.base import Facts
from storage.tables.briefings import Booking, Briefing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


def facts_of(briefing: Briefing, booking: Booking) -> Facts:
    """What every message about a booking says; instants as ISO text in UTC."""
    return {
        "reference": booking.reference,
        "briefing": briefing.id,
        "title": briefing.title,
        "starts": briefing.starts_at.isoformat(),
        "ends": briefing.ends_at.isoformat(),
        "place": briefing.place,
        "uid": booking.calendar_uid,
        "sequence": booking.calendar_sequence,
    }


async def tell(
    uow: UnitOfWork,
    person: Person,
    briefing: Briefing,
    booking: Booking,
    *,
    kind: str,
    key: object,
    not_after: datetime | None = None,
    **more: object,
) -> int:
    """Queues one message about a booking; returns 1 when it is new. `key` makes it this one of its kind."""
    told = await uow.deliveries.tell(
        person,
        Message(
            kind=kind,
            ledger_key=f"{kind}:{booking.reference}:{key}",
            about=booking.reference,
            facts={**facts_of(briefing, booking), **more},
            not_after=not_after,
        ),
    )
    return told.queued + told.practice


async def approvers(uow: UnitOfWork, person: Person, *, today: date) -> list[Person]:
    """Who says whether somebody may come: the manager, while they are away the deputy too; else the coordinators."""
    found: list[Person] = []
    manager = await _present(uow, person.manager_email)
    if manager is not None:
        found.append(manager)
        if manager.away_until is not None and manager.away_until >= today:
            deputy = await _present(uow, manager.deputy_email)
            found += [deputy] if deputy is not None else []
    others = found or await uow.people.with_role("coordinator")
    return [each for each in others if each.id != person.id]


async def may_approve(uow: UnitOfWork, person: Person, *, by: Person) -> bool:
    """Whether somebody may answer for this person: nobody may answer for themselves."""
    if by.id == person.id:
        return False
    manager = await _present(uow, person.manager_email)
    deputy_email = None if manager is None else manager.deputy_email
    return by.email in (person.manager_email, deputy_email) or "coordinator" in by.roles


async def _present(uow: UnitOfWork, email: str | None) -> Person | None:
    person = None if not email else await uow.people.by_email(email)
    return person if person is not None and person.left_at is None else None
