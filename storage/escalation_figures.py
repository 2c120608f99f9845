"""What the figures of escalations are made of: everything raised in a period, as the pure rules need it.

Practice is left out: nobody was told of it, so it says nothing about how people work together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from bot.rules.escalation_access import Side
from bot.rules.escalation_contacts import RUNGS, Place
from bot.rules.escalation_figures import StageRun, Story
from bot.rules.escalation_policy import EscalationPolicy, Urgency
from bot.rules.escalation_states import OPEN, State
from storage.tables.escalations import Escalation, EscalationContact, EscalationLearning, EscalationStep
from storage.unit_of_work import UnitOfWork


async def first_raised(uow: UnitOfWork) -> datetime | None:
    """When the first one was raised; None while there is none."""
    query = select(func.min(Escalation.raised_at)).where(Escalation.practice.is_(False))
    return (await uow.session.execute(query)).scalar_one()


async def versions_used(uow: UnitOfWork, *, start: datetime, end: datetime) -> Sequence[str]:
    """The policy versions of what was raised in [start, end), the latest used last."""
    query = select(Escalation.policy_version).where(*_raised_between(start, end)).order_by(Escalation.id)
    return list(dict.fromkeys((await uow.session.execute(query)).scalars()))


async def stories(
    uow: UnitOfWork, *, start: datetime, end: datetime, policies: Mapping[str, EscalationPolicy]
) -> list[Story]:
    """Every escalation raised in [start, end), with its stages; `policies` are those of `versions_used`."""
    run = uow.session.execute
    raised = select(Escalation).where(*_raised_between(start, end)).order_by(Escalation.id)
    found = (await run(raised)).scalars().all()
    ids = select(Escalation.id).where(*_raised_between(start, end))
    steps = select(EscalationStep).where(EscalationStep.escalation_id.in_(ids)).order_by(EscalationStep.number)
    of: dict[int, list[EscalationStep]] = defaultdict(list)
    for step in (await run(steps)).scalars():
        of[step.escalation_id].append(step)
    with_a_person = await _steps_with_a_person(uow, start=start, end=end)
    learnt = select(EscalationLearning).where(EscalationLearning.escalation_id.in_(ids))
    learning = {row.escalation_id: row for row in (await run(learnt)).scalars()}
    return [
        _story(each, of[each.id], learning.get(each.id), policies[each.policy_version], with_a_person) for each in found
    ]


async def _steps_with_a_person(uow: UnitOfWork, *, start: datetime, end: datetime) -> set[int]:
    """Steps at which somebody in the other agency, or their mailbox, was or still can be told."""
    query = (
        select(EscalationContact.step_id)
        .join(EscalationStep, EscalationStep.id == EscalationContact.step_id)
        .join(Escalation, Escalation.id == EscalationStep.escalation_id)
        .where(*_raised_between(start, end), EscalationContact.side == Side.OTHER.value)
        .where(EscalationContact.rung < RUNGS[Place.OPERATIONS_TEAM])
        .where(EscalationContact.alerted_at.is_not(None) | EscalationContact.skipped_because.is_(None))
        .distinct()
    )
    return set((await uow.session.execute(query)).scalars())


def _raised_between(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Escalation.raised_at >= start, Escalation.raised_at < end, Escalation.practice.is_(False))


def _story(
    escalation: Escalation,
    steps: Sequence[EscalationStep],
    learning: EscalationLearning | None,
    policy: EscalationPolicy,
    with_a_person: set[int],
) -> Story:
    is_open = escalation.state in OPEN
    return Story(
        raising=escalation.raising_agency,
        other=escalation.other_agency,
        kind=escalation.kind,
        urgency=Urgency(escalation.urgency),
        stage=escalation.stage,
        place=policy.number(escalation.stage),
        raised_at=escalation.raised_at,
        runs=tuple(_run(step, nobody=step.id not in with_a_person) for step in steps),
        is_open=is_open,
        withdrawn=escalation.state == State.WITHDRAWN,
        closed_at=None if is_open else escalation.closed_at,
        learning_owed=learning is not None and not is_open and learning.written_at is None,
        theme=None if learning is None else learning.theme,
    )


def _run(step: EscalationStep, *, nobody: bool) -> StageRun:
    return StageRun(
        stage=step.stage,
        opened_at=step.opened_at,
        acknowledge_by=step.acknowledge_by,
        respond_by=step.respond_by,
        acknowledged_at=step.acknowledged_at,
        responded_at=step.responded_at,
        ended_at=step.ended_at,
        nobody=nobody,
    )
