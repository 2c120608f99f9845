"""What happens to an escalation of itself: the next person, the question to the raiser, the next stage, the lead."""

from bot.rules.escalation_policy import Urgency
from bot.rules.escalation_states import Action, NextStep, Situation, State, next_step
from handlers.escalations.answering import advance
from handlers.escalations.stages import acknowledge_by, contacts_left, tell_next
from handlers.escalations.telling import tell_lead, tell_raiser
from handlers.partnership import calendar_of
from handlers.policies import policy_version
from handlers.wording import local_moment
from storage.tables.escalations import Escalation, EscalationStep
from storage.unit_of_work import UnitOfWork

MOST_STEPS_AT_ONCE = 20
"""After an outage several steps are due at once and are taken in turn; this ends a chain that would not end."""


async def what_is_next(uow: UnitOfWork, escalation: Escalation) -> NextStep | None:
    """The next thing that happens without anybody doing anything; None when the escalation is closed."""
    step = await uow.escalations.step(escalation)
    if step is None:
        return None
    policy = await policy_version(uow, escalation.policy_version)
    situation = Situation(
        state=State(escalation.state),
        urgency=Urgency(escalation.urgency),
        final_stage=policy.stage(step.stage).final,
        acknowledge_by=await acknowledge_by(uow, step),
        then=policy.stage(step.stage).then,
        respond_by=step.answer_by,
        since=escalation.state_since,
        contacts_left=await contacts_left(uow, step),
        raiser_asked_at=escalation.asked_raiser_at,
        lead_told_at=escalation.lead_told_at,
    )
    return next_step(situation, await calendar_of(uow))


async def take_due_steps(uow: UnitOfWork, reference: str) -> int:
    """Takes every step of one escalation that is due now; returns how many. Safe to call at any time, by anybody."""
    taken = 0
    for _ in range(MOST_STEPS_AT_ONCE):
        escalation = await uow.escalations.by_reference(reference, lock=True)
        due = None if escalation is None else await what_is_next(uow, escalation)
        if escalation is None or due is None or due.at > uow.now:
            break
        step = await uow.escalations.step(escalation)
        if step is None:
            break
        await _take(uow, escalation, step, due.action)
        taken += 1
    return taken


async def _take(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, action: Action) -> None:
    policy = await policy_version(uow, escalation.policy_version)
    key = f"{escalation.reference}/{step.number}"
    match action:
        case Action.NEXT_CONTACT:
            await tell_next(uow, escalation, policy, step)
        case Action.ASK_RAISER:
            escalation.asked_raiser_at = uow.now
            until = local_moment(step.answer_by, await calendar_of(uow))
            asked = f"{key}:{'extended' if step.extended_until else 'first'}"
            await tell_raiser(uow, escalation, "escalation.ask-raiser", key=asked, until=until)
        case Action.ADVANCE:
            await advance(uow, escalation, policy, step, by=None)
        case Action.TELL_LEAD:
            await tell_lead(uow, escalation, step, stage=policy.stage(step.stage).label)
