"""Slows down who tries too often from one address: sign-in and requests to be let in (reference section 10, row 7).

Kept in memory, because losing it at a restart costs nothing; what must never be passed is counted in the database.
"""

from collections import deque
from datetime import datetime, timedelta

MOST = 60  # a whole council may share one address
WITHIN = timedelta(minutes=10)
MOST_ADDRESSES = 10_000


class Limiter:
    """Counts tries by address within the last ten minutes."""

    def __init__(self, *, most: int = MOST, within: timedelta = WITHIN) -> None:
        self._most = most
        self._within = within
        self._tries: dict[str, deque[datetime]] = {}

    def allows(self, address: str, *, now: datetime) -> bool:
        """Notes a try; False when there were too many."""
        tries = self._tries.setdefault(address, deque())
        while tries and now - tries[0] > self._within:
            tries.popleft()
        if len(tries) >= self._most:
            return False
        tries.append(now)
        if len(self._tries) > MOST_ADDRESSES:
            self._forget(now)
        return True

    def _forget(self, now: datetime) -> None:
        recent = {address: tries for address, tries in self._tries.items() if now - tries[-1] <= self._within}
        self._tries = recent if len(recent) <= MOST_ADDRESSES else {}
