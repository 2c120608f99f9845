"""Plays the story: from the first day to now the clock moves, people act, sweeps run, and messages leave.

What was sent long ago is recorded as sent without leaving; the last days' messages really go to the inbox and to the
stand-in Slack, on the days on which they are due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Final

from bot.demo.story.clock import When
from bot.demo.story.northmere import partnership_yaml
from bot.demo.story.people import people_csv
from bot.demo.story.scenes import all_scenes
from bot.demo.story.stage import Scene, Stage
from bot.files.partnership import parse_partnership
from bot.files.people import parse_people
from bot.mail_addresses import message_id_for
from digests import bulletins, housekeeping, pledges, surveys
from digests.outbox import Drain
from digests.timetable import SWEEPS
from handlers.files import apply_file
from handlers.known import known_names
from handlers.partnership import calendar_for
from handlers.people import import_people
from storage.results import Recorded
from storage.tables.deliveries import Channel, DeliveryState, Lane
from storage.unit_of_work import Store, UnitOfWork

BEGAN: Final = timedelta(days=400)
DELIVERED: Final = timedelta(days=6)
"""How far back messages are really delivered."""
DAILY: Final = timedelta(days=16)
"""How far back the sweeps run each working day; before that every fortnight."""
LONG_AGO: Final = (pledges.ask, pledges.remind, pledges.lapse, surveys.close_due, bulletins.release, bulletins.end)
"""The sweeps that have something to do in the long past; the others' clocks stand still between the scenes."""
REPLY: Final = "250 part of the story"
CLAIMED: Final = 500
"""How many messages are recorded as sent in one go."""


@dataclass(frozen=True, slots=True)
class Post:
    """How messages leave: the drain for the last days, and the domain of Message-IDs for those only recorded."""

    drain: Drain
    domain: str


def when_for(now: datetime) -> When:
    """The story's calendar, seen from now (UTC)."""
    return When(now, calendar_for(parse_partnership(partnership_yaml(now.date())).value))


async def begin(stage: Stage) -> None:
    """The first day: the partnership and its people. The database must be migrated and empty."""
    stage.clock.move(stage.when.now - BEGAN)
    await stage.work(lambda uow: _begin(uow, stage.when))


async def live(stage: Stage, post: Post) -> None:
    """Lives the story from the first day up to now."""
    when = stage.when
    long_ago_ends = Scene(when.now - DELIVERED, _nothing, tended=True)
    scenes = sorted([*all_scenes(when), long_ago_ends], key=lambda scene: scene.at)
    for before, scene in pairwise([Scene(when.now - BEGAN, _nothing), *scenes, Scene(when.now, _nothing)]):
        for at in _rounds(when, after=before.at, until=scene.at):
            await _tend(stage, at, post)
        stage.clock.move(scene.at)
        await scene.play(stage)
        if scene.tended:
            await _tend(stage, scene.at, post)
        elif scene.at > when.now - DELIVERED:
            await post.drain.run_once()
    await _tend(stage, when.now, post)


async def _begin(uow: UnitOfWork, when: When) -> None:
    today = when.calendar.local_date(when.now)
    await apply_file(uow, name="partnership.yaml", text=partnership_yaml(today))
    rows = parse_people(people_csv(today), await known_names(uow)).all_good()
    await import_people(uow, rows=rows)


async def _nothing(_stage: Stage) -> None:
    return None


def _rounds(when: When, *, after: datetime, until: datetime) -> Iterator[datetime]:
    """When the timetable is looked at between two scenes: at ten every second Monday, lately on every working day."""
    first, last = when.calendar.local_date(after), when.calendar.local_date(until)
    daily_from = when.calendar.local_date(when.now - DAILY)
    day = when.calendar.working_day_on_or_after(first)
    while day <= last:
        at = when.at_ten(day)
        fortnight = day.weekday() == 0 and day.toordinal() % 14 < 7
        if after < at < until and (fortnight or day >= daily_from):
            yield at
        day = when.calendar.next_working_day(day)


async def _tend(stage: Stage, at: datetime, post: Post) -> None:
    """Runs the sweeps once, then sends, or records as sent, what is due."""
    stage.clock.move(at)
    lately = at > stage.when.now - DAILY
    for sweep in SWEEPS:
        if sweep not in housekeeping.SWEEPS and (lately or sweep.run in LONG_AGO):
            await sweep.run(stage.store)
    if at > stage.when.now - DELIVERED:
        await post.drain.run_once()
    else:
        await _record_as_sent(stage.store, domain=post.domain)


async def _record_as_sent(store: Store, *, domain: str) -> None:
    """Records everything that is due as sent then, as the drain would have."""
    async with store.reading() as uow:
        if not await uow.deliveries.waiting():
            return
    async with store.transaction() as uow:
        for channel in Channel:
            for lane in Lane:
                while await _record_some(uow, channel, lane, domain=domain):
                    continue


async def _record_some(uow: UnitOfWork, channel: Channel, lane: Lane, *, domain: str) -> int:
    claims = uow.deliveries.claims
    names = partial(message_id_for, domain=domain, keyring=uow.keyring)
    lease = timedelta(minutes=1)
    claim = await claims.take(lane=lane, channel=channel, limit=CLAIMED, lease=lease, owner="the story", names=names)
    if claim.rows:
        sent = [Recorded(row.id, claim.token, "sent", DeliveryState.SENT, uow.now, reply=REPLY) for row in claim.rows]
        await uow.deliveries.results.settle(sent)
    return len(claim.rows)
