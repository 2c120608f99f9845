"""SQLite at hand: one write transaction whose statements run where we stand instead of in a thread (decision 9).

The asynchronous driver hands every statement to a thread, because it may wait for a lock or the disk. Inside a
transaction that holds the write lock (BEGIN IMMEDIATE) neither happens: a look-up by key takes ten microseconds, and
handing it over and back ten times that. So COMMIT, which waits for the disk, has a thread, and so has BEGIN
where it must wait.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ClassVar, Final, cast

from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import URL, Dialect, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.ready_session import ReadySession

READ_AT_ONCE: Final = {"prebuffer_rows": True}  # as AsyncSession has it: no cursor stays open behind a result


class AtHandSession(ReadySession):
    """A session over a connection that never waits: its commonest calls need no greenlet to wait in.

    It stands in a savepoint of its own from the beginning, set by the driver: SQLAlchemy takes forty microseconds for
    one, and an answer that is only taken down needs nothing of a session but this.
    """

    speaks: ClassVar[Dialect] = pysqlite.dialect(paramstyle="named")

    def __init__(self, connection: Connection) -> None:
        super().__init__(join_transaction_mode="create_savepoint")
        self.sync_session.bind = connection
        self._driver = _driver(connection)
        self._driver.execute("SAVEPOINT member")

    async def fetch(self, text: str, values: Any) -> Sequence[Sequence[Any]]:
        """All rows of a statement, now. Raises DBAPIError."""
        try:
            return self._driver.execute(text, values).fetchall()
        except sqlite3.Error as problem:
            raise DBAPIError.instance(text, None, problem, sqlite3.Error) from problem

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Runs a statement now."""
        self.hear_of_rows()
        chosen = {**(options.pop("execution_options", None) or {}), **READ_AT_ONCE}
        return self.sync_session.execute(statement, params, execution_options=chosen, **options)

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """One row by its key, now."""
        self.hear_of_rows()
        return self.sync_session.get(entity, ident, **options)

    async def flush(self, objects: Any = None) -> None:
        """Sends pending changes now."""
        if self.has_work():
            self.hear_of_rows()
            self.sync_session.flush(objects)

    async def commit(self) -> None:
        """Sends what is pending and releases the savepoint of this session."""
        if self.has_work():
            self.hear_of_rows()
            self.sync_session.commit()
        self._driver.execute("RELEASE member")

    async def rollback(self) -> None:
        """Goes back to the savepoint of this session. Raises sqlite3.Error when the whole transaction is gone."""
        if self.sync_session.in_transaction():
            self.sync_session.rollback()
        self._driver.execute("ROLLBACK TO member")
        self._driver.execute("RELEASE member")

    async def close(self) -> None:
        """Lets go of the rows; where the mapper had nothing to do, it has none."""
        self.read.clear()
        if self.sync_session.in_transaction():
            self.sync_session.close()


class AtHand:
    """One connection that writes. Its users take turns (`Engines`), so that no two threads are in it at once."""

    def __init__(self, url: URL, *, prepare: Callable[[Engine], None]) -> None:
        self._engine = create_engine(
            url.set(drivername="sqlite+pysqlite"),
            pool_size=1,
            max_overflow=0,
            connect_args={"check_same_thread": False},
        )
        prepare(self._engine)
        self._engine.dialect.do_savepoint = _savepoint  # type: ignore[method-assign]  # the hooks of a dialect
        self._engine.dialect.do_release_savepoint = _release  # type: ignore[method-assign]  # as above
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="herald-commit")
        self._connection: Connection | None = None
        self._step: Future[None] | None = None

    @contextlib.asynccontextmanager
    async def transaction(self, *, wait_ms: int) -> AsyncIterator[Callable[[], AsyncSession]]:
        """A transaction, committed at the end and rolled back by any exception: gives what makes sessions in it."""
        try:
            await self._begin_soon(wait_ms)
            yield self._session
            await self._in_thread(self._commit)
        except BaseException:
            await asyncio.shield(self._in_thread(self._end))
            raise

    def dispose(self) -> None:
        """Closes the connection."""
        self._thread.shutdown()
        self._engine.dispose()

    def _session(self) -> AsyncSession:
        if self._connection is None:
            raise RuntimeError("There is no transaction for this session to be in.")
        return AtHandSession(self._connection)

    async def _begin_soon(self, wait_ms: int) -> None:
        """At once where nobody else writes, which takes ten microseconds; waiting for a lock is done in the thread.

        So it is while the thread still ends a transaction whose task was cancelled: it must not meet the new one.
        """
        if self._step is not None and not self._step.done():
            await self._in_thread(self._begin, wait_ms)
            return
        try:
            self._begin(0)
        except OperationalError:
            self._end()
            await self._in_thread(self._begin, wait_ms)

    async def _in_thread(self, step: Callable[..., None], *given: int) -> None:
        self._step = self._thread.submit(step, *given)
        await asyncio.wrap_future(self._step)

    def _begin(self, wait_ms: int) -> None:
        self._connection = self._engine.connect().execution_options(herald_wait_ms=wait_ms)
        self._connection.begin()

    def _commit(self) -> None:
        if self._connection is not None:
            self._connection.commit()
        self._end()

    def _end(self) -> None:
        """Gives the connection back; what is not committed is rolled back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _savepoint(connection: Connection, name: str) -> None:
    """SQLAlchemy compiles and runs an expression for each: 80 microseconds where the statement itself takes two."""
    _driver(connection).execute(f"SAVEPOINT {name}")


def _release(connection: Connection, name: str) -> None:
    _driver(connection).execute(f"RELEASE SAVEPOINT {name}")


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
