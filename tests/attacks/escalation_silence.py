"""What must be so at every moment of every escalation: nobody is left in silence, nobody is told twice, nothing changes
its version. For `test_never_silent`."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.rules.escalation_access import Side
from bot.rules.escalation_contacts import Because
from bot.rules.escalation_states import OPEN, State
from handlers.escalations.clock import due_now, what_is_next
from handlers.escalations.merging import EARLIER
from handlers.escalations.presence import presence_of
from handlers.escalations.reaching import reaches_nobody
from handlers.policies import policy_version
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.unit_of_work import UnitOfWork

Reader = int | str
"""A person by number, or a mailbox by address."""
ASKS = ("escalation.alert", "escalation.reminder")
LONGEST = timedelta(days=40)
"""The longest stage of the policies here is five working days, and two more, over Christmas; then a working day."""


async def never_silent(uow: UnitOfWork, *, swept: bool) -> None:
    """Every open escalation has a next step, which the sweep will find; `swept`: and it lies ahead."""
    due = set(await due_now(uow))
    unreached = set(await reaches_nobody(uow))
    for escalation in await uow.escalations.everything():
        following, name = await what_is_next(uow, escalation), escalation.reference
        over = escalation.practice and uow.sending.live and escalation.closed_at is None
        assert (following is not None) == (escalation.state in OPEN), name
        assert (escalation.closed_at is None) == (escalation.state in OPEN), name
        late = following is not None and following.at <= uow.now
        assert (name in due) == (late or over), f"the sweep and the record disagree about {name}"
        assert not (swept and name in due), f"{name} was forgotten by the sweep"
        if following is None:
            continue
        step = await uow.escalations.step(escalation)
        assert step is not None
        assert following.at <= max(uow.now, step.opened_at) + LONGEST, f"{name} waits for ever"
        if swept and not escalation.practice:
            await _somebody_knows(uow, escalation, step, rung=name in unreached)


async def _somebody_knows(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, *, rung: bool) -> None:
    """Somebody who is there was told, or whoever runs Herald is told to ring them."""
    contacts = await uow.escalations.contacts(step)
    told = [each for each in contacts if each.side == Side.OTHER and each.alerted_at is not None]
    about = f"{escalation.reference}/{step.number}"
    presence = await presence_of(uow, contacts, having=[step.acknowledged_by], abouts=[about])
    there = [each for each in told if presence.is_there(escalation, each, contacts, about=about)]
    if escalation.state == State.AWAITING_ACK:
        assert there or rung, f"{about} waits for nobody, and no alarm rings"
        waited_for = [each for each in there if _is_waited_for(each, step, told, uow.now)]
        others = [each for each in contacts if each.side == Side.OTHER and each not in told]
        next_ones = [each for each in others if presence.is_there(escalation, each, contacts, about=about)]
        next_ones = [each for each in next_ones if each.skipped_because is None]
        assert waited_for or not next_ones, f"{about} waits for nobody who has time left, and the next are not told"
    if escalation.state == State.ACKNOWLEDGED:
        assert presence.is_present(step.acknowledged_by), f"who has {about} is not there"


def _is_waited_for(
    contact: EscalationContact, step: EscalationStep, told: Sequence[EscalationContact], now: datetime
) -> bool:
    """While they have time left; and once the stage's own time is over, who was told last."""
    clocks = {each.id: each.acknowledge_by or step.acknowledge_by for each in told}
    return clocks[contact.id] > now or (now >= step.answer_by and clocks[contact.id] == max(clocks.values()))


async def told_once(uow: UnitOfWork) -> None:
    """One alert for each step, reader and way."""
    rows = (await uow.session.execute(select(Delivery).where(Delivery.kind == "escalation.alert"))).scalars().all()
    alerts = Counter((row.about, row.person_id or row.address, row.channel) for row in rows)
    assert max(alerts.values(), default=1) == 1, "somebody is alerted twice for one step on one channel"


async def told_by_a_message(uow: UnitOfWork) -> None:
    """Who is said to have been told at a step was: by a message of that step, which is taken back for one reason only.

    That is that nobody has to be asked any more: somebody has taken the step on, or it is over. Then a row that also
    carried older news says just that from now on (`handlers/escalations/merging.py`); its ledger key is still the one
    by which it was made, and so are its reader and way.
    """
    everything = (await uow.session.execute(select(Delivery).where(Delivery.kind.startswith("escalation.")))).scalars()
    asked, said = set[tuple[str, Reader, str]](), set[tuple[str, Reader, str]]()
    for row in everything:
        reader: Reader = row.person_id or str(row.address)
        _, key = row.ledger_key.removesuffix(f":{row.channel}").removesuffix(f":{reader}").split(":", 1)
        if row.ledger_key.startswith(ASKS):
            asked.add((key.split(":")[0], reader, row.channel))
        if row.state != DeliveryState.SUPERSEDED:
            lines = [(row.kind, row.about), *((line["kind"], line["about"]) for line in row.facts.get(EARLIER, []))]
            said |= {(about, reader, row.channel) for kind, about in lines if kind in ASKS}
    contacts = select(Escalation.reference, EscalationStep, EscalationContact)
    contacts = contacts.join(EscalationStep, EscalationStep.escalation_id == Escalation.id)
    contacts = contacts.join(EscalationContact, EscalationContact.step_id == EscalationStep.id)
    contacts = contacts.where(Escalation.practice.is_(False))  # once live, nobody is told of practice
    for reference, step, each in (await uow.session.execute(contacts)).all():
        if each.side != Side.OTHER or each.alerted_at is None or each.because == Because.TOOK_ON:
            continue
        about, reader = f"{reference}/{step.number}", each.person_id or each.address
        ways = {one for one in asked if one[:2] == (about, reader)}
        assert ways, f"{reader} was told of {about} as {each.because}, but by no message"
        if step.acknowledged_at is None and step.ended_at is None:
            assert ways <= said, f"what asks {reader} to take on {about} was taken back, although nobody has it"


async def one_waits_at_most(uow: UnitOfWork) -> None:
    """For each escalation, reader and way one message waits at the most."""
    query = select(Delivery).where(Delivery.state == DeliveryState.QUEUED, Delivery.kind.startswith("escalation."))
    waiting: dict[tuple[object, ...], list[Delivery]] = defaultdict(list)
    for row in (await uow.session.execute(query)).scalars():
        waiting[row.about.partition("/")[0], row.person_id, row.address, row.channel].append(row)
    for reader, rows in waiting.items():
        assert len([row for row in rows if not row.doubts]) <= 1, f"{reader} will get a heap"


async def one_version(uow: UnitOfWork, known: dict[str, str], policies: dict[str, object]) -> None:
    """An escalation keeps the version it began with, and a version that was kept is never another one."""
    for escalation in await uow.escalations.everything():
        version = known.setdefault(escalation.reference, escalation.policy_version)
        assert escalation.policy_version == version
        stages = (await policy_version(uow, version)).stages
        assert policies.setdefault(version, stages) == stages
        assert escalation.stage in {stage.id for stage in stages}


Promised = tuple[datetime, datetime, datetime | None]


async def clocks_stand(uow: UnitOfWork, known: dict[str, Promised]) -> None:
    """What was promised when a stage opened never changes, and more time is given once (E2)."""
    for escalation in await uow.escalations.everything():
        for step in await uow.escalations.steps([escalation.id]):
            about = f"{escalation.reference}/{step.number}"
            now = (step.acknowledge_by, step.respond_by, step.extended_until)
            before = known.get(about, now)
            assert now[:2] == before[:2], f"the clocks of {about} were changed"
            assert before[2] in (None, now[2]), f"{about} was given time twice"
            known[about] = now


Seen = Mapping[str, tuple[object, ...]]


async def as_it_stands(uow: UnitOfWork) -> Seen:
    """What only somebody who may can change: of each escalation its state and step, and who has it and answered."""
    found = {}
    for escalation in await uow.escalations.everything():
        step = await uow.escalations.step(escalation)
        assert step is not None
        found[escalation.reference] = (
            escalation.state,
            escalation.revision,
            step.number,
            step.acknowledged_by,
            step.responded_by,
            step.extended_until,
        )
    return found


async def chain_verifies(uow: UnitOfWork) -> None:
    """The audit chain is whole, and nothing in it names what was written."""
    while await uow.audit.seal():
        pass
    verified = await uow.audit.verify()
    assert verified.first_bad is None, verified.reason
    assert verified.sealed > 0
