"""How many deliveries a line claims at once.

A claim costs nearly the same however many it takes: so while an edition leaves quickly, more of it are claimed at a
time (1,600 instead of 400 cost each message a tenth less, benchmarks/bulletin.py). When it leaves slowly, few are: what
is claimed was looked at then (has its reader left the series?), and other workers cannot have it.
"""

import math
from typing import Final

from storage.tables.deliveries import Lane

FEW: Final[dict[Lane, int]] = {Lane.ALERT: 20, Lane.PROMPT: 50, Lane.ROUTINE: 100, Lane.BULLETIN: 400}
"""As many as this may always be claimed; as many again when half of them are gone."""
MOST: Final[dict[Lane, int]] = {**FEW, Lane.BULLETIN: 1600}
SOON_S: Final = 1.0
"""A claim that is followed by the next one within so many seconds was a small one."""


class Batches:
    """The size of the next claim of each lane. Times are the event loop's, in seconds."""

    def __init__(self) -> None:
        self._sizes = dict(FEW)
        self._claimed_at: dict[Lane, float] = {}

    def size(self, lane: Lane, *, at_once: int | None) -> int:
        """How many to claim; `at_once` is what the gate lets through at once, None without a limit."""
        return min(self._sizes[lane], at_once or self._sizes[lane])

    def claimed(self, lane: Lane, *, found: int, at: float) -> None:
        """Tells of a claim and how many it found."""
        soon = at - self._claimed_at.get(lane, -math.inf) < SOON_S
        self._claimed_at[lane] = at
        size = self._sizes[lane]
        self._sizes[lane] = min(2 * size, MOST[lane]) if soon and found >= size else max(size // 2, FEW[lane])
