"""Whether Herald is well, for supervisors and monitoring: ready to serve, really working, and in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from bot.exposition import gauge, histogram
from handlers.connections import alarms, lights
from handlers.escalations.reaching import in_words, reaches_nobody
from storage import schema
from storage.database import DatabaseBusy
from storage.figures import Figures, figures
from storage.pulse import database_clock, oldest_unsent, queue_depths, unsealed_entries, write_probe
from storage.reach import DatabaseUnreachable, reach
from storage.schema import SchemaMismatch
from storage.tables.deliveries import Lane
from storage.unit_of_work import Store, UnitOfWork

SKEW = timedelta(seconds=60)  # Slack signs with a time and refuses more than 5 minutes; we say it much earlier
STALE = timedelta(seconds=90)  # several cycles of the slowest sweep
KNOWN = timedelta(hours=1)  # how long a worker that fell silent is still shown
ALERT_WAITS = timedelta(seconds=60)  # the target for handing an alert over, at worst


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of one check: why not (nothing when all is well), and facts to look at. No names, no addresses."""

    problems: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def body(self) -> dict[str, Any]:
        """As JSON."""
        return {"status": "ok" if self.well else "failing", "problems": list(self.problems), **self.facts}


async def readiness(store: Store) -> Health:
    """Whether a person who comes now can be served: the schema fits, a write gets through, the clocks agree."""
    try:
        await reach(store.engines)
        await schema.check(store.engines)
        async with store.transaction(intake=True) as uow:
            await write_probe(uow)
            theirs = await database_clock(uow)
            beats = await uow.switches.beats()
    except (DatabaseUnreachable, SchemaMismatch, DatabaseBusy) as problem:
        return Health((str(problem),))
    except Exception as problem:  # whatever a disk or a database does: not ready, and said so
        return Health((f"The database cannot be written ({type(problem).__name__}). Check its disk and its rights.",))
    facts = {"schema": schema.newest(), "version": version("herald-bot")}
    return Health(_clock_problems(store.clock(), theirs, [beat.at for beat in beats]), facts)


def _clock_problems(now: datetime, theirs: datetime | None, beats: list[datetime]) -> tuple[str, ...]:
    if theirs is not None and abs(theirs - now) > SKEW:
        seconds = round(abs((theirs - now).total_seconds()))
        return (f"The clocks of this machine and of the database differ by {seconds} s. Set both by NTP.",)
    if beats and max(beats) - now > SKEW:
        return ("This machine's clock is behind what was recorded before. Set it by NTP.",)
    return ()


async def worker_health(store: Store) -> Health:
    """Whether the background work really goes round, and whether an alert waits for too long."""
    try:
        async with store.reading() as uow:
            beats = await uow.switches.beats()
            oldest = await uow.deliveries.oldest_due_alert()
            lanes = await oldest_unsent(uow)
            paused = await uow.switches.sending_paused()
            ways = await lights(uow)
            nobody = len(await reaches_nobody(uow))
    except Exception as problem:
        return Health((f"The database cannot be read ({type(problem).__name__}). See /health/ready.",))
    now = store.clock()
    age = None if not beats else (now - beats[0].at).total_seconds()
    waits = None if oldest is None else (now - oldest).total_seconds()
    problems = []
    if age is None:
        problems.append("No worker has ever run. Start: herald worker (or herald serve without --no-worker)")
    elif age > STALE.total_seconds():
        problems.append(f"The last worker finished its last cycle {round(age)} s ago. Start it again: herald worker")
    if waits is not None and waits > ALERT_WAITS.total_seconds():
        problems.append(
            f"An alert has been waiting for {round(waits)} s. See /ops/outbox, and ring the people meanwhile."
        )
    if nobody:
        problems.append(f"{in_words(nobody)} Ring the agency now, and see /ops/escalations.")
    problems += sorted({beat.problem for beat in beats if beat.problem and now - beat.at <= STALE})
    problems += alarms(ways)
    up = {way.name: way.up for way in ways}
    facts = {
        "last_cycle_age_s": age,
        "workers": [{"last_cycle_age_s": (now - beat.at).total_seconds()} for beat in beats if now - beat.at <= KNOWN],
        "oldest_unsent_alert_s": waits,
        "escalations_reaching_nobody": nobody,
        "oldest_unsent_s": _ages(lanes, now),
        "sending_paused": paused,
        "up": up,
    }
    return Health(tuple(problems), facts)


def _ages(lanes: Mapping[str, datetime], now: datetime) -> dict[str, float]:
    """Seconds that the oldest of each lane has waited; 0 where nothing waits."""
    return {lane.value: max(0.0, (now - lanes.get(lane, now)).total_seconds()) for lane in Lane}


async def metrics(store: Store) -> str:
    """The numbers in Prometheus' text form (exposition format 0.0.4)."""
    async with store.reading() as uow:
        return "\n".join(await _lines(uow, store.clock())) + "\n"


async def _lines(uow: UnitOfWork, now: datetime) -> list[str]:
    oldest = await uow.deliveries.oldest_due_alert()
    waits = 0.0 if oldest is None else (now - oldest).total_seconds()
    ways = await lights(uow)
    lanes = _ages(await oldest_unsent(uow), now)
    return [
        *gauge("herald_info", "The running version.", [({"version": version("herald-bot")}, 1)]),
        *gauge(
            "herald_deliveries",
            "Deliveries by lane and state.",
            [({"lane": lane, "state": state}, number) for lane, state, number in await queue_depths(uow)],
        ),
        *gauge("herald_oldest_unsent_alert_seconds", "Age of the oldest alert that has not left.", [({}, waits)]),
        *gauge(
            "herald_escalations_reaching_nobody",
            "Open escalations that nobody on the ladder could be told of.",
            [({}, len(await reaches_nobody(uow)))],
        ),
        *gauge(
            "herald_oldest_unsent_seconds",
            "Age of the oldest message of each lane that is due and has not left.",
            [({"lane": lane}, seconds) for lane, seconds in lanes.items()],
        ),
        *gauge(
            "herald_worker_last_cycle_age_seconds",
            "Seconds since a worker finished a cycle.",
            [({"worker": beat.worker}, (now - beat.at).total_seconds()) for beat in await uow.switches.beats()],
        ),
        *gauge(
            "herald_relay_up",
            "1 while what Herald sends is taken, by relay; absent before the first try.",
            [({"relay": way.name}, int(way.up)) for way in ways if way.name != "socket"],
        ),
        *gauge(
            "herald_slack_socket_up",
            "1 while a socket to Slack is open; absent without Socket Mode.",
            [({}, int(way.up)) for way in ways if way.name == "socket"],
        ),
        *gauge("herald_audit_unsealed", "Audit entries not chained yet.", [({}, await unsealed_entries(uow))]),
        *gauge("herald_sending_paused", "1 while sending is paused.", [({}, int(await uow.switches.sending_paused()))]),
        *_figures(await figures(uow)),
    ]


ALERT_BOUNDS_S = (1, 5, 10, 30, 60, 300, 3600)


def _figures(found: Figures) -> list[str]:
    return [
        *gauge(
            "herald_attempts",
            "Tries to hand a message over, by channel and outcome, as long as they are kept.",
            [({"channel": channel, "outcome": outcome}, number) for channel, outcome, number in found.attempts],
        ),
        *gauge(
            "herald_inbound_mails",
            "Mails that came in, by what was done with them and why, as long as they are kept.",
            [({"outcome": outcome, "reason": reason}, number) for outcome, reason, number in found.inbound],
        ),
        *gauge(
            "herald_conversations",
            "Talks by where they were held last and how they stand, as long as they are kept.",
            [({"surface": surface, "status": status}, number) for surface, status, number in found.talks],
        ),
        *gauge(
            "herald_receipts",
            "Things that came in and were taken once, by source, as long as they are kept.",
            [({"source": source}, number) for source, number in found.receipts],
        ),
        *gauge("herald_survey_replies", "Replies to all surveys together.", [({}, found.replies)]),
        *histogram(
            "herald_alert_handover_seconds",
            "From queueing to acceptance, of the latest 1000 alerts that left.",
            found.alert_seconds,
            bounds=ALERT_BOUNDS_S,
        ),
    ]
