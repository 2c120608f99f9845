"""The partnership file, its agencies, and every version of its escalation policy."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables.base import Facts
from storage.tables.people import Agency, PartnershipRow, PolicyRow


class PartnershipStore:
    """Queries over the partnership's own description."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now
        self._row: PartnershipRow | None = None

    async def document(self) -> str | None:
        """The text of the partnership file as last applied; read once in a unit of work, however often it is asked."""
        self._row = self._row or await self._session.get(PartnershipRow, 1)
        return None if self._row is None else self._row.document

    async def save(self, document: str) -> None:
        """Replaces the partnership file."""
        row = await self._session.get(PartnershipRow, 1)
        if row is None:
            self._session.add(PartnershipRow(id=1, document=document, applied_at=self._now))
        else:
            row.document, row.applied_at = document, self._now

    async def save_agencies(self, agencies: Iterable[Agency]) -> None:
        """Adds agencies and updates known ones; an agency no longer in the file stays, because records name it."""
        for agency in agencies:
            await self._session.merge(agency)

    async def policy(self, version: str) -> Facts | None:
        """A version of the escalation policy as it was applied."""
        row = await self._session.get(PolicyRow, version)
        return None if row is None else row.document

    async def save_policy(self, *, version: str, document: Facts) -> bool:
        """Keeps a version; False when that version is known with other content (a version is never edited)."""
        row = await self._session.get(PolicyRow, version)
        if row is None:
            self._session.add(PolicyRow(version=version, document=document, first_applied_at=self._now))
            return True
        if {**row.document, "approved_by": None, "approved_on": None} != {
            **document,
            "approved_by": None,
            "approved_on": None,
        }:
            return False
        row.document = document
        return True
