"""What the escalation lead sees and does: the queue, closing, and figures that name nobody."""

from dataclasses import dataclass
from datetime import datetime

from bot.conversation.prompt import Notice
from bot.flows.escalation import KINDS
from bot.rules.escalation_states import OPEN, Event, NextStep, NotPossibleNow, State
from handlers.escalations.answering import NOT_FOUND
from handlers.escalations.clock import what_is_next
from handlers.escalations.ending import close
from handlers.policies import policy_version
from storage.tables.escalations import Escalation
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

STATES = {
    State.AWAITING_ACK: "waiting for somebody to take it on",
    State.ACKNOWLEDGED: "somebody has it",
    State.RETHINK: "being thought over",
    State.RESPONDED: "answered",
    State.FINAL_DECISION: "decided",
    State.RESOLVED: "settled",
    State.WITHDRAWN: "withdrawn",
    State.CLOSED: "closed",
}
"""The states in the words of the pages."""


def state_in_words(state: str) -> str:
    """A state as people read it."""
    return STATES.get(State(state), state)


@dataclass(frozen=True, slots=True)
class InQueue:
    """One line of the queue."""

    escalation: Escalation
    kind: str
    stage: str
    stands: str
    raising: str
    other: str
    next: NextStep | None
    late: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Aggregates for learning: how many, and how many stages were acknowledged in time."""

    raised: int
    open: int
    acknowledged_in_time: int
    steps: int


async def queue_of(uow: UnitOfWork) -> list[InQueue]:
    """Every escalation, the open and most urgent first."""
    agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
    kinds = {choice.value: choice.label for choice in KINDS}
    rows: list[tuple[bool, datetime, InQueue]] = []
    for escalation in await uow.escalations.everything():
        policy = await policy_version(uow, escalation.policy_version)
        following = await what_is_next(uow, escalation)
        row = InQueue(
            escalation=escalation,
            kind=kinds.get(escalation.kind, escalation.kind),
            stage=policy.stage(escalation.stage).label,
            stands=state_in_words(escalation.state),
            raising=agencies.get(escalation.raising_agency, "no agency"),
            other=agencies.get(escalation.other_agency, escalation.other_agency),
            next=following,
            late=following is not None and following.at <= uow.now,
        )
        rows.append((escalation.state not in OPEN, uow.now if following is None else following.at, row))
    return [row for _, _, row in sorted(rows, key=lambda item: item[:2])]


async def figures_of(uow: UnitOfWork) -> Figures:
    """Counts over all escalations."""
    everything = await uow.escalations.everything()
    steps = await uow.escalations.steps([escalation.id for escalation in everything])
    in_time = sum(step.acknowledged_at is not None and step.acknowledged_at < step.acknowledge_by for step in steps)
    return Figures(
        raised=len(everything),
        open=sum(escalation.state in OPEN for escalation in everything),
        acknowledged_in_time=in_time,
        steps=len(steps),
    )


async def close_by_lead(uow: UnitOfWork, *, reference: str, by: Person) -> Notice:
    """Closes an escalation whose final decision stands, or that both sides have settled."""
    escalation = await uow.escalations.by_reference(reference, lock=True)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None:
        return NOT_FOUND
    event = Event.CLOSE if escalation.state == State.FINAL_DECISION else Event.RESOLVE
    try:
        await close(uow, escalation, step, event, by=by)
    except NotPossibleNow:
        return Notice("It is closed already", (f"{reference} is {escalation.state}.",))
    return Notice("Closed", (f"{reference} is closed. Everybody who had been told knows that nothing more is needed.",))
