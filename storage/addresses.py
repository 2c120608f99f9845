"""E-mail addresses that bounce: their scores, and those that nothing is sent to. Fingerprints only, never an address.

An address has one fingerprint under each secret in use (`bot.mail_addresses.fingerprints`), the newest first: what is
written goes under the first, what is looked up or forgotten goes by all of them.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.rules.bounce_score import Score
from storage.database import insert_into
from storage.mail import BOUNCED
from storage.tables.deliveries import Channel, Delivery, DeliveryState
from storage.tables.mail import BounceScore, InboundMail
from storage.tables.people import SuppressedAddress

LONG_AGO: Final = date(1970, 1, 1)
MANY: Final = 500


class Addresses:
    """Queries over scores and suppressed addresses within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    # Suppressed: nothing is sent there

    async def any_suppressed(self) -> bool:
        """Whether there is any address that nothing is sent to: else no fingerprint has to be made for a claim."""
        query = select(SuppressedAddress.address_mac).limit(1)
        return (await self._session.execute(query)).first() is not None

    async def suppressed_among(self, macs: Collection[str]) -> frozenset[str]:
        """Those of these fingerprints that nothing is sent to."""
        return frozenset(row.address_mac for row in await self.suppressions(macs))

    async def suppressions(self, macs: Collection[str]) -> list[SuppressedAddress]:
        """The rows of those of these fingerprints that nothing is sent to."""
        wanted = list(macs)
        found: list[SuppressedAddress] = []
        for start in range(0, len(wanted), MANY):
            query = select(SuppressedAddress).where(SuppressedAddress.address_mac.in_(wanted[start : start + MANY]))
            found += (await self._session.execute(query)).scalars()
        return found

    async def all_suppressed(self) -> Sequence[SuppressedAddress]:
        """Every address that nothing is sent to, the latest first."""
        query = select(SuppressedAddress).order_by(SuppressedAddress.since.desc(), SuppressedAddress.address_mac)
        return (await self._session.execute(query)).scalars().all()

    async def newly_suppressed(self, *, since: datetime) -> int:
        """How many addresses nothing is sent to any more since an instant."""
        query = select(func.count()).where(SuppressedAddress.since >= since)
        return (await self._session.execute(query)).scalar_one()

    async def suppress(self, *, address_mac: str, reason: str) -> bool:
        """Sends nothing there from now on; False when that was so already, and the first reason stays."""
        put = insert_into(self._session, SuppressedAddress)
        new = await self._session.execute(
            put.values(address_mac=address_mac, reason=reason, since=self._now)
            .on_conflict_do_nothing()
            .returning(SuppressedAddress.address_mac)
        )
        return new.first() is not None

    async def forget(self, macs: Collection[str]) -> bool:
        """Lets an address be written to again and forgets its score; False when nothing was held against it."""
        held = False
        for table in (SuppressedAddress, BounceScore):
            gone = await self._session.execute(
                delete(table)
                .where(table.address_mac.in_(list(macs)))
                .returning(table.address_mac)
                .execution_options(synchronize_session=False)
            )
            held = bool(gone.all()) or held
        return held

    # Scores

    async def score(self, macs: Sequence[str]) -> Score | None:
        """The score of an address, which nobody else changes until this unit of work ends; None when it is clean."""
        put = insert_into(self._session, BounceScore)
        await self._session.execute(
            put.values(address_mac=macs[0], score=0.0, bounced_on=LONG_AGO, status="").on_conflict_do_nothing()
        )
        query = select(BounceScore).where(BounceScore.address_mac.in_(list(macs))).with_for_update()
        found = [row for row in (await self._session.execute(query)).scalars() if row.score > 0]
        if not found:
            return None
        return Score(max(row.score for row in found), max(row.bounced_on for row in found))

    async def keep_score(self, macs: Sequence[str], score: Score | None, *, status: str) -> None:
        """Keeps the score that `score` gave, changed; None leaves no row behind. `status` is the last code."""
        other = list(macs) if score is None else list(macs[1:])
        await self._session.execute(
            delete(BounceScore).where(BounceScore.address_mac.in_(other)).execution_options(synchronize_session=False)
        )
        if score is None:
            return
        values = {"score": score.points, "bounced_on": score.bounced_on, "status": status}
        put = insert_into(self._session, BounceScore).values(address_mac=macs[0], **values)
        await self._session.execute(
            put.on_conflict_do_update(index_elements=[BounceScore.address_mac], set_=values).execution_options(
                synchronize_session=False
            )
        )

    # What arrived, and what did not

    async def arrived(self, person_id: int, *, after: datetime, before: datetime) -> int:
        """How many e-mails to a person were sent between two instants and did not come back."""
        query = select(func.count()).where(
            Delivery.person_id == person_id,
            Delivery.channel == Channel.EMAIL,
            Delivery.state == DeliveryState.SENT,
            Delivery.sent_at > after,
            Delivery.sent_at < before,
            ~_came_back(),
        )
        return (await self._session.execute(query)).scalar_one()

    async def troubled(self, *, person_ids: Collection[int], addresses: Collection[str]) -> list[Delivery]:
        """E-mails to these people and shared mailboxes that failed or came back, the latest first."""
        whose = or_(Delivery.person_id.in_(list(person_ids)), Delivery.address.in_(list(addresses)))
        query = (
            select(Delivery)
            .where(whose, Delivery.channel == Channel.EMAIL)
            .where(or_(Delivery.state == DeliveryState.FAILED, _came_back()))
            .order_by(Delivery.id.desc())
        )
        return list((await self._session.execute(query)).scalars())


def _came_back() -> ColumnElement[bool]:
    return select(InboundMail.id).where(InboundMail.delivery_id == Delivery.id, InboundMail.outcome == BOUNCED).exists()
