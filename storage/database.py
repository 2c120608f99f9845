"""Opens the database: SQLite (the embedded default) or PostgreSQL, with one code path above this file."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

INTAKE_WAIT_MS = 1000  # settled: intake waits at most 1 s for the lock and then answers kindly
WORK_WAIT_MS = 5000
POOL_WAIT_S = 30


Insert = PostgresqlInsert | SqliteInsert


def insert_into(session: AsyncSession, table: Any) -> Insert:
    """An INSERT that knows ON CONFLICT: both databases have it, SQLAlchemy keeps it with each of them."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql_insert(table)
    return sqlite_insert(table)


class DatabaseBusy(Exception):
    """Another process holds the database's lock for longer than we may wait. Nothing was stored; try again."""


def async_url(database_url: str) -> URL:
    """The URL with our drivers: aiosqlite, and asyncpg whatever a PostgreSQL URL says (settled).

    Raises ValueError for a database that Herald does not know.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return url.set(drivername="sqlite+aiosqlite")
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+asyncpg")
    raise ValueError("HERALD_DATABASE_URL must start with sqlite:/// or postgresql://")


class Engines:
    """One engine that writes and one that reads.

    On SQLite the writer is a single connection: waiters queue in asyncio rather than in SQLite's busy handler, which
    keeps the slowest answers 8 times faster (reference/technology.md section 3). `durable` False is for data that can
    be made anew: SQLite then does not wait for the disk.
    """

    def __init__(self, database_url: str, *, durable: bool = True) -> None:
        url = async_url(database_url)
        self.sqlite = url.get_backend_name() == "sqlite"
        if self.sqlite:
            self.writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1, durable=durable)
            self.reader = _sqlite_engine(url, begin="BEGIN", pool_size=4, durable=durable)
        else:
            self.writer = create_async_engine(url, pool_size=15, max_overflow=5, pool_timeout=POOL_WAIT_S)
            self.reader = self.writer
        self._writing = async_sessionmaker(self.writer, expire_on_commit=False)
        self._reading = async_sessionmaker(self.reader, expire_on_commit=False)

    @contextlib.asynccontextmanager
    async def writing(self, *, wait_ms: int = WORK_WAIT_MS) -> AsyncIterator[AsyncSession]:
        """A session in a write transaction: committed at the end, rolled back by any exception.

        Raises DatabaseBusy when another process keeps SQLite's lock for longer than `wait_ms`.
        """
        async with self._writing() as session:
            try:
                if self.sqlite:
                    await session.connection(execution_options={"herald_wait_ms": wait_ms})
                yield session
                await session.commit()
            except OperationalError as problem:
                await session.rollback()
                if "locked" in str(problem.orig) or "busy" in str(problem.orig):
                    raise DatabaseBusy("The database is busy. Nothing was changed; please try again.") from problem
                raise
            except BaseException:
                await asyncio.shield(session.rollback())
                raise

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only looks; whatever is changed in it is thrown away."""
        async with self._reading() as session:
            try:
                yield session
            finally:
                session.expunge_all()  # a rollback would empty the rows that were read, and pages still show them
                await session.rollback()

    async def dispose(self) -> None:
        """Closes every connection."""
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def _sqlite_engine(url: URL, *, begin: str, pool_size: int, durable: bool) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=POOL_WAIT_S)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        # We say BEGIN ourselves: Python's driver would open a deferred transaction, whose upgrade to a write fails.
        connection.isolation_level = None
        cursor = connection.cursor()
        waits = "FULL" if durable else "OFF"
        for pragma in ("journal_mode=WAL", f"synchronous={waits}", f"busy_timeout={WORK_WAIT_MS}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:
        wait_ms = connection.get_execution_options().get("herald_wait_ms", WORK_WAIT_MS)
        info = connection.info
        if info.get("herald_wait_ms", WORK_WAIT_MS) != wait_ms:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait_ms)}")
            info["herald_wait_ms"] = wait_ms
        connection.exec_driver_sql(begin)

    return engine
