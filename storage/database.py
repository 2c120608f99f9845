"""Opens the database: SQLite (the embedded default) or PostgreSQL, with one code path above this file."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from sqlalchemy import TextClause, event, make_url, text
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from storage.at_hand import AtHand
from storage.one_turn import OneTurnConnection
from storage.postgres_intake import PostgresIntake

INTAKE_WAIT_MS = 1000  # settled: intake waits at most 1 s for the lock and then answers kindly
WORK_WAIT_MS = 5000
POOL_WAIT_S = 30
INTAKE_TURN_S = 1.5  # with the wait for the lock still within the three seconds that Slack gives
POSTGRES_SETTINGS = {"lock_timeout": str(WORK_WAIT_MS), "idle_in_transaction_session_timeout": "30000"}
"""PostgreSQL gives up for us what SQLite's busy handler does. A process that is frozen in the middle of a transaction
keeps its locks for at most 30 s: then the server ends its session, and others go on."""
LOCKED_STATES = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected (PostgreSQL, appendix A)


Insert = PostgresqlInsert | SqliteInsert


def insert_into(session: AsyncSession, table: Any) -> Insert:
    """An INSERT that knows ON CONFLICT: both databases have it, SQLAlchemy keeps it with each of them."""
    return insert_for(session.get_bind().dialect.name, table)


def insert_for(dialect: str, table: Any) -> Insert:
    """The same for the database of that name."""
    return postgresql_insert(table) if dialect == "postgresql" else sqlite_insert(table)


class DatabaseBusy(Exception):
    """Another process holds the database's lock for longer than we may wait. Nothing was stored; try again."""


class DatabaseFull(DatabaseBusy):
    """The disk is full, fails, or may not be written. Nothing was stored; people try again, somebody makes room."""


UNWRITABLE = ("disk I/O error", "disk is full", "readonly database", "unable to open database file")  # SQLite's words
UNWRITABLE_CLASSES = ("53", "58", "25006")  # insufficient resources, system error, read-only transaction (PostgreSQL)


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
            self._at_hand: AtHand | None
            self._intake: PostgresIntake | None = None
            self.writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1, durable=durable)
            self.reader = _sqlite_engine(url, begin="BEGIN", pool_size=4, durable=durable)
            self._at_hand = AtHand(url, prepare=partial(_prepare, begin="BEGIN IMMEDIATE", durable=durable))
        else:
            given = {"server_settings": POSTGRES_SETTINGS}
            self.writer = create_async_engine(
                url, pool_size=8, max_overflow=4, pool_timeout=POOL_WAIT_S, connect_args=given
            )
            self.reader = self.writer
            self._at_hand = None
            self._intake = PostgresIntake(url, wait_ms=INTAKE_WAIT_MS, wait_s=POOL_WAIT_S, settings=POSTGRES_SETTINGS)
        self._turns = asyncio.Lock()  # serves in the order of asking
        self._writing = async_sessionmaker(self.writer, expire_on_commit=False)
        self._reading = async_sessionmaker(self.reader, expire_on_commit=False)

    @contextlib.asynccontextmanager
    async def writing(self, *, wait_ms: int = WORK_WAIT_MS) -> AsyncIterator[AsyncSession]:
        """A session in a write transaction: committed at the end, rolled back by any exception.

        Raises DatabaseBusy when somebody else keeps SQLite's lock, or a lock of PostgreSQL, for longer than `wait_ms`.
        """
        async with self._alone(), self._writing() as session:
            try:
                if self.sqlite:
                    await session.connection(execution_options={"herald_wait_ms": wait_ms})
                elif wait_ms != WORK_WAIT_MS:
                    await session.execute(_wait_at_most(wait_ms))
                yield session
                await session.commit()
            except DBAPIError as problem:
                await session.rollback()
                raise busy_or(problem) from problem
            except BaseException:
                await asyncio.shield(session.rollback())
                raise

    @contextlib.asynccontextmanager
    async def intake(self) -> AsyncIterator[AsyncSession]:
        """A session in a write transaction of its own, for one thing that came in: not on SQLite, which has `shared`.

        Raises DatabaseBusy when somebody keeps a lock for longer than intake may wait.
        """
        if self._intake is None:
            raise RuntimeError("On SQLite intake shares its commits.")
        try:
            async with self._intake.transaction() as session:
                yield session
        except DBAPIError as problem:
            raise busy_or(problem) from problem

    @contextlib.asynccontextmanager
    async def shared(self) -> AsyncIterator[Callable[[], AsyncSession]]:
        """A write transaction for a group (`group_commit.py`): committed at the end, rolled back by any exception.

        What it gives makes sessions, each in a savepoint of its own. Raises DatabaseBusy when another process keeps
        a lock, or another writer of this one its turn, for longer than intake may wait.
        """
        try:
            if self._at_hand is not None:
                turn = self._alone(wait_s=INTAKE_TURN_S)
                async with turn, self._at_hand.transaction(wait_ms=INTAKE_WAIT_MS) as sessions:
                    yield sessions
            else:
                async with self.writer.begin() as connection:
                    await connection.execute(_wait_at_most(INTAKE_WAIT_MS))
                    yield async_sessionmaker(
                        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
                    )
        except DBAPIError as problem:
            raise busy_or(problem) from problem

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only looks; whatever is changed in it is thrown away."""
        async with self._reading() as session:
            try:
                yield session
            except DBAPIError as problem:
                raise busy_or(problem) from problem
            finally:
                session.expunge_all()  # a rollback would empty the rows that were read, and pages still show them
                await session.rollback()

    @contextlib.asynccontextmanager
    async def _alone(self, *, wait_s: float = POOL_WAIT_S) -> AsyncIterator[None]:
        """The turn of one writer on SQLite. Raises DatabaseBusy when those before take longer than anybody waits."""
        if not self.sqlite:
            yield
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._turns.acquire()
        except TimeoutError as late:
            raise DatabaseBusy("Others are writing. Nothing was changed; please try again.") from late
        try:
            yield
        finally:
            self._turns.release()

    async def dispose(self) -> None:
        """Closes every connection."""
        if self._at_hand is not None:
            self._at_hand.dispose()
        if self._intake is not None:
            await self._intake.dispose()
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def busy_or(problem: DBAPIError) -> Exception:
    """DatabaseBusy for a lock that somebody else keeps, else the problem itself."""
    said, state = str(problem.orig), str(getattr(problem.orig, "sqlstate", ""))
    if any(word in said for word in UNWRITABLE) or state.startswith(UNWRITABLE_CLASSES):
        return DatabaseFull("The database cannot be written: is its disk full? Nothing was changed; please try again.")
    locked = isinstance(problem, OperationalError) and any(word in said for word in ("locked", "busy"))
    if locked or state in LOCKED_STATES:
        return DatabaseBusy("The database is busy. Nothing was changed; please try again.")
    return problem


def _wait_at_most(milliseconds: int) -> TextClause:
    return text(f"SET LOCAL lock_timeout = {int(milliseconds)}")


def _sqlite_engine(url: URL, *, begin: str, pool_size: int, durable: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        connect_args={"async_creator_fn": OneTurnConnection.to},
    )
    _prepare(engine.sync_engine, begin=begin, durable=durable)
    return engine


def _prepare(engine: Engine, *, begin: str, durable: bool) -> None:
    """How every connection to SQLite is set up, and how its transactions begin."""

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        # We say BEGIN ourselves: Python's driver would open a deferred transaction, whose upgrade to a write fails.
        connection.isolation_level = None
        cursor = connection.cursor()
        waits = "FULL" if durable else "OFF"
        for pragma in ("journal_mode=WAL", f"synchronous={waits}", f"busy_timeout={WORK_WAIT_MS}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Any) -> None:
        wait_ms = connection.get_execution_options().get("herald_wait_ms", WORK_WAIT_MS)
        info = connection.info
        if info.get("herald_wait_ms", WORK_WAIT_MS) != wait_ms:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait_ms)}")
            info["herald_wait_ms"] = wait_ms
        connection.exec_driver_sql(begin)
