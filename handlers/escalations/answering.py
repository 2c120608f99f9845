"""What the other side does: take it on, answer, ask to think it over together, hand it to a colleague."""

from bot.conversation.prompt import Notice, Receipt
from bot.flows.escalation_answers import RESPONSES
from bot.rules.escalation_access import Side, may_acknowledge, may_answer, may_read
from bot.rules.escalation_contacts import RUNGS, Because, Place
from bot.rules.escalation_states import Event, NotPossibleNow, State
from handlers.escalations.cases import Case, case_for
from handlers.escalations.merging import take_back
from handlers.escalations.presence import why_not_here
from handlers.escalations.reminding import ask_again
from handlers.escalations.replies import NOT_FOUND, NOT_YOURS, late
from handlers.escalations.stages import HANDED, alert, change, told_in
from handlers.escalations.standing import speakers_of, standing_of
from handlers.escalations.telling import about_step, news_of, people_of, tell_all, tell_lead, tell_raiser
from handlers.partnership import calendar_of
from handlers.people_present import today_of
from handlers.wording import local_moment
from storage.tables.escalations import Escalation, EscalationContact
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

ASKING = ("escalation.alert", "escalation.reminder")
"""What is not true any more once somebody has taken it on."""


async def acknowledge(uow: UnitOfWork, *, person: Person, reference: str, number: int | None = None) -> Notice:
    """Records that somebody has taken this on. It stops the reminders, never the response clock (E1)."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None:
        return NOT_FOUND
    if (number is not None and case.step.number != number) or not case.is_open:
        return await late_for(uow, case, person)
    if not may_acknowledge(case.standing):
        uow.audit.add("escalation.acknowledge-refused", thing=reference, by=person, detail={"step": case.step.number})
        return NOT_YOURS
    until = local_moment(case.step.answer_by, await calendar_of(uow))
    if case.escalation.state != State.AWAITING_ACK:
        mine = case.step.acknowledged_by == person.id
        return await _what_next(uow, case, person, "You have this" if mine else "A colleague has this", until=until)
    await _take_on(uow, case, person)
    key = f"{about_step(case.escalation, case.step)}:{uow.now.isoformat()}"
    await tell_raiser(uow, case.escalation, "escalation.acknowledged", key=key, until=until)
    return await _what_next(uow, case, person, "Thank you, you have this", until=until)


async def _what_next(uow: UnitOfWork, case: Case, person: Person, title: str, *, until: str) -> Notice:
    """What somebody reads who has said that they have it: until when, and where they read and answer it."""
    reference = case.escalation.reference
    due = f"The answer to {reference} is due by {until}."
    if may_read(await standing_of(uow, case.escalation, person)):
        then, label = "Next, read what your colleague wrote, and answer it, on its page.", "Read it and answer"
    else:
        then = "Next, hand it to a colleague of the agency that is asked. What was written is shown to them alone."
        label = "See where it stands, and hand it on"
    return Notice(title, (due, then), leads=((f"/escalations/{reference}", label),))


async def _take_on(uow: UnitOfWork, case: Case, person: Person) -> None:
    """It is theirs from now on; whoever came by the mailbox becomes a contact by that, and may read (E4)."""
    escalation, step = case.escalation, case.step
    step.acknowledged_at, step.acknowledged_by = step.acknowledged_at or uow.now, person.id
    change(escalation, Event.ACKNOWLEDGE, uow, final=case.stage.final)
    contact = await _contact_of(uow, case, person)
    if contact is None:
        contact = _contact(case, person, because=Because.TOOK_ON)
        await uow.escalations.add_contacts([contact])
    if contact.alerted_at is None:  # told by nobody: they came by the mailbox, or lead escalations
        contact.because, contact.rung = Because.TOOK_ON.value, _rung_of(case, person)
        contact.alerted_at = uow.now
    contact.acknowledge_by = contact.acknowledge_by or step.acknowledge_by
    contact.acknowledged_at, contact.skipped_because = uow.now, None
    await take_back(uow, about=about_step(escalation, step), kinds=ASKING)
    uow.audit.add("escalation.acknowledged", thing=escalation.reference, by=person, detail={"step": step.number})


async def _contact_of(uow: UnitOfWork, case: Case, person: Person) -> EscalationContact | None:
    contacts = await uow.escalations.contacts(case.step)
    return next((each for each in contacts if each.side == Side.OTHER and each.address == person.email), None)


def _contact(case: Case, person: Person, *, because: Because) -> EscalationContact:
    return EscalationContact(
        step_id=case.step.id,
        person_id=person.id,
        address=person.email,
        side=Side.OTHER.value,
        rung=_rung_of(case, person),
        because=because.value,
    )


def _rung_of(case: Case, person: Person) -> int:
    """In the agency that is asked they are one of its people; from elsewhere they come as those who watch."""
    theirs = person.agency_id == case.escalation.other_agency
    return RUNGS[Place.PERSON if theirs else Place.OPERATIONS_TEAM]


async def respond(uow: UnitOfWork, *, person: Person, reference: str, response: str, words: str) -> Receipt | Notice:
    """Answers at this stage; at the last one that is the final decision. The words are sealed."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None:
        return NOT_FOUND
    if not may_answer(case.standing):
        return NOT_YOURS
    escalation, step = case.escalation, case.step
    try:
        change(escalation, Event.DECIDE if case.stage.final else Event.RESPOND, uow, final=case.stage.final)
    except NotPossibleNow:
        return await late_for(uow, case, person)
    step.acknowledged_at = step.acknowledged_at or uow.now
    step.acknowledged_by = step.acknowledged_by or person.id
    step.responded_at, step.responded_by = uow.now, person.id
    answer = next(choice.label for choice in RESPONSES if choice.value == response)
    await uow.escalations.write(
        escalation, kind="answer", author_id=person.id, text=f"{answer}. {words}", step=step.number
    )
    await take_back(uow, about=about_step(escalation, step))
    detail = {"step": step.number, "answer": response}
    uow.audit.add("escalation.answered", thing=reference, by=person, detail=detail)
    escalation.asked_raiser_at = uow.now
    await tell_raiser(uow, escalation, "escalation.answered", key=f"{about_step(escalation, step)}", answer=answer)
    if case.stage.final:
        await tell_lead(uow, escalation, step, stage=case.stage.label)
    return Receipt(
        "Your answer is sent", reference, ("We are telling the colleague who raised it that there is an answer.",)
    )


async def rethink(uow: UnitOfWork, *, person: Person, reference: str, number: int | None = None) -> Notice:
    """Proposes that both sides think it over together before the answer. The clock runs on."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None:
        return NOT_FOUND
    if (number is not None and case.step.number != number) or not case.is_open:
        return await late_for(uow, case, person)
    if not may_answer(case.standing):
        return NOT_YOURS
    until = local_moment(case.step.answer_by, await calendar_of(uow))
    if case.escalation.state == State.RETHINK:
        return Notice("It is being thought over", (f"The answer is due by {until} all the same.",))
    if case.escalation.state == State.AWAITING_ACK:
        await _take_on(uow, case, person)
    try:
        change(case.escalation, Event.RETHINK, uow, final=case.stage.final)
    except NotPossibleNow:
        return await late_for(uow, case, person)
    uow.audit.add("escalation.rethink", thing=reference, by=person, detail={"step": case.step.number})
    key = about_step(case.escalation, case.step)
    await tell_raiser(uow, case.escalation, "escalation.rethink", key=key, until=until)
    told = await speakers_of(uow, case.escalation)
    beside = await people_of(uow, await uow.escalations.contacts(case.step), Side.OWN)
    message = news_of(case.escalation, "escalation.rethink", key=key, step=case.step.number, until=until)
    await tell_all(uow, case.escalation, [person for person in beside if person not in told], message)
    return Notice("Thank you", (f"The other side hears that you would like to talk. The answer is due by {until}.",))


async def hand_on(uow: UnitOfWork, *, person: Person, reference: str, to: Person) -> Notice:
    """Hands the matter to a colleague, who is alerted and becomes a contact; it waits for their acknowledgement.

    The operations team behind a ladder may do this without reading: they have to find somebody who may.
    """
    case = await case_for(uow, person, reference, lock=True)
    if case is None:
        return NOT_FOUND
    if not may_acknowledge(case.standing):
        return NOT_YOURS
    if case.escalation.state not in (State.AWAITING_ACK, State.ACKNOWLEDGED, State.RETHINK):
        return await late_for(uow, case, person)
    if not await _may_be_handed(uow, case, to, by=person):
        line = "Choose a colleague of the agency that is asked, who is here and does not speak for the raiser's side."
        return Notice("They cannot take it on", (line,))
    has_it = case.step.acknowledged_by
    if has_it == to.id:
        return Notice("They have it already", (f"{to.name} has taken this on.",))
    if has_it not in (None, person.id) and not case.standing.lead:
        return Notice("A colleague has this", ("Only they, or the escalation lead, can hand it on.",))
    contact = await _contact_of(uow, case, to)
    if case.escalation.state != State.AWAITING_ACK:
        case.step.acknowledged_by = None
        change(case.escalation, Event.LAPSE, uow, final=case.stage.final)
    if contact is None:
        contact = _contact(case, to, because=Because.DELEGATED)
        await uow.escalations.add_contacts([contact])
    for each in told_in(await uow.escalations.contacts(case.step)):  # from now on nobody else is waited for
        each.acknowledge_by = min(each.acknowledge_by or uow.now, uow.now)
    contact.because, contact.delegated_by, contact.rung = Because.DELEGATED.value, person.id, RUNGS[Place.PERSON]
    detail = {"to": to.id, "step": case.step.number}
    uow.audit.add("escalation.handed-on", thing=reference, by=person, detail=detail)
    if contact.alerted_at is None:
        await alert(uow, case.escalation, case.policy, case.step, [contact], why=HANDED)
    else:  # they have the alert of this step already
        key = f"{about_step(case.escalation, case.step)}:{uow.now.isoformat()}"
        await ask_again(uow, case.escalation, case.policy, case.step, contact, key=key, why=HANDED)
    return Notice("Handed on", (f"We are telling {to.name} now. If they do not take it on in time, others are asked.",))


async def _may_be_handed(uow: UnitOfWork, case: Case, to: Person, *, by: Person) -> bool:
    """Somebody of the agency that is asked, or of the hander's own where that is a third one, and there."""
    escalation: Escalation = case.escalation
    standing = await standing_of(uow, escalation, to)
    agencies = {escalation.other_agency}
    if case.standing.assigned and by.agency_id not in (None, escalation.raising_agency):
        agencies.add(str(by.agency_id))
    here = why_not_here(to, today=await today_of(uow)) is None
    return here and to.id != by.id and to.agency_id in agencies and not (standing.raiser or standing.of_the_raiser)


async def late_for(uow: UnitOfWork, case: Case, person: Person) -> Notice:
    """Where things stand, for people who were told at some stage; anybody else learns nothing."""
    told = await uow.escalations.told_as(case.escalation, person.id)
    known = told and case.standing.present
    return await late(uow, case) if known or may_acknowledge(case.standing) else NOT_YOURS
