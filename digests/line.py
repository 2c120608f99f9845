"""One way out: claims deliveries for a channel ahead of need, and lets its hands take them, the most urgent first.

An alert never waits behind a bulletin (`digests/buffer.py`), and everywhere the most urgent lane goes first.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.clock import Clock
from digests.batches import Batches
from digests.buffer import Buffer
from digests.feeder import Feeder, Found
from digests.hands import MayGo
from digests.jobs import LANES, Job, Lease
from digests.recorder import Entry, Recorder
from digests.verdicts import Verdict
from storage.tables.deliveries import Channel, Lane
from storage.unit_of_work import Store

log = logging.getLogger("herald.outbox")
LOOK_AGAIN_S: Final = 0.2
SWITCH_IS_READ_S: Final = 10.0
AFTER_TROUBLE_S: Final = 1.0
LONGEST_WAIT_OF_A_TICK: Final = timedelta(seconds=2)


class Hands(Protocol):
    """Takes one delivery at a time (`digests/hands.py`)."""

    interrupted: Verdict | None

    def promised(self, line: MayGo) -> Job | None:
        """The delivery that it has asked the line for ahead of time and that comes next; None when there is none."""

    def let_go(self) -> list[Job]:
        """Gives up whatever it has asked for ahead of time."""

    async def offer(self, job: Job, line: MayGo) -> Verdict | None:
        """What became of it; None when it goes back."""

    async def close(self) -> None:
        """Ends what is open."""


class Gate(Protocol):
    """Whether it makes sense to claim at all."""

    @property
    def trying(self) -> bool:
        """Whether just one delivery is wanted, to see whether the other side is well."""

    @property
    def at_once(self) -> int | None:
        """How many it lets through at once: what is claimed beyond that only keeps other workers from it."""

    def rest(self, now: datetime) -> timedelta:
        """How long not to claim."""


@dataclass(slots=True)
class Orders:
    """What all lines obey: stop for good, pause everything, pause what is about something, do it only once.

    `stopped`: subjects that the relay will not have, and until when we remember it ourselves (by then their switch is
    written and read). Else hundreds more would be refused for good in between.
    """

    stop: asyncio.Event
    once: bool = False
    paused: bool = False
    paused_subjects: frozenset[str] = frozenset()
    stopped: dict[str, float] = field(default_factory=dict)

    def stop_about(self, subject: str) -> None:
        """Nothing more about this is handed over."""
        self.stopped[subject] = asyncio.get_running_loop().time() + SWITCH_IS_READ_S

    def quiet(self) -> frozenset[str]:
        """What nothing is to be handed over about now."""
        if not self.stopped:
            return self.paused_subjects
        now = asyncio.get_running_loop().time()
        return self.paused_subjects.union(subject for subject, until in self.stopped.items() if now < until)


class Line:
    """Feeder, buffer and hands of one channel. Implements `MayGo` for its hands."""

    def __init__(
        self,
        store: Store,
        *,
        channel: Channel,
        feeder: Feeder,
        hands: Sequence[Hands],
        gate: Gate,
        recorder: Recorder,
        orders: Orders,
        poll_s: float,
        grace_s: float,
    ) -> None:
        self.channel = channel
        self.wake = asyncio.Event()
        self.handled = 0
        self.came_round: float | None = None
        self._store = store
        self._clock: Clock = store.clock
        self._feeder, self._hands, self._gate, self._recorder, self._orders = feeder, hands, gate, recorder, orders
        self._poll_s, self._grace_s = poll_s, grace_s
        self._buffer = Buffer()
        self._buffered: Counter[Lane] = Counter()
        self._batches = Batches()
        self._busy = 0
        self._blocked = False
        self._empty: dict[Lane, float] = {}
        self._going_back: list[Job] = []
        self._leases: dict[str, Lease] = {}

    async def run(self) -> None:
        """Works until it is told to stop, or once through everything that is due."""
        self._blocked = False
        self._empty.clear()
        self._buffer = Buffer()
        several = len(self._hands) > 1
        workers = [
            asyncio.create_task(self._work(hands, alerts_only=several and place == 0))
            for place, hands in enumerate(self._hands)
        ]
        try:
            await self._feed()
        finally:
            self._drop_buffer()
            self._buffer.end()
            await self._finish(workers)

    def wake_up(self) -> None:
        """There is new work, or an order has changed: look at once."""
        self._empty.clear()
        self.wake.set()

    def silent_s(self) -> float:
        """For how long it has looked at nothing, beyond the wait between two looks; 0 while it goes round."""
        if self.came_round is None:
            return 0.0
        return max(0.0, asyncio.get_running_loop().time() - self.came_round - self._poll_s)

    async def renew(self, *, lease: timedelta) -> None:
        """Keeps the claims that are still worked on; one that was lost is not worked on any more."""
        held = {token: one for token, one in self._leases.items() if one.left > 0}
        if not held:
            return
        until = self._clock() + lease
        async with self._store.transaction() as uow:
            kept = await uow.deliveries.claims.renew(held, until=until)
        for token, one in held.items():  # some may have been settled meanwhile
            one.until = until if token in kept else self._clock()

    def may_go(self, job: Job) -> bool:
        """Whether a delivery may still be handed over."""
        orders = self._orders
        if orders.stop.is_set() or orders.paused or job.row.about in orders.quiet():
            return False
        now = self._clock()
        return job.lease.holds(now) and not self._gate.rest(now)

    def ahead(self) -> Job | None:
        """A bulletin's delivery for a hand that can begin it while the last one is not answered yet."""
        job = self._buffer.take_now(Lane.BULLETIN)
        if job is not None:
            self._buffered[job.lane] -= 1
        return job

    def presses(self, job: Job) -> bool:
        """Whether something more urgent waits."""
        return self._buffer.more_urgent(job.lane)

    async def patience(self, job: Job, wait: timedelta) -> bool:
        """Waits a little for the gate; False in a single run that would have to wait for long."""
        if self._orders.once and wait > LONGEST_WAIT_OF_A_TICK:
            self._blocked = True
            return False
        await asyncio.sleep(min(wait.total_seconds(), LOOK_AGAIN_S))
        return self.may_go(job)

    async def _feed(self) -> None:
        orders = self._orders
        while not orders.stop.is_set():
            self.came_round = asyncio.get_running_loop().time()
            self.wake.clear()
            found = 0
            try:
                if orders.paused or self._gate_rests():
                    self._drop_buffer()
                await self._give_back()
                if not (orders.paused or self._blocked or self._gate_rests()):
                    found = await self._claim()
            except Exception:
                log.exception("the outbox cannot be claimed from (%s)", self.channel.value)
                await asyncio.sleep(AFTER_TROUBLE_S)
            if orders.once and not found and not self._busy and not sum(self._buffered.values()):
                break
            if not found:
                await self._wait()

    async def _wait(self) -> None:
        """Until there is something to do, a moment has passed, or it is over."""
        woken = [asyncio.create_task(event.wait()) for event in (self.wake, self._orders.stop)]
        done, _ = await asyncio.wait(woken, timeout=self._poll_s, return_when=asyncio.FIRST_COMPLETED)
        for task in woken:
            task.cancel()
        if not done:
            self._empty.clear()

    async def _claim(self) -> int:
        wanted = self._wanted()
        # Said before looking: whatever is queued while we look wakes us, and that takes it back.
        self._empty |= dict.fromkeys(wanted, asyncio.get_running_loop().time() + self._poll_s)
        due = await self._feeder.lanes_due(wanted) if wanted else []
        found = Found((), {})
        if due:
            found = await self._feeder.claim({lane: wanted[lane] for lane in due}, but_not_about=self._orders.quiet())
        for lane in due:
            self._batches.claimed(lane, found=found.rows[lane], at=asyncio.get_running_loop().time())
            if found.rows[lane] == wanted[lane]:
                self._empty.pop(lane, None)
        for job in found.jobs:
            self._leases[job.lease.token] = job.lease
            self._buffered[job.lane] += 1
            self._buffer.put(job)
        return sum(found.rows.values())

    def _wanted(self) -> dict[Lane, int]:
        """How many to claim of each lane that runs low, unless it was seen empty a moment ago."""
        if self._gate.trying:
            return {lane: 1 for lane in LANES if not self._buffered[lane]}
        held = self._buffered if self._gate.at_once else Counter[Lane]()
        return {lane: self._batch(lane) - held[lane] for lane in LANES if self._runs_low(lane)}

    def _runs_low(self, lane: Lane) -> bool:
        if self._buffered[lane] > self._batch(lane) // 2:
            return False
        return self._empty.get(lane, 0.0) <= asyncio.get_running_loop().time()

    def _batch(self, lane: Lane) -> int:
        return self._batches.size(lane, at_once=self._gate.at_once)

    def _gate_rests(self) -> bool:
        return bool(self._gate.rest(self._clock()))

    async def _work(self, hands: Hands, *, alerts_only: bool) -> None:
        try:
            while (job := hands.promised(self) or await self._taken(alerts_only=alerts_only)) is not None:
                self._busy += 1
                verdict: Verdict | None = None
                try:
                    verdict = await hands.offer(job, self)
                except asyncio.CancelledError:
                    verdict = hands.interrupted
                    raise
                except Exception:
                    log.exception("delivery %s of kind %s was interrupted", job.row.id, job.row.kind)
                    verdict = hands.interrupted
                finally:
                    self._busy -= 1
                    self._done(job, verdict)
        finally:
            self._going_back += hands.let_go()

    async def _taken(self, *, alerts_only: bool) -> Job | None:
        job = await self._buffer.take(alerts_only=alerts_only)
        if job is not None:
            self._buffered[job.lane] -= 1
        return job

    def _done(self, job: Job, verdict: Verdict | None) -> None:
        if verdict is None:
            self._going_back.append(job)
        else:
            self.handled += 1
            if verdict.stop_about:
                self._orders.stop_about(verdict.stop_about)
            self._recorder.put(Entry(verdict, job.row))
            self._settled(job)
        if not self._busy and not sum(self._buffered.values()):
            self.wake_up()
        elif self._going_back or self._runs_low(job.lane):
            self.wake.set()

    def _settled(self, job: Job) -> None:
        job.lease.left -= 1
        if job.lease.left <= 0:
            self._leases.pop(job.lease.token, None)

    def _drop_buffer(self) -> None:
        for job in self._buffer.drop():
            self._buffered[job.lane] -= 1
            self._going_back.append(job)

    async def _give_back(self) -> None:
        jobs, self._going_back = self._going_back, []
        if not jobs:
            return
        by_token: dict[str, list[Job]] = defaultdict(list)
        for job in jobs:
            by_token[job.lease.token].append(job)
        try:
            async with self._store.transaction() as uow:
                for token, of_token in by_token.items():
                    await uow.deliveries.claims.release(token, [job.row.id for job in of_token])
        except BaseException:
            self._going_back += jobs
            raise
        for job in jobs:
            self._settled(job)

    async def _finish(self, workers: "list[asyncio.Task[None]]") -> None:
        """Gives what is under way its time to end, then cuts it off; what was cut off is in doubt, never lost."""
        _, late = await asyncio.wait(workers, timeout=self._grace_s if self._orders.stop.is_set() else None)
        if late:
            log.warning("stopped while %s message(s) were being handed over (%s)", len(late), self.channel.value)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for hands in self._hands:
            await hands.close()
        await self._give_back()
