"""Opening a stage: its clocks, the ladder of people on the other side, and telling them at once."""

from datetime import datetime
from itertools import groupby

from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_contacts import Contact, Place, ladder_of_contacts
from bot.rules.escalation_policy import EscalationPolicy, Stage, Urgency, Who, clock_for, contact_clock
from bot.rules.escalation_states import Event, State, after
from handlers.escalations.telling import BOTH, news_of, raiser_of, those_who_watch
from handlers.partnership import calendar_of
from handlers.people_present import has_left
from storage.deliveries import Message
from storage.tables.deliveries import Lane
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

RUNGS = {Place.PERSON: 0, Place.DEPUTY: 1, Place.ROLE_MAILBOX: 2, Place.OPERATIONS_TEAM: 3}
ROLE_OF = {Who.PRACTITIONER: "manager", Who.MANAGER: "manager", Who.EXECUTIVE: "executive"}


def change(escalation: Escalation, event: Event, uow: UnitOfWork, *, final: bool) -> None:
    """Takes the escalation to the state that follows. Raises NotPossibleNow for a late or impossible step."""
    escalation.state = after(State(escalation.state), event, final_stage=final).value
    escalation.state_since = uow.now


async def open_stage(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, stage: Stage) -> EscalationStep:
    """Starts a stage: clocks, ladder, the first alerts, all in this transaction."""
    calendar = await calendar_of(uow)
    clock = clock_for(stage, Urgency(escalation.urgency), uow.now, calendar)
    before = await uow.escalations.step(escalation)
    step = await uow.escalations.open_step(
        escalation,
        EscalationStep(
            number=1 if before is None else before.number + 1,
            stage=stage.id,
            opened_at=uow.now,
            acknowledge_by=clock.acknowledge_by,
            respond_by=clock.respond_by,
        ),
    )
    escalation.stage = stage.id
    escalation.asked_raiser_at = escalation.lead_told_at = None
    await uow.escalations.add_contacts(await _ladder(uow, escalation, stage, step, calendar))
    await tell_next(uow, escalation, policy, step)
    await _inform_own_side(uow, escalation, policy, step)
    uow.audit.add(
        "escalation.stage-opened", thing=escalation.reference, detail={"stage": stage.id, "step": step.number}
    )
    return step


async def tell_next(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> int:
    """Alerts everybody on the next rung that has not been told; returns how many were told.

    A rung on which nobody can be reached any more is passed over at once: its time is not waited out (E4).
    """
    told: list[EscalationContact] = []
    for _, rung in groupby(await _waiting(uow, step), key=lambda contact: contact.rung):
        told = [contact for contact in rung if await _reachable(uow, escalation, contact)]
        if told:
            break
    if not told:
        return 0
    urgency, calendar = Urgency(escalation.urgency), await calendar_of(uow)
    until = contact_clock(policy.stage(step.stage), urgency, uow.now, step.answer_by, calendar)
    for contact in told:
        contact.alerted_at, contact.acknowledge_by = uow.now, until
        await _alert(uow, escalation, policy, step, contact)
    uow.audit.add(
        "escalation.alerted",
        thing=escalation.reference,
        detail={"step": step.number, "rung": told[0].rung, "people": [contact.person_id for contact in told]},
    )
    return len(told)


async def acknowledge_by(uow: UnitOfWork, step: EscalationStep) -> datetime:
    """Until when those who were told last have to acknowledge."""
    told = [contact.acknowledge_by for contact in await uow.escalations.contacts(step) if contact.side == "other"]
    return max((until for until in told if until is not None), default=step.acknowledge_by)


async def contacts_left(uow: UnitOfWork, step: EscalationStep) -> bool:
    """Whether somebody on the ladder was not told yet."""
    return bool(await _waiting(uow, step))


async def _waiting(uow: UnitOfWork, step: EscalationStep) -> list[EscalationContact]:
    """The rest of the ladder, the next rung first."""
    return [
        contact
        for contact in await uow.escalations.contacts(step)
        if contact.side == "other" and contact.alerted_at is None and contact.skipped_because is None
    ]


async def _reachable(uow: UnitOfWork, escalation: Escalation, contact: EscalationContact) -> bool:
    """Whether a contact can still be told now; if not, the reason is kept on the ladder."""
    person = None if contact.person_id is None else await uow.people.get(contact.person_id)
    agency = await uow.people.agency(escalation.other_agency)
    if person is None:
        mailbox = agency is not None and contact.address == agency.role_mailbox
        contact.skipped_because = None if mailbox else "is not in the register any more"
    else:
        today = (await calendar_of(uow)).local(uow.now).date()
        away = person.away_until is not None and person.away_until >= today
        contact.skipped_because = "has left" if await has_left(uow, person) else "is away" if away else None
    return contact.skipped_because is None


def alert_about(escalation: Escalation, step: EscalationStep) -> str:
    """What an alert's button carries: the reference and the step, so that a late press is told where things stand."""
    return f"{escalation.reference}/{step.number}"


async def _alert(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep, contact: EscalationContact
) -> None:
    calendar = await calendar_of(uow)
    other = await uow.people.agency(escalation.raising_agency)
    message = Message(
        kind="escalation.alert",
        ledger_key=f"escalation.alert:{alert_about(escalation, step)}",
        lane=Lane.ALERT,
        about=alert_about(escalation, step),
        facts={
            "reference": escalation.reference,
            "step": step.number,
            "stage": policy.stage(step.stage).label,
            "stage_number": policy.number(step.stage),
            "urgent": escalation.urgency == Urgency.URGENT,
            "agency": escalation.raising_agency if other is None else other.name,
            "acknowledge_by": calendar.local(contact.acknowledge_by or step.acknowledge_by).isoformat(),
            "respond_by": calendar.local(step.answer_by).isoformat(),
            "mailbox": contact.person_id is None,
        },
    )
    person = None if contact.person_id is None else await uow.people.get(contact.person_id)
    if person is None:
        await uow.deliveries.tell_address(contact.address, message)
    else:
        await uow.deliveries.tell(person, message, channels=BOTH)


async def _inform_own_side(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep
) -> None:
    """The raiser's own line manager hears of every stage above the first, without being asked for anything."""
    raiser = await raiser_of(uow, escalation)
    if raiser is None or raiser.manager_email is None or policy.stage(step.stage).who is Who.PRACTITIONER:
        return
    manager = await uow.people.by_email(raiser.manager_email)
    if manager is None or await has_left(uow, manager):
        return
    calendar = await calendar_of(uow)
    message = news_of(
        escalation,
        "escalation.own-side",
        key=alert_about(escalation, step),
        stage=policy.stage(step.stage).label,
        respond_by=calendar.local(step.answer_by).isoformat(),
    )
    await uow.deliveries.tell(manager, message, channels=BOTH)


async def _ladder(
    uow: UnitOfWork, escalation: Escalation, stage: Stage, step: EscalationStep, calendar: WorkingCalendar
) -> list[EscalationContact]:
    people = await _candidates(uow, escalation, stage)
    today = calendar.local(uow.now).date()
    contacts: list[Contact] = []
    for person, place in people:
        away = person.away_until is not None and person.away_until >= today
        left = await has_left(uow, person)
        contacts.append(Contact(key=person.email, place=place, ways=("email",), away=away, left=left))
    agency = await uow.people.agency(escalation.other_agency)
    if agency is not None and agency.role_mailbox:
        contacts.append(Contact(key=agency.role_mailbox, place=Place.ROLE_MAILBOX, ways=("email",)))
    raiser = await raiser_of(uow, escalation)
    ladder = ladder_of_contacts(contacts, raised_by="" if raiser is None else raiser.email)
    by_email = {person.email: person for person, _ in people}
    rows = [_row(step, contact, by_email.get(contact.key), rung=RUNGS[contact.place]) for contact in ladder.reachable]
    known = {row.address for row in rows}
    for skipped in ladder.skipped:
        if skipped.contact.key not in known:
            row = _row(step, skipped.contact, by_email.get(skipped.contact.key), rung=RUNGS[skipped.contact.place])
            row.skipped_because = skipped.reason
            rows.append(row)
            known.add(row.address)
    if ladder.nobody_reached:
        uow.audit.add("escalation.nobody-reached", thing=escalation.reference, detail={"step": step.number})
    return rows


async def _candidates(uow: UnitOfWork, escalation: Escalation, stage: Stage) -> list[tuple[Person, Place]]:
    """Whom a stage can reach: first those it is meant for, then their deputies, last the operations team."""
    meant = await _meant(uow, escalation, stage)
    found = [(person, Place.PERSON) for person in meant]
    for person in meant:
        deputy = None if person.deputy_email is None else await uow.people.by_email(person.deputy_email)
        if deputy is not None:
            found.append((deputy, Place.DEPUTY))
    found += [(person, Place.OPERATIONS_TEAM) for person in await those_who_watch(uow)]
    return found


async def _meant(uow: UnitOfWork, escalation: Escalation, stage: Stage) -> list[Person]:
    counterpart = None if escalation.counterpart is None else await uow.people.by_email(escalation.counterpart)
    if counterpart is not None and counterpart.agency_id == escalation.other_agency:
        if stage.who is Who.PRACTITIONER:
            return [counterpart]
        if stage.who is Who.MANAGER and counterpart.manager_email is not None:
            manager = await uow.people.by_email(counterpart.manager_email)
            if manager is not None:
                return [manager]
    if stage.who is Who.EXECUTIVE:
        own = await uow.people.with_role("executive", agency_id=escalation.other_agency)
        return own or await uow.people.with_role("executive")
    return await uow.people.with_role(ROLE_OF[stage.who], agency_id=escalation.other_agency)


def _row(step: EscalationStep, contact: Contact, person: Person | None, *, rung: int) -> EscalationContact:
    return EscalationContact(
        step_id=step.id,
        person_id=None if person is None else person.id,
        address=contact.key,
        side="other",
        rung=rung,
    )
