"""The partnership's escalation policy: its stages, what is wrong with it, and the clocks it sets.

The stage table is the partnership's to decide; Herald checks only that every stage can be reached and ends.
Instants are UTC. Source: reference/booking-escalation-deadlines.md 2.4, settled.md "Escalation clock".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.rules.calendar import WorkingCalendar
from bot.rules.working_time import (
    Duration,
    Unit,
    add_working_hours,
    due_at,
    service_due,
    subtract_working_hours,
    working_hours_between,
)

OFFICE_DAY_HOURS = 8
REOPEN_DAYS = LEARNING_NOTE_DAYS = 10
"""Working days after closing: how long it may be reopened, and when the learning note is due."""
EXTENSION_DAYS = 2
"""The most that a raiser may give the other side once, in working days."""
WARNING_HOURS = 2
"""Working hours before the answer is due at which people are warned, where a stage does not say."""
URGENT_WARNING_SHARE = 4
"""In urgent matters the warning comes when this part (a quarter) of the time is left."""


class Urgency(StrEnum):
    STANDARD = "standard"
    URGENT = "urgent"


class Who(StrEnum):
    """On whose level a stage is talked through, in the raiser's agency and in the other one."""

    PRACTITIONER = "practitioner"
    MANAGER = "manager"
    EXECUTIVE = "executive"


class OnTimeout(StrEnum):
    """What follows when a standard stage is not answered in time (rule E2); an urgent one always moves on."""

    ASK = "ask"
    ADVANCE = "advance"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`acknowledge` and `respond` are working time; `urgent` is the elapsed time to respond in urgent matters.

    `warn`: how long before the answer is due people are warned (working time; None: the shipped rule). `then`: what
    follows when the time is over. `invite`: e-mails of people who belong to this stage whatever their role or agency,
    such as the delegates of a panel.
    """

    id: str
    label: str
    who: Who
    acknowledge: Duration
    respond: Duration
    urgent: Duration
    final: bool = False
    warn: Duration | None = None
    then: OnTimeout = OnTimeout.ASK
    invite: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EscalationPolicy:
    """A running escalation keeps the version it began with."""

    version: str
    stages: tuple[Stage, ...]
    approved_by: str | None = None
    approved_on: date | None = None

    @property
    def approved(self) -> bool:
        """Whether it may be used in live mode: somebody said yes, and when."""
        return bool(self.approved_by and self.approved_on)

    def stage(self, stage_id: str) -> Stage:
        """Raises `KeyError` for a stage that this version does not have."""
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise KeyError(stage_id)

    def number(self, stage_id: str) -> int:
        """The place of a stage, from 1, as people say it."""
        return self.stages.index(self.stage(stage_id)) + 1


@dataclass(frozen=True, kw_only=True)
class StageClock:
    """Both moments are already too late: on time means before them."""

    acknowledge_by: datetime
    respond_by: datetime


def policy_problems(policy: EscalationPolicy) -> tuple[str, ...]:
    """Everything wrong with a policy, in words for the person who wrote it; empty if it can be used."""
    if not policy.stages:
        return ("The policy has no stages. Write at least one, the last with final: true.",)
    return (*_order_problems(policy.stages), *(p for stage in policy.stages for p in _time_problems(stage)))


def live_problem(policy: EscalationPolicy) -> str | None:
    """Why a policy cannot be used in live mode, or None."""
    if policy.approved:
        return None
    return (
        "This escalation policy is an example until somebody approves it. "
        "Write approved_by and approved_on once your partnership has agreed the stages."
    )


def clock_for(stage: Stage, urgency: Urgency, opened_at: datetime, calendar: WorkingCalendar) -> StageClock:
    """The clock of one stage. Urgent: nights and weekends count, and half of the time is for acknowledging."""
    if urgency is Urgency.URGENT:
        respond_by = due_at(opened_at, stage.urgent, calendar, urgent=True)
        return StageClock(acknowledge_by=opened_at + (respond_by - opened_at) / 2, respond_by=respond_by)
    respond_by = due_at(opened_at, stage.respond, calendar)
    acknowledge_by = due_at(opened_at, stage.acknowledge, calendar)
    return StageClock(acknowledge_by=min(acknowledge_by, respond_by), respond_by=respond_by)


def contact_clock(
    stage: Stage, urgency: Urgency, told_at: datetime, respond_by: datetime, calendar: WorkingCalendar
) -> datetime:
    """Until when the next person on the ladder has to acknowledge; never after the stage's own end."""
    return min(clock_for(stage, urgency, told_at, calendar).acknowledge_by, respond_by)


def reminder_at(
    told_at: datetime, acknowledge_by: datetime, urgency: Urgency, calendar: WorkingCalendar
) -> datetime | None:
    """When somebody who was told and has not acknowledged is reminded: half-way (rule E6). None where that is over."""
    if told_at >= acknowledge_by:
        return None
    if urgency is Urgency.URGENT:
        return told_at + (acknowledge_by - told_at) / 2
    half = working_hours_between(told_at, acknowledge_by, calendar) / 2
    return add_working_hours(told_at, half, calendar) if half else None


def warning_at(
    stage: Stage, urgency: Urgency, opened_at: datetime, answer_by: datetime, calendar: WorkingCalendar
) -> datetime | None:
    """When people are warned that the answer is due soon; None where the whole time is shorter than the warning.

    Standard: in working time, so that a warning of an hour before Tuesday 10:00 falls on Tuesday at opening.
    """
    if urgency is Urgency.URGENT:
        return answer_by - (answer_by - opened_at) / URGENT_WARNING_SHARE
    hours = WARNING_HOURS if stage.warn is None else _working_hours(stage.warn)
    at = subtract_working_hours(answer_by, hours, calendar)
    return at if opened_at < at < answer_by else None


def levels_up(policy: EscalationPolicy, stage_id: str) -> int:
    """How many managers above a practitioner a stage is: 0 for practitioners, one more for each managers' stage.

    So with two stages for managers the second one asks the manager's manager. Raises `KeyError` as `stage` does.
    """
    reached = policy.stages[: policy.number(stage_id)]
    return sum(stage.who is Who.MANAGER for stage in reached)


def next_stage(policy: EscalationPolicy, stage_id: str) -> Stage | None:
    """The stage above, or None at the final one. Raises `KeyError` for a stage this version does not have."""
    place = policy.number(stage_id)
    current = policy.stages[place - 1]
    return None if current.final or place == len(policy.stages) else policy.stages[place]


def skip_problem(policy: EscalationPolicy, *, current: str, wanted: str, reason: str) -> str | None:
    """Why somebody cannot go straight to a stage, or None: upward only, and with a reason (rule E3)."""
    if policy.number(wanted) <= policy.number(current):
        return f"This is already at stage {policy.number(current)}. It can go up from there, not back."
    if policy.number(wanted) > policy.number(current) + 1 and not reason.strip():
        return "Say in a few words why a stage is left out, so that both sides understand it."
    return None


def extension_limit(asked_at: datetime, calendar: WorkingCalendar) -> datetime:
    """The latest moment up to which a raiser may give the other side more time (once, rule E2)."""
    return service_due(asked_at, EXTENSION_DAYS, calendar)


def learning_note_due(closed_at: datetime, calendar: WorkingCalendar) -> datetime:
    """When the note on what was learned is due (closing time, ten working days after closing)."""
    return service_due(closed_at, LEARNING_NOTE_DAYS, calendar)


def may_reopen(closed_at: datetime, now: datetime, calendar: WorkingCalendar) -> bool:
    return now < service_due(closed_at, REOPEN_DAYS, calendar)


def _order_problems(stages: tuple[Stage, ...]) -> Iterable[str]:
    seen: set[str] = set()
    for stage in stages:
        if stage.id in seen:
            yield f'Stage "{stage.id}" comes twice. Give every stage its own id.'
        seen.add(stage.id)
    finals = [place for place, stage in enumerate(stages) if stage.final]
    if not finals:
        yield "No stage is the final one. Write final: true at the last stage."
        return
    for stage in stages[finals[0] + 1 :]:
        yield (
            f'Stage "{stage.id}" can never be reached, because "{stages[finals[0]].id}" before it is final. '
            "Write final: true at the last stage only."
        )


def _time_problems(stage: Stage) -> Iterable[str]:
    times = (("acknowledge", stage.acknowledge), ("respond", stage.respond), ("urgent", stage.urgent))
    for name, length in times:
        if length.amount < 1:
            yield f'Stage "{stage.id}" leaves no time: {name} is {length.amount}. Write at least 1h or 1d.'
    if stage.warn is not None and _working_hours(stage.warn) >= _working_hours(stage.respond):
        yield f'Stage "{stage.id}" warns before it begins. Make warn shorter than respond.'
    if _working_hours(stage.acknowledge) > _working_hours(stage.respond):
        yield f'Stage "{stage.id}" asks for an answer before an acknowledgement. Make acknowledge the shorter time.'


def _working_hours(length: Duration) -> int:
    return length.amount * OFFICE_DAY_HOURS if length.unit is Unit.WORKING_DAYS else length.amount
