"""What a line has claimed and its hands have not taken yet: the most urgent first, and in each lane the oldest first.

One hand takes alerts only, so that none waits behind a bulletin (settled: the alert lane reserves one connection). The
other hands take alerts as well: a relay that hangs on one alert keeps no second one waiting.
"""

import asyncio
import heapq
import itertools
from typing import Final

from digests.jobs import LANES, Job
from storage.tables.deliveries import Lane

Taking = tuple[bool, "asyncio.Future[Job | None]"]
"""A hand that waits: whether it takes alerts only, and where it looks for its job; None ends it."""


class Buffer:
    """For tasks of one event loop."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Job]] = []
        self._order: Final = itertools.count()
        self._waiting: list[Taking] = []
        self._over = False

    def put(self, job: Job) -> None:
        """A job for whichever hand may take it; for an alert the hand that takes nothing else comes first."""
        alert = job.lane is Lane.ALERT
        free = [taking for taking in self._waiting if not taking[1].done() and (alert or not taking[0])]
        if not free:
            heapq.heappush(self._heap, (LANES.index(job.lane), next(self._order), job))
            return
        chosen = max(free, key=lambda taking: taking[0])
        self._waiting.remove(chosen)
        chosen[1].set_result(job)

    async def take(self, *, alerts_only: bool) -> Job | None:
        """The next job; waits for one. None when it is over."""
        if self._heap and (not alerts_only or self._heap[0][2].lane is Lane.ALERT):
            return heapq.heappop(self._heap)[2]
        if self._over:
            return None
        taking: Taking = (alerts_only, asyncio.get_running_loop().create_future())
        self._waiting.append(taking)
        try:
            return await taking[1]
        finally:
            if taking in self._waiting:
                self._waiting.remove(taking)

    def take_now(self, lane: Lane) -> Job | None:
        """The next job if it is one of this lane: nothing more urgent waits. Does not wait itself."""
        if self._over or not self._heap or self._heap[0][2].lane is not lane:
            return None
        return heapq.heappop(self._heap)[2]

    def more_urgent(self, lane: Lane) -> bool:
        """Whether something of a lane waits that goes before this one."""
        return bool(self._heap) and self._heap[0][0] < LANES.index(lane)

    def drop(self) -> list[Job]:
        """Takes out everything that no hand has taken."""
        dropped = [job for _, _, job in sorted(self._heap, key=lambda entry: entry[:2])]
        self._heap.clear()
        return dropped

    def end(self) -> None:
        """Hands that wait, and those that come back for more, are done. Drop first."""
        self._over = True
        for _, future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()
