"""Several web processes and several workers on one PostgreSQL, as on several machines: nothing twice, nobody idle.

Every worker here has a state folder of its own, so that none can read another's journal: what a dead or frozen worker
held is taken over when its lease has run out, never earlier.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import select

from bot.app import build
from bot.clock import system_clock
from bot.demo.slack import StandIn, Workspace, running_stand_in
from bot.settings import Settings
from storage.tables.audit import AuditEntry
from storage.tables.deliveries import Delivery, DeliveryState, Lane
from storage.unit_of_work import Store
from tests.campaigns.judge import Outside, messages
from tests.campaigns.northmere import SECRET, Northmere
from tests.campaigns.process import Running
from tests.smtp_sink import Sink, running_sink

SIGNING_SECRET = "the signing secret of many workers"
LEASE_S = 2.0
FEW = 60
READERS = 1600
"""Enough that three workers have something to hold at the same time."""


@dataclass
class Fleet:
    """Web processes and workers around one database."""

    northmere: Northmere
    store: Store
    sink: Sink
    stand_in: StandIn
    folder: Path
    settings: dict[str, str]
    processes: list[Running] = field(default_factory=list)

    async def web(self) -> Running:
        """`herald serve --no-worker`, ready."""
        process = self.process(("serve", "--no-worker"))
        await process.start()
        return process

    async def worker(self, *, poll_s: float = 0.5) -> Running:
        """`herald worker` on a machine of its own, once it has gone round."""
        before = await self.beating()
        process = self.process(("worker",), module="tests.operations.short_lease", poll_s=poll_s)
        await process.spawn()
        await until(lambda: self._more_than(before))
        return process

    async def beating(self) -> int:
        """How many workers have ever gone round and not signed off."""
        async with self.store.reading() as uow:
            return len(await uow.switches.beats())

    async def sent(self) -> int:
        """How many messages the other side has."""
        async with self.store.reading() as uow:
            return (await uow.deliveries.state_counts()).get(DeliveryState.SENT, 0)

    async def holders(self) -> Counter[str]:
        """Which worker holds how many messages."""
        async with self.store.reading() as uow:
            query = select(Delivery.lease_owner).where(Delivery.state == DeliveryState.CLAIMED)
            return Counter(owner for owner in (await uow.session.execute(query)).scalars() if owner)

    async def all_gone(self) -> bool:
        """Whether nothing waits but reminders, which wait for working hours."""
        async with self.store.reading() as uow:
            query = select(Delivery.id).where(
                Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.CLAIMED)), Delivery.lane != Lane.ROUTINE
            )
            return (await uow.session.execute(query.limit(1))).first() is None

    async def settle(self) -> None:
        """What was queued while the last worker stopped, such as word that an edition has left, goes its way."""
        herald = build(Settings.from_env({**self.settings, "HERALD_STATE_DIR": str(self.folder / "settling")}))
        try:
            done = await herald.tick()
        finally:
            await herald.close()
        assert done.failed == ()

    async def _more_than(self, number: int) -> bool:
        return await self.beating() > number

    def process(self, words: tuple[str, ...], *, module: str = "bot", poll_s: float = 0.5) -> Running:
        """A process on a machine of its own, not started yet."""
        folder = self.folder / f"machine-{len(self.processes)}"
        folder.mkdir()
        own = {"HERALD_STATE_DIR": str(folder / "state"), "LEASE_S": str(LEASE_S), "POLL_S": str(poll_s)}
        self.processes.append(Running(words, {**self.settings, **own}, folder, module=module))
        return self.processes[-1]


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 40.0) -> None:
    """Waits for something to become true."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - other processes do it
            await asyncio.sleep(0.05)


@asynccontextmanager
async def a_fleet(url: str, folder: Path, *, readers: int = FEW) -> AsyncIterator[Fleet]:
    """Northmere with an edition to send, and nobody at work yet."""
    workspace = Workspace([], clock=system_clock)
    async with running_stand_in(workspace=workspace, signing_secret=SIGNING_SECRET) as stand_in, running_sink() as sink:
        settings = {
            "HERALD_DATABASE_URL": url,
            "HERALD_BASE_URL": "http://herald.example.org",
            "HERALD_SECRET_KEY": SECRET,
            "HERALD_SMTP_URL": sink.url,
            "HERALD_MAIL_FROM": "herald@northmere.example.org",
            "HERALD_SLACK_BOT_TOKEN": stand_in.bot_token,
            "HERALD_SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "HERALD_SLACK_API_URL": stand_in.api_url,
            "HERALD_MODE": "live",
        }
        northmere = Northmere(url, workspace)
        fleet = Fleet(northmere, northmere.store(), sink, stand_in, folder, settings)
        try:
            await northmere.settle_in(readers=readers)
            yield fleet
        finally:
            for process in fleet.processes:
                await process.kill()
            await fleet.store.close()


async def ask_for_a_link(web: Running, email: str) -> None:
    """Somebody asks for a sign-in link at one of the web processes: a message that leaves at once."""
    async with httpx.AsyncClient(base_url=web.url, timeout=15) as browser:
        page = (await browser.get("/sign-in")).text
        token = page.split('name="csrf"')[1].split('value="')[1].split('"')[0]
        key = page.split('name="key"')[1].split('value="')[1].split('"')[0] if 'name="key"' in page else ""
        fields = {"csrf": token, "email": email, **({"key": key} if key else {})}
        answer = await browser.post("/sign-in", data=fields, headers={"sec-fetch-site": "same-origin"})
        assert answer.status_code in (200, 303), answer.text[:500]


async def test_what_a_web_process_queues_leaves_at_once_by_a_worker_that_looks_once_a_minute(
    postgres_url: str, tmp_path: Path
) -> None:
    async with a_fleet(postgres_url, tmp_path) as fleet:
        worker = await fleet.worker(poll_s=60.0)
        web = await fleet.web()
        begun = asyncio.get_running_loop().time()
        await ask_for_a_link(web, "ada@example.org")
        async with asyncio.timeout(10):
            while not fleet.sink.to("ada@example.org"):  # noqa: ASYNC110 - another process sends
                await asyncio.sleep(0.01)
        print(f"asked, queued, woken and sent within {asyncio.get_running_loop().time() - begun:.2f} s")
        code, seconds = await worker.stop()
        assert code == 0
        assert seconds <= 10
        assert (await web.stop())[0] == 0


async def test_one_worker_dies_another_sleeps_too_long_and_every_message_arrives(
    postgres_url: str, tmp_path: Path
) -> None:
    async with a_fleet(postgres_url, tmp_path, readers=READERS) as fleet:
        webs = [await fleet.web(), await fleet.web()]
        dying, sleeping, steady = [await fleet.worker() for _ in range(3)]
        fleet.sink.wait("BODY", 0.02)
        await fleet.northmere.refill()
        for number in range(6):
            await ask_for_a_link(webs[number % 2], f"reader.{number}@example.org")
        await until(lambda: _several_hold(fleet, 3))
        assert dying.process is not None
        assert sleeping.process is not None
        await dying.kill()
        sleeping.process.send_signal(signal.SIGSTOP)
        await until(fleet.all_gone, seconds=90)  # frozen in a transaction it keeps its locks for FROZEN_FOR
        sleeping.process.send_signal(signal.SIGCONT)
        await until(lambda: _signs_of_life(fleet, 3))
        for process in (sleeping, steady, *webs):
            code, seconds = await process.stop()
            assert code == 0, process.log.read_text()[-2000:]
            assert seconds <= 10
        assert await fleet.holders() == Counter()
        await fleet.settle()
        async with fleet.store.reading() as uow:
            outside = Outside(fleet.sink, fleet.stand_in.workspace)
            await messages(uow, outside, readers=READERS, editions=1)
            done = Counter((await uow.session.execute(select(AuditEntry.action, AuditEntry.thing))).all())
            twice = [what for what, n in done.items() if n > 1 and what[0].startswith(("bulletin.", "survey."))]
        assert twice == [], "a sweep did something twice"


async def test_a_worker_told_to_stop_gives_back_what_it_holds(postgres_url: str, tmp_path: Path) -> None:
    async with a_fleet(postgres_url, tmp_path) as fleet:
        worker = await fleet.worker()
        fleet.sink.wait("BODY", 0.2)
        await fleet.northmere.refill()
        await until(lambda: _several_hold(fleet, 1))
        code, seconds = await worker.stop()
        assert code == 0
        assert seconds <= 10
        assert await fleet.holders() == Counter()
        async with fleet.store.reading() as uow:
            rows = (await uow.session.execute(select(Delivery))).scalars().all()
        assert all(row.doubts == 0 for row in rows), "what was under way ended in order"
        assert len(fleet.sink.mails) == sum(row.state == DeliveryState.SENT for row in rows)


async def test_two_processes_on_one_sqlite_file_share_the_work_and_nothing_goes_twice(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with a_fleet(sqlite_url, tmp_path) as fleet:
        await fleet.northmere.refill()
        embedded = fleet.process(("serve",))
        await embedded.spawn()
        beside = fleet.process(("worker",))
        await beside.spawn()
        await embedded.ready()
        await until(fleet.all_gone)
        for process in (embedded, beside):
            assert (await process.stop())[0] == 0, process.log.read_text()[-2000:]
            assert process.errors == []
        await fleet.settle()
        async with fleet.store.reading() as uow:
            await messages(uow, Outside(fleet.sink, fleet.stand_in.workspace), readers=FEW, editions=1)
            rows = (await uow.session.execute(select(Delivery))).scalars().all()
        assert all(row.doubts == 0 for row in rows)


async def _several_hold(fleet: Fleet, number: int) -> bool:
    return len(await fleet.holders()) >= number


async def _signs_of_life(fleet: Fleet, number: int) -> bool:
    """Whether the one that slept has beaten again since it was woken."""
    async with fleet.store.reading() as uow:
        ages = sorted((uow.now - beat.at).total_seconds() for beat in await uow.switches.beats())
    return sum(age < 11 for age in ages) >= number - 1
