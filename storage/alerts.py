"""Messages about escalations in the outbox: what waits for the same reader, and what has failed for good.

An escalation's messages carry its reference as what they are about, or the reference and a step after a stroke.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.mail import BOUNCED
from storage.tables.base import Facts
from storage.tables.deliveries import Delivery, DeliveryAttempt, DeliveryState
from storage.tables.mail import InboundMail

KINDS_BEGIN: Final = "escalation."
GONE_FOR_GOOD: Final = (DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.SUPPRESSED)
REFUSED: Final = "refused"
"""What an attempt that the other side refused for good is called (`digests/verdicts.py`). An alert is tried again all
the same, but nobody waits for it."""


SAID_AT: Final = "said_at"
"""The fact that keeps when a message itself was queued (UTC), once it has waited for longer than that."""


class Reader(NamedTuple):
    """Whom a row is for, about which escalation, by which way: of these one message waits at the most."""

    reference: str
    person_id: int | None
    address: str | None
    channel: str


def reader_of(row: Delivery) -> Reader:
    """Whom a row is for."""
    return Reader(reference_of(row.about), row.person_id, row.address, row.channel)


def reference_of(about: str) -> str:
    """The reference of the escalation that a message is about."""
    return about.partition("/")[0]


async def unsent(session: AsyncSession, *, reference: str | None = None) -> Mapping[Reader, Sequence[Delivery]]:
    """What waits for readers for whom more than one message waits, locked. What a worker has in hand is left out."""
    found: dict[Reader, list[Delivery]] = defaultdict(list)
    for row in await queued(session, reference=reference):
        found[reader_of(row)].append(row)
    return {reader: rows for reader, rows in found.items() if len(rows) > 1}


async def queued(session: AsyncSession, *, reference: str | None = None) -> Sequence[Delivery]:
    """What waits, locked, the first first. What a worker has in hand is left out."""
    query = select(Delivery).where(Delivery.state == DeliveryState.QUEUED, _of_escalations(reference))
    query = query.order_by(Delivery.id).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalars().all()


async def several_wait(session: AsyncSession) -> bool:
    """Whether several messages about one escalation wait for the same reader: a look without a lock."""
    query = select(Delivery.about, Delivery.person_id, Delivery.address, Delivery.channel).where(
        Delivery.state == DeliveryState.QUEUED, _of_escalations(None)
    )
    readers = [Reader(reference_of(row[0]), *row[1:]) for row in (await session.execute(query)).all()]
    return len(set(readers)) < len(readers)


class News(NamedTuple):
    """One piece of news to one reader, whatever ways it went: when it was said first, and whether one way took it."""

    said_at: datetime
    taken: bool


async def news_of(session: AsyncSession, rows: Sequence[Delivery]) -> dict[int, News]:
    """What each row says, by its id: the same kind about the same thing to the same person, over both ways."""
    same = select(Delivery).where(
        Delivery.about.in_({row.about for row in rows}), Delivery.kind.in_({r.kind for r in rows})
    )
    by_news: dict[str, list[Delivery]] = defaultdict(list)
    for other in (await session.execute(same)).scalars():
        by_news[_without_way(other)].append(other)
    found = {}
    for row in rows:
        ways = by_news[_without_way(row)] or [row]
        found[row.id] = News(
            min(_said_at(each) for each in ways), any(each.state == DeliveryState.SENT for each in ways)
        )
    return found


def take_in(newest: Delivery, older: Sequence[Delivery], *, facts: Facts, waits_since: datetime) -> None:
    """Makes one message of several: the newest says it all, and has waited for as long as the first."""
    newest.facts = {**facts, SAID_AT: _said_at(newest).isoformat()}
    newest.created_at = min(newest.created_at, waits_since)
    for row in older:
        row.state, row.lease = DeliveryState.SUPERSEDED.value, None


class Lost(NamedTuple):
    """People, by id, and mailboxes, by address, that no way reaches any more.

    A refused alert is tried again every hour, because that may be mended; nobody waits for it (contract, Delivery).
    """

    people: frozenset[int]
    mailboxes: frozenset[str]


async def unreachable(session: AsyncSession, abouts: Collection[str]) -> dict[str, Lost]:
    """By what their messages are about: who was sent something and can be reached by no way. Left out: nobody."""
    rows = (await session.execute(select(Delivery).where(Delivery.about.in_(abouts)).order_by(Delivery.id))).scalars()
    readers: dict[tuple[str, int | str], list[Delivery]] = defaultdict(list)
    for row in rows:
        readers[row.about, row.person_id or str(row.address)].append(row)
    ids = [row.id for found in readers.values() for row in found]
    refused = await _refused(session, ids) | await _came_back(session, ids)
    lost = {reader for reader, found in readers.items() if _is_lost(found, refused)}
    return {
        about: Lost(
            frozenset(who for of, who in lost if of == about and isinstance(who, int)),
            frozenset(who for of, who in lost if of == about and isinstance(who, str)),
        )
        for about in {of for of, _ in lost}
    }


def _is_lost(rows: Sequence[Delivery], refused: Collection[int]) -> bool:
    """Whether no way took any of these messages to one reader, and none will. Of each way its latest counts."""
    if any(row.state == DeliveryState.SENT and row.id not in refused for row in rows):
        return False
    latest = {row.channel: row for row in rows}
    return all(row.state in GONE_FOR_GOOD or row.id in refused for row in latest.values())


async def say_instead(session: AsyncSession, row: Delivery, *, kind: str, about: str, facts: Facts) -> None:
    """Lets a row that waits say something else; the row stays the one that it is."""
    row.kind, row.about, row.facts = kind, about, facts
    await session.flush()


async def _refused(session: AsyncSession, ids: Collection[int]) -> set[int]:
    last = select(func.max(DeliveryAttempt.id)).where(DeliveryAttempt.delivery_id.in_(ids))
    query = select(DeliveryAttempt.delivery_id).where(
        DeliveryAttempt.id.in_(last.group_by(DeliveryAttempt.delivery_id)), DeliveryAttempt.outcome == REFUSED
    )
    return set((await session.execute(query)).scalars())


async def _came_back(session: AsyncSession, ids: Collection[int]) -> set[int]:
    query = select(InboundMail.delivery_id).where(
        InboundMail.delivery_id.in_(ids), InboundMail.outcome == BOUNCED, InboundMail.reason == "permanent"
    )
    return {found for found in (await session.execute(query)).scalars() if found is not None}


def _of_escalations(reference: str | None) -> ColumnElement[bool]:
    ours = Delivery.kind.startswith(KINDS_BEGIN)
    if reference is None:
        return ours
    step = Delivery.about.startswith(f"{reference}/", autoescape=True)
    return and_(ours, or_(Delivery.about == reference, step))


def _said_at(row: Delivery) -> datetime:
    said = row.facts.get(SAID_AT)
    return row.created_at if said is None else datetime.fromisoformat(said)


def _without_way(row: Delivery) -> str:
    return row.ledger_key.removesuffix(f":{row.channel}")
