"""Everything that hangs on one person, for showing it (access request) and for taking it away (erasure).

The tables are found by their foreign keys to the register, so that a new table is never forgotten.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKey, FromClause, delete, or_, select, update
from sqlalchemy import Table as Rows

from storage.tables.audit import AuditEntry
from storage.tables.base import Table
from storage.tables.bulletins import Bulletin
from storage.tables.deadlines import Deadline, DeadlineStep
from storage.tables.deliveries import Delivery
from storage.tables.people import Person, StrangerRequest
from storage.tables.surveys import Survey
from storage.unit_of_work import UnitOfWork

NOT_SHOWN = frozenset({"token_mac", "browser_mac", "answers", "sealed", "lease", "lease_owner"})
CASCADE = "CASCADE"
OPEN_STATES = ("active",)
SHOWN_AT_MOST = 500


async def records_of(uow: UnitOfWork, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row that names this person or hangs on a row of theirs, by table, and what the audit log has of them.

    Sealed columns say only that there is something.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for table, wanted in _places(person_id):
        query = select(table).where(wanted).limit(SHOWN_AT_MOST)
        rows = [_shown(dict(row)) for row in (await uow.session.execute(query)).mappings()]
        if rows:
            known = found.setdefault(str(table.name), [])
            known.extend(row for row in rows if row not in known)
    return found


def _places(person_id: int) -> Iterator[tuple[Rows, ColumnElement[bool]]]:
    for table, column, key in _foreign_keys():
        if key.column.table.name == Person.__tablename__:
            yield table, column == person_id
        elif key.ondelete == CASCADE:
            for own in _owners(key.column.table):
                yield table, column.in_(select(key.column).where(own == person_id))
    log = Table.metadata.tables[AuditEntry.__tablename__]
    yield log, or_(log.c.actor_id == person_id, log.c.thing == f"person:{person_id}")


def _foreign_keys() -> Iterator[tuple[Rows, Column[Any], ForeignKey]]:
    for table in Table.metadata.sorted_tables:
        for column in table.columns:
            yield from ((table, column, key) for key in column.foreign_keys)


def _owners(table: FromClause) -> Iterator[ColumnElement[Any]]:
    """The columns by which a row is somebody's own: it goes when they go."""
    for column in table.columns:
        if any(
            key.column.table.name == Person.__tablename__ and key.ondelete == CASCADE for key in column.foreign_keys
        ):
            yield column


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: "(kept, not shown)" if name in NOT_SHOWN and value else value for name, value in row.items()}


async def open_deadlines_of(uow: UnitOfWork, person_id: int) -> list[str]:
    """The ids of deadlines that are still open and theirs, or of which a step is theirs."""
    whole = select(Deadline.id).where(Deadline.owner_id == person_id, Deadline.state.in_(OPEN_STATES))
    part = select(DeadlineStep.deadline_id).where(
        DeadlineStep.owner_id == person_id, DeadlineStep.state.in_(OPEN_STATES)
    )
    ids = {*(await uow.session.execute(whole)).scalars(), *(await uow.session.execute(part)).scalars()}
    return sorted(ids)


async def let_go(uow: UnitOfWork, person: Person, *, heir_id: int) -> None:
    """Takes the person out of what others keep: closed deadlines pass to the heir, mentions of the address go."""
    session = uow.session
    await session.execute(update(Deadline).where(Deadline.owner_id == person.id).values(owner_id=heir_id))
    await session.execute(update(DeadlineStep).where(DeadlineStep.owner_id == person.id).values(owner_id=heir_id))
    await session.execute(update(DeadlineStep).where(DeadlineStep.handed_to == person.id).values(handed_to=None))
    mention = or_(Person.manager_email == person.email, Person.deputy_email == person.email)
    for other in (await session.execute(select(Person).where(mention))).scalars():
        other.manager_email = None if other.manager_email == person.email else other.manager_email
        other.deputy_email = None if other.deputy_email == person.email else other.deputy_email
    await session.execute(update(Survey).where(Survey.owner == person.email).values(owner="coordinator"))
    await session.execute(update(Bulletin).where(Bulletin.author == person.email).values(author="somebody who left"))
    await session.execute(delete(StrangerRequest).where(StrangerRequest.email == person.email))
    await session.execute(delete(Delivery).where(Delivery.address == person.email))
