"""Every message about an escalation goes through `tell`: alerts, news for both sides, and word for those who watch."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.rules.escalation_access import Side
from handlers.escalations.merging import merge_unsent
from handlers.escalations.presence import WATCHING, why_not_here
from handlers.escalations.standing import speakers_of
from handlers.partnership import calendar_of
from handlers.people_present import has_left, today_of
from handlers.policies import policy_version
from storage.deliveries import Message
from storage.tables.deliveries import Channel, Lane
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

BOTH = (Channel.SLACK, Channel.EMAIL)


async def tell(uow: UnitOfWork, escalation: Escalation, to: Person | str, message: Message) -> None:
    """Tells a person over both channels, or a mailbox by e-mail, in the transaction of what is told.

    What still waits for the same reader becomes one message with it (`merging`). What was raised in practice is told
    to nobody once Herald is live.
    """
    if escalation.practice and uow.sending.live:
        return
    if escalation.practice:  # it may still wait when Herald goes live
        message = replace(message, facts={**message.facts, "practice": True})
    if isinstance(to, str):
        await uow.deliveries.tell_address(to, message)
    else:
        await uow.deliveries.tell(to, message, channels=BOTH)
    await merge_unsent(uow, reference=escalation.reference)


async def tell_all(
    uow: UnitOfWork, escalation: Escalation, people: Iterable[Person], message: Message, *, but: Person | None = None
) -> None:
    """Tells each of them once, who is still here; `but` not whoever did it."""
    seen = {0 if but is None else but.id}
    for person in people:
        if person.id not in seen and not await has_left(uow, person):
            seen.add(person.id)
            await tell(uow, escalation, person, message)


def about_step(escalation: Escalation, step: EscalationStep) -> str:
    """What a button carries: the reference and the step, so that a late press is told where things stand."""
    return f"{escalation.reference}/{step.number}"


def news_of(escalation: Escalation, kind: str, *, key: str, about: str = "", **facts: str | int | bool) -> Message:
    """A message about an escalation: its reference and where it stands, nothing of what was written."""
    return Message(
        kind=kind,
        ledger_key=f"{kind}:{key}",
        lane=Lane.ALERT,
        about=about or escalation.reference,
        facts={"reference": escalation.reference, **facts},
    )


async def those_who_watch(uow: UnitOfWork) -> Sequence[Person]:
    """The people of the operations team who are told when nobody else is left."""
    for role in WATCHING:
        found = [person for person in await uow.people.with_role(role) if not await has_left(uow, person)]
        if found:
            return found
    return ()


async def those_behind_the_ladder(uow: UnitOfWork) -> Sequence[Person]:
    """The same as the last rung of a ladder: where all of a role are away, the next role stands behind it too."""
    today, found = await today_of(uow), list[Person]()
    for role in WATCHING:
        found += [person for person in await uow.people.with_role(role) if person not in found]
        if any(why_not_here(person, today=today) is None for person in found):
            break
    return [person for person in found if not await has_left(uow, person)]


async def people_of(uow: UnitOfWork, contacts: Iterable[EscalationContact], side: Side) -> list[Person]:
    """The people on one side who were told, in the order in which they were put on the ladder."""
    ids = [each.person_id for each in contacts if each.side == side and each.alerted_at is not None]
    found = await uow.people.by_ids([number for number in ids if number is not None])
    return [found[number] for number in ids if number is not None and number in found]


async def raiser_of(uow: UnitOfWork, escalation: Escalation) -> Person | None:
    """Who raised it; None when they have been erased."""
    return None if escalation.raised_by is None else await uow.people.get(escalation.raised_by)


async def tell_raiser(
    uow: UnitOfWork, escalation: Escalation, kind: str, *, key: str, until: str = "", **facts: str | bool
) -> None:
    """Tells whoever speaks for the raiser's side where things stand; those who watch, when nobody of theirs is left."""
    speakers = await speakers_of(uow, escalation)
    stage = (await policy_version(uow, escalation.policy_version)).stage(escalation.stage)
    step = await uow.escalations.step(escalation)
    number = 0 if step is None else step.number
    about = escalation.reference
    message = news_of(
        escalation, kind, key=key, about=about, step=number, stage=stage.label, final=stage.final, until=until, **facts
    )
    for person in speakers or await those_who_watch(uow):
        await tell(uow, escalation, person, message)


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
        await tell(uow, escalation, lead, message)
    uow.audit.add("escalation.lead-told", thing=escalation.reference, detail={"step": step.number})


async def tell_everybody(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, *, closed_by: Person) -> None:
    """Tells the raiser's side, and everybody who was told at any stage, that nothing more is needed."""
    key, ended = f"{escalation.reference}:{step.number}", {"as": escalation.state}
    raiser = await raiser_of(uow, escalation)
    told = [each.person_id for each in await uow.escalations.told(escalation) if each.person_id is not None]
    by_id = await uow.people.by_ids(told)
    own = [person for person in (*await speakers_of(uow, escalation), raiser) if person is not None]
    people = [*own, *(by_id[number] for number in told if number in by_id)]
    await tell_all(uow, escalation, people, news_of(escalation, "escalation.closed", key=key, **ended), but=closed_by)
