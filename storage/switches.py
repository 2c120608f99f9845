"""What the operations team switches while Herald runs, and the beat of every worker."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.database import insert_into
from storage.tables.deliveries import Switch, WorkerBeat

SENDING = "sending"
PAUSED = "paused"
LAST_BACKUP = "last-backup"
"""When `herald backup` last made one: an instant in UTC (ISO 8601)."""


class Switches:
    """Queries over switches and beats within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def value(self, name: str) -> str | None:
        """What a switch stands at."""
        row = await self._session.get(Switch, name, populate_existing=True)
        return None if row is None else row.value

    async def set(self, name: str, value: str) -> None:
        """Puts a switch."""
        put = insert_into(self._session, Switch).values(name=name, value=value, changed_at=self._now)
        new = {"value": value, "changed_at": self._now}
        await self._session.execute(put.on_conflict_do_update(index_elements=[Switch.name], set_=new))

    async def sending_paused(self) -> bool:
        """Whether somebody paused all sending."""
        return await self.value(SENDING) == PAUSED

    async def paused_subjects(self) -> frozenset[str]:
        """What sending was paused about, such as one bulletin: switches named `sending:SUBJECT`."""
        prefix = f"{SENDING}:"
        query = select(Switch.name).where(Switch.name.startswith(prefix, autoescape=True), Switch.value == PAUSED)
        return frozenset(name.removeprefix(prefix) for name in (await self._session.execute(query)).scalars())

    async def beat(self, worker: str, *, problem: str | None = None) -> None:
        """Records that a worker has completed a cycle."""
        put = insert_into(self._session, WorkerBeat).values(worker=worker, at=self._now, problem=problem)
        new = {"at": self._now, "problem": problem}
        await self._session.execute(put.on_conflict_do_update(index_elements=[WorkerBeat.worker], set_=new))

    async def forget_beat(self, worker: str) -> None:
        """Strikes out a worker that died: somebody has taken over from it."""
        await self._session.execute(delete(WorkerBeat).where(WorkerBeat.worker == worker))

    async def sign_off(self, worker: str, *, others_since: datetime) -> None:
        """Strikes out a worker that ends in order. The last one stays written down, so that its age is seen to grow."""
        other = aliased(WorkerBeat)
        goes_on = select(other.worker).where(other.worker != worker, other.at >= others_since).exists()
        await self._session.execute(delete(WorkerBeat).where(WorkerBeat.worker == worker, goes_on))

    async def beats(self) -> Sequence[WorkerBeat]:
        """The last cycle of every worker."""
        return (await self._session.execute(select(WorkerBeat).order_by(WorkerBeat.at.desc()))).scalars().all()
