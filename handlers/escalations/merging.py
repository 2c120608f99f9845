"""One unsent message for each escalation, person and way: after an outage people read one true message, not a heap.

A newer message takes back an older one that is still queued, and carries it with the moment at which it should have
been said. Nothing is dropped, and nothing is said twice. Source: reference/booking-escalation-deadlines.md 2.4,
"Delivery contract": stale reminders are merged into one message with true times.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bot.rules.calendar import WorkingCalendar
from handlers.partnership import calendar_of
from storage.alerts import SAID_AT, News, news_of, take_in, unsent
from storage.tables.deliveries import Delivery
from storage.unit_of_work import UnitOfWork

EARLIER: Final = "earlier"
"""The fact that holds what a message took in: kind, facts, and since when (local time), the first first."""


async def merge_unsent(uow: UnitOfWork, *, reference: str | None = None) -> int:
    """Makes one message of those that wait for the same reader; returns how many were taken into another.

    Called after every telling, for one escalation, and by a sweep for all of them: what a worker had in hand then is
    left to that. Rows are locked, and one that somebody else has is passed over.
    """
    waiting = await unsent(uow.session, reference=reference)
    if not waiting:
        return 0
    calendar = await calendar_of(uow)
    merged = 0
    for rows in waiting.values():
        merged += _merge(rows, await news_of(uow.session, rows), calendar)
    return merged


def _merge(rows: Sequence[Delivery], news: dict[int, News], calendar: WorkingCalendar) -> int:
    *older, newest = sorted(rows, key=lambda row: (news[row.id].said_at, row.id))
    if newest.doubts:
        return 0  # it may have arrived already, and a mailbox drops what comes again under the same Message-ID
    earlier = [line for row in older for line in _lines(row, calendar.local(news[row.id].said_at))]
    own = [line for line in newest.facts.get(EARLIER, []) if line not in earlier]
    since = [min(row.created_at, news[row.id].said_at) for row in older if not news[row.id].taken]
    take_in(
        newest,
        older,
        facts={**newest.facts, EARLIER: [*earlier, *own]},
        waits_since=min(since, default=newest.created_at),
    )
    return len(older)


def _lines(row: Delivery, said_at: datetime) -> list[dict[str, Any]]:
    """What a message that is taken back had to say: first what it had taken in itself."""
    facts = {name: value for name, value in row.facts.items() if name not in (EARLIER, SAID_AT)}
    return [*row.facts.get(EARLIER, []), {"at": said_at.isoformat(), "kind": row.kind, "facts": facts}]
