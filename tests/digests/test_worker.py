"""The background work as a whole: what falls due is done, also after a day away, and it ends when told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from digests.letters import Writers
from digests.sweep import Sweep
from digests.timetable import Tools, all_sweeps
from digests.worker import Rounds, run_worker, tick_once
from storage.retention import RULES
from storage.tables.conversations import Conversation, InboundReceipt
from storage.unit_of_work import Store
from tests.digests.conftest import House
from tests.digests.kinds import KINDS

TOOLS = Tools(writers=Writers(KINDS, {}))


@asynccontextmanager
async def a_worker(house: House) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    drain = house.drain()
    work = asyncio.create_task(run_worker(house.store, drain.settings, tools=TOOLS, stop=stop, name="test-worker"))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(work, 10)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 5.0) -> None:
    """Waits for something to become true."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for stands in the database
            await asyncio.sleep(0.02)


async def test_every_sweep_has_a_name_of_its_own_and_a_sensible_interval() -> None:
    sweeps = all_sweeps(Tools())
    assert len({sweep.name for sweep in sweeps}) == len(sweeps)
    assert all(1 <= sweep.every_s <= 86_400 for sweep in sweeps)


async def test_a_worker_beats_and_ends_within_its_time(house: House) -> None:
    async with a_worker(house):

        async def beaten() -> bool:
            async with house.store.reading() as uow:
                return any(beat.worker == "test-worker" for beat in await uow.switches.beats())

        await until(beaten)


async def test_a_line_that_hangs_is_told_though_the_beat_goes_on(sqlite_house: House) -> None:
    drain, stop = sqlite_house.drain(), asyncio.Event()
    running = asyncio.create_task(drain.run_forever(stop))

    async def goes_round() -> bool:
        return any(line.came_round is not None for line in drain._lines_open)

    await until(goes_round)
    assert drain.problem() == ""
    line = drain._lines_open[0]
    line.came_round = asyncio.get_running_loop().time() - 100
    assert "Sending by email has not gone round for 100 s." in drain.problem()
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_sweeps_that_never_come_to_an_end_are_told(sqlite_house: House) -> None:
    rounds = Rounds(rested_at=sqlite_house.clock.now)
    assert rounds.problem(sqlite_house.clock.now) == ""
    assert "no sweep has come round" in rounds.problem(sqlite_house.clock.now + timedelta(minutes=3))


async def test_a_worker_signs_off_when_others_go_on_and_leaves_its_beat_when_it_was_the_last(house: House) -> None:
    async with house.store.transaction() as uow:
        await uow.switches.beat("another")
    async with a_worker(house):
        pass
    async with house.store.reading() as uow:
        assert [beat.worker for beat in await uow.switches.beats()] == ["another"]
    house.clock.move(minutes=5)
    async with a_worker(house):
        pass
    async with house.store.reading() as uow:
        assert next(beat.worker for beat in await uow.switches.beats()) == "test-worker"


async def test_a_sweep_that_fails_is_named_and_takes_nobody_with_it(sqlite_house: House) -> None:
    async def fails(_store: Store) -> int:
        raise ValueError("Ada's address")

    rounds = Rounds()
    assert await rounds.run(Sweep("bad.one", 60, fails), sqlite_house.store) == 0
    assert rounds.problem(sqlite_house.clock.now) == "Background work: bad.one failed (ValueError)."

    async def works(_store: Store) -> int:
        return 3

    assert await rounds.run(Sweep("bad.one", 60, works), sqlite_house.store) == 3
    assert rounds.problem(sqlite_house.clock.now) == ""


async def test_a_tick_after_a_day_away_does_everything_that_fell_due(house: House) -> None:
    ada = await house.person("Ada")
    async with house.store.transaction() as uow:
        uow.session.add(
            Conversation(
                id="left-open",
                person_id=ada.id,
                flow="pledge",
                version=1,
                step="one",
                answers="sealed",
                surface="web",
                started_at=uow.now,
                updated_at=uow.now,
                expires_at=uow.now + timedelta(hours=20),
            )
        )
        uow.audit.add("person.changed", thing="person:1")
    await house.tell(ada, due_at=house.clock.now + timedelta(hours=3))
    assert (await tick_once(house.store, house.drain().settings, tools=TOOLS)).sent == 0
    house.clock.move(days=1)
    result = await tick_once(house.store, house.drain().settings, tools=TOOLS)
    assert (result.sent, result.left, result.failed) == (1, 0, ())
    assert dict(result.done)["talks.expire"] == 1
    async with house.store.reading() as uow:
        talk = await uow.conversations.get("left-open")
        assert talk is not None
        assert (talk.status, talk.answers) == ("expired", "sealed")
        assert (await uow.audit.verify()).unsealed <= 1
    again = await tick_once(house.store, house.drain().settings, tools=TOOLS)
    assert (again.sent, dict(again.done).get("talks.expire")) == (0, None)


async def test_retention_is_carried_out_once_a_night_and_made_up_for(house: House) -> None:
    async with house.store.transaction() as uow:
        await uow.conversations.first_time("slack", "old")
    house.clock.move(days=31)
    async with house.store.transaction() as uow:
        await uow.conversations.first_time("slack", "new")
    done = dict((await tick_once(house.store, house.drain().settings, tools=TOOLS)).done)
    assert done["retention"] >= 1
    async with house.store.transaction() as uow:
        assert not await uow.conversations.first_time("slack", "new")
        assert await uow.conversations.first_time("slack", "old")
    assert "retention" not in dict((await tick_once(house.store, house.drain().settings, tools=TOOLS)).done)


async def test_the_table_of_retention_says_what_why_and_for_how_long() -> None:
    assert all(rule.record and rule.then and rule.why and rule.keep >= timedelta(days=1) for rule in RULES)
    assert {rule.table for rule in RULES} >= {Conversation, InboundReceipt}
