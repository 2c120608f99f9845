"""Mail and Slack both gone while an alert waits: everybody who can do something is told, by every way that is left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.demo.slack import ServerError
from bot.keyring import Keyring
from handlers.connections import lights
from storage.deliveries import Message
from storage.tables.people import Person
from tests.clocks import MovingClock
from tests.digests.test_alarm import Bell
from tests.drive import OnTheWeb
from tests.journeys.test_escalation import CONCERN, cast
from tests.world import World, a_world


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


@asynccontextmanager
async def a_worker(world: World) -> AsyncIterator[None]:
    """The background work, as `herald worker` does it."""
    stop = asyncio.Event()
    work = asyncio.create_task(world.herald.work(stop))
    try:
        yield
    finally:
        stop.set()
        await work


async def as_time_goes_by(world: World, look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Lets the clock go on until something is so; two minutes of it at most."""
    found: object = None
    for _ in range(24):
        for _ in range(5):
            found = await look()
            if found == wanted:
                return
            await asyncio.sleep(0.02)
        world.clock.move(seconds=5)
    raise AssertionError(f"two minutes went by and it is {found}")


async def ways(world: World) -> dict[str, bool]:
    async with world.herald.store.reading() as uow:
        return {way.name: way.up for way in await lights(uow)}


async def reached(world: World, person: Person) -> tuple[bool, bool]:
    """Whether an alert is on somebody's screen, and in their letter box."""
    letters = [str(letter["Subject"]) for letter in world.letters(person)]
    return world.slack(person).sees("E-2026-0001"), any("E-2026-0001" in subject for subject in letters)


async def others_are_written_to(world: World) -> None:
    """What else waits for the relay, so that it is soon clear that it is the relay."""
    facts = {"reference": "P-2026-0001", "text": "x", "plan_by": ""}
    for number in range(5):
        person = await world.person(f"Pia{number}")
        async with world.herald.store.transaction() as uow:
            await uow.deliveries.tell(person, Message("pledge.made", f"pledge.made:P-2026-{number}", facts=facts))


async def health(world: World) -> tuple[int, dict[str, object], str]:
    async with httpx.AsyncClient(base_url=world.settings.base_url) as monitor:
        answer = await monitor.get("/health/worker")
        return answer.status_code, answer.json(), (await monitor.get("/metrics")).text


async def test_an_alert_that_no_way_takes_is_told_everywhere_and_leaves_when_a_way_opens(world: World) -> None:
    bell = Bell()
    ringing = await asyncio.start_server(bell.listen, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{ringing.sockets[0].getsockname()[1]}/"
    world.settings = replace(world.settings, alarm_webhook=address)
    await world.restart()
    ada, may = await cast(world)
    operations = await world.signed_in(await world.person("Olu", roles=["coordinator"]))
    raiser = OnTheWeb(world, ada)
    await raiser.start("escalate")
    await raiser.answer(danger="No")
    await raiser.answer(consulted="Yes")
    await raiser.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    await raiser.answer(own_reference="NH-77", reason=CONCERN)
    world.stand_in.workspace.faults.order("*", ServerError(503), times=100_000)
    world.sink.hang_up("GREETING")
    await raiser.send()
    await others_are_written_to(world)
    taken = len(world.sink.mails)

    async with ringing, a_worker(world):
        await as_time_goes_by(world, lambda: ways(world), {"mail": False, "slack": False})
        world.clock.move(seconds=61)
        status, said, metrics = await health(world)
        assert status == 503
        problems = " ".join(map(str, said["problems"]))  # type: ignore[arg-type]  # a list, as documented
        assert "An alert has been waiting for" in problems
        assert "Neither mail nor Slack takes messages" in problems
        assert 'herald_relay_up{relay="mail"} 0' in metrics
        assert 'herald_relay_up{relay="slack"} 0' in metrics
        page = await operations.open("/ops")
        assert "Neither mail nor Slack takes messages: ring the people" in page.text
        assert "HTTP 503" in page.text
        world.clock.move(minutes=31)
        await world.herald.tick()
        assert bell.heard
        assert len(world.sink.mails) == taken

        world.stand_in.workspace.faults.clear()
        world.sink.behave()
        world.clock.move(minutes=20)
        await as_time_goes_by(world, lambda: reached(world, may), (True, True))
    await world.tick()
    _, said, metrics = await health(world)
    assert said["up"] == {"mail": True, "slack": True}
    assert 'herald_relay_up{relay="slack"} 1' in metrics
    assert "Neither mail" not in (await operations.open("/ops")).text
