"""What happens to an escalation of itself, worked out from its rows each time and never stored (law 3).

`next_step` of the rules is total over open states; here it gets its facts, and what is due is done in one transaction,
with the row locked and asked once more.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_access import Standing
from bot.rules.escalation_policy import EscalationPolicy, Urgency, reminder_at, warning_at
from bot.rules.escalation_states import Action, NextStep, Situation, State, next_step
from handlers.escalations.cases import Case
from handlers.escalations.deciding import advance
from handlers.escalations.ending import end_practice
from handlers.escalations.presence import Presence, presence_of
from handlers.escalations.reminding import ask_raiser, lapse, remind, say_time_is_over, warn
from handlers.escalations.stages import (
    acknowledge_by,
    new_on_the_ladder,
    tell_next,
    told_in,
    waited_for,
    waiting_in,
)
from handlers.escalations.telling import about_step, tell_lead
from handlers.partnership import calendar_of
from handlers.policies import policy_version
from storage.escalations import Running
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.unit_of_work import UnitOfWork

MOST_STEPS_AT_ONCE = 20
"""After an outage several steps are due at once and are taken in turn; this ends a chain that would not end."""


async def what_is_next(uow: UnitOfWork, escalation: Escalation) -> NextStep | None:
    """The next thing that happens without anybody doing anything; None when the escalation is closed."""
    step = await uow.escalations.step(escalation)
    if step is None:
        return None
    return next_step(await situation_of(uow, escalation), await calendar_of(uow))


async def situation_of(uow: UnitOfWork, escalation: Escalation) -> Situation:
    """All that decides what comes next. Raises LookupError for an escalation without a step."""
    step = await uow.escalations.step(escalation)
    if step is None:
        raise LookupError(f"{escalation.reference} has no step.")
    contacts = await uow.escalations.contacts(step)
    presence = await presence_of(uow, contacts, having=(step.acknowledged_by,), abouts=(about_step(escalation, step),))
    policy = await policy_version(uow, escalation.policy_version)
    running = Running(escalation, step, tuple(contacts))
    return await _situation(uow, running, presence, policy=policy, calendar=await calendar_of(uow))


async def due_now(uow: UnitOfWork) -> list[str]:
    """The references of those for which something is due, the oldest first: a few queries for all that are open."""
    return [
        escalation.reference
        for escalation, following in await next_of_all(uow)
        if _is_over(uow, escalation) or (following is not None and following.at <= uow.now)
    ]


async def next_of_all(uow: UnitOfWork) -> list[tuple[Escalation, NextStep | None]]:
    """What comes next for each open escalation, the oldest first, in a few queries for all of them."""
    running = await uow.escalations.running()
    if not running:
        return []
    calendar = await calendar_of(uow)
    presence = await presence_of(
        uow,
        [contact for each in running for contact in each.contacts],
        having=[each.step.acknowledged_by for each in running],
        abouts=[about_step(each.escalation, each.step) for each in running if _waits(each.escalation)],
    )
    versions = {each.escalation.policy_version for each in running}
    policies = {version: await policy_version(uow, version) for version in versions}
    found = []
    for each in running:
        policy = policies[each.escalation.policy_version]
        situation = await _situation(uow, each, presence, policy=policy, calendar=calendar)
        found.append((each.escalation, next_step(situation, calendar)))
    return found


async def take_due_steps(uow: UnitOfWork, reference: str) -> int:
    """Takes every step of one escalation that is due now; returns how many. Safe to call at any time, by anybody."""
    taken = 0
    for _ in range(MOST_STEPS_AT_ONCE):
        escalation = await uow.escalations.by_reference(reference, lock=True)
        step = None if escalation is None else await uow.escalations.step(escalation)
        if escalation is None or step is None:
            break
        if _is_over(uow, escalation):
            await end_practice(uow, escalation, step)
            return taken + 1
        due = await what_is_next(uow, escalation)
        if due is None or due.at > uow.now:
            break
        await _take(uow, escalation, step, due.action)
        taken += 1
    return taken


def _is_over(uow: UnitOfWork, escalation: Escalation) -> bool:
    """What was raised in practice ends by itself once Herald is live: nobody was told, and nobody is."""
    return escalation.practice and uow.sending.live and escalation.closed_at is None


async def _situation(
    uow: UnitOfWork, running: Running, presence: Presence, *, policy: EscalationPolicy, calendar: WorkingCalendar
) -> Situation:
    escalation, step, contacts = running.escalation, running.step, running.contacts
    stage, urgency = policy.stage(step.stage), Urgency(escalation.urgency)
    until = acknowledge_by(step, contacts)
    gone = _nobody_is_there(running, presence, waited_for(contacts, until=until, now=uow.now))
    return Situation(
        state=State(escalation.state),
        urgency=urgency,
        final_stage=stage.final,
        acknowledge_by=until,
        respond_by=step.answer_by,
        since=escalation.state_since,
        then=stage.then,
        contacts_left=bool(waiting_in(contacts)) or (gone and await _somebody_new(uow, running, policy)),
        remind_at=_remind_at(contacts, until, urgency, calendar),
        warn_at=None if step.warned_at else warning_at(stage, urgency, step.opened_at, step.answer_by, calendar),
        nobody_since=min(max(step.opened_at, escalation.state_since), uow.now) if gone else None,
        raiser_asked_at=escalation.asked_raiser_at,
        lead_told_at=escalation.lead_told_at,
    )


def _waits(escalation: Escalation) -> bool:
    return escalation.state == State.AWAITING_ACK


def _nobody_is_there(running: Running, presence: Presence, waited: Sequence[EscalationContact]) -> bool:
    """Whether those who are waited for, or who has it, are there no more."""
    escalation, step, contacts = running.escalation, running.step, running.contacts
    about = about_step(escalation, step)
    if _waits(escalation):
        return not any(presence.is_there(escalation, each, contacts, about=about) for each in waited)
    if escalation.state not in (State.ACKNOWLEDGED, State.RETHINK):
        return False
    holding = next((each for each in contacts if each.person_id == step.acknowledged_by), None)
    if holding is not None:
        return presence.why_gone(escalation, holding, contacts) is not None
    return not presence.is_present(step.acknowledged_by)


async def _somebody_new(uow: UnitOfWork, running: Running, policy: EscalationPolicy) -> bool:
    if not _waits(running.escalation):
        return False
    fresh = await new_on_the_ladder(uow, running.escalation, policy, running.step, kept=running.contacts)
    return bool(fresh)


def _remind_at(
    contacts: Sequence[EscalationContact], until: datetime, urgency: Urgency, calendar: WorkingCalendar
) -> datetime | None:
    """When those whose clock runs now are reminded; None where that is done."""
    times = [
        reminder_at(each.alerted_at, until, urgency, calendar)
        for each in told_in(contacts)
        if each.alerted_at is not None and each.acknowledge_by == until and each.reminded_at is None
    ]
    return min((time for time in times if time is not None), default=None)


async def _take(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, action: Action) -> None:
    policy = await policy_version(uow, escalation.policy_version)
    match action:
        case Action.REMIND:
            await remind(uow, escalation, policy, step)
        case Action.NEXT_CONTACT:
            await tell_next(uow, escalation, policy, step)
        case Action.LAPSE:
            await lapse(uow, escalation, policy, step)
        case Action.WARN:
            await warn(uow, escalation, policy, step)
        case Action.ASK_RAISER:
            await ask_raiser(uow, escalation, policy, step)
        case Action.ADVANCE:
            await say_time_is_over(uow, escalation, policy, step)
            await advance(uow, Case(escalation, step, policy, Standing()), by=None)
        case Action.TELL_LEAD:
            if escalation.state not in (State.RESPONDED, State.FINAL_DECISION):
                await say_time_is_over(uow, escalation, policy, step)
            await tell_lead(uow, escalation, step, stage=policy.stage(step.stage).label)
