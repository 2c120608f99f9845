"""kill -9 while two editions leave: everybody has the one exactly once, nobody gets the other after it was cancelled.

A real SMTP server, and workers that are processes of their own: four on PostgreSQL, one on SQLite. They die at random
instants, all at once when the relay comes to a certain word, and by their own hand at each named step of sending. One
edition is paused and goes on, another is cancelled. CI kills 10 times on each database, `make nightly` 200 times.
CAMPAIGN_SEED, CAMPAIGN_KILLS and CAMPAIGN_MESSAGES repeat one run or make a longer one.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.app import Herald, build
from bot.clock import system_clock
from bot.settings import Settings
from digests.outbox import Drain
from handlers import sending
from handlers.bulletins.releasing import cancel, pause, resume
from storage.tables.deliveries import Delivery, DeliveryState
from storage.unit_of_work import Store, UnitOfWork
from tests.campaigns.judge import sound
from tests.campaigns.mailing import CALLED_OFF, KEPT, Mailing, Toll, judge, status
from tests.campaigns.northmere import SECRET
from tests.campaigns.nursery import Child, Nursery, Order, open_nursery
from tests.campaigns.process import Running
from tests.operations.test_many_workers import until
from tests.smtp_sink import Rule, Sink, Stage, When, running_sink

CONNECTIONS = 5
SIZES = [(10, 800), pytest.param((200, 20_000), marks=pytest.mark.nightly)]
ALONE = ("freezing", "frozen", "claiming", "claimed")
"""Steps that come once in an edition's life: a worker is alone with them."""
AT_THE_RELAY: tuple[tuple[Stage, When], ...] = (
    ("BODY", "after reply"),  # the relay has said yes, nobody has heard it
    ("BODY", "before reply"),
    ("MID-BODY", "before reply"),
    ("DATA", "after reply"),
    ("RCPT", "before reply"),
)
FULL_STARTS = 10
"""One kill in so many is of a `herald worker` from its first line; the others are born in the nursery."""


@dataclass
class Grown:
    """A `herald worker` as people start it; to the campaign like one from the nursery."""

    running: Running

    @property
    def alive(self) -> bool:
        process = self.running.process
        return process is not None and process.returncode is None

    def strike(self) -> None:
        if self.alive and self.running.process is not None:
            self.running.process.kill()

    async def gone(self, *, seconds: float = 60.0) -> int:
        assert self.running.process is not None
        return await asyncio.wait_for(self.running.process.wait(), seconds)

    async def stop(self) -> int:
        return (await self.running.stop())[0]


@dataclass
class Campaign:
    """The workers, what they send to, and the deaths they died."""

    mailing: Mailing
    nursery: Nursery
    sink: Sink
    settings: dict[str, str]
    folder: Path
    store: Store
    dice: random.Random
    places: int
    kills: int
    crew: list[Child | Grown] = field(default_factory=list)
    deaths: int = 0
    most_in_flight: int = 0
    how: list[str] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "sink.jsonl"

    async def born(self, *, step: str = "") -> Child:
        """One more worker."""
        order = Order(self.settings, str(self.folder / "workers.log"), step=step)
        self.crew.append(child := await self.nursery.birth(order))
        return child

    async def fill_up(self) -> None:
        """All places are taken again."""
        self.crew = [worker for worker in self.crew if worker.alive]
        while len(self.crew) < self.places:
            await self.born()

    async def bury(self, how: str, *dead: Child | Grown) -> None:
        """Waits for the end of workers that were struck, and counts."""
        for worker in dead:
            assert await worker.gone() == -9, (self.folder / "workers.log").read_text()[-3000:]
        self.crew = [worker for worker in self.crew if worker not in dead]
        self.deaths += 1
        self.most_in_flight += CONNECTIONS * len(dead)
        self.how.append(how)

    def goal(self) -> float:
        """How many messages may be out by now, so that something is left for the kills to come."""
        everybody = self.mailing.readers + self.mailing.fewer / 2
        return everybody * (self.deaths + 1) / (self.kills + 2)

    def delay(self) -> float:
        """A relay that mostly answers at once, and the more slowly the further the mailing runs ahead of the kills."""
        ahead = self.sink.taken - self.goal()
        return 0.25 * 2 ** min(4.0, ahead / 25) if ahead > 0 else self.dice.choice((0.0, 0.0, 0.005, 0.02))

    def relay(self, *rules: Rule) -> None:
        """What the relay does from now on."""
        self.sink.behave()
        self.sink.rules += [Rule("BODY", delay=self.delay), *rules]

    async def dies_at(self, step: str) -> None:
        """The others die first, so that there is something left to do; then one comes to a named step and dies of it."""
        if self.crew:
            for worker in self.crew:
                worker.strike()
            await self.bury(f"before {step}", *self.crew)
        await self.bury(step, await self.born(step=step))

    async def dies_by_chance(self) -> None:
        """Mostly in the middle of work, sometimes while it takes over from the one before."""
        worker = self.dice.choice(self.crew)
        await asyncio.sleep(self.dice.choice((0.02, 0.1, 0.3, 0.6)) * self.dice.uniform(0.5, 1.5))
        worker.strike()
        await self.bury("by chance", worker)

    async def all_die_at_the_relay(self) -> None:
        """All workers of the machine die in the moment in which the relay comes to a word, read or not."""
        stage, when = self.dice.choice(AT_THE_RELAY)
        dead = list(self.crew)

        def strike() -> None:
            for worker in dead:
                worker.strike()

        self.relay(Rule(stage, strike=strike, struck=when, nth=self.dice.randrange(1, 20)))
        await self.bury(f"{stage} {when}", *dead)
        self.relay()

    async def a_full_start(self) -> None:
        """`herald worker` from its first line, killed soon after it has begun."""
        worker = Grown(Running(("worker",), self.settings, self.folder))
        before = self.sink.taken
        await worker.running.spawn()
        self.crew.append(worker)
        if self.places == 1:
            await until(lambda: self._moved(before), seconds=60)
        await asyncio.sleep(self.dice.uniform(0.0, 1.0))
        worker.strike()
        await self.bury("herald worker", worker)

    async def pause_and_resume(self) -> None:
        """Paused, the edition rests, also with workers that were born since; then it goes on."""
        async with self.store.transaction() as uow:
            await pause(uow, bulletin_id=KEPT)
        await self.fill_up()
        await until(self.at_rest)
        assert (await status(self.store, KEPT)).state == "paused"
        before = len(self.log.read_bytes())
        for worker in self.crew:
            worker.strike()
        await self.bury("while paused", *self.crew)
        await self.fill_up()
        await asyncio.sleep(0.5)
        assert len(self.log.read_bytes()) == before, "something left while it was paused"
        async with self.store.transaction() as uow:
            await resume(uow, bulletin_id=KEPT)

    async def at_rest(self) -> bool:
        """Whether nobody holds anything."""
        async with self.store.reading() as uow:
            query = select(func.count()).where(Delivery.state == DeliveryState.CLAIMED)
            return (await uow.session.execute(query)).scalar_one() == 0

    async def nothing_left(self) -> bool:
        """Whether everything has gone but what is in doubt and waits for its next try."""
        async with self.store.reading() as uow:
            waits = (Delivery.state == DeliveryState.CLAIMED) | (
                (Delivery.state == DeliveryState.QUEUED) & (Delivery.due_at <= uow.now)
            )
            return (await uow.session.execute(select(func.count()).where(waits))).scalar_one() == 0

    async def cancel_the_other(self) -> None:
        """Somebody cancels the other edition while it leaves."""
        async with self.store.transaction() as uow:
            await cancel(uow, bulletin_id=CALLED_OFF)

    async def settle(self) -> None:
        """All end in order; then whatever was in doubt is tried again in its time, and a person sees to the rest."""
        self.sink.behave()
        await self.fill_up()
        await until(self.nothing_left, seconds=300)
        for worker in self.crew:
            assert await worker.stop() == 0, (self.folder / "workers.log").read_text()[-3000:]
        for minutes in (2, 9, 11, 18, 20):
            herald = self._herald(ahead=timedelta(minutes=minutes))
            try:
                async with herald.store.transaction() as uow:
                    await self._a_person_retries(uow)
                await Drain(herald.store, herald.drain).run_once()
            finally:
                await herald.close()
        herald = self._herald(ahead=timedelta(minutes=20))
        try:
            assert (await herald.tick()).failed == ()
        finally:
            await herald.close()

    def _herald(self, *, ahead: timedelta) -> Herald:
        return build(Settings.from_env(self.settings), clock=lambda: system_clock() + ahead)

    @staticmethod
    async def _a_person_retries(uow: UnitOfWork) -> None:
        """Whatever has been in doubt three times rests for a person, who tries it again."""
        priya = await uow.people.by_email("priya@example.org")
        assert priya is not None
        for row in await uow.deliveries.needing_a_person(limit=1000):
            await sending.retry(uow, delivery_id=row.id, by=priya)

    async def _moved(self, before: int) -> bool:
        return self.sink.taken > before


@asynccontextmanager
async def a_campaign(url: str, folder: Path, *, kills: int, messages: int, seed: int) -> AsyncIterator[Campaign]:
    """Both editions released, nobody at work yet."""
    log = folder / "sink.jsonl"
    log.touch()
    mailing = Mailing(url, messages)
    await mailing.prepare()
    store = mailing.store()
    async with running_sink(log=log) as sink, open_nursery(folder) as nursery:
        settings = {
            "HERALD_DATABASE_URL": url,
            "HERALD_SECRET_KEY": SECRET,
            "HERALD_BASE_URL": "http://herald.example.org",
            "HERALD_SMTP_URL": sink.url,
            "HERALD_SMTP_CONNECTIONS": str(CONNECTIONS),
            "HERALD_MAIL_FROM": "herald@northmere.example.org",
            "HERALD_MODE": "live",
            "HERALD_STATE_DIR": str(folder / "state"),
        }
        places = 4 if url.startswith("postgresql") else 1
        dice = random.Random(seed)
        campaign = Campaign(mailing, nursery, sink, settings, folder, store, dice, places, kills)
        try:
            yield campaign
        finally:
            for worker in campaign.crew:
                worker.strike()
            await store.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}-kills")
async def test_everybody_gets_the_bulletin_once_whatever_dies(
    database_url: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    seed = int(os.environ.get("CAMPAIGN_SEED", time.time_ns() % 1_000_000))
    kills = int(os.environ.get("CAMPAIGN_KILLS", size[0]))
    messages = int(os.environ.get("CAMPAIGN_MESSAGES", size[1]))
    print(f"CAMPAIGN_SEED={seed} CAMPAIGN_KILLS={kills} CAMPAIGN_MESSAGES={messages}")
    async with a_campaign(database_url, tmp_path, kills=kills, messages=messages, seed=seed) as campaign:
        await fight(campaign)
        await campaign.settle()
        ahead = campaign.mailing.store(ahead=timedelta(minutes=20))
        try:
            toll = await judge(ahead, campaign.mailing, campaign.log)
        finally:
            await ahead.close()
        sound(database_url)
        tell(campaign, toll)
        assert toll.copies <= campaign.most_in_flight


async def fight(campaign: Campaign) -> None:
    """All deaths, in an order that the seed gives but for those that come once in an edition's life."""
    campaign.relay()
    for step in ALONE:
        await campaign.dies_at(step)
    rest = campaign.kills - campaign.deaths - 1
    named = (["recording", "recorded"] + ["relay"] * 4 + ["full start"]) * max(1, rest // 14)
    plan = (named + ["by chance"] * rest)[:rest]
    campaign.dice.shuffle(plan)
    for number, death in enumerate(plan):
        if number == 0:
            await campaign.cancel_the_other()
        if number == rest // 2:
            await campaign.pause_and_resume()
        if campaign.deaths >= campaign.kills:
            break
        if death == "full start":
            await campaign.a_full_start()
            continue
        if death in ("recording", "recorded"):
            await campaign.dies_at(death)
            continue
        await campaign.fill_up()
        await (campaign.all_die_at_the_relay() if death == "relay" else campaign.dies_by_chance())


def tell(campaign: Campaign, toll: Toll) -> None:
    """The figures of a campaign, for whoever runs the long one."""
    print(f"{campaign.deaths} kills; {campaign.sink.taken} messages taken by the relay; 0 lost")
    print(
        f"{toll.copies} copies of {campaign.most_in_flight} that could have been: {toll.copies / campaign.deaths:.1f} for each kill; doubts {toll.doubts}"
    )
    print(f"how: {', '.join(f'{campaign.how.count(one)} {one}' for one in dict.fromkeys(campaign.how))}")
