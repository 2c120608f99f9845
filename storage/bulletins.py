"""Bulletins, their images, and what became of an edition's deliveries, within one unit of work."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import delete, func, literal, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.rules.edition_states import RELEASED, EditionState
from storage.database import insert_into
from storage.many_rows import ids_given, ids_of
from storage.recipients import EDITION as EDITION
from storage.recipients import Recipients
from storage.tables.bulletins import Bulletin, BulletinApprovedText, BulletinImage, BulletinWorkingText
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.people import SeriesSubscription
from storage.tables.surveys import Survey, SurveyInvitation

TEST = "bulletin.test"
"""The kind of test messages; it stands on outbox rows and is never renamed."""
MANY = 500


def messages_about(bulletin_id: str) -> str:
    """What the deliveries of an edition are about, and the name of its own pause."""
    return f"bulletin:{bulletin_id}"


def tests_about(bulletin_id: str) -> str:
    """What test sends of an edition are about: apart from the edition, so that they are never counted with it."""
    return f"bulletin-test:{bulletin_id}"


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """A survey that waits for somebody's reply; `about` is the session that an evaluation asks about."""

    person_id: int
    survey_id: str
    about: str
    title: str
    closes_at: datetime | None


class Bulletins:
    """Queries over bulletins, images and the deliveries of editions."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    # Editions

    async def get(self, bulletin_id: str, *, lock: bool = False) -> Bulletin | None:
        """One edition; with `lock` nobody else changes it until this unit of work ends."""
        return await self._session.get(Bulletin, bulletin_id, with_for_update=lock, populate_existing=lock)

    async def add(self, bulletin: Bulletin) -> None:
        """Keeps a new edition."""
        self._session.add(bulletin)
        await self._session.flush()

    async def rename(self, row: Bulletin, new: str) -> Bulletin | None:
        """The same edition under another id, with all that hangs on it; None when another one has that id.

        The caller has locked the row and knows that nothing of it was sent: only tests may wait in the outbox.
        """
        old = row.id
        await self._session.flush()
        others = [column for column in Bulletin.__table__.columns if column.key != "id"]
        same = select(literal(new), *others).where(Bulletin.id == old)
        copied = insert_into(self._session, Bulletin).from_select(["id", *(column.key for column in others)], same)
        made = copied.on_conflict_do_nothing(index_elements=[Bulletin.id]).returning(Bulletin.id)
        if (await self._session.execute(made)).scalar_one_or_none() is None:
            return None
        apart = {"synchronize_session": False}
        for table in (BulletinImage, BulletinWorkingText, BulletinApprovedText):
            moved = update(table).where(table.bulletin_id == old).values(bulletin_id=new)
            await self._session.execute(moved.execution_options(**apart))
        tests = update(Delivery).where(Delivery.about == tests_about(old)).values(about=tests_about(new))
        await self._session.execute(tests.execution_options(**apart))
        await self._session.execute(delete(Bulletin).where(Bulletin.id == old).execution_options(**apart))
        self._session.expunge(row)
        return await self.get(new, lock=True)

    async def flush(self) -> None:
        """Sends pending changes to the database."""
        await self._session.flush()

    async def all(self) -> Sequence[Bulletin]:
        """Every edition, the one changed last first."""
        query = select(Bulletin).order_by(Bulletin.changed_at.desc(), Bulletin.id)
        return (await self._session.execute(query)).scalars().all()

    async def released(self, *, series_id: str | None = None, limit: int = 200) -> Sequence[Bulletin]:
        """Editions that went out, the latest first; perhaps of one series."""
        query = select(Bulletin).where(Bulletin.state.in_([state.value for state in RELEASED]))
        if series_id is not None:
            query = query.where(Bulletin.series_id == series_id)
        query = query.order_by(Bulletin.began_at.desc(), Bulletin.id).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def due(self) -> list[str]:
        """Approved editions whose time has come."""
        query = select(Bulletin.id).where(Bulletin.state == EditionState.APPROVED, Bulletin.send_at <= self._now)
        return list((await self._session.execute(query.order_by(Bulletin.send_at, Bulletin.id))).scalars())

    async def unfinished(self) -> list[str]:
        """Editions on their way, and cancelled ones of which something still waits."""
        waiting = (
            select(Delivery.id)
            .where(Delivery.about == "bulletin:" + Bulletin.id, Delivery.kind == EDITION)
            .where(Delivery.state == DeliveryState.QUEUED)
            .exists()
        )
        query = select(Bulletin.id).where(
            or_(Bulletin.state == EditionState.SENDING, (Bulletin.state == EditionState.CANCELLED) & waiting)
        )
        return list((await self._session.execute(query.order_by(Bulletin.id))).scalars())

    # Images

    async def images(self, bulletin_id: str) -> Sequence[BulletinImage]:
        """The images of an edition, by name."""
        query = select(BulletinImage).where(BulletinImage.bulletin_id == bulletin_id).order_by(BulletinImage.name)
        return (await self._session.execute(query)).scalars().all()

    async def image(self, bulletin_id: str, *, served_as: str) -> BulletinImage | None:
        """One image by the name under which it is served."""
        query = select(BulletinImage).where(
            BulletinImage.bulletin_id == bulletin_id, BulletinImage.served_as == served_as
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def keep_images(self, bulletin_id: str, images: Iterable[BulletinImage]) -> None:
        """Keeps these images in place of those that were there."""
        await self._session.execute(delete(BulletinImage).where(BulletinImage.bulletin_id == bulletin_id))
        self._session.add_all(images)
        await self._session.flush()

    async def add_image(self, image: BulletinImage) -> None:
        """Keeps one image beside those that are there, in place of one of its name."""
        await self._session.merge(image)
        await self._session.flush()

    # Deliveries

    @cached_property
    def recipients(self) -> Recipients:
        """Who got an edition."""
        return Recipients(self._session, now=self._now)

    async def waiting(self, bulletin_id: str) -> int:
        """How many deliveries of an edition are not settled."""
        query = select(func.count()).where(
            Delivery.about == messages_about(bulletin_id),
            Delivery.kind == EDITION,
            Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.CLAIMED)),
        )
        return (await self._session.execute(query)).scalar_one()

    async def call_off(self, bulletin_id: str, *, reason: str, too_late: bool = False) -> int:
        """Takes back what nobody has claimed yet; with `too_late` only what has outlived its time. Returns how many."""
        over = Delivery.not_after < self._now if too_late else true()
        taken = await self._session.execute(
            update(Delivery)
            .where(Delivery.about == messages_about(bulletin_id), Delivery.kind == EDITION, over)
            .where(Delivery.state == DeliveryState.QUEUED)
            .values(state=DeliveryState.CANCELLED, last_reply=reason)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        return len(taken.all())

    # What live blocks and the last look before sending ask for, for many people at once

    async def left_series(self, series_id: str, *, person_ids: Collection[int]) -> set[int]:
        """Those of these people who left a series."""
        query = select(SeriesSubscription.person_id).where(
            SeriesSubscription.series_id == series_id,
            SeriesSubscription.left_at.is_not(None),
            SeriesSubscription.person_id.in_(ids_given(self._session.get_bind().dialect.name)),
        )
        return set((await self._session.execute(query, ids_of(person_ids))).scalars())

    async def open_surveys(self, person_ids: Collection[int]) -> dict[int, list[OpenSurvey]]:
        """The surveys that wait for each of these people's replies, the one that closes first at the top."""
        found: dict[int, list[OpenSurvey]] = defaultdict(list)
        for some in _pieces(person_ids):
            query = (
                select(SurveyInvitation.person_id, Survey.id, SurveyInvitation.about, Survey.title, Survey.closes_at)
                .join(Survey, Survey.id == SurveyInvitation.survey_id)
                .where(SurveyInvitation.person_id.in_(some), SurveyInvitation.replied.is_(False))
                .where(Survey.state == "open", or_(Survey.closes_at.is_(None), Survey.closes_at > self._now))
                .order_by(Survey.closes_at.is_(None), Survey.closes_at, SurveyInvitation.id)
            )
            for row in (await self._session.execute(query)).all():
                found[row[0]].append(OpenSurvey(*row))
        return found


def _pieces(ids: Collection[int]) -> Iterable[list[int]]:
    """Ids in portions that a statement takes on both databases."""
    wanted = sorted(set(ids))
    return (wanted[start : start + MANY] for start in range(0, len(wanted), MANY))
