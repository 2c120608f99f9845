"""Who is told what of an escalation besides the alerts: its raiser, those who watch, and everybody at its end."""

from collections.abc import Sequence

from handlers.partnership import calendar_of
from handlers.people_present import has_left
from handlers.policies import policy_version
from storage.deliveries import Message
from storage.tables.deliveries import Channel, Lane
from storage.tables.escalations import Escalation, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

BOTH = (Channel.SLACK, Channel.EMAIL)
WATCHING = ("escalation-lead", "coordinator", "admin")
"""Who stands behind every ladder: the escalation leads; where there is none, the next role that somebody holds."""


async def those_who_watch(uow: UnitOfWork) -> Sequence[Person]:
    """The people of the operations team who are told when nobody else is left."""
    for role in WATCHING:
        found = [person for person in await uow.people.with_role(role) if not await has_left(uow, person)]
        if found:
            return found
    return ()


async def raiser_of(uow: UnitOfWork, escalation: Escalation) -> Person | None:
    """Who raised it; None when they have been erased."""
    return None if escalation.raised_by is None else await uow.people.get(escalation.raised_by)


def news_of(escalation: Escalation, kind: str, *, key: str, **facts: str | int) -> Message:
    """A message about an escalation: its reference and where it stands, nothing of what was written."""
    return Message(
        kind=kind,
        ledger_key=f"{kind}:{key}",
        lane=Lane.ALERT,
        about=escalation.reference,
        facts={"reference": escalation.reference, **facts},
    )


async def tell_raiser(
    uow: UnitOfWork, escalation: Escalation, kind: str, *, key: str, until: str = "", **facts: str
) -> None:
    """Tells the raiser where things stand, over both channels."""
    raiser = await raiser_of(uow, escalation)
    if raiser is None or await has_left(uow, raiser):
        return
    stage = (await policy_version(uow, escalation.policy_version)).stage(escalation.stage)
    step = await uow.escalations.step(escalation)
    number = 0 if step is None else step.number
    message = news_of(
        escalation, kind, key=key, step=number, stage=stage.label, final=stage.final, until=until, **facts
    )
    await uow.deliveries.tell(raiser, message, channels=BOTH)


async def tell_lead(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, *, stage: str) -> None:
    """Tells those who watch that this waits for them: once a working day for the silence, once for a decision."""
    calendar = await calendar_of(uow)
    today = calendar.local(uow.now).date()
    escalation.lead_told_at = uow.now
    message = news_of(
        escalation,
        "escalation.stuck",
        key=f"{escalation.reference}:{today.isoformat()}:{escalation.state}",
        stage=stage,
        state=escalation.state,
        since=calendar.local(escalation.state_since).isoformat(),
    )
    for lead in await those_who_watch(uow):
        await uow.deliveries.tell(lead, message, channels=BOTH)
    uow.audit.add("escalation.lead-told", thing=escalation.reference, detail={"step": step.number})


async def tell_everybody(uow: UnitOfWork, escalation: Escalation, *, closed_by: Person) -> None:
    """Tells the raiser, and everybody who was told at any stage, that nothing more is needed."""
    key, ended = escalation.reference, {"as": escalation.state}
    if escalation.raised_by != closed_by.id:
        await tell_raiser(uow, escalation, "escalation.closed", key=key, **ended)
    message = news_of(escalation, "escalation.closed", key=key, **ended)
    told = {contact.person_id for contact in await uow.escalations.told(escalation)}
    for person in (await uow.people.by_ids(found for found in told if found is not None)).values():
        if person.id not in (closed_by.id, escalation.raised_by) and not await has_left(uow, person):
            await uow.deliveries.tell(person, message)
