"""What comes in together shares a commit, and nobody notices: each is stored alone, refused alone, released when safe."""

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.flow import Surface
from bot.conversation.snapshot import Snapshot
from storage.database import DatabaseBusy, insert_into
from storage.group_commit import GroupBroken, GroupCommit, Sessions
from storage.tables.conversations import InboundReceipt
from storage.unit_of_work import Store, UnitOfWork
from tests.factories import a_person

Kept = Callable[[AsyncSession], Awaitable[str]]


def keeps(store: Store, key: str) -> Kept:
    """Work that writes one receipt."""

    async def work(session: AsyncSession) -> str:
        row = {"source": "slack", "key": key, "received_at": store.clock()}
        await session.execute(insert_into(session, InboundReceipt).values(row))
        return key

    return work


async def kept(store: Store) -> list[str]:
    """The keys of all receipts, as anybody else sees them."""
    async with store.reading() as uow:
        return list((await uow.session.execute(select(InboundReceipt.key).order_by(InboundReceipt.key))).scalars())


class Gate:
    """Groups whose commit waits for a word, as behind a slow disk. `begun` counts them."""

    def __init__(self, store: Store) -> None:
        self.open = asyncio.Event()
        self.written = asyncio.Event()
        self.begun = 0
        self._store = store

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Sessions]:
        self.begun += 1
        async with self._store.engines.shared() as sessions:
            yield sessions
            self.written.set()
            await self.open.wait()


async def test_nobody_is_released_before_the_shared_commit_and_the_first_waits_for_no_company(store: Store) -> None:
    gate = Gate(store)
    groups = GroupCommit(gate)
    first = asyncio.create_task(groups.together(keeps(store, "first")))
    await gate.written.wait()  # begun and written although nobody else had come
    others = [asyncio.create_task(groups.together(keeps(store, f"other {number}"))) for number in range(5)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in (first, *others))
    assert await kept(store) == []
    gate.open.set()
    assert await asyncio.gather(first, *others) == ["first", *(f"other {number}" for number in range(5))]
    assert len(await kept(store)) == 6
    assert gate.begun == 2


async def test_one_that_fails_undoes_itself_alone(store: Store) -> None:
    async def comes_in(number: int) -> int:
        async def work(uow: UnitOfWork) -> int:
            assert await uow.conversations.first_time("slack", f"Ev{number}")
            if number == 3:
                raise RuntimeError("this one stumbles")
            return number

        return await store.together(work)

    ended = await asyncio.gather(*(comes_in(number) for number in range(8)), return_exceptions=True)
    assert [number for number in ended if isinstance(number, int)] == [0, 1, 2, 4, 5, 6, 7]
    assert isinstance(ended[3], RuntimeError)
    assert await kept(store) == [f"Ev{number}" for number in (0, 1, 2, 4, 5, 6, 7)]


async def test_a_rule_that_the_database_keeps_is_broken_by_one_alone(store: Store) -> None:
    async def joins(number: int) -> str:
        async def work(uow: UnitOfWork) -> str:
            return (await a_person(uow, "Ada" if number < 2 else f"Ben {number}")).email

        return await store.together(work)

    ended = await asyncio.gather(*(joins(number) for number in range(6)), return_exceptions=True)
    assert sum(isinstance(end, IntegrityError) for end in ended) == 1
    assert sum(isinstance(end, str) for end in ended) == 5
    async with store.reading() as uow:
        assert len(await uow.people.everybody()) == 5


async def test_the_same_fifty_times_at_once_is_one_effect(store: Store) -> None:
    async def comes_in() -> bool:
        return await store.together(lambda uow: uow.conversations.first_time("slack", "Ev0001"))

    assert sorted(await asyncio.gather(*(comes_in() for _ in range(50)))) == [False] * 49 + [True]


async def test_two_on_the_same_talk_see_what_the_one_before_wrote(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow)
        begun = await uow.conversations.begin(
            person_id=ada.id,
            snapshot=Snapshot("pledge", 1, "promise", {}),
            subject="",
            surface=Surface.MODAL,
            expires_at=uow.now.replace(year=2027),
        )

    async def adds(number: int) -> int:
        async def work(uow: UnitOfWork) -> int:
            row = await uow.conversations.get(begun.id, lock=True)
            assert row is not None
            before = uow.conversations.snapshot(row)
            answers = {**before.answers, f"q{number}": "yes"}
            uow.conversations.save(row, Snapshot("pledge", 1, "promise", answers))
            await uow.conversations.flush()
            if number == 2:
                raise RuntimeError("written, then undone")
            return row.revision

        return await store.together(work)

    ended = await asyncio.gather(*(adds(number) for number in range(6)), return_exceptions=True)
    assert sorted(revision for revision in ended if isinstance(revision, int)) == [2, 3, 4, 5, 6]
    async with store.reading() as uow:
        row = await uow.conversations.get(begun.id)
        assert row is not None
        assert sorted(uow.conversations.snapshot(row).answers) == ["q0", "q1", "q3", "q4", "q5"]


async def test_somebody_who_goes_away_does_not_hurt_the_others(store: Store) -> None:
    gate = Gate(store)
    groups = GroupCommit(gate)
    tasks = [asyncio.create_task(groups.together(keeps(store, f"Ev{number}"))) for number in range(4)]
    await gate.written.wait()
    late = [asyncio.create_task(groups.together(keeps(store, f"late {number}"))) for number in range(2)]
    await asyncio.sleep(0)
    tasks[1].cancel()  # its work is in the commit that is under way
    late[0].cancel()  # its work was not begun
    gate.open.set()
    ended = await asyncio.gather(*tasks, *late, return_exceptions=True)
    assert [isinstance(end, asyncio.CancelledError) for end in ended] == [False, True, False, False, True, False]
    assert await kept(store) == ["Ev0", "Ev1", "Ev2", "Ev3", "late 1"]


async def test_when_the_database_gives_up_the_whole_group_nobody_is_told_that_they_are_stored(
    sqlite_store: Store,
) -> None:
    async def breaks(session: AsyncSession) -> str:
        await session.execute(text("ROLLBACK"))  # what SQLite does by itself when the disk is full
        raise RuntimeError("database or disk is full")

    groups = GroupCommit(sqlite_store.engines.shared)
    together = [groups.together(keeps(sqlite_store, "before")), groups.together(breaks)]
    ended = await asyncio.gather(*together, return_exceptions=True)
    assert [type(end) for end in ended] == [GroupBroken] * 2
    assert all(isinstance(end, DatabaseBusy) for end in ended), "people are asked to try again"
    assert await kept(sqlite_store) == []
    assert await groups.together(keeps(sqlite_store, "after")) == "after"
    assert await kept(sqlite_store) == ["after"]


async def test_a_busy_database_is_said_to_everybody_who_waits_and_forgotten_afterwards(
    sqlite_store: Store, sqlite_url: str
) -> None:
    path = make_url(sqlite_url).database
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def comes_in(number: int) -> bool:
        return await sqlite_store.together(lambda uow: uow.conversations.first_time("slack", f"Ev{number}"))

    ended = await asyncio.gather(*(comes_in(number) for number in range(4)), return_exceptions=True)
    other.execute("ROLLBACK")
    other.close()
    assert [type(end) for end in ended] == [DatabaseBusy] * 4
    assert await comes_in(0)


async def test_whoever_waits_for_long_work_of_our_own_is_told_in_time_too(sqlite_store: Store) -> None:
    async def comes_in() -> bool:
        return await sqlite_store.together(lambda uow: uow.conversations.first_time("slack", "Ev1"))

    async with sqlite_store.transaction(), asyncio.timeout(10):
        with pytest.raises(DatabaseBusy):
            await comes_in()
    assert await comes_in()


async def test_a_kill_loses_nothing_that_was_released(sqlite_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.storage.released", sqlite_url, stdout=PIPE
    )
    assert process.stdout is not None
    told = [await process.stdout.readline() for _ in range(200)]
    process.kill()
    rest, _ = await process.communicate()
    released = {line.decode().strip() for line in (*told, *rest.splitlines(keepends=True)) if line.endswith(b"\n")}
    path = make_url(sqlite_url).database
    assert path is not None
    with sqlite3.connect(path) as database:
        found = {key for (key,) in database.execute("SELECT key FROM receipt")}
    database.close()
    assert len(released) >= 200
    assert released <= found


async def test_a_group_begins_cleanly_behind_one_that_was_broken_off_while_it_waited(sqlite_store: Store) -> None:
    """Cancelled twice, as at the end of a process: the thread still ends the old transaction when the new one comes."""
    path = make_url(str(sqlite_store.engines.writer.url)).database
    other = sqlite3.connect(str(path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first = asyncio.create_task(sqlite_store.together(lambda uow: keeps(sqlite_store, "first")(uow.session)))
    await asyncio.sleep(0.05)
    leading = sqlite_store._groups._leading
    assert leading is not None
    for _ in range(2):
        leading.cancel()
        await asyncio.sleep(0)
    at_hand = sqlite_store.engines._at_hand
    assert at_hand is not None
    ending = at_hand._step
    assert ending is not None
    second = asyncio.create_task(sqlite_store.together(lambda uow: keeps(sqlite_store, "second")(uow.session)))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not ending.done(), "the old one still waits in its thread, and everybody else goes on"
    other.execute("ROLLBACK")
    other.close()
    await asyncio.wait([first, leading])
    assert await second == "second"
    assert await kept(sqlite_store) == ["second"]
