"""Pledges and check-ins within one unit of work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables.people import Person
from storage.tables.pledges import Pledge, PledgeCheckIn


@dataclass(frozen=True, slots=True)
class DueCheckIn:
    """A check-in that is due, with its pledge and the person who made it."""

    check_in: PledgeCheckIn
    pledge: Pledge
    person: Person


class Pledges:
    """Queries over pledges."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def add(self, pledge: Pledge, stages: Iterable[tuple[str, date]]) -> Pledge:
        """Keeps a pledge with its check-ins (stage, local date)."""
        self._session.add(pledge)
        await self._session.flush()
        self._session.add_all(
            PledgeCheckIn(pledge_id=pledge.id, stage=stage, due_on=due_on) for stage, due_on in stages
        )
        await self._session.flush()
        return pledge

    async def by_reference(self, reference: str, *, lock: bool = False) -> Pledge | None:
        """One pledge by the reference that its maker knows."""
        query = select(Pledge).where(Pledge.reference == reference)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def of(self, person_id: int) -> Sequence[Pledge]:
        """A person's pledges, the latest first."""
        query = select(Pledge).where(Pledge.person_id == person_id).order_by(Pledge.id.desc())
        return (await self._session.execute(query)).scalars().all()

    async def check_in(self, pledge_id: int, stage: str) -> PledgeCheckIn | None:
        """One stage of one pledge."""
        query = select(PledgeCheckIn).where(PledgeCheckIn.pledge_id == pledge_id, PledgeCheckIn.stage == stage)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def check_ins_of(self, pledge_ids: Iterable[int]) -> Sequence[PledgeCheckIn]:
        """All stages of these pledges, in the order they fall due."""
        query = (
            select(PledgeCheckIn).where(PledgeCheckIn.pledge_id.in_(list(pledge_ids))).order_by(PledgeCheckIn.due_on)
        )
        return (await self._session.execute(query)).scalars().all()

    async def asked(self, person_id: int) -> Sequence[tuple[PledgeCheckIn, Pledge]]:
        """The check-ins that wait for this person's answer."""
        query = (
            select(PledgeCheckIn, Pledge)
            .join(Pledge, Pledge.id == PledgeCheckIn.pledge_id)
            .where(Pledge.person_id == person_id, Pledge.state == "active", PledgeCheckIn.status == "sent")
            .order_by(PledgeCheckIn.due_on)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def due(self, *, today: date) -> list[DueCheckIn]:
        """Check-ins of active pledges whose day has come and that were not sent, for people who are still here."""
        return await self._with_people(PledgeCheckIn.status == "due", PledgeCheckIn.due_on <= today)

    async def unanswered(self, *, sent_before: datetime) -> list[DueCheckIn]:
        """Check-ins sent before an instant and not answered."""
        return await self._with_people(PledgeCheckIn.status == "sent", PledgeCheckIn.sent_at <= sent_before)

    async def planned_for(self, *, first: date, last: date) -> Sequence[tuple[Pledge, Person]]:
        """Active pledges whose "by when" lies between two local dates."""
        query = (
            select(Pledge, Person)
            .join(Person, Person.id == Pledge.person_id)
            .where(Pledge.state == "active", Pledge.plan_by >= first, Pledge.plan_by <= last)
            .where(Person.left_at.is_(None))
            .order_by(Pledge.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def of_leavers(self) -> Sequence[Pledge]:
        """Active pledges of people who have left."""
        query = (
            select(Pledge)
            .join(Person, Person.id == Pledge.person_id)
            .where(Pledge.state == "active", Person.left_at.is_not(None))
        )
        return (await self._session.execute(query)).scalars().all()

    async def everything(self) -> list[tuple[Pledge, Person]]:
        """Every pledge with its maker, the oldest first: for figures."""
        query = select(Pledge, Person).join(Person, Person.id == Pledge.person_id).order_by(Pledge.id)
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def all_check_ins(self) -> Sequence[PledgeCheckIn]:
        """Every check-in: for figures."""
        return (await self._session.execute(select(PledgeCheckIn).order_by(PledgeCheckIn.id))).scalars().all()

    async def _with_people(self, *conditions: ColumnElement[bool]) -> list[DueCheckIn]:
        """For sweeps: each check-in is held until the unit of work ends, so that an answer given meanwhile counts."""
        query = (
            select(PledgeCheckIn, Pledge, Person)
            .join(Pledge, Pledge.id == PledgeCheckIn.pledge_id)
            .join(Person, Person.id == Pledge.person_id)
            .where(Pledge.state == "active", Person.left_at.is_(None), *conditions)
            .order_by(Person.id, PledgeCheckIn.due_on, PledgeCheckIn.id)
            .with_for_update(of=PledgeCheckIn)
            .execution_options(populate_existing=True)
        )
        return [DueCheckIn(row[0], row[1], row[2]) for row in (await self._session.execute(query)).all()]
