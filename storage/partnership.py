"""The partnership file, its agencies, and every version of its escalation policy."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.rules.escalation_states import OPEN
from storage.tables.base import Facts
from storage.tables.escalations import Escalation
from storage.tables.people import Agency, PartnershipRow, PolicyRow

APPROVAL: Final = ("approved_by", "approved_on")


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

    async def save_policy(self, *, version: str, document: Facts) -> Facts | None:
        """Keeps a version and returns it as it is kept; None when that version is known with other stages.

        A version is never edited. An approval may come later, and once given it stands, whatever is applied afterwards.
        """
        row = await self._session.get(PolicyRow, version)
        if row is None:
            self._session.add(PolicyRow(version=version, document=document, first_applied_at=self._now))
            return document
        if _stages(row.document) != _stages(document):
            return None
        if not _approved(row.document):
            row.document = document
        return row.document

    async def policies(self) -> Sequence[PolicyRow]:
        """Every version that was ever applied, the latest first."""
        query = select(PolicyRow).order_by(PolicyRow.first_applied_at.desc(), PolicyRow.version)
        return (await self._session.execute(query)).scalars().all()

    async def running_by(self) -> dict[str, int]:
        """How many open escalations run by each version; those of practice are not counted."""
        query = select(Escalation.policy_version, func.count()).where(
            Escalation.state.in_([state.value for state in OPEN]), Escalation.practice.is_(False)
        )
        return {
            row[0]: row[1] for row in (await self._session.execute(query.group_by(Escalation.policy_version))).all()
        }


def _stages(document: Facts) -> Facts:
    return {key: value for key, value in document.items() if key not in APPROVAL}


def _approved(document: Facts) -> bool:
    return all(document.get(key) for key in APPROVAL)
