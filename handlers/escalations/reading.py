"""One escalation, for those who may see it. Words are opened here and in the export only, each time with an entry in
the audit log of the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from bot.flows.escalation_answers import THEMES
from bot.rules.escalation_access import Standing, may_answer, may_close, may_read, may_see
from bot.rules.escalation_policy import EscalationPolicy
from bot.rules.escalation_states import OPEN, NextStep, State
from handlers.escalations.clock import what_is_next
from handlers.escalations.stages import had_it
from handlers.escalations.standing import standing_of
from handlers.policies import policy_version
from storage.escalation_history import contacts_of
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

ANSWER = "escalation-response"
"""The talk in which somebody answers."""


@dataclass(frozen=True, slots=True)
class Words:
    """One sealed note, opened. `by` is who wrote it, `step` at which step, from 1; both None where it is not known."""

    kind: str
    written_at: datetime
    text: str
    by: str | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it went: its step with its clocks, what it is called, and who was on its ladder."""

    step: EscalationStep
    label: str
    contacts: tuple[EscalationContact, ...]

    @property
    def taken_on_by(self) -> int | None:
        """Who has it, or had it last; None where they were erased, or nobody took it on."""
        before = had_it(self.step, self.contacts)
        return self.step.acknowledged_by if before is None else before.person_id


@dataclass(frozen=True, slots=True)
class Record:
    """An escalation as a page shows it. `words` is None for somebody who may see where it stands and no more."""

    escalation: Escalation
    policy: EscalationPolicy
    standing: Standing
    stages: tuple[Stage, ...]
    words: tuple[Words, ...] | None
    next: NextStep | None
    names: dict[int, str]

    @property
    def steps(self) -> tuple[EscalationStep, ...]:
        """Its steps, in order."""
        return tuple(stage.step for stage in self.stages)

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen."""
        return self.escalation.state in OPEN

    @property
    def may_answer(self) -> bool:
        """Whether the reader may answer now."""
        return self.is_open and self.steps[-1].responded_at is None and may_answer(self.standing)

    @property
    def may_close(self) -> bool:
        """Whether the reader may close it now, as the escalation lead, because the decision stands."""
        return self.escalation.state == State.FINAL_DECISION and may_close(self.standing)


@dataclass(frozen=True, slots=True)
class Beside:
    """What somebody sees who writes an answer: the reference, and what was written, where they may read it here."""

    reference: str
    words: tuple[Words, ...]


async def read(uow: UnitOfWork, *, person: Person, reference: str) -> Record | None:
    """The record as this person may see it now, or None for anybody else. What was read is in the audit log."""
    escalation = await uow.escalations.by_reference(reference)
    standing = None if escalation is None else await standing_of(uow, escalation, person)
    if escalation is None:
        return None
    if standing is None or not may_see(standing):
        uow.audit.add("escalation.reading-refused", thing=reference, by=person)
        return None
    opened = await words_of(uow, escalation) if may_read(standing) else None
    uow.audit.add("escalation.seen" if opened is None else "escalation.read", thing=reference, by=person)
    policy = await policy_version(uow, escalation.policy_version)
    stages = await stages_of(uow, escalation, policy)
    return Record(
        escalation=escalation,
        policy=policy,
        standing=standing,
        stages=stages,
        words=opened,
        next=await what_is_next(uow, escalation),
        names=await names_in(uow, stages),
    )


async def beside_the_answer(uow: UnitOfWork, *, person: Person, conversation_id: str, signed_in: bool) -> Beside | None:
    """What stands beside the form of an answer. The words are for who has signed in and may read, and that is recorded.

    A link in a message opens the form; it opens the words only after signing in.
    """
    talk = await uow.conversations.get(conversation_id)
    if talk is None or talk.flow != ANSWER or talk.person_id != person.id:
        return None
    record = await read(uow, person=person, reference=talk.subject) if signed_in else None
    return Beside(talk.subject, () if record is None else record.words or ())


async def words_of(uow: UnitOfWork, escalation: Escalation) -> tuple[Words, ...]:
    """What was written and learned, opened. Callers have asked `may_read`, and put the reading into the audit log."""
    notes = await uow.escalations.notes(escalation)
    authors = await uow.people.by_ids([note.author_id for note, _ in notes if note.author_id is not None])
    written = tuple(
        Words(
            note.kind,
            note.written_at,
            text,
            by=authors[note.author_id].name if note.author_id in authors else None,
            step=note.step,
        )
        for note, text in notes
    )
    return (*written, *await _learnt(uow, escalation))


async def _learnt(uow: UnitOfWork, escalation: Escalation) -> tuple[Words, ...]:
    """What it taught, as one more thing that was written; nothing while the note is owed."""
    row = await uow.escalations.learning(escalation)
    if row is None or row.written_at is None or row.sealed is None:
        return ()
    writer = None if row.written_by is None else await uow.people.get(row.written_by)
    theme = next((choice.label for choice in THEMES if choice.value == row.theme), "")
    text = uow.keyring.open(row.sealed, about=f"escalation_learning/{row.escalation_id}/sealed")
    return (Words(f"what it taught: {theme}", row.written_at, text, by=None if writer is None else writer.name),)


async def stages_of(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy) -> tuple[Stage, ...]:
    """Every stage it went through, in order."""
    steps = await uow.escalations.steps([escalation.id])
    contacts = await contacts_of(uow, [step.id for step in steps])
    return tuple(Stage(step, policy.stage(step.stage).label, tuple(contacts[step.id])) for step in steps)


async def names_in(uow: UnitOfWork, stages: tuple[Stage, ...]) -> dict[int, str]:
    """The names of everybody who did something at these stages, or was told, by their number."""
    did = {
        number
        for stage in stages
        for number in (stage.step.opened_by, stage.step.acknowledged_by, stage.step.responded_by)
    }
    told = {
        number for stage in stages for contact in stage.contacts for number in (contact.person_id, contact.delegated_by)
    }
    people = await uow.people.by_ids(number for number in did | told if number is not None)
    return {number: person.name for number, person in people.items()}
