"""Puts a backup into a database, all of it or nothing, and makes it harmless before anybody can use it."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage import schema
from storage.backup.container import BackupProblem, Manifest, lines_of, manifest_from, proof_of
from storage.backup.making import ROWS_AT_ONCE, Progress, unheard
from storage.backup.values import BOOKKEEPING, Shape, Tally, shape_from
from storage.switches import LAST_BACKUP, PAUSED, SENDING
from storage.tables.base import Table
from storage.tables.deliveries import Delivery, DeliveryAttempt, DeliveryState, WorkerBeat
from storage.unit_of_work import Store, UnitContext, UnitOfWork

MAYBE_LEFT: Final = "it was waiting when the backup was made; nobody knows whether it left since"
LOCKED_AFTER: Final = "5s"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and how many messages rest as uncertain because they may have left since."""

    manifest: Manifest
    resting: int


async def restore_into(store: Store, file: Path, *, progress: Progress = unheard) -> Restored:
    """Replaces everything in the database by a backup that was made with this installation's key. Raises BackupProblem.

    Sessions and links end, sending pauses, and what was waiting to be sent rests for a person, so that nothing is sent
    twice; all of it in the transaction that puts the rows back.
    """
    proof = proof_of(file, keyring=store.keyring)
    if not proof.keyed:
        key = f"The secret key {proof.key_id}, with which {file} was made, is not in HERALD_SECRET_KEY"
        raise BackupProblem(f"{key}. Put it back, after the newest one: without it the sealed answers stay closed.")
    return await put_back(store, file, progress=progress)


async def put_back(store: Store, file: Path, *, progress: Progress = unheard) -> Restored:
    """Replaces everything in the database by a backup whose bytes are known to be whole. Raises BackupProblem.

    The tables are laid out as they were when it was made, filled, and brought to this program's schema.
    """
    with lines_of(file) as lines:
        manifest = manifest_from(next(lines, None), file)
        if not schema.known(manifest.schema):
            newer = f"{file} was made by a newer Herald ({manifest.program}, schema {manifest.schema})"
            raise BackupProblem(f"{newer}. Install that version first.")
        try:
            async with store.engines.writer.begin() as connection:
                await _clear(connection, sqlite=store.engines.sqlite)
                await connection.run_sync(lambda sync: schema.lay(sync, manifest.schema))
                await _fill(connection, lines, manifest, progress)
                await connection.run_sync(lambda sync: schema.lay(sync, "head"))
                resting = await _made_harmless(connection, store, manifest)
        except (SQLAlchemyError, KeyError, TypeError, StopIteration) as problem:
            why = f"{file} cannot be put back ({type(problem).__name__})"
            raise BackupProblem(
                f"{why}. The database is as it was. Stop everything that uses it, or use another backup."
            ) from problem
    return Restored(manifest, resting)


async def last_beat(store: Store) -> datetime | None:
    """When a worker last finished a cycle in this database, whatever its schema; None when none ever did."""
    try:
        async with store.engines.reader.connect() as connection:
            query = select(WorkerBeat.at).order_by(WorkerBeat.at.desc()).limit(1)
            return (await connection.execute(query)).scalar_one_or_none()
    except SQLAlchemyError:
        return None


def replace_file(database: Path, by: Path) -> None:
    """Puts a complete SQLite file in place of another, all or nothing. Nobody may have either open."""
    with contextlib.closing(sqlite3.connect(by)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # takes what is still in the write-ahead log into the file
    for leftover in (f"{database}-wal", f"{database}-shm"):
        Path(leftover).unlink(missing_ok=True)
    os.replace(by, database)


async def _clear(connection: AsyncConnection, *, sqlite: bool) -> None:
    """Takes Herald's own tables away. On SQLite the file is a new one."""
    if sqlite:
        return
    await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCKED_AFTER}'"))
    there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    for name in sorted(there & {*Table.metadata.tables, BOOKKEEPING}):
        await connection.execute(text(f'DROP TABLE "{name}" CASCADE'))


async def _fill(connection: AsyncConnection, lines: Iterator[Any], manifest: Manifest, progress: Progress) -> None:
    done = 0
    for expected in manifest.tables.values():
        shape = shape_from(next(lines))
        tally = Tally()
        for some in _batches(lines, expected):
            for line in some:
                tally.add(line)
            await connection.execute(insert(shape.clause()), [shape.row(line) for line in some])
            done += len(some)
            progress(done, manifest.rows)
        if next(lines) != tally.ending(shape.name):
            raise BackupProblem(f"The rows of {shape.name} are not those that were written. Use another backup.")
        if connection.dialect.name == "postgresql":
            await _go_on_numbering(connection, shape)


def _batches(lines: Iterator[Any], rows: int) -> Iterator[list[Any]]:
    for begin in range(0, rows, ROWS_AT_ONCE):
        yield [next(lines) for _ in range(min(ROWS_AT_ONCE, rows - begin))]


async def _go_on_numbering(connection: AsyncConnection, shape: Shape) -> None:
    """Tells PostgreSQL's counters about the rows that came with their numbers; SQLite looks at the rows itself."""
    for name in shape.key:
        owned = text("SELECT pg_get_serial_sequence(:table, :column)").bindparams(table=shape.name, column=name)
        sequence = (await connection.execute(owned)).scalar_one()
        if sequence is not None:
            highest = f'SELECT setval(:sequence, max("{name}")) FROM "{shape.name}"'  # noqa: S608 - names from the schema
            await connection.execute(text(highest).bindparams(sequence=sequence))


async def _made_harmless(connection: AsyncConnection, store: Store, manifest: Manifest) -> int:
    context = UnitContext(store.clock(), store.keyring, store.sending)
    async with AsyncSession(bind=connection, join_transaction_mode="create_savepoint") as session:
        uow = UnitOfWork(session, context)
        await uow.signins.end_sessions()
        await uow.signins.forget_links()
        await uow.people.revoke_links()
        await uow.switches.set(SENDING, PAUSED)
        await uow.switches.set(LAST_BACKUP, manifest.made_at)  # noted after it was made, so not in what came back
        resting = await _rest_what_waits(session, context.now)
        detail = {"made_at": manifest.made_at, "schema": manifest.schema, "from": manifest.database, "resting": resting}
        uow.audit.add("database.restored", thing="database", actor="command line", detail=detail)
        await session.commit()
    return resting


async def _rest_what_waits(session: AsyncSession, now: datetime) -> int:
    """What was claimed, or due since, may have left after the backup was made: a person decides, message by message."""
    claimed = Delivery.state == DeliveryState.CLAIMED
    due = (Delivery.state == DeliveryState.QUEUED) & (Delivery.due_at <= now)
    resting = (
        await session.execute(
            update(Delivery)
            .where(claimed | due)
            .values(state=DeliveryState.UNCERTAIN, due_at=now, lease=None, lease_owner=None, doubts=Delivery.doubts + 1)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
    ).scalars()
    attempt = {"at": now, "outcome": "uncertain", "reply": MAYBE_LEFT}
    rows = [{"delivery_id": each, **attempt} for each in resting]
    if rows:
        await session.execute(insert(DeliveryAttempt), rows)
    return len(rows)
