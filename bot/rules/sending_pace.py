"""How long sending takes: the relay's limits as the rate keeper obeys them, and an estimate of the end. Pure.

Instants are aware UTC and come in as arguments. Rule: reference/email-delivery.md section 4.9 (several windows, each
true for any stretch of time; a part of every window stays free for alerts) and settled.md ("the alert lane").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.rules.relay import RateWindow

ALERT_SHARE: Final = 0.1
"""Of every window this much, and at least one message, stays free for alerts."""
LOOKED_BACK: Final = timedelta(minutes=5)
ENOUGH_TO_JUDGE: Final = timedelta(seconds=10)
"""What was sent in less time than this says nothing about the pace."""


def for_ordinary(window: RateWindow) -> int:
    """How many messages of a window anything but an alert may use."""
    reserved = 0 if window.messages == 1 else max(1, int(window.messages * ALERT_SHARE))
    return window.messages - reserved


def share_of(window: RateWindow, *, workers: int) -> RateWindow:
    """The part of a window that one of several workers keeps to."""
    return replace(window, messages=max(1, window.messages // max(1, workers)))


def usable(windows: Sequence[RateWindow], *, workers: int = 1) -> tuple[RateWindow, ...]:
    """What all workers together really send of anything but alerts, within the relay's limits."""
    workers = max(1, workers)
    return tuple(
        replace(window, messages=workers * for_ordinary(share_of(window, workers=workers))) for window in windows
    )


def last_leaves(
    messages: int, limits: Sequence[RateWindow], *, now: datetime, sent: Sequence[datetime] = ()
) -> datetime:
    """When the last of so many messages may leave, given those that left before (`sent`, the oldest first).

    `limits` are what may really be used (`usable`). Nothing else is taken into account: no latency, no trouble.
    """
    if messages <= 0 or not limits:
        return now
    left = list(sent)
    for _ in range(messages):
        at = max(now, left[-1]) if left else now
        for limit in limits:
            if len(left) >= limit.messages:
                at = max(at, left[-limit.messages] + limit.period)
        left.append(at)
    return left[-1]


@dataclass(frozen=True, slots=True)
class Pace:
    """What was really sent lately: `messages` over `stretch`, up to now."""

    messages: int
    stretch: timedelta

    @property
    def a_minute(self) -> float:
        """Messages a minute; 0 where too little is known."""
        if self.messages == 0 or self.stretch < ENOUGH_TO_JUDGE:
            return 0.0
        return self.messages / (self.stretch / timedelta(minutes=1))


def expected_end(
    messages: int, limits: Sequence[RateWindow], *, now: datetime, sent: Sequence[datetime], pace: Pace
) -> datetime | None:
    """When so many messages will have left: the later of what the limits allow and what the pace shows.

    None where there is neither a limit nor a pace to go by. A pace below what the limits allow counts only once it has
    been seen for a while (`ENOUGH_TO_JUDGE`).
    """
    if messages <= 0:
        return now
    if not limits and not pace.a_minute:
        return None
    by_limit = last_leaves(messages, limits, now=now, sent=sent)
    if not pace.a_minute:
        return by_limit
    return max(by_limit, now + timedelta(minutes=messages / pace.a_minute))


def in_words(span: timedelta) -> str:
    """A span as people say it: "less than a minute", "about 34 minutes", "about 3 hours", "about 2 days"."""
    minutes = span / timedelta(minutes=1)
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return _about(minutes, "minute")
    if minutes < 36 * 60:
        return _about(minutes / 60, "hour")
    return _about(minutes / 60 / 24, "day")


def _about(number: float, unit: str) -> str:
    whole = max(1, round(number))
    return f"about {whole} {unit}{'' if whole == 1 else 's'}"


def limits_in_words(windows: Sequence[RateWindow]) -> str:
    """The relay's limits as people say them: "30 a minute, 10,000 a day"."""
    units = {1: "a second", 60: "a minute", 3600: "an hour", 86400: "a day"}
    return ", ".join(f"{window.messages:,} {units[round(window.period.total_seconds())]}" for window in windows)
