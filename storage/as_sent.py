"""Editions as they went out: what the public archive shows, lists and searches, within one unit of work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.rules.edition_states import RELEASED
from storage.tables.bulletins import Bulletin, BulletinAsSent

VISIBLE = Bulletin.state.in_([state.value for state in RELEASED])


@dataclass(frozen=True, slots=True)
class Listed:
    """An edition in a list of the archive."""

    id: str
    series_id: str
    title: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Kept(Listed):
    """An edition with what was kept of it: a part of a page, and its words (bot/rendering/bulletin/archive.py)."""

    html: str
    text: str


LISTED = (Bulletin.id, Bulletin.series_id, BulletinAsSent.title, Bulletin.began_at)


class EditionsAsSent:
    """Queries over what was kept. Drafts and cancelled editions are never among what they return."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def keep(self, bulletin: Bulletin, *, title: str, html: str, text: str, words: str) -> None:
        """Keeps an edition once; what is kept never changes."""
        if await self._session.get(BulletinAsSent, bulletin.id) is None:
            row = BulletinAsSent(bulletin_id=bulletin.id, title=title, html=html, text=text, words=words)
            row.content_hash, row.kept_at = bulletin.content_hash, self._now
            self._session.add(row)
            await self._session.flush()

    async def missing(self) -> list[str]:
        """Editions that went out and of which nothing is kept: an older version of Herald released them."""
        query = select(Bulletin.id).outerjoin(BulletinAsSent, BulletinAsSent.bulletin_id == Bulletin.id)
        query = query.where(VISIBLE, BulletinAsSent.bulletin_id.is_(None)).order_by(Bulletin.id)
        return list((await self._session.execute(query)).scalars())

    async def get(self, bulletin_id: str) -> Kept | None:
        """One edition, or None when nobody may see it."""
        query = _visible(*LISTED, BulletinAsSent.html, BulletinAsSent.text).where(Bulletin.id == bulletin_id)
        row = (await self._session.execute(query)).first()
        return None if row is None else Kept(*row)

    async def all(self) -> Sequence[Listed]:
        """Every edition, the latest first."""
        query = _visible(*LISTED).order_by(Bulletin.began_at.desc(), Bulletin.id.desc())
        return [Listed(*row) for row in (await self._session.execute(query)).all()]

    async def beside(self, edition: Listed) -> tuple[Listed | None, Listed | None]:
        """The editions of the same series before and after this one."""
        own = _visible(*LISTED).where(Bulletin.series_id == edition.series_id).limit(1)
        at, same = Bulletin.began_at, Bulletin.began_at == edition.began_at
        before = own.where(or_(at < edition.began_at, and_(same, Bulletin.id < edition.id)))
        after = own.where(or_(at > edition.began_at, and_(same, Bulletin.id > edition.id)))
        earlier = (await self._session.execute(before.order_by(at.desc(), Bulletin.id.desc()))).first()
        later = (await self._session.execute(after.order_by(at, Bulletin.id))).first()
        return (Listed(*earlier) if earlier else None, Listed(*later) if later else None)

    async def holding(self, words: Iterable[str], *, series_id: str | None = None, limit: int) -> list[Kept]:
        """Editions that hold each of these words (in the letters of the column `words`), the latest first."""
        query = _visible(*LISTED, BulletinAsSent.html, BulletinAsSent.text)
        if series_id is not None:
            query = query.where(Bulletin.series_id == series_id)
        for word in words:
            query = query.where(BulletinAsSent.words.contains(word, autoescape=True))
        query = query.order_by(Bulletin.began_at.desc(), Bulletin.id.desc()).limit(limit)
        return [Kept(*row) for row in (await self._session.execute(query)).all()]


def _visible(*columns: Any) -> "Select[Any]":
    return select(*columns).join(BulletinAsSent, BulletinAsSent.bulletin_id == Bulletin.id).where(VISIBLE)
