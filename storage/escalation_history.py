"""Lists of escalations, and all that was done about one: its messages with every try, and its part of the audit log."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.rules.escalation_states import OPEN
from storage.alerts import reference_of
from storage.deliveries import UNFINISHED
from storage.tables.audit import AuditEntry
from storage.tables.deliveries import Delivery, DeliveryAttempt, DeliveryState, Lane
from storage.tables.escalations import (
    Escalation,
    EscalationContact,
    EscalationHolder,
    EscalationLearning,
    EscalationStep,
)
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

OPEN_STATES = [state.value for state in OPEN]


@dataclass(frozen=True, slots=True)
class Troubles:
    """What goes wrong with the messages of one escalation: since when one waits, and how many reached nobody."""

    waiting_since: datetime | None = None
    failed: int = 0


async def all_open(uow: UnitOfWork) -> Sequence[Escalation]:
    """Every open escalation, the oldest first."""
    query = select(Escalation).where(Escalation.state.in_(OPEN_STATES)).order_by(Escalation.id)
    return (await uow.session.execute(query)).scalars().all()


async def lately_closed(uow: UnitOfWork, *, limit: int) -> Sequence[Escalation]:
    """The escalations that ended last, the latest first."""
    query = select(Escalation).where(Escalation.state.not_in(OPEN_STATES))
    latest = query.order_by(Escalation.closed_at.desc(), Escalation.id.desc()).limit(limit)
    return (await uow.session.execute(latest)).scalars().all()


async def concerning(uow: UnitOfWork, person: Person, *, limit: int, only_open: bool = False) -> Sequence[Escalation]:
    """What somebody or one of theirs raised, what they speak for, or were told of by name; the latest first.

    Whether they may see it is another question.
    """
    told = (
        select(EscalationStep.escalation_id)
        .join(EscalationContact, EscalationContact.step_id == EscalationStep.id)
        .where(EscalationContact.person_id == person.id, EscalationContact.alerted_at.is_not(None))
    )
    theirs = select(Person.id).where(Person.manager_email == person.email)  # they speak for whoever is away or has left
    holds = select(EscalationHolder.escalation_id).where(
        or_(EscalationHolder.person_id == person.id, EscalationHolder.person_id.in_(theirs))
    )
    raised = or_(Escalation.raised_by == person.id, Escalation.raised_by.in_(theirs))
    mine = or_(raised, Escalation.id.in_(told), Escalation.id.in_(holds))
    query = select(Escalation).where(mine).order_by(Escalation.id.desc()).limit(limit)
    if only_open:
        query = query.where(Escalation.state.in_(OPEN_STATES))
    return (await uow.session.execute(query)).scalars().all()


async def learning_of(uow: UnitOfWork, ids: Sequence[int]) -> dict[int, EscalationLearning]:
    """What is owed or written about what was learned, by escalation."""
    query = select(EscalationLearning).where(EscalationLearning.escalation_id.in_(ids))
    return {row.escalation_id: row for row in (await uow.session.execute(query)).scalars()}


async def holders_of(uow: UnitOfWork, ids: Sequence[int]) -> dict[int, list[EscalationHolder]]:
    """Who took over from the raiser or stood in, by escalation, one after the other."""
    query = select(EscalationHolder).where(EscalationHolder.escalation_id.in_(ids)).order_by(EscalationHolder.id)
    found: dict[int, list[EscalationHolder]] = defaultdict(list)
    for row in (await uow.session.execute(query)).scalars():
        found[row.escalation_id].append(row)
    return found


async def contacts_of(uow: UnitOfWork, step_ids: Sequence[int]) -> dict[int, list[EscalationContact]]:
    """Everybody on the ladders of these steps, by step, the first rung first."""
    query = select(EscalationContact).where(EscalationContact.step_id.in_(step_ids))
    found: dict[int, list[EscalationContact]] = defaultdict(list)
    for contact in (await uow.session.execute(query.order_by(EscalationContact.rung, EscalationContact.id))).scalars():
        found[contact.step_id].append(contact)
    return found


async def messages_of(uow: UnitOfWork, reference: str) -> list[tuple[Delivery, list[DeliveryAttempt]]]:
    """Every message about an escalation that is still kept, the first first, each with its tries."""
    query = select(Delivery).where(_of(Delivery.about, reference)).order_by(Delivery.id)
    rows = (await uow.session.execute(query)).scalars().all()
    tried = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_([row.id for row in rows]))
    attempts: dict[int, list[DeliveryAttempt]] = defaultdict(list)
    for attempt in (await uow.session.execute(tried.order_by(DeliveryAttempt.id))).scalars():
        attempts[attempt.delivery_id].append(attempt)
    return [(row, attempts[row.id]) for row in rows]


async def entries_of(uow: UnitOfWork, reference: str) -> Sequence[AuditEntry]:
    """Its part of the audit log, the first first."""
    query = select(AuditEntry).where(_of(AuditEntry.thing, reference)).order_by(AuditEntry.id)
    return (await uow.session.execute(query)).scalars().all()


async def troubles(uow: UnitOfWork, *, queued_before: datetime) -> dict[str, Troubles]:
    """By reference: alerts that were queued before then and have not left, and those that failed for good."""
    waits = select(Delivery.about, func.min(Delivery.created_at)).where(
        Delivery.lane == Lane.ALERT, Delivery.state.in_(UNFINISHED), Delivery.created_at <= queued_before
    )
    lost = select(Delivery.about, func.count()).where(
        Delivery.lane == Lane.ALERT, Delivery.state == DeliveryState.FAILED
    )
    since: dict[str, datetime] = {}
    failed: dict[str, int] = defaultdict(int)
    for about, first in (await uow.session.execute(waits.group_by(Delivery.about))).all():
        reference = reference_of(about)
        since[reference] = min(first, since.get(reference, first))
    for about, n in (await uow.session.execute(lost.group_by(Delivery.about))).all():
        failed[reference_of(about)] += n
    return {reference: Troubles(since.get(reference), failed.get(reference, 0)) for reference in {*since, *failed}}


def _of(column: InstrumentedAttribute[str], reference: str) -> ColumnElement[bool]:
    """What carries the reference alone, or the reference and a step after a stroke."""
    return or_(column == reference, column.startswith(f"{reference}/", autoescape=True))
