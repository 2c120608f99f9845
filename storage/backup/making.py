"""Makes a backup: every table in one snapshot, while everybody goes on working."""

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keyring import Keyring
from storage import schema
from storage.backup.container import BackupProblem, Manifest, Writer, manifest_line, new_file, proof_of
from storage.backup.values import Shape, Tally, shapes
from storage.database import Engines

ROWS_AT_ONCE: Final = 500
Progress = Callable[[int, int], None]
"""Told how many rows are done, of how many."""


def unheard(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


async def make_backup(
    engines: Engines, file: Path, *, keyring: Keyring, now: datetime, progress: Progress = unheard
) -> Manifest:
    """Copies the database into a new file and reads the file again. Raises BackupProblem, also when the file exists.

    One read-only transaction sees the database as it was at one instant: on PostgreSQL by the isolation level
    REPEATABLE READ, on SQLite because a read in the write-ahead log is one. Nobody is kept waiting.
    """
    version_there = await schema.version(engines)
    if version_there is None:
        raise BackupProblem("The database is empty, so there is nothing to copy. Run: herald migrate")
    async with engines.reader.connect() as connection:
        if not engines.sqlite:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        found = await connection.run_sync(shapes)
        manifest = Manifest(
            made_at=now.isoformat(timespec="seconds"),
            schema=version_there,
            program=version("herald-bot"),
            database="SQLite" if engines.sqlite else "PostgreSQL",
            tables={shape.name: await _count(connection, shape) for shape in found},
        )
        with new_file(file, keyring=keyring) as writer:
            writer.line(manifest_line(manifest))
            done = 0
            for shape in found:
                done = await _copy(connection, shape, writer, lambda rows: progress(rows, manifest.rows), done)
    proof_of(file, keyring=keyring)
    return manifest


async def _count(connection: AsyncConnection, shape: Shape) -> int:
    query = select(func.count()).select_from(shape.clause())
    return (await connection.execute(query)).scalar_one()


async def _copy(
    connection: AsyncConnection, shape: Shape, writer: Writer, advance: Callable[[int], None], done: int
) -> int:
    """Writes one table, sorted by key, since the order of writing tells who was first. Returns how many are done."""
    writer.line(shape.heading())
    tally = Tally()
    clause = shape.clause()
    query = select(clause).order_by(*(clause.c[name] for name in shape.key))
    async with connection.stream(query, execution_options={"yield_per": ROWS_AT_ONCE}) as rows:
        async for some in rows.partitions():
            for row in some:
                line = shape.line(row)
                tally.add(line)
                writer.line(line)
            done += len(some)
            advance(done)
    writer.line(tally.ending(shape.name))
    return done
