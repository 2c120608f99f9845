"""What was done with mail that came in, within one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables.deliveries import Delivery
from storage.tables.mail import InboundMail

TAKEN = "taken"
"""The outcome of a reply that was read."""
BOUNCED = "bounced"
"""The outcome of a message of ours that came back."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many mails ended one way."""

    outcome: str
    reason: str
    n: int


class InboundMails:
    """Queries over mail that came in."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    def record(
        self, *, outcome: str, reason: str = "", purpose: str = "", delivery_id: int | None = None, status: str = ""
    ) -> None:
        """Notes what was done with one mail."""
        self._session.add(
            InboundMail(
                at=self._now,
                delivery_id=delivery_id,
                purpose=purpose,
                outcome=outcome,
                reason=reason,
                status=status or None,
            )
        )

    async def tally(self, *, since: datetime) -> Sequence[Tally]:
        """How mails ended since an instant, the most frequent first."""
        n = func.count()
        query = (
            select(InboundMail.outcome, InboundMail.reason, n)
            .where(InboundMail.at >= since)
            .group_by(InboundMail.outcome, InboundMail.reason)
            .order_by(n.desc(), InboundMail.outcome, InboundMail.reason)
        )
        return [Tally(*row) for row in (await self._session.execute(query)).all()]

    async def delivery_named(self, message_id: str) -> Delivery | None:
        """The e-mail of ours that carries this Message-ID."""
        query = select(Delivery).where(Delivery.message_id == message_id).order_by(Delivery.id).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def taken_from(self, person_id: int, *, since: datetime) -> int:
        """How many replies of one person were read since an instant: what a loop would make grow."""
        query = (
            select(func.count())
            .select_from(InboundMail)
            .join(Delivery, Delivery.id == InboundMail.delivery_id)
            .where(Delivery.person_id == person_id, InboundMail.outcome == TAKEN, InboundMail.at >= since)
        )
        return (await self._session.execute(query)).scalar_one()
