"""SQLite through aiosqlite, with one turn of the connection's thread for each statement instead of four.

aiosqlite asks the thread for every step: a cursor, the statement, its rows, the end of the cursor. Each turn is a
switch of threads there and back, which costs more than most of our statements do in SQLite, and a busy event loop pays
for it twice, because every turn also wants the interpreter's lock. Here a statement brings its rows along, and what
needs no thread takes no turn. An edition that leaves spends a tenth less on each message (benchmarks/bulletin.py).
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Self, TypeVar

import aiosqlite

Made = TypeVar("Made")
ROWS_BROUGHT: Final = 1000
"""Rows that come with their statement; a longer answer is fetched as it is read, as before."""


class OneTurnConnection(aiosqlite.Connection):
    """A connection for SQLAlchemy's dialect, which makes one cursor for each statement."""

    _at_rest = False

    @classmethod
    def to(cls, database: str, **options: Any) -> Self:
        """What SQLAlchemy's dialect calls instead of `aiosqlite.connect`; to be awaited."""

        def connector() -> sqlite3.Connection:
            made: sqlite3.Connection = sqlite3.connect(database, **{**options, "check_same_thread": False})
            return made

        connection = cls(connector, iter_chunk_size=ROWS_BROUGHT)
        connection._thread.daemon = True  # as the dialect does: a process that ends waits for none of them
        return connection

    def cursor(self) -> "OneTurnCursor":  # type: ignore[override]  # the same to `async with`, which makes the cursor
        """A cursor, to be entered."""
        return OneTurnCursor(self)

    async def rollback(self) -> None:
        """Rolls back; where no transaction is open, as after a commit, without asking the thread."""
        if not self._at_rest or self.in_transaction:
            await super().rollback()

    async def in_thread(self, step: Callable[..., Made], *given: Any) -> Made:
        """Runs a step of a cursor in its turn."""
        made: Made = await self._execute(step, *given)
        return made

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        # Whoever is cancelled leaves a statement behind that may still begin a transaction: rest alone says no
        self._at_rest = False
        made = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # as the driver has it
        self._at_rest = True
        return made


class OneTurnCursor:
    """Runs one statement. For one task at a time, as SQLAlchemy's dialect sees to."""

    def __init__(self, connection: OneTurnConnection) -> None:
        self._connection = connection
        self._brought: list[Any] = []
        self._whole = True
        self.arraysize = 1

    async def __aenter__(self) -> "OneTurnCursor":
        self._cursor = self._connection._conn.cursor()  # makes an object, and touches no database
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Any = ()) -> "OneTurnCursor":
        """Runs a statement and brings its first rows. Raises sqlite3.Error."""
        self._brought = await self._connection.in_thread(self._run, statement, parameters)
        self._whole = len(self._brought) < ROWS_BROUGHT
        return self

    async def executemany(self, statement: str, parameters: Iterable[Iterable[Any]]) -> "OneTurnCursor":
        """Runs a statement for each set of parameters. Raises sqlite3.Error."""
        await self._connection.in_thread(self._cursor.executemany, statement, parameters)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """All rows that were not fetched yet."""
        rows, self._brought = self._brought, []
        if not self._whole:
            rows += await self._connection.in_thread(self._cursor.fetchall)
            self._whole = True
        return rows

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """The next rows, at most so many."""
        wanted = self.arraysize if size is None else size
        if not self._brought and not self._whole:
            self._brought = await self._connection.in_thread(self._cursor.fetchmany, max(wanted, ROWS_BROUGHT))
            self._whole = len(self._brought) < ROWS_BROUGHT
        rows, self._brought = self._brought[:wanted], self._brought[wanted:]
        return rows

    async def fetchone(self) -> Any | None:
        """The next row, or None."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        """Ends the statement, unless it has come to its end by itself."""
        self._brought = []
        if not self._whole:
            self._whole = True
            await self._connection.in_thread(self._cursor.close)

    @property
    def description(self) -> Any:
        """The columns of the rows; None where there are none."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The key that was made last."""
        return self._cursor.lastrowid

    def _run(self, statement: str, parameters: Any) -> list[Any]:
        self._cursor.execute(statement, parameters)
        return self._cursor.fetchmany(ROWS_BROUGHT) if self._cursor.description else []
