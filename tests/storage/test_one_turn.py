"""SQLite in one turn of its thread for each statement: fewer turns, the same answers."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.one_turn import ROWS_BROUGHT, OneTurnConnection

MANY = 2 * ROWS_BROUGHT + 7


class Counting(OneTurnConnection):
    """Counts how often its thread has its turn."""

    turns = 0

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self.turns += 1
        return await super()._execute(fn, *args, **kwargs)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with more rows than one statement brings along."""
    made = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path / 'rows.db'}", connect_args={"async_creator_fn": Counting.to}
    )
    async with made.begin() as connection:
        await connection.execute(text("CREATE TABLE one (number INTEGER PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO one VALUES (:number)"), [{"number": n} for n in range(MANY)])
    yield made
    await made.dispose()


async def _driver(connection: AsyncConnection) -> Counting:
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, Counting)
    return driver


async def test_a_statement_and_its_rows_take_one_turn_of_the_thread(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        driver = await _driver(connection)
        driver.turns = 0
        found = await connection.execute(text("SELECT number FROM one WHERE number < 5 ORDER BY number"))
        assert found.scalars().all() == [0, 1, 2, 3, 4]
        assert driver.turns == 1


async def test_after_a_commit_giving_a_connection_back_takes_no_turn(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        driver = await _driver(connection)
        await connection.execute(text("DELETE FROM one WHERE number = 1"))
        await connection.commit()
        driver.turns = 0
    assert driver.turns == 0


@pytest.mark.parametrize("rows", [0, 1, ROWS_BROUGHT - 1, ROWS_BROUGHT, ROWS_BROUGHT + 1, MANY])
async def test_an_answer_of_any_length_is_whole_and_in_order(engine: AsyncEngine, rows: int) -> None:
    query = text("SELECT number FROM one WHERE number < :rows ORDER BY number")
    async with engine.connect() as connection:
        assert (await connection.execute(query, {"rows": rows})).scalars().all() == list(range(rows))
        streamed = [row[0] async for row in await connection.stream(query, {"rows": rows})]
        assert streamed == list(range(rows))


async def test_who_stops_reading_in_the_middle_holds_nothing_up(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        result = await connection.stream(text("SELECT number FROM one ORDER BY number"))
        assert (await result.fetchmany(3))[-1][0] == 2
        await result.close()
        await connection.execute(text("DROP TABLE one"))  # refused while a statement still reads it


async def test_what_is_wrong_is_said_as_before_and_undone(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO one VALUES (:number)"), {"number": MANY})
        with pytest.raises(IntegrityError):
            await connection.execute(text("INSERT INTO one VALUES (1)"))
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT * FROM none"))
        await connection.rollback()
        assert (await connection.execute(text("SELECT max(number) FROM one"))).scalar_one() == MANY - 1


async def test_whoever_is_cancelled_while_waiting_for_a_lock_takes_it_with_them_to_nobody(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "rows.db", isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        driver = await OneTurnConnection.to(str(tmp_path / "rows.db"), isolation_level=None, timeout=10)
        try:
            async with driver.cursor() as cursor:
                waiting = asyncio.create_task(cursor.execute("BEGIN IMMEDIATE"))
                await asyncio.sleep(0.05)
                waiting.cancel()
                rolled_back = asyncio.create_task(driver.rollback())  # behind the statement that still waits
                await asyncio.sleep(0.05)
                other.execute("ROLLBACK")
                await rolled_back
                await driver.in_thread(int)  # whatever was under way is over
            assert not driver.in_transaction
        finally:
            await driver.close()
