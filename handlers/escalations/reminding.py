"""What the clock says to people: a reminder, a warning, that the time is over, that somebody else has to take it on."""

from bot.rules.escalation_access import Side
from bot.rules.escalation_policy import EscalationPolicy, OnTimeout, Urgency, contact_clock, next_stage
from bot.rules.escalation_states import Event
from handlers.escalations.presence import presence_of
from handlers.escalations.stages import LAPSED, acknowledge_by, ask, change, told_in
from handlers.escalations.standing import speakers_of
from handlers.escalations.telling import (
    about_step,
    news_of,
    people_of,
    tell_all,
    tell_raiser,
    those_who_watch,
)
from handlers.partnership import calendar_of
from handlers.wording import local_moment
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

REMINDER = "escalation.reminder"


async def remind(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> None:
    """Reminds those who were told last, once, half-way to their acknowledgement (E6). One that is late says nothing."""
    contacts = await uow.escalations.contacts(step)
    until = acknowledge_by(step, contacts)
    presence = await presence_of(uow, contacts)
    for contact in told_in(contacts):
        if contact.acknowledge_by != until or contact.reminded_at is not None:
            continue
        contact.reminded_at = uow.now
        if uow.now < until and presence.why_gone(escalation, contact, contacts) is None:
            await ask(uow, escalation, policy, step, contact, kind=REMINDER)


async def lapse(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> None:
    """Who had it is there no more: it waits for an acknowledgement again, and the time to answer runs on.

    Those who were told and are still there are asked again, with a clock of their own; else the next rung is told.
    """
    had_it, step.acknowledged_by = step.acknowledged_by, None
    change(escalation, Event.LAPSE, uow, final=False)
    uow.audit.add("escalation.lapsed", thing=escalation.reference, detail={"step": step.number, "person": had_it})
    contacts = await uow.escalations.contacts(step)
    presence = await presence_of(uow, contacts)
    key = f"{about_step(escalation, step)}:{uow.now.isoformat()}"
    for contact in told_in(contacts):
        if presence.why_gone(escalation, contact, contacts) is None:
            await ask_again(uow, escalation, policy, step, contact, key=key, why=LAPSED)
    until = local_moment(step.answer_by, await calendar_of(uow))
    await tell_raiser(uow, escalation, "escalation.lapsed", key=key, until=until)


async def ask_again(
    uow: UnitOfWork,
    escalation: Escalation,
    policy: EscalationPolicy,
    step: EscalationStep,
    contact: EscalationContact,
    *,
    key: str,
    why: str,
) -> None:
    """Asks somebody who was told at this step once more, with the whole time to acknowledge from now on."""
    stage, urgency = policy.stage(step.stage), Urgency(escalation.urgency)
    contact.acknowledge_by = contact_clock(stage, urgency, uow.now, step.answer_by, await calendar_of(uow))
    contact.reminded_at = uow.now
    await ask(uow, escalation, policy, step, contact, kind=REMINDER, key=key, why=why)


async def warn(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> None:
    """Warns that the answer is due soon: who has it, else who was told; and the raiser's side. A late one is silent."""
    step.warned_at = uow.now
    if uow.now >= step.answer_by:
        return
    contacts = await uow.escalations.contacts(step)
    has_it = None if step.acknowledged_by is None else await uow.people.get(step.acknowledged_by)
    asked = await people_of(uow, contacts, Side.OTHER) if has_it is None else [has_it]
    own = [*await people_of(uow, contacts, Side.OWN), *await speakers_of(uow, escalation)]
    due = (await calendar_of(uow)).local(step.answer_by).isoformat()
    for people, is_asked in ((asked, True), (own, False)):
        message = news_of(
            escalation,
            "escalation.warning",
            key=f"{about_step(escalation, step)}:{due}",
            about=about_step(escalation, step),
            step=step.number,
            stage=policy.stage(step.stage).label,
            respond_by=due,
            asked=is_asked,
        )
        await tell_all(uow, escalation, people, message)


async def say_time_is_over(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep
) -> None:
    """Tells both sides' managers and those who watch, once for a stage, that there was no answer in time (E2)."""
    if step.timed_out_at is not None:
        return
    step.timed_out_at = uow.now
    uow.audit.add("escalation.timed-out", thing=escalation.reference, detail={"step": step.number})
    contacts = await uow.escalations.contacts(step)
    people: list[Person] = [*await people_of(uow, contacts, Side.OTHER), *await people_of(uow, contacts, Side.OWN)]
    people += await those_who_watch(uow)
    if policy.stage(step.stage).final:  # else the raiser's side is asked, or hears where it went
        people += await speakers_of(uow, escalation)
    message = news_of(
        escalation,
        "escalation.timed-out",
        key=about_step(escalation, step),
        step=step.number,
        stage=policy.stage(step.stage).label,
        until=local_moment(step.answer_by, await calendar_of(uow)),
        next=_what_now(escalation, policy, step),
    )
    await tell_all(uow, escalation, people, message)


def _what_now(escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> str:
    further = next_stage(policy, step.stage)
    if further is None:
        return "This is the last stage, so the escalation lead speaks to both sides."
    if escalation.urgency == Urgency.URGENT or policy.stage(step.stage).then is OnTimeout.ADVANCE:
        return f"It goes to the next stage now: {further.label}."
    return "The raiser's side says now whether it goes to the next stage or waits a little longer."


async def ask_raiser(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> None:
    """Asks the raiser's side, whose time is over, what shall happen; both sides hear that there was no answer."""
    await say_time_is_over(uow, escalation, policy, step)
    escalation.asked_raiser_at = uow.now
    until = local_moment(step.answer_by, await calendar_of(uow))
    again = step.extended_until is not None
    key = f"{about_step(escalation, step)}:{'extended' if again else 'first'}"
    await tell_raiser(uow, escalation, "escalation.ask-raiser", key=key, until=until, more_time=not again)
