"""The states of an escalation, the way from one to the next, and what has to happen next of itself.

Every open escalation has a next step, acknowledged or not: `next_step` is total over open states, so that a sweep
that asks it can never forget one. Instants are UTC.
Source: reference/booking-escalation-deadlines.md 2.4 (E1-E6), settled.md "Escalation clock".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_policy import OnTimeout, Urgency
from bot.rules.working_time import service_due

RAISER_ASKED_DAYS = 1
"""Working days the raiser has to say "move on" or "give more time" before a standard escalation moves on by itself."""
RAISER_SILENT_DAYS = 2
"""Working days after an answer was shown to the raiser before the escalation lead is told of the silence."""


class State(StrEnum):
    DRAFT = "draft"
    AWAITING_ACK = "awaiting_ack"
    ACKNOWLEDGED = "acknowledged"
    RETHINK = "rethink"
    RESPONDED = "responded"
    FINAL_DECISION = "final_decision"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Event(StrEnum):
    RAISE = "raise"
    ACKNOWLEDGE = "acknowledge"
    LAPSE = "lapse"
    RETHINK = "rethink"
    RESPOND = "respond"
    ADVANCE = "advance"
    RESOLVE = "resolve"
    DECIDE = "decide"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


OPEN = frozenset({State.AWAITING_ACK, State.ACKNOWLEDGED, State.RETHINK, State.RESPONDED, State.FINAL_DECISION})

_UNANSWERED = (State.AWAITING_ACK, State.ACKNOWLEDGED, State.RETHINK)
_TALKING = (*_UNANSWERED, State.RESPONDED)

TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.DRAFT, Event.RAISE): State.AWAITING_ACK,
        (State.DRAFT, Event.WITHDRAW): State.WITHDRAWN,
        (State.AWAITING_ACK, Event.ACKNOWLEDGE): State.ACKNOWLEDGED,
        (State.ACKNOWLEDGED, Event.RETHINK): State.RETHINK,
        **{(state, Event.LAPSE): State.AWAITING_ACK for state in (State.ACKNOWLEDGED, State.RETHINK)},
        **{(state, Event.RESPOND): State.RESPONDED for state in _UNANSWERED},
        **{(state, Event.ADVANCE): State.AWAITING_ACK for state in _TALKING},
        **{(state, Event.RESOLVE): State.RESOLVED for state in (*_TALKING, State.FINAL_DECISION)},
        **{(state, Event.DECIDE): State.FINAL_DECISION for state in _TALKING},
        **{(state, Event.WITHDRAW): State.WITHDRAWN for state in _TALKING},
        (State.FINAL_DECISION, Event.CLOSE): State.CLOSED,
        (State.RESOLVED, Event.CLOSE): State.CLOSED,
        **{(state, Event.REOPEN): State.AWAITING_ACK for state in (State.RESOLVED, State.WITHDRAWN, State.CLOSED)},
    }
)


class NotPossibleNow(ValueError):
    """This event cannot happen in this state; usually a button pressed late."""


def after(state: State, event: Event, *, final_stage: bool) -> State:
    """The state that follows. Raises `NotPossibleNow` for a step that the policy does not know.

    Only at the final stage can there be a final decision, and nothing advances from there.
    """
    known = (state, event) in TRANSITIONS
    if not known or (event is Event.ADVANCE and final_stage) or (event is Event.DECIDE and not final_stage):
        raise NotPossibleNow(f'An escalation that is "{state}" cannot take the step "{event}".')
    return TRANSITIONS[state, event]


def same_moment(*, stage: str, revision: int, current_stage: str, current_revision: int) -> bool:
    """Whether a button was drawn for what is still the case (rule E5); a late one is told where things stand."""
    return (stage, revision) == (current_stage, current_revision)


def acknowledge_problem(*, person: str, raised_by: str, told: frozenset[str]) -> str | None:
    """Why somebody cannot acknowledge, or None: only a person who was asked to, and never the raiser (rule E4)."""
    if person == raised_by:
        return "You raised this, so somebody on the other side has to acknowledge it."
    if person not in told:
        return "This was sent to somebody else, so it stays with them. The operations team can help if that is wrong."
    return None


class Action(StrEnum):
    REMIND = "remind who was told"
    LAPSE = "look for somebody again"
    WARN = "warn that the answer is due soon"
    NEXT_CONTACT = "tell the next person on the ladder"
    ASK_RAISER = "ask the raiser"
    ADVANCE = "move to the next stage"
    TELL_LEAD = "tell the escalation lead"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that decides what comes next.

    `contacts_left`: somebody on the ladder was not told yet. `raiser_asked_at`: when the raiser was asked on this
    stage (after the time ran out, or after an answer came). `lead_told_at`: when the escalation lead was last told.
    `since`: when the present state began. `respond_by`: with the time that the raiser gave. `acknowledge_by`: of those
    who were told last. `remind_at`, `warn_at`: when to remind and to warn, None where that is done or not needed.
    `nobody_since`: since when nobody who was told, or who has it, is there any more (left, away, no channel takes
    anything for them); None while somebody is. `then`: what the stage does when a standard one times out.
    """

    state: State
    urgency: Urgency
    final_stage: bool
    acknowledge_by: datetime
    respond_by: datetime
    since: datetime
    then: OnTimeout = OnTimeout.ASK
    contacts_left: bool = False
    remind_at: datetime | None = None
    warn_at: datetime | None = None
    nobody_since: datetime | None = None
    raiser_asked_at: datetime | None = None
    lead_told_at: datetime | None = None


@dataclass(frozen=True)
class NextStep:
    """What happens of itself, and the UTC moment from which it is due."""

    at: datetime
    action: Action


def next_step(situation: Situation, calendar: WorkingCalendar) -> NextStep | None:
    """The next thing that happens without anybody doing anything; None only when the escalation is not open."""
    if situation.state not in OPEN:
        return None
    if situation.state is State.RESPONDED:
        return _after_an_answer(situation, calendar)
    if situation.state is State.FINAL_DECISION:
        return _lead_every_day(situation, situation.since, calendar)
    # Acknowledging never stops the response clock (E1), and looking for somebody never lengthens it.
    steps = (*_looking_for_somebody(situation), _after_the_time_ran_out(situation, calendar))
    return min(steps, key=lambda step: step.at)


def _looking_for_somebody(situation: Situation) -> Iterator[NextStep]:
    gone, waits = situation.nobody_since, situation.state is State.AWAITING_ACK
    if gone is not None and not waits:
        yield NextStep(gone, Action.LAPSE)
    if gone is not None and waits and situation.contacts_left:
        yield NextStep(gone, Action.NEXT_CONTACT)  # at once: the delay is not waited out (E4)
    before = min(situation.acknowledge_by, situation.respond_by)
    if waits and situation.remind_at is not None and situation.remind_at < before:
        yield NextStep(situation.remind_at, Action.REMIND)
    if waits and situation.contacts_left and situation.acknowledge_by < situation.respond_by:
        yield NextStep(situation.acknowledge_by, Action.NEXT_CONTACT)
    if situation.warn_at is not None and situation.warn_at < situation.respond_by:
        yield NextStep(situation.warn_at, Action.WARN)


def _after_the_time_ran_out(situation: Situation, calendar: WorkingCalendar) -> NextStep:
    if situation.final_stage:
        return _lead_every_day(situation, situation.respond_by, calendar)
    if situation.urgency is Urgency.URGENT or situation.then is OnTimeout.ADVANCE:
        return NextStep(situation.respond_by, Action.ADVANCE)
    asked = situation.raiser_asked_at
    if asked is None or asked < situation.respond_by:  # asked before the time was extended: ask again
        return NextStep(situation.respond_by, Action.ASK_RAISER)
    return NextStep(service_due(asked, RAISER_ASKED_DAYS, calendar), Action.ADVANCE)


def _after_an_answer(situation: Situation, calendar: WorkingCalendar) -> NextStep:
    asked = situation.raiser_asked_at
    if asked is None or asked < situation.since:
        return NextStep(situation.since, Action.ASK_RAISER)
    return _lead_every_day(situation, service_due(asked, RAISER_SILENT_DAYS, calendar), calendar)


def _lead_every_day(situation: Situation, first: datetime, calendar: WorkingCalendar) -> NextStep:
    told = situation.lead_told_at
    if told is None or told < first:
        return NextStep(first, Action.TELL_LEAD)
    next_day = calendar.next_working_day(calendar.local_date(told))
    return NextStep(calendar.at_local(next_day, calendar.opens), Action.TELL_LEAD)
