"""What the people who were told can do, and what the raiser can do with the answer."""

from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.flows.escalation import RESPONSES, response_flow
from bot.rules.escalation_policy import EscalationPolicy, extension_limit, next_stage
from bot.rules.escalation_states import OPEN, Event, NotPossibleNow, State
from handlers.acts import Act, ActPage, Done, Goes, Opens, Option, Press, number_in
from handlers.escalations.ending import close
from handlers.escalations.stages import alert_about, change, open_stage
from handlers.escalations.telling import tell_lead, tell_raiser
from handlers.partnership import calendar_of
from handlers.people_present import has_left
from handlers.policies import policy_version
from handlers.talk import About, Ending, Talk
from handlers.wording import local_moment
from storage.tables.deliveries import Channel
from storage.tables.escalations import Escalation, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

BOTH = (Channel.SLACK, Channel.EMAIL)
NOT_FOUND = Notice("We cannot find this escalation", ("Check the reference, or ask the operations team.",))
NOT_YOURS = Notice(
    "This was sent to somebody else",
    ("So it stays with them. If that is wrong, the operations team can put it right.",),
)
NO_MORE_TIME = Notice(
    "No more time can be given now",
    ("It can be given once at a stage, before there is an answer, and not at the last stage. Nothing was changed.",),
)
ALERT_OPTIONS = (Option("acknowledge", "I have this"),)
RAISER_OPTIONS = (
    Option("resolve", "This settles it"),
    Option("advance", "Take it to the next stage", primary=False),
    Option("give-time", "Give them two more working days", primary=False),
    Option("withdraw", "Withdraw it", primary=False),
)
OF_ONE_STAGE = frozenset({"advance", "give-time"})
"""What counts only for the stage that the button was drawn for, so that two presses never take two stages (E5)."""


async def may_act(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, person: Person) -> bool:
    """Whether this person may acknowledge and answer: they were told, or their agency's mailbox was, or they lead.

    They are asked for anew: somebody may have left between the door that let them in and this moment.
    """
    here = await uow.people.get(person.id)
    if here is None or here.id == escalation.raised_by or await has_left(uow, here):
        return False
    if "escalation-lead" in here.roles:
        return True
    told = {contact.address for contact in await uow.escalations.contacts(step) if contact.alerted_at is not None}
    agency = await uow.people.agency(escalation.other_agency)
    mailbox = None if agency is None else agency.role_mailbox
    return here.email in told or (mailbox in told and here.agency_id == escalation.other_agency)


async def acknowledge(uow: UnitOfWork, *, person: Person, reference: str, number: int | None = None) -> Notice:
    """Records that somebody has taken this on. It stops the reminders, never the response clock (E1)."""
    escalation = await uow.escalations.by_reference(reference, lock=True)
    if escalation is None:
        return NOT_FOUND
    step = await uow.escalations.step(escalation)
    policy = await policy_version(uow, escalation.policy_version)
    if step is None or (number is not None and step.number != number) or escalation.state not in OPEN:
        return await _late_for(uow, escalation, policy, step, person)
    if not await may_act(uow, escalation, step, person):
        uow.audit.add("escalation.acknowledge-refused", thing=reference, by=person, detail={"step": step.number})
        return NOT_YOURS
    calendar = await calendar_of(uow)
    until = local_moment(step.answer_by, calendar)
    if step.acknowledged_at is not None:
        mine = step.acknowledged_by == person.id
        return Notice("You have this" if mine else "A colleague has this", (f"The answer is due by {until}.",))
    step.acknowledged_at, step.acknowledged_by = uow.now, person.id
    if escalation.state == State.AWAITING_ACK:
        change(escalation, Event.ACKNOWLEDGE, uow, final=policy.stage(step.stage).final)
    for contact in await uow.escalations.contacts(step):
        contact.acknowledged_at = uow.now if contact.address == person.email else contact.acknowledged_at
    await uow.deliveries.supersede(about=alert_about(escalation, step))
    uow.audit.add("escalation.acknowledged", thing=reference, by=person, detail={"step": step.number})
    await tell_raiser(uow, escalation, "escalation.acknowledged", key=f"{reference}/{step.number}", until=until)
    return Notice("Thank you, you have this", (f"The answer to {reference} is due by {until}.",))


async def _late_for(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep | None, person: Person
) -> Notice:
    """Where things stand, for people who were told at some stage; anybody else learns nothing."""
    told = await uow.escalations.was_told(escalation, person.email)
    if not told and (step is None or not await may_act(uow, escalation, step, person)):
        return NOT_YOURS
    return await _late(uow, escalation, policy, step)


async def _late(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep | None
) -> Notice:
    calendar = await calendar_of(uow)
    if step is None or escalation.state not in OPEN:
        return Notice(f"{escalation.reference} is closed", ("Nothing is needed of you any more. Thank you.",))
    stage = policy.stage(step.stage).label
    when = local_moment(step.opened_at, calendar)
    return Notice("This has moved on", (f"{escalation.reference} went to stage {step.number}, {stage}, on {when}.",))


async def _response_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    escalation = await uow.escalations.by_reference(about.subject)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None:
        return NOT_FOUND
    if not await may_act(uow, escalation, step, about.person):
        return NOT_YOURS
    policy = await policy_version(uow, escalation.policy_version)
    if escalation.state not in OPEN:
        return await _late(uow, escalation, policy, step)
    return response_flow(reference=escalation.reference, stage=policy.stage(step.stage).label)


async def _respond(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    escalation = await uow.escalations.by_reference(about.subject, lock=True)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None:
        return NOT_FOUND
    if not await may_act(uow, escalation, step, about.person):
        return NOT_YOURS
    policy = await policy_version(uow, escalation.policy_version)
    final = policy.stage(step.stage).final
    try:
        change(escalation, Event.DECIDE if final else Event.RESPOND, uow, final=final)
    except NotPossibleNow:
        return await _late(uow, escalation, policy, step)
    step.acknowledged_at = step.acknowledged_at or uow.now
    step.acknowledged_by = step.acknowledged_by or about.person.id
    step.responded_at, step.responded_by = uow.now, about.person.id
    escalation.asked_raiser_at = None
    answer = next(choice.label for choice in RESPONSES if choice.value == ending.answers["response"])
    await uow.escalations.write(
        escalation, kind="answer", author_id=about.person.id, text=f"{answer}. {ending.answers['words']}"
    )
    await uow.deliveries.supersede(about=alert_about(escalation, step))
    uow.audit.add(
        "escalation.answered",
        thing=escalation.reference,
        by=about.person,
        detail={"step": step.number, "answer": str(ending.answers["response"])},
    )
    escalation.asked_raiser_at = uow.now
    key = f"{escalation.reference}/{step.number}"
    await tell_raiser(uow, escalation, "escalation.answered", key=key, answer=answer)
    if final:
        await tell_lead(uow, escalation, step, stage=policy.stage(step.stage).label)
    return Receipt("Your answer is sent", escalation.reference, ("The colleague who raised it reads it now.",))


async def _alert_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    reference, number = _step_of(about)
    escalation = await uow.escalations.by_reference(reference)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None:
        return ActPage(NOT_FOUND.title, NOT_FOUND.lines)
    policy = await policy_version(uow, escalation.policy_version)
    if step.number != number or escalation.state not in OPEN:
        late = await _late_for(uow, escalation, policy, step, person)
        return ActPage(late.title, late.lines)
    if not await may_act(uow, escalation, step, person):
        return ActPage(NOT_YOURS.title, NOT_YOURS.lines)
    calendar = await calendar_of(uow)
    rows = (
        ("Reference", reference),
        ("Stage", policy.stage(step.stage).label),
        ("Acknowledge by", local_moment(step.acknowledge_by, calendar)),
        ("Answer by", local_moment(step.answer_by, calendar)),
    )
    options = ALERT_OPTIONS if step.acknowledged_at is None else ()
    read = (*options, Option("read", "Read and answer", primary=not options))
    return ActPage("A colleague asks for your decision", (), rows, read)


async def _alert_act(uow: UnitOfWork, press: Press) -> Done:
    reference, number = _step_of(press.about)
    if press.choice == "acknowledge":
        return await acknowledge(uow, person=press.person, reference=reference, number=number)
    if press.choice == "answer":
        return Opens("escalation-response", reference)
    return Goes(f"/escalations/{reference}")


async def _raiser_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    reference, number = _step_of(about)
    escalation = await uow.escalations.by_reference(reference)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None or escalation.raised_by != person.id:
        return ActPage(NOT_FOUND.title, NOT_FOUND.lines)
    if escalation.state not in OPEN:
        return ActPage(f"{reference} is closed", ("Nothing more is needed of you.",))
    policy = await policy_version(uow, escalation.policy_version)
    rows = (("Reference", reference), ("Stage", policy.stage(escalation.stage).label))
    options = _raiser_options(escalation, step, policy, stale=step.number != number)
    return ActPage("What should happen now?", (), rows, options)


def _raiser_options(
    escalation: Escalation, step: EscalationStep, policy: EscalationPolicy, *, stale: bool
) -> tuple[Option, ...]:
    unusable: set[str] = set()
    if stale or next_stage(policy, escalation.stage) is None:
        unusable |= OF_ONE_STAGE
    if not _may_have_time(escalation, step, policy):
        unusable.add("give-time")
    if escalation.state == State.FINAL_DECISION:
        unusable.add("withdraw")
    return tuple(option for option in RAISER_OPTIONS if option.choice not in unusable)


def _may_have_time(escalation: Escalation, step: EscalationStep, policy: EscalationPolicy) -> bool:
    """Once for each stage that has another above it, and only to those who have not answered (E2)."""
    waiting = escalation.state in OPEN - {State.RESPONDED, State.FINAL_DECISION}
    return waiting and step.extended_until is None and next_stage(policy, escalation.stage) is not None


async def _raiser_act(uow: UnitOfWork, press: Press) -> Done:
    reference, number = _step_of(press.about)
    escalation = await uow.escalations.by_reference(reference, lock=True)
    if escalation is None or escalation.raised_by != press.person.id:
        return NOT_FOUND
    policy = await policy_version(uow, escalation.policy_version)
    step = await uow.escalations.step(escalation)
    if press.choice == "read" or step is None:
        return Goes(f"/escalations/{reference}")
    if press.choice in OF_ONE_STAGE and step.number != number:
        return await _late(uow, escalation, policy, step)
    try:
        return await _decide(uow, escalation, policy, step, press)
    except NotPossibleNow:
        return await _late(uow, escalation, policy, step)


async def _decide(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep, press: Press
) -> Notice:
    match press.choice:
        case "resolve":
            await close(uow, escalation, step, Event.RESOLVE, by=press.person)
            return Notice("Settled", (f"{escalation.reference} is closed as resolved. Thank you both.",))
        case "withdraw":
            await close(uow, escalation, step, Event.WITHDRAW, by=press.person)
            return Notice("Withdrawn", (f"{escalation.reference} is closed. Both sides are told.",))
        case "advance":
            await advance(uow, escalation, policy, step, by=press.person)
            return Notice(
                "It moves on", (f"{escalation.reference} is at the next stage now. People were told at once.",)
            )
        case "give-time" if escalation.state in OPEN and not _may_have_time(escalation, step, policy):
            return NO_MORE_TIME
        case "give-time" if escalation.state in OPEN:
            calendar = await calendar_of(uow)
            step.extended_until = extension_limit(uow.now, calendar)
            escalation.asked_raiser_at = None
            uow.audit.add("escalation.time-given", thing=escalation.reference, by=press.person)
            return Notice("More time given", (f"They have until {local_moment(step.extended_until, calendar)}.",))
        case _:
            return await _late(uow, escalation, policy, step)


async def advance(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep, *, by: Person | None
) -> None:
    """Moves to the next stage: one advance for each stage, whoever asks (E5). Raises NotPossibleNow at the last one."""
    stage = next_stage(policy, step.stage)
    if stage is None:
        raise NotPossibleNow("This is the last stage.")
    change(escalation, Event.ADVANCE, uow, final=False)
    step.ended_at, step.ended_as = uow.now, "advanced" if by is not None else "timed out"
    await uow.deliveries.supersede(about=alert_about(escalation, step))
    uow.audit.add("escalation.advanced", thing=escalation.reference, by=by, detail={"from": step.stage, "to": stage.id})
    opened = await open_stage(uow, escalation, policy, stage)
    until = local_moment(opened.answer_by, await calendar_of(uow))
    await tell_raiser(uow, escalation, "escalation.moved", key=f"{escalation.reference}/{opened.number}", until=until)


def _step_of(about: str) -> tuple[str, int]:
    reference, _, number = about.partition("/")
    return reference, number_in(number) or 0


RESPONSE_TALK = Talk(_response_flow, _respond)
ALERT_ACT = Act(_alert_page, _alert_act)
RAISER_ACT = Act(_raiser_page, _raiser_act)
