"""Intake on PostgreSQL: a transaction of its own for each answer, with as few round trips as it can have (decision 9).

SQLAlchemy's driver for asyncpg begins a transaction with the first statement, and a limit of the time to wait for locks
is another statement. So intake has connections of its own, which have that limit from the beginning and on which we say
BEGIN and COMMIT ourselves; its ready-made statements (`ready.py`) go to asyncpg directly, which keeps them prepared.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from storage.ready_session import ReadySession

CONNECTIONS = 8


class PostgresSession(ReadySession):
    """A session in a transaction that `PostgresIntake` has begun."""

    speaks: ClassVar[Dialect] = dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has not typed it

    def __init__(self, connection: AsyncConnection, driver: Any) -> None:
        super().__init__(bind=connection)
        self._driver = driver

    async def fetch(self, text: str, values: Any) -> Sequence[Sequence[Any]]:
        """All rows of a statement. Raises DBAPIError."""
        try:
            rows: Sequence[Sequence[Any]] = await self._driver.fetch(text, *values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            raise DBAPIError(text, None, problem) from problem
        return rows


class PostgresIntake:
    """Connections on which intake waits at most `wait_ms` for a lock."""

    def __init__(self, url: URL, *, wait_ms: int, wait_s: float, settings: dict[str, str]) -> None:
        self._engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",  # SQLAlchemy begins nothing here: we do
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=wait_s,
            connect_args={"server_settings": {**settings, "lock_timeout": str(wait_ms)}},
        )

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back by any exception. Raises DBAPIError."""
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            try:
                await _say(driver, "BEGIN")
                async with PostgresSession(connection, driver) as session:
                    yield session
                    await session.commit()
                await _say(driver, "COMMIT")
            except BaseException:
                await asyncio.shield(_end(connection, driver))
                raise

    async def dispose(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()


async def _say(driver: Any, word: str) -> None:
    try:
        await driver.execute(word)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise DBAPIError(word, None, problem) from problem


async def _end(connection: AsyncConnection, driver: Any) -> None:
    """Rolls back; a connection that is broken goes to nobody else."""
    try:
        if driver.is_in_transaction():
            await driver.execute("ROLLBACK")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        driver.terminate()
    if driver.is_closed():
        await connection.invalidate()
