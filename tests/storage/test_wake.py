"""A worker in another process hears at once that there is something to send; a broken connection comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from bot.keyring import Keyring
from storage.deliveries import Message, SendingPolicy
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_person

SOON_S = 5.0


@asynccontextmanager
async def two_processes(url: str, clock: MovingClock, keyring: Keyring) -> AsyncIterator[tuple[Store, Store]]:
    """A web process and a worker that listens: what they share is the database."""
    policy = SendingPolicy(live=True, slack=False)
    web, worker = (Store(url, clock=clock, keyring=keyring, sending=policy) for _ in range(2))
    done = asyncio.Event()
    listening = asyncio.create_task(worker.listen(done))
    try:
        await asyncio.wait_for(worker.work_waiting.wait(), SOON_S)  # it looks once when it begins to listen
        worker.work_waiting.clear()
        yield web, worker
    finally:
        done.set()
        await asyncio.wait_for(listening, SOON_S)
        await web.close()
        await worker.close()


async def queued(store: Store, *keys: str) -> None:
    """Two messages to somebody new, in one transaction."""
    async with store.transaction() as uow:
        person = await a_person(uow, f"Ada {keys[0]}")
        for key in keys:
            await uow.deliveries.tell(person, Message("hello", key))


async def thought_better_of(store: Store) -> None:
    """A message that was queued in a transaction that did not commit."""
    async with store.transaction() as uow:
        await uow.deliveries.tell(await a_person(uow), Message("hello", "never"))
        raise RuntimeError("not after all")


async def test_a_message_queued_elsewhere_wakes_the_worker(
    postgres_url: str, clock: MovingClock, keyring: Keyring
) -> None:
    async with two_processes(postgres_url, clock, keyring) as (web, worker):
        await queued(web, "one", "two")
        await asyncio.wait_for(worker.work_waiting.wait(), SOON_S)


async def test_a_message_that_was_taken_back_wakes_nobody(
    postgres_url: str, clock: MovingClock, keyring: Keyring
) -> None:
    async with two_processes(postgres_url, clock, keyring) as (web, worker):
        with pytest.raises(RuntimeError, match="after all"):
            await thought_better_of(web)
        assert not web.work_waiting.is_set()
        assert not worker.work_waiting.is_set()
        await queued(web, "later")
        await asyncio.wait_for(worker.work_waiting.wait(), SOON_S)


async def test_a_broken_connection_is_made_again_and_nothing_is_overslept(
    postgres_url: str, clock: MovingClock, keyring: Keyring
) -> None:
    async with two_processes(postgres_url, clock, keyring) as (web, worker):
        async with web.reading() as uow:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            ended = (await uow.session.execute(text(others))).scalars().all()
        assert ended == [True]
        await asyncio.wait_for(worker.work_waiting.wait(), SOON_S)  # it listens again, and looks once
        worker.work_waiting.clear()
        await queued(web, "after the break")
        await asyncio.wait_for(worker.work_waiting.wait(), SOON_S)


async def test_on_sqlite_there_is_nobody_to_listen_to(sqlite_store: Store) -> None:
    await asyncio.wait_for(sqlite_store.listen(asyncio.Event()), SOON_S)
    await queued(sqlite_store, "one")
    assert sqlite_store.work_waiting.is_set()
