"""How fast a relay lets us send: several windows at once, never exceeded in any stretch of time, alerts first.

The bucket remembers when the last messages left, so a limit of 30 a minute holds for every 60 seconds, not only for
those that a clock begins. Filled again from the delivery rows after a restart (`restored`), it is as persistent as they
are. Time comes in as `now`, aware UTC. Rule: reference/email-delivery.md section 4.9.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.rules.relay import RateWindow
from bot.rules.sending_pace import for_ordinary

Lane = Literal["alert", "ordinary", "edition"]
HALVED: Final = 0.5
REGAINED_A_MINUTE: Final = 0.1
MINUTE: Final = timedelta(minutes=1)
NOW: Final = timedelta(0)


class RateBucket:
    """The rate of one relay. No windows: no limit.

    An edition's messages are spaced evenly over the minute: sent in one rush they would all leave the window together,
    and once an alert has used what is kept for alerts, the next would wait for most of a minute.
    """

    def __init__(self, windows: Iterable[RateWindow]) -> None:
        self.windows: Final = tuple(windows)
        self._left: deque[datetime] = deque(maxlen=max((window.messages for window in self.windows), default=0))
        self._slowed_at: datetime | None = None
        self._slowed_to = 1.0
        self._next_of_edition: datetime | None = None

    @classmethod
    def restored(cls, windows: Sequence[RateWindow], sent_at: Iterable[datetime]) -> "RateBucket":
        """The bucket as it was, from the instants at which messages left (those of the longest window are enough)."""
        bucket = cls(windows)
        bucket._left.extend(sorted(sent_at))
        return bucket

    def take(self, now: datetime, lane: Lane = "ordinary") -> timedelta:
        """Zero, and the message is counted; or how long to wait before asking again."""
        wait = self.wait(now, lane)
        if not wait and self.windows:
            self._count(now)
            if lane == "edition":
                spacing = self._spacing(now)
                # A hand that woke a little late does not put back those behind it.
                due = max(self._next_of_edition or now, now - spacing)
                self._next_of_edition = min(due, now) + spacing  # it lies ahead where a clock was set back
        return wait

    def wait(self, now: datetime, lane: Lane = "ordinary") -> timedelta:
        """How long until this lane may send."""
        longest = NOW
        factor = self._factor(now)
        for window in self.windows:
            allowed = self._allowed(window, lane, factor)
            if len(self._left) >= allowed:
                longest = max(longest, self._left[-allowed] + window.period - now)
        if lane == "edition" and self._next_of_edition is not None:
            spaced = self._next_of_edition - now
            if spaced <= MINUTE:  # nothing is ever spaced further: else the clock was set back
                longest = max(longest, spaced)
        return longest

    def slow_down(self, now: datetime) -> None:
        """The relay asked for patience (`Temporary` with retry `relay`): half the rate, regained by 10 % a minute."""
        self._slowed_to = max(self._factor(now) * HALVED, 0.01)
        self._slowed_at = now

    def _spacing(self, now: datetime) -> timedelta:
        """Between two messages of an edition. Limits a second need none, and over a day it would take a day."""
        factor = self._factor(now)
        of_minutes = [window for window in self.windows if window.period == MINUTE]
        return max((MINUTE / self._allowed(window, "edition", factor) for window in of_minutes), default=NOW)

    def _allowed(self, window: RateWindow, lane: Lane, factor: float) -> int:
        most = window.messages if lane == "alert" else for_ordinary(window)
        return max(1, round(most * factor - 0.499))

    def _factor(self, now: datetime) -> float:
        if self._slowed_at is None:
            return 1.0
        regained = REGAINED_A_MINUTE * ((now - self._slowed_at) / timedelta(minutes=1))
        return min(1.0, self._slowed_to + max(regained, 0.0))

    def _count(self, now: datetime) -> None:
        if self._left and now < self._left[-1]:  # a clock set back: keep the order that `wait` relies on
            rest = list(self._left)
            insort(rest, now)
            self._left.clear()
            self._left.extend(rest)
        else:
            self._left.append(now)
