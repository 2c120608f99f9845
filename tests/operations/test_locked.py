"""A database that somebody else has locked for two seconds: every door answers kindly in time, and the worker goes on."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from bot.keyring import Keyring
from storage.database import DatabaseBusy
from storage.deliveries import Message
from storage.tables.deliveries import DeliveryState
from storage.unit_of_work import UnitOfWork
from tests.clocks import MovingClock
from tests.databases import locked
from tests.world import World, a_world

IN_TIME_S = 2.5
BUSY = "Herald is busy just now. Nothing is lost"


@pytest.fixture
async def world(database_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(database_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


async def test_slack_is_answered_kindly_in_time_and_the_next_try_works(world: World) -> None:
    slack = world.slack(await world.person("Ada", slack=True, agency_id="northmere-health"))
    async with locked(world.settings.database_url):
        answer = await slack.command("/herald", "pledge")
        assert answer.ok
        assert answer.seconds < IN_TIME_S
        assert slack.sees(BUSY)
    await slack.command("/herald", "pledge")
    assert slack.modal() is not None
    slack.fill("What will you do next?", "Ring the other agency before I write to them")
    async with locked(world.settings.database_url):
        answer = await slack.submit()
        assert answer is not None
        assert answer.seconds < IN_TIME_S
        assert any(BUSY in error for error in slack.errors())
    await slack.submit()
    assert slack.sees("Your plan")


async def test_the_web_keeps_what_was_typed_and_sends_it_again(world: World) -> None:
    browser = await world.signed_in(await world.person("Ada", agency_id="northmere-health"))
    page = await browser.press(await browser.open("/pledge"), "Make a pledge")
    page = await browser.press(page, "Continue", q__pick="own_words")
    async with locked(world.settings.database_url):
        busy = await browser.press(page, "Continue", q__own="I will ask the young person first")
        assert busy.status == 503
        assert "I will ask the young person first" in busy.response.text
    page = await browser.press(busy, "Try again")
    assert page.status == 200
    assert page.heading == "Your plan"


async def test_the_worker_goes_on_when_the_lock_is_gone(world: World) -> None:
    ada = await world.person("Ada", agency_id="northmere-health")
    stop = asyncio.Event()
    work = asyncio.create_task(world.herald.work(stop))
    async with locked(world.settings.database_url):
        await asyncio.sleep(2.0)  # the two seconds that are promised
        assert not work.done()
    async with world.herald.store.transaction() as uow:
        await uow.deliveries.tell(ada, Message("people.stranger", "after the lock"))
    async with asyncio.timeout(15):
        while not world.letters(ada):  # noqa: ASYNC110 - the relay hears of it
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(work, 10)
    async with world.herald.store.reading() as uow:
        assert set(await uow.deliveries.state_counts()) == {DeliveryState.SENT}


async def test_intake_waits_a_second_and_one_member_of_a_group_holds_up_no_other(world: World) -> None:
    store = world.herald.store
    ada, ben = await world.person("Ada"), await world.person("Ben")

    async def rename(uow: UnitOfWork, person_id: int) -> str:
        person = await uow.people.get(person_id)
        assert person is not None
        person.name = "Somebody"
        await uow.people.flush()
        return person.name

    if world.settings.database_url.startswith("sqlite"):
        async with locked(world.settings.database_url):
            begun = time.monotonic()
            with pytest.raises(DatabaseBusy):
                await store.together(lambda uow: rename(uow, ada.id))
            assert time.monotonic() - begun < IN_TIME_S
        return
    connection = await asyncpg.connect(world.settings.database_url)
    async with connection.transaction():
        await connection.execute("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", ada.id)
        first, second = await asyncio.gather(
            store.together(lambda uow: rename(uow, ada.id)),
            store.together(lambda uow: rename(uow, ben.id)),
            return_exceptions=True,
        )
    await connection.close()
    assert isinstance(first, DatabaseBusy)
    assert second == "Somebody"


async def test_a_process_that_freezes_in_a_transaction_keeps_its_locks_for_half_a_minute_at_most(world: World) -> None:
    if world.settings.database_url.startswith("sqlite"):
        pytest.skip("SQLite's lock belongs to a process on this machine: whoever watches it ends it")
    async with world.herald.store.reading() as uow:
        limit = (await uow.session.execute(text("SHOW idle_in_transaction_session_timeout"))).scalar_one()
    assert limit == "30s"
