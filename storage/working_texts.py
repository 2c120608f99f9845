"""Texts beside the one that an edition has: one that is not right yet, and the one that was approved last."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert_into
from storage.tables.bulletins import BulletinApprovedText, BulletinWorkingText


class WorkingTexts:
    """Queries over them. The caller has checked every text for children's details (law 8)."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def get(self, bulletin_id: str) -> BulletinWorkingText | None:
        """The text of an edition, or None."""
        return await self._session.get(BulletinWorkingText, bulletin_id, populate_existing=True)

    async def of(self, bulletin_ids: Collection[str]) -> set[str]:
        """Those of these editions that have one."""
        query = select(BulletinWorkingText.bulletin_id).where(BulletinWorkingText.bulletin_id.in_(bulletin_ids))
        return set((await self._session.execute(query)).scalars())

    async def put(self, bulletin_id: str, *, text: str, by: int | None) -> None:
        """Keeps a text in place of the one that was there."""
        put = insert_into(self._session, BulletinWorkingText).values(
            bulletin_id=bulletin_id, text=text, by=by, at=self._now
        )
        new = {"text": text, "by": by, "at": self._now}
        await self._session.execute(
            put.on_conflict_do_update(index_elements=[BulletinWorkingText.bulletin_id], set_=new)
        )

    async def drop(self, bulletin_id: str) -> bool:
        """Forgets it. True when there was one."""
        gone = await self._session.execute(
            delete(BulletinWorkingText)
            .where(BulletinWorkingText.bulletin_id == bulletin_id)
            .returning(BulletinWorkingText.bulletin_id)
        )
        return gone.first() is not None

    async def approved(self, bulletin_id: str) -> BulletinApprovedText | None:
        """The text of an edition as it was approved last, or None."""
        return await self._session.get(BulletinApprovedText, bulletin_id, populate_existing=True)

    async def keep_approved(self, bulletin_id: str, *, text: str) -> None:
        """Keeps a text that has just been approved, in place of an earlier one."""
        put = insert_into(self._session, BulletinApprovedText).values(bulletin_id=bulletin_id, text=text, at=self._now)
        new = {"text": text, "at": self._now}
        await self._session.execute(
            put.on_conflict_do_update(index_elements=[BulletinApprovedText.bulletin_id], set_=new)
        )
