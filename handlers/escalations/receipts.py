"""What somebody reads who has just raised a disagreement: who is told, until when, and what to do if it gets worse.

It claims nothing that is not so yet: whether a channel takes the alert is known only after it was tried, and whether
somebody has it only when they say so. Where no channel takes messages and that is known already, it says that the alert
waits (law 4; settled.md, "Escalation clock").
"""

from collections.abc import Sequence

from bot import words
from bot.conversation.prompt import Receipt
from bot.rules.escalation_contacts import RUNGS, Place
from handlers.connections import lights
from handlers.partnership import calendar_of, partnership_of
from handlers.wording import local_moment
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.unit_of_work import UnitOfWork

TITLE = "Your disagreement is raised"
CHANNELS = {"mail": "E-mail", "slack": "Slack"}


async def receipt_of(uow: UnitOfWork, escalation: Escalation, step: EscalationStep) -> Receipt:
    """The receipt of an escalation whose first stage was just opened."""
    door = (await partnership_of(uow)).front_door
    if not uow.sending.live:
        practice = (
            f"{words.PRACTICE} Nobody on the other side was told. For a real concern ring {door.name} on {door.phone}, "
            f"or {words.EMERGENCY}."
        )
        return Receipt(TITLE, escalation.reference, (practice,), "escalation")
    calendar = await calendar_of(uow)
    contacts = [contact for contact in await uow.escalations.contacts(step) if contact.side == "other"]
    agency = await uow.people.agency(escalation.other_agency)
    name = escalation.other_agency if agency is None else agency.name
    waits, held_up = await _held_up(uow)
    lines = (
        f"Thank you for speaking up. {_who_is_told(contacts, name, waits=waits)}",
        *await _about_the_named(uow, escalation, contacts),
        *held_up,
        f"They have until {local_moment(step.acknowledge_by, calendar)} to say that they have it, "
        f"and until {local_moment(step.answer_by, calendar)} to answer. If they do not, it moves on by itself. "
        "You hear of every step. Whether the alert has left, and who has it, you see at any time where it stands.",
        f"If things get worse, do not wait: ring {words.EMERGENCY}, or {door.name} on {door.phone}.",
    )
    return Receipt(TITLE, escalation.reference, lines, "escalation")


def _who_is_told(contacts: Sequence[EscalationContact], agency: str, *, waits: bool) -> str:
    """To whom an alert is on its way, or `waits`; the alert is in the outbox, and nobody has tried to hand it over."""
    told = [contact for contact in contacts if contact.alerted_at is not None]
    if not told:
        return (
            f"Herald knows nobody at {agency} whom it can tell, and nobody of the operations team. Ring {agency} "
            "yourself, please."
        )
    rung = min(contact.rung for contact in told)
    if rung == RUNGS[Place.OPERATIONS_TEAM]:
        return (
            f"Nobody at {agency} can be reached just now, so {_telling('the operations team', waits=waits)}; they pass "
            "it on. The alert holds the reference, not your words."
        )
    if rung == RUNGS[Place.ROLE_MAILBOX]:
        whom = f"the safeguarding mailbox of {agency}"
    else:
        whom = f"one person at {agency}" if len(told) == 1 else f"{len(told)} people at {agency}"
    said = _telling(whom, waits=waits)
    return f"{said[0].upper()}{said[1:]}. The alert holds the reference, not your words."


def _telling(whom: str, *, waits: bool) -> str:
    return f"an alert to {whom} waits to leave" if waits else f"we are telling {whom} now"


async def _about_the_named(
    uow: UnitOfWork, escalation: Escalation, contacts: Sequence[EscalationContact]
) -> tuple[str, ...]:
    """That somebody else is told than whom the raiser named, and why; nothing of whom Herald knows elsewhere."""
    if escalation.counterpart is None:
        return ()
    person = await uow.people.by_email(escalation.counterpart)
    if person is None or person.agency_id != escalation.other_agency:
        return ("Herald does not know whom you named at that agency, so it tells those who are responsible there.",)
    passed_over = {contact.address: contact.skipped_because for contact in contacts}.get(person.email)
    return (f"Whom you named {passed_over}, so we are telling somebody else.",) if passed_over else ()


async def _held_up(uow: UnitOfWork) -> tuple[bool, tuple[str, ...]]:
    """Whether the alert waits and why, where one knows it already; an outage is known once a few tries have failed."""
    waits = "It is kept, its clock runs, and the alert leaves by itself as soon as it can."
    if await uow.switches.sending_paused():
        return True, (f"The operations team has paused all sending just now. {waits} If it cannot wait, ring them.",)
    shut = [CHANNELS[way.name] for way in await lights(uow) if not way.up and way.name in CHANNELS]
    if len(shut) == len(CHANNELS):
        return True, (
            f"Neither e-mail nor Slack takes messages just now. {waits} If it cannot wait, ring them yourself.",
        )
    return False, tuple(
        f"{channel} takes no messages just now; the alert is tried by the other way first." for channel in shut
    )
