"""Escalations, their steps, contacts and sealed notes within one unit of work."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.keyring import Keyring
from bot.rules.escalation_states import OPEN
from storage.tables.escalations import (
    Escalation,
    EscalationContact,
    EscalationHolder,
    EscalationLearning,
    EscalationNote,
    EscalationStep,
)


@dataclass(frozen=True, slots=True)
class Running:
    """An open escalation with its present step and everybody on the ladder of that step."""

    escalation: Escalation
    step: EscalationStep
    contacts: tuple[EscalationContact, ...]


class Escalations:
    """Queries over escalations."""

    def __init__(self, session: AsyncSession, *, now: datetime, keyring: Keyring) -> None:
        self._session = session
        self._now = now
        self._keyring = keyring

    async def add(self, escalation: Escalation) -> None:
        """Keeps a new escalation."""
        self._session.add(escalation)
        await self._session.flush()

    async def by_reference(self, reference: str, *, lock: bool = False) -> Escalation | None:
        """One escalation; with `lock` nobody else changes it until this unit of work ends."""
        query = select(Escalation).where(Escalation.reference == reference)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def running(self) -> list[Running]:
        """All open escalations with what their clocks need, the oldest first: a query for each table, however many."""
        is_open = Escalation.state.in_([state.value for state in OPEN])
        ids = select(Escalation.id).where(is_open)
        present = (
            select(EscalationStep.escalation_id, func.max(EscalationStep.number).label("number"))
            .where(EscalationStep.escalation_id.in_(ids))
            .group_by(EscalationStep.escalation_id)
            .subquery()
        )
        steps = (
            select(Escalation, EscalationStep)
            .join(EscalationStep, EscalationStep.escalation_id == Escalation.id)
            .join(
                present,
                (present.c.escalation_id == EscalationStep.escalation_id) & (present.c.number == EscalationStep.number),
            )
        )
        told = (
            select(EscalationContact)
            .join(EscalationStep, EscalationStep.id == EscalationContact.step_id)
            .where(EscalationStep.escalation_id.in_(ids))
            .order_by(EscalationContact.rung, EscalationContact.id)
        )
        of_step: dict[int, list[EscalationContact]] = defaultdict(list)
        for contact in (await self._session.execute(told)).scalars():
            of_step[contact.step_id].append(contact)
        rows = (await self._session.execute(steps.where(is_open).order_by(Escalation.id))).all()
        return [Running(row[0], row[1], tuple(of_step[row[1].id])) for row in rows]

    async def raised_by(self, person_id: int) -> Sequence[Escalation]:
        """What a person raised, the latest first."""
        query = select(Escalation).where(Escalation.raised_by == person_id).order_by(Escalation.id.desc())
        return (await self._session.execute(query)).scalars().all()

    async def everything(self) -> Sequence[Escalation]:
        """All escalations, the latest first."""
        return (await self._session.execute(select(Escalation).order_by(Escalation.id.desc()))).scalars().all()

    async def open_step(self, escalation: Escalation, step: EscalationStep) -> EscalationStep:
        """Keeps a new step of an escalation."""
        step.escalation_id = escalation.id
        self._session.add(step)
        await self._session.flush()
        return step

    async def step(self, escalation: Escalation, number: int | None = None) -> EscalationStep | None:
        """The step with this number, or the present one."""
        query = select(EscalationStep).where(EscalationStep.escalation_id == escalation.id)
        if number is not None:
            query = query.where(EscalationStep.number == number)
        return (await self._session.execute(query.order_by(EscalationStep.number.desc()).limit(1))).scalar_one_or_none()

    async def steps(self, escalation_ids: Iterable[int]) -> Sequence[EscalationStep]:
        """All steps of these escalations, in order."""
        query = select(EscalationStep).where(EscalationStep.escalation_id.in_(list(escalation_ids)))
        return (
            (await self._session.execute(query.order_by(EscalationStep.escalation_id, EscalationStep.number)))
            .scalars()
            .all()
        )

    async def add_contacts(self, contacts: Iterable[EscalationContact]) -> None:
        """Keeps the ladder of a step."""
        self._session.add_all(contacts)
        await self._session.flush()

    async def contacts(self, step: EscalationStep) -> Sequence[EscalationContact]:
        """The ladder of a step, the first rung first."""
        query = select(EscalationContact).where(EscalationContact.step_id == step.id)
        return (
            (await self._session.execute(query.order_by(EscalationContact.rung, EscalationContact.id))).scalars().all()
        )

    async def told(self, escalation: Escalation) -> Sequence[EscalationContact]:
        """Everybody who was told at any step."""
        query = (
            select(EscalationContact)
            .join(EscalationStep, EscalationStep.id == EscalationContact.step_id)
            .where(EscalationStep.escalation_id == escalation.id, EscalationContact.alerted_at.is_not(None))
            .order_by(EscalationContact.id)
        )
        return (await self._session.execute(query)).scalars().all()

    async def told_as(self, escalation: Escalation, person_id: int) -> list[tuple[EscalationContact, int]]:
        """Where somebody was told of it: each contact with the number of its step, the latest step first."""
        query = (
            select(EscalationContact, EscalationStep.number)
            .join(EscalationStep, EscalationStep.id == EscalationContact.step_id)
            .where(EscalationStep.escalation_id == escalation.id, EscalationContact.person_id == person_id)
            .where(EscalationContact.alerted_at.is_not(None))
            .order_by(EscalationStep.number.desc(), EscalationContact.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def give_holder(self, holder: EscalationHolder) -> None:
        """Keeps who speaks for the raiser's side from now on."""
        self._session.add(holder)
        await self._session.flush()

    async def learning(self, escalation: Escalation) -> EscalationLearning | None:
        """What is owed, or was written, about what it taught."""
        return await self._session.get(EscalationLearning, escalation.id)

    async def learning_for(self, deadline_id: str) -> tuple[Escalation, EscalationLearning] | None:
        """The escalation whose learning note this deadline asks for; None when it asks for something else."""
        query = (
            select(Escalation, EscalationLearning)
            .join(EscalationLearning, EscalationLearning.escalation_id == Escalation.id)
            .where(EscalationLearning.deadline_id == deadline_id)
        )
        row = (await self._session.execute(query)).first()
        return None if row is None else (row[0], row[1])

    async def owe_learning(self, learning: EscalationLearning) -> None:
        """Keeps that a note on what it taught is owed."""
        self._session.add(learning)
        await self._session.flush()

    async def write_learning(self, learning: EscalationLearning, *, text: str) -> None:
        """Seals what was learned."""
        learning.sealed = self._keyring.seal(text, about=f"escalation_learning/{learning.escalation_id}/sealed")
        await self._session.flush()

    async def write(
        self, escalation: Escalation, *, kind: str, author_id: int | None, text: str, step: int | None = None
    ) -> None:
        """Seals words into the record; `step` is the number of the step at which they were written."""
        note = EscalationNote(
            escalation_id=escalation.id,
            step=step,
            kind=kind,
            author_id=author_id,
            sealed="",
            written_at=self._now,
        )
        self._session.add(note)
        await self._session.flush()
        note.sealed = self._keyring.seal(text, about=_about(note))

    async def notes(self, escalation: Escalation) -> Sequence[tuple[EscalationNote, str]]:
        """The words of an escalation, opened, in the order they were written. Callers audit the reading."""
        query = select(EscalationNote).where(EscalationNote.escalation_id == escalation.id).order_by(EscalationNote.id)
        found = (await self._session.execute(query)).scalars().all()
        return [(note, self._keyring.open(note.sealed, about=_about(note))) for note in found]


def _about(note: EscalationNote) -> str:
    return f"escalation_note/{note.id}/sealed"
