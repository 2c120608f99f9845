"""How a person stands to an escalation, worked out from the rows at the moment it is asked. Every door asks here.

What somebody may do then is `bot/rules/escalation_access.py`. They are asked for anew each time: somebody may have
left, or changed agency, between the door that let them in and this moment.
"""

from bot.rules.escalation_access import Side, Standing
from bot.rules.escalation_contacts import PLACES, RUNGS, Place
from handlers.escalations.presence import belongs
from handlers.people_present import has_left
from storage.tables.escalations import Escalation, EscalationContact
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def standing_of(uow: UnitOfWork, escalation: Escalation, person: Person) -> Standing:
    """How this person stands to it now. For somebody who has left, or was erased, nothing but `present=False`."""
    here = await uow.people.get(person.id)
    if here is None or await has_left(uow, here):
        return Standing(present=False)
    step = await uow.escalations.step(escalation)
    number = 0 if step is None else step.number
    told = [
        (contact, at)
        for contact, at in await uow.escalations.told_as(escalation, here.id)
        if await _still(uow, escalation, contact, here)
    ]
    own = any(contact.side == Side.OWN for contact, _ in told)
    rungs = [contact.rung for contact, _ in told]
    holder = await holder_of(uow, escalation)
    return Standing(
        raiser=escalation.raised_by == here.id,
        holder=holder is not None and holder.id == here.id,
        lead="escalation-lead" in here.roles,
        side=None if not told else Side.OWN if own else Side.OTHER,
        place=PLACES[min(rungs)] if rungs else None,
        now=any(at == number for _, at in told),
        colleague=await _mailbox_was_told(uow, escalation, here),
    )


async def holder_of(uow: UnitOfWork, escalation: Escalation) -> Person | None:
    """Who speaks for the raiser's side now; None when nobody of theirs is left.

    The latest who took over, else the raiser; when they are gone, their manager at this stage, else their line manager.
    """
    speaker = await speaker_of(uow, escalation)
    if speaker is not None and await _of_the_agency(uow, escalation, speaker):
        return speaker
    step = await uow.escalations.step(escalation)
    for contact in () if step is None else await uow.escalations.contacts(step):
        if contact.side == Side.OWN and contact.person_id is not None and contact.alerted_at is not None:
            manager = await uow.people.get(contact.person_id)
            if manager is not None and await _of_the_agency(uow, escalation, manager):
                return manager
    return await _manager_of(uow, escalation, speaker)


async def speaker_of(uow: UnitOfWork, escalation: Escalation) -> Person | None:
    """Whose matter it is on the raiser's side, whether or not they are still there; None when they were erased."""
    latest = await uow.escalations.holder(escalation)
    number = escalation.raised_by if latest is None else latest.person_id
    return None if number is None else await uow.people.get(number)


async def _manager_of(uow: UnitOfWork, escalation: Escalation, person: Person | None) -> Person | None:
    address = None if person is None else person.manager_email
    manager = None if address is None else await uow.people.by_email(address)
    return manager if manager is not None and await _of_the_agency(uow, escalation, manager) else None


async def _of_the_agency(uow: UnitOfWork, escalation: Escalation, person: Person) -> bool:
    return (person.agency_id or "") == escalation.raising_agency and not await has_left(uow, person)


async def _still(uow: UnitOfWork, escalation: Escalation, contact: EscalationContact, person: Person) -> bool:
    """Whether somebody still is what they were told as; who stands in for a third agency is looked up beside it."""
    if belongs(escalation, contact, person):
        return True
    beside = [other.person_id for other in await uow.escalations.beside(contact) if other.person_id is not None]
    return belongs(escalation, contact, person, list((await uow.people.by_ids(beside)).values()))


async def _mailbox_was_told(uow: UnitOfWork, escalation: Escalation, person: Person) -> bool:
    if person.agency_id != escalation.other_agency:
        return False
    agency = await uow.people.agency(escalation.other_agency)
    step = await uow.escalations.step(escalation)
    if agency is None or step is None:
        return False
    return any(
        contact.rung == RUNGS[Place.ROLE_MAILBOX]
        and contact.address == agency.role_mailbox
        and contact.alerted_at is not None
        for contact in await uow.escalations.contacts(step)
    )
