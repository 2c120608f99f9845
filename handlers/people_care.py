"""Looking after single people: export, access request, erasure, leaving, and strangers who want to be let in."""

from collections.abc import Sequence
from typing import Any

from bot.files.csv_guard import Cell
from bot.files.people import PersonRow, cells_of, write_people
from handlers.bookings.cancelling import leave
from handlers.partnership import partnership_of
from handlers.people import KEPT_BY_SOMEBODY
from storage.deliveries import Message
from storage.people import normal_email
from storage.person_records import let_go, open_deadlines_of, records_of
from storage.tables.deliveries import Lane
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


class Refused(Exception):
    """Something that must not be done now; the text says what to do first."""


async def export_people(uow: UnitOfWork) -> str:
    """The whole register as people.csv, which `import_people` reads back unchanged; leavers with their last day."""
    series: dict[int, list[str]] = {}
    for subscription in await uow.people.subscriptions():
        if subscription.left_at is None:
            series.setdefault(subscription.person_id, []).append(subscription.series_id)
    rows = [_row(person, series.get(person.id, [])) for person in await uow.people.everybody()]
    return write_people(rows)


def _row(person: Person, series: Sequence[str]) -> tuple[Cell, ...]:
    last_day = person.leaves_on or (person.left_at.date() if person.left_at is not None else None)
    return cells_of(
        PersonRow(
            line=0,
            email=person.email,
            name=person.name,
            agency=person.agency_id,
            sector=person.sector,
            area=person.area,
            job_title=person.job_title,
            level=person.level,
            roles=tuple(person.roles),
            manager_email=person.manager_email,
            deputy_email=person.deputy_email,
            champion=person.champion,
            series=tuple(sorted(series)),
            slack_id=person.slack_id,
            away_until=person.away_until,
            leaves_on=last_day,
        )
    )


async def everything_about(uow: UnitOfWork, person: Person) -> dict[str, Any]:
    """Everything that Herald keeps about somebody, by table (UK GDPR article 15); sealed words are named, not shown."""
    own = {column.name: getattr(person, column.key) for column in Person.__table__.columns}
    return {"person": own, **await records_of(uow, person.id)}


async def erase_person(uow: UnitOfWork, *, person: Person, by: Person | None = None) -> None:
    """Takes somebody out for good (UK GDPR article 17). The audit entry keeps the number, not the name.

    Raises Refused while deadlines are theirs, or when they are the last who can run this installation.
    """
    others = [other for other in await uow.people.present() if other.id != person.id]
    for role in KEPT_BY_SOMEBODY:
        if role in person.roles and not any(role in other.roles for other in others):
            raise Refused(f"This is the last {role}. Give that role to somebody else first.")
    open_deadlines = await open_deadlines_of(uow, person.id)
    if open_deadlines:
        raise Refused(f"These deadlines are theirs: {', '.join(open_deadlines)}. Give them to somebody else first.")
    for booking, _briefing in await uow.briefings.open_of(person.id):
        await leave(uow, reference=booking.reference)  # the seat goes to the next in the queue
    await uow.survey_retention.forget_replies_of(person.id)
    await uow.opinions.forget_all_of(person.id)
    heir = next((other for other in others if "coordinator" in other.roles), None) or next(iter(others), None)
    if heir is not None:
        await let_go(uow, person, heir_id=heir.id)
    await uow.survey_retention.forget_replies_of(person.id)
    uow.audit.add("person.erased", thing=f"person:{person.id}", by=by)
    await uow.people.erase(person)


async def end_of_stay(uow: UnitOfWork, *, limit: int = 500) -> int:
    """Marks people whose last day is over as left, and ends their sessions. Returns how many."""
    zone = (await partnership_of(uow)).timezone
    leavers = list(await uow.people.leaving(before=uow.now.astimezone(zone).date()))[:limit]
    for person in leavers:
        person.left_at = uow.now
        person.link_epoch += 1
        await uow.signins.end_sessions(person_id=person.id)
        uow.audit.add("person.left", thing=f"person:{person.id}")
    return len(leavers)


async def stranger_asks(uow: UnitOfWork, *, email: str, slack_id: str | None = None) -> bool:
    """Somebody whom the register does not know confirmed a work address: the coordinators are told, once.

    Returns False when they had asked before.
    """
    if not await uow.people.stranger_asks(email=email, slack_id=slack_id):
        return False
    address = normal_email(email)
    key = f"people.stranger:{uow.keyring.mac('stranger', address)[:32]}"
    for coordinator in await uow.people.with_role("coordinator"):
        message = Message(kind="people.stranger", ledger_key=key, lane=Lane.ROUTINE, about="strangers")
        await uow.deliveries.tell(coordinator, message)
    return True


async def settle_stranger(uow: UnitOfWork, *, request_id: int, by: Person) -> None:
    """A coordinator has dealt with a request, whatever they decided."""
    await uow.people.settle_stranger(request_id)
    uow.audit.add("stranger.settled", thing=f"stranger:{request_id}", by=by)
