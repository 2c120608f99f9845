"""What has become of messages, talks and replies, counted in the database, so that any process can say it.

Retention takes old rows away, so these are figures of what is still kept, not counts since the beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from storage.tables.conversations import Conversation, InboundReceipt
from storage.tables.deliveries import Delivery, DeliveryAttempt, DeliveryState, Lane
from storage.tables.mail import InboundMail
from storage.tables.surveys import SurveyResponse
from storage.unit_of_work import UnitOfWork

LATEST_ALERTS = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by the words that tell them apart, and how long each of the latest alerts took to be taken, in seconds."""

    attempts: Sequence[tuple[str, str, int]]
    inbound: Sequence[tuple[str, str, int]]
    talks: Sequence[tuple[str, str, int]]
    receipts: Sequence[tuple[str, int]]
    replies: int
    alert_seconds: Sequence[float]


async def figures(uow: UnitOfWork) -> Figures:
    """All of them. They hold no name, no address, and nothing of a single survey."""
    n = func.count()
    attempts = (
        select(Delivery.channel, DeliveryAttempt.outcome, n)
        .join(Delivery, Delivery.id == DeliveryAttempt.delivery_id)
        .group_by(Delivery.channel, DeliveryAttempt.outcome)
    )
    inbound = select(InboundMail.outcome, InboundMail.reason, n).group_by(InboundMail.outcome, InboundMail.reason)
    talks = select(Conversation.surface, Conversation.status, n).group_by(Conversation.surface, Conversation.status)
    receipts = select(InboundReceipt.source, n).group_by(InboundReceipt.source)
    run = uow.session.execute
    return Figures(
        attempts=sorted((row[0], row[1], row[2]) for row in (await run(attempts)).all()),
        inbound=sorted((row[0], row[1], row[2]) for row in (await run(inbound)).all()),
        talks=sorted((row[0], row[1], row[2]) for row in (await run(talks)).all()),
        receipts=sorted((row[0], row[1]) for row in (await run(receipts)).all()),
        replies=(await run(select(n).select_from(SurveyResponse))).scalar_one(),
        alert_seconds=await _alert_seconds(uow),
    )


async def _alert_seconds(uow: UnitOfWork) -> list[float]:
    query = (
        select(Delivery.created_at, Delivery.sent_at)
        .where(Delivery.lane == Lane.ALERT, Delivery.state == DeliveryState.SENT, Delivery.sent_at.is_not(None))
        .order_by(Delivery.sent_at.desc())
        .limit(LATEST_ALERTS)
    )
    rows = (await uow.session.execute(query)).all()
    return [max(0.0, (sent - created).total_seconds()) for created, sent in rows if sent is not None]
