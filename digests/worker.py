"""The background work: the timetable is ticked, the outbox is drained, and a beat says that both go round.

APScheduler only ticks, in memory: what is due stands in the database, so several workers may tick the same sweeps and a
restart forgets nothing (reference/technology.md 1.4: a shared job store is unsafe).
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import system_clock
from digests.outbox import ALIVE, Drain, DrainSettings, own_name
from digests.sweep import Sweep
from digests.timetable import Tools, all_sweeps
from handlers.partnership import NotSetUp
from storage.unit_of_work import Store

log = logging.getLogger("herald.worker")
BEAT_S: Final = 10.0
STUCK: Final = timedelta(minutes=10)
SILENT: Final = timedelta(minutes=2)
"""The shortest sweeps come every few seconds: when none ends for so long, the timetable itself stands still."""
SWEEPS_END_WITHIN_S: Final = 8.0
SPREAD: Final = timedelta(milliseconds=150)
MOST_ROUNDS: Final = 50
"""How often one tick repeats a sweep that still finds something to do."""


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one tick did: items by sweep, messages that left, messages due and still here, sweeps that failed."""

    done: tuple[tuple[str, int], ...]
    sent: int
    left: int
    failed: tuple[str, ...] = ()


@dataclass(slots=True)
class Rounds:
    """How the sweeps are doing: what runs since when, what went wrong the last time, when one last came to its end."""

    rested_at: datetime | None = None
    running: dict[str, datetime] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    async def run(self, sweep: Sweep, store: Store) -> int:
        """Runs one sweep. Its failure is logged and remembered by name, and never goes further."""
        self.running[sweep.name] = store.clock()
        try:
            done = await sweep.run(store)
        except NotSetUp:
            done = 0  # before the first partnership file there is nothing to do
        except Exception as problem:
            self.failed[sweep.name] = type(problem).__name__
            log.exception("the sweep %s failed; it runs again at its time", sweep.name)
            return 0
        finally:
            del self.running[sweep.name]
            self.rested_at = store.clock()
        self.failed.pop(sweep.name, None)
        if done:
            log.info("%s: %s", sweep.name, done)
        return done

    def problem(self, now: datetime) -> str:
        """What is wrong, in words; empty when nothing is."""
        failed = [f"{name} failed ({kind})" for name, kind in sorted(self.failed.items())]
        stuck = [f"{name} does not come to an end" for name, since in self.running.items() if now - since > STUCK]
        if self.rested_at is not None and now - self.rested_at > SILENT:
            stuck.append("no sweep has come round for minutes")
        return "" if not failed + stuck else f"Background work: {', '.join(failed + stuck)}."


async def run_worker(
    store: Store, settings: DrainSettings, *, tools: Tools, stop: asyncio.Event, name: str = ""
) -> None:
    """Does the background work until `stop` is set, then ends within ten seconds. Set it from SIGTERM."""
    rounds = Rounds(rested_at=store.clock())
    name = name or own_name(settings.host)
    drain = Drain(store, settings, slack=tools.slack, writers=tools.writers, name=name)
    scheduler = AsyncIOScheduler(timezone=UTC)
    _fill(scheduler, all_sweeps(tools), rounds, store)
    scheduler.start()
    over = asyncio.Event()
    beating = asyncio.create_task(_beat(store, rounds, drain, name=name, over=over))
    try:
        await drain.run_forever(stop)
    finally:
        scheduler.pause()
        await _let_end(rounds)
        scheduler.shutdown(wait=False)
        over.set()
        await beating
        await _sign_off(store, name)


async def tick_once(store: Store, settings: DrainSettings, *, tools: Tools) -> TickResult:
    """Does once everything that is due now, drains the outbox, and says what it did (`herald tick`)."""
    rounds = Rounds()
    done: dict[str, int] = {}
    for sweep in all_sweeps(tools):
        for _ in range(MOST_ROUNDS):
            items = await rounds.run(sweep, store)
            done[sweep.name] = done.get(sweep.name, 0) + items
            if not items:
                break
    drain = Drain(store, settings, slack=tools.slack, writers=tools.writers)
    drained = await drain.run_once()
    async with store.transaction() as uow:
        problem = f"{rounds.problem(uow.now)} {drain.problem()}".strip()
        await uow.switches.beat(f"{settings.host}-tick", problem=problem or None)
    return TickResult(
        done=tuple((name, items) for name, items in done.items() if items),
        sent=drained.sent,
        left=drained.left,
        failed=tuple(sorted(rounds.failed)),
    )


def _fill(scheduler: AsyncIOScheduler, sweeps: Iterable[Sweep], rounds: Rounds, store: Store) -> None:
    """One job for each sweep: first at once, a little apart, so that what fell due while we were away is done now."""
    begin = system_clock()
    for place, sweep in enumerate(sweeps):
        scheduler.add_job(
            rounds.run,
            "interval",
            args=(sweep, store),
            id=sweep.name,
            seconds=sweep.every_s,
            next_run_time=begin + SPREAD * place,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )


async def _beat(store: Store, rounds: Rounds, drain: Drain, *, name: str, over: asyncio.Event) -> None:
    while not over.is_set():
        try:
            async with store.transaction() as uow:
                problem = f"{rounds.problem(uow.now)} {drain.problem()}".strip()
                await uow.switches.beat(name, problem=problem or None)
        except Exception:
            log.exception("the beat cannot be written")
        try:
            async with asyncio.timeout(BEAT_S):
                await over.wait()
        except TimeoutError:
            continue


async def _sign_off(store: Store, name: str) -> None:
    try:
        async with store.transaction() as uow:
            await uow.switches.sign_off(name, others_since=uow.now - ALIVE)
    except Exception as problem:  # it ends all the same; its beat grows old
        log.warning("the end of this worker cannot be written down (%s)", type(problem).__name__)


async def _let_end(rounds: Rounds) -> None:
    try:
        async with asyncio.timeout(SWEEPS_END_WITHIN_S):
            while rounds.running:  # noqa: ASYNC110 - sweeps end one by one, in any order
                await asyncio.sleep(0.05)
    except TimeoutError:
        log.warning("stopped while sweeps were running: %s", ", ".join(sorted(rounds.running)))
