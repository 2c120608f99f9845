"""One unsent message for each escalation, person and way: after an outage people read one true message, not a heap.

A newer message takes back an older one that is still queued, and carries it with the moment at which it should have
been said. Nothing is dropped, and nothing is said twice. Source: reference/booking-escalation-deadlines.md 2.4,
"Delivery contract": stale reminders are merged into one message with true times.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from storage.alerts import SAID_AT, News, news_of, queued, reference_of, say_instead, take_in, unsent
from storage.tables.deliveries import Delivery
from storage.unit_of_work import UnitOfWork

EARLIER: Final = "earlier"
"""The fact that holds what a message took in: kind, facts, what about, and since when (UTC); the first first."""


async def merge_unsent(uow: UnitOfWork, *, reference: str | None = None) -> int:
    """Makes one message of those that wait for the same reader; returns how many were taken into another.

    Called after every telling, for one escalation, and by a sweep for all of them: what a worker had in hand then is
    left to that. Rows are locked, and one that somebody else has is passed over.
    """
    waiting = await unsent(uow.session, reference=reference)
    if not waiting:
        return 0
    merged = 0
    for rows in waiting.values():
        merged += _merge(rows, await news_of(uow.session, rows))
    return merged


def _merge(rows: Sequence[Delivery], news: dict[int, News]) -> int:
    *older, newest = sorted(rows, key=lambda row: (news[row.id].said_at, row.id))
    if newest.doubts:
        return 0  # it may have arrived already, and a mailbox drops what comes again under the same Message-ID
    earlier = []
    for row in older:
        earlier += [*row.facts.get(EARLIER, []), _line(row, news[row.id].said_at)]
    own = [line for line in newest.facts.get(EARLIER, []) if line not in earlier]
    since = [min(row.created_at, news[row.id].said_at) for row in older if not news[row.id].taken]
    take_in(
        newest,
        older,
        facts={**newest.facts, EARLIER: [*earlier, *own]},
        waits_since=min(since, default=newest.created_at),
    )
    return len(older)


async def take_back(uow: UnitOfWork, *, about: str, kinds: Collection[str] | None = None) -> int:
    """Takes back what is about something, of these kinds or of any, because a later state made it untrue.

    Also where another message took it in; and what an untrue message took in and is true is said all the same.
    """

    def untrue(line: dict[str, Any]) -> bool:
        return bool(line["about"] == about and (kinds is None or line["kind"] in kinds))

    for row in await queued(uow.session, reference=reference_of(about)):
        lines = [*row.facts.get(EARLIER, []), _line(row)]
        true = [line for line in lines if not untrue(line)]
        if true and len(true) < len(lines) and not row.doubts:
            *earlier, last = true
            facts = {**last["facts"], EARLIER: earlier, SAID_AT: last["at"]}
            await say_instead(uow.session, row, kind=last["kind"], about=last["about"], facts=facts)
    return await uow.deliveries.supersede(about=about, kinds=kinds)


def _line(row: Delivery, said_at: datetime | None = None) -> dict[str, Any]:
    """What a message has to say itself, as it stands in another that takes it in; moments in UTC."""
    facts = {name: value for name, value in row.facts.items() if name not in (EARLIER, SAID_AT)}
    at = row.facts.get(SAID_AT, row.created_at.isoformat()) if said_at is None else said_at.isoformat()
    return {"at": at, "kind": row.kind, "about": row.about, "facts": facts}
