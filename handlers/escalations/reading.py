"""Who may see what of an escalation. Words are opened only here, and every reading is audited."""

from dataclasses import dataclass
from datetime import datetime

from bot.links import Button, Purpose
from bot.rules.escalation_policy import EscalationPolicy
from bot.rules.escalation_states import OPEN, NextStep, State
from handlers.acts import Need, Opens
from handlers.escalations.answering import may_act
from handlers.escalations.clock import what_is_next
from handlers.partnership import calendar_of
from handlers.people_present import has_left
from handlers.policies import policy_version
from handlers.wording import local_moment
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Words:
    """One sealed note, opened."""

    kind: str
    written_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """An escalation as a page shows it."""

    escalation: Escalation
    policy: EscalationPolicy
    steps: tuple[EscalationStep, ...]
    contacts: tuple[EscalationContact, ...]
    words: tuple[Words, ...]
    next: NextStep | None
    raised_by_me: bool
    may_answer: bool


async def read(uow: UnitOfWork, *, person: Person, reference: str) -> Record | None:
    """The record with its words, for its raiser, for people who were told, and for the escalation lead; else None."""
    escalation = await uow.escalations.by_reference(reference)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None:
        return None
    lead = "escalation-lead" in person.roles
    own = escalation.raised_by == person.id
    can_answer = await may_act(uow, escalation, step, person)
    concerned = lead or own or can_answer or await uow.escalations.was_told(escalation, person.email)
    here = await uow.people.get(person.id)
    if not concerned or here is None or await has_left(uow, here):
        uow.audit.add("escalation.reading-refused", thing=reference, by=person)
        return None
    uow.audit.add("escalation.read", thing=reference, by=person)
    notes = await uow.escalations.notes(escalation)
    return Record(
        escalation=escalation,
        policy=await policy_version(uow, escalation.policy_version),
        steps=tuple(await uow.escalations.steps([escalation.id])),
        contacts=tuple(await uow.escalations.contacts(step)),
        words=tuple(Words(note.kind, note.written_at, text) for note, text in notes),
        next=await what_is_next(uow, escalation),
        raised_by_me=own,
        may_answer=can_answer and escalation.state in OPEN,
    )


async def needs(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Escalations that wait for this person: to acknowledge, to answer, to decide what happens next."""
    calendar = await calendar_of(uow)
    found: list[Need] = []
    for escalation, step in await uow.escalations.waiting_for(person.email):
        about = f"{escalation.reference}/{step.number}"
        line = f"Answer by {local_moment(step.answer_by, calendar)}"
        if step.acknowledged_at is None:
            line = f"Say that you have it by {local_moment(step.acknowledge_by, calendar)}. {line}"
        have = () if step.acknowledged_at else (Button("I have this", Purpose.ALERT, about, "acknowledge"),)
        answer = Button("Answer", Purpose.ALERT, about, "answer")
        read_it = Button("Read it", Purpose.ALERT, about, "read")
        found.append(Need(f"Escalation {escalation.reference}", line, (*have, answer, read_it), urgent=True))
    for escalation in await uow.escalations.raised_by(person.id):
        present = await uow.escalations.step(escalation) if escalation.state == State.RESPONDED else None
        if present is not None:
            about = f"{escalation.reference}/{present.number}"
            found.append(
                Need(
                    f"{escalation.reference} is answered",
                    "Does this settle it?",
                    (
                        Button("Read the answer", Purpose.ESCALATION, about, "read"),
                        Button("This settles it", Purpose.ESCALATION, about, "resolve"),
                        Button("Take it further", Purpose.ESCALATION, about, "advance"),
                    ),
                    urgent=True,
                )
            )
    return tuple(found)


async def mine(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Open escalations that this person raised, and where they stand."""
    found = []
    for escalation in await uow.escalations.raised_by(person.id):
        if escalation.state in OPEN and escalation.state != State.RESPONDED:
            policy = await policy_version(uow, escalation.policy_version)
            button = Button("See where it stands", Purpose.ESCALATION, escalation.reference, "read")
            found.append(Need(f"Escalation {escalation.reference}", policy.stage(escalation.stage).label, (button,)))
    return tuple(found)


async def words(_uow: UnitOfWork, _person: Person, _rest: str) -> Opens:
    """`escalate`: opens the talk."""
    return Opens("escalation")
