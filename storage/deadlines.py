"""Deadlines, their steps and nudges within one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert_into
from storage.tables.deadlines import Deadline, DeadlineStep, Nudge
from storage.tables.people import Person

ACTIVE, DONE, SUPERSEDED = "active", "done", "superseded"


@dataclass(frozen=True, slots=True)
class OwnedStep:
    """An open step with its deadline and the person whose it is."""

    step: DeadlineStep
    deadline: Deadline
    owner: Person


class Deadlines:
    """Queries over deadlines."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def get(self, deadline_id: str) -> Deadline | None:
        """One deadline."""
        return await self._session.get(Deadline, deadline_id)

    async def everything(self) -> Sequence[Deadline]:
        """All deadlines, by id."""
        return (await self._session.execute(select(Deadline).order_by(Deadline.id))).scalars().all()

    async def add(self, deadline: Deadline, steps: Sequence[DeadlineStep]) -> None:
        """Keeps a new deadline with its steps."""
        self._session.add(deadline)
        await self._session.flush()
        await self.add_steps(deadline, steps)

    async def add_steps(self, deadline: Deadline, steps: Sequence[DeadlineStep]) -> None:
        """Keeps steps of a deadline."""
        for step in steps:
            step.deadline_id = deadline.id
        self._session.add_all(steps)
        await self._session.flush()

    async def steps(self, deadline_id: str) -> Sequence[DeadlineStep]:
        """All steps of a deadline in order of date, the superseded ones included."""
        query = select(DeadlineStep).where(DeadlineStep.deadline_id == deadline_id)
        return (await self._session.execute(query.order_by(DeadlineStep.due_before, DeadlineStep.id))).scalars().all()

    async def step(self, step_id: int, *, lock: bool = False) -> DeadlineStep | None:
        """One step; with `lock` nobody else changes it until this unit of work ends."""
        return await self._session.get(DeadlineStep, step_id, with_for_update=lock, populate_existing=lock)

    async def open_steps(self, *, owner_id: int | None = None, lock: bool = False) -> list[OwnedStep]:
        """Steps that are not done, the nearest first; perhaps only one person's (or handed to them).

        With `lock` nobody else answers or nudges them until this unit of work ends.
        """
        query = (
            select(DeadlineStep, Deadline, Person)
            .join(Deadline, Deadline.id == DeadlineStep.deadline_id)
            .join(Person, Person.id == DeadlineStep.owner_id)
            .where(DeadlineStep.state == ACTIVE, Deadline.state == ACTIVE)
            .order_by(DeadlineStep.due_before, DeadlineStep.id)
        )
        if owner_id is not None:
            query = query.where(or_(DeadlineStep.owner_id == owner_id, DeadlineStep.handed_to == owner_id))
        if lock:
            query = query.with_for_update(of=DeadlineStep).execution_options(populate_existing=True)
        return [OwnedStep(row[0], row[1], row[2]) for row in (await self._session.execute(query)).all()]

    async def done_steps(self) -> Sequence[DeadlineStep]:
        """Steps that were done, for figures."""
        return (await self._session.execute(select(DeadlineStep).where(DeadlineStep.state == DONE))).scalars().all()

    async def settled_rungs(self, step_ids: Sequence[int]) -> dict[int, set[str]]:
        """Which rungs of each step were settled: sent, or held back."""
        query = select(Nudge.step_id, Nudge.rung).where(Nudge.step_id.in_(list(step_ids)))
        settled: dict[int, set[str]] = {step_id: set() for step_id in step_ids}
        for row in (await self._session.execute(query)).all():
            settled[row[0]].add(row[1])
        return settled

    async def settle(
        self, *, step_id: int, rungs: Sequence[str], person_id: int | None, planned_for: date, outcome: str
    ) -> None:
        """Records what became of rungs: the last one `outcome`, the earlier ones merged into it."""
        rows = [
            {
                "step_id": step_id,
                "rung": rung,
                "person_id": person_id,
                "planned_for": planned_for,
                "settled_at": self._now,
                "outcome": outcome if rung == rungs[-1] else "merged",
            }
            for rung in rungs
        ]
        if rows:
            await self._session.execute(insert_into(self._session, Nudge).on_conflict_do_nothing(), rows)

    async def nudges(self, step_ids: Sequence[int]) -> Sequence[Nudge]:
        """Every nudge of these steps."""
        query = select(Nudge).where(Nudge.step_id.in_(list(step_ids))).order_by(Nudge.settled_at)
        return (await self._session.execute(query)).scalars().all()
