"""Backups of the SQLite database: one file that proves itself, made while Herald runs.

The first line holds the SHA-256 of everything after it; then one line of JSON; then the database, gzip-compressed. So a
single changed byte anywhere is found. PostgreSQL has its own tools (pg_dump, pg_restore), which do this better.
"""

import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

MAGIC = b"HERALD-BACKUP 1 "
CHUNK = 1 << 20
PAGES_AT_ONCE = 500
Progress = Callable[[int, int], None]


class BackupProblem(Exception):
    """A backup that cannot be made, read or put back; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself."""

    made_at: str
    schema: str
    people: int
    bytes: int


def make_backup(database: Path, file: Path, *, now: datetime, progress: Progress | None = None) -> Manifest:
    """Copies a live database into a new file and checks the copy. Raises BackupProblem, also when the file exists."""
    if not database.is_file():
        raise BackupProblem(f"There is no database at {database} yet. Run: herald migrate")
    if file.exists():
        raise BackupProblem(f"{file} is there already, and a backup never overwrites. Choose another name.")
    with tempfile.TemporaryDirectory(dir=file.resolve().parent, prefix=".herald-backup-") as folder:
        copy, packed = Path(folder) / "copy.db", Path(folder) / "packed"
        _copy(database, copy, progress)
        manifest = _described(copy, now)
        _pack(copy, packed, manifest)
        _publish(packed, file)
    return manifest


def verify_backup(file: Path) -> Manifest:
    """Checks every byte of a backup and the database in it. Raises BackupProblem."""
    with tempfile.TemporaryDirectory(prefix="herald-verify-") as folder:
        return unpack(file, Path(folder) / "copy.db")


def unpack(file: Path, database: Path) -> Manifest:
    """Checks a backup and writes the database in it to a new file. Raises BackupProblem."""
    try:
        with file.open("rb") as stream:
            manifest = _checked(stream, file)
            with gzip.open(stream, "rb") as packed, database.open("wb") as out:
                shutil.copyfileobj(packed, out, CHUNK)
    except OSError as problem:
        raise BackupProblem(f"{file} cannot be read ({problem.strerror or problem}). Check the name.") from problem
    except (EOFError, gzip.BadGzipFile, ValueError) as problem:
        raise BackupProblem(f"{file} is damaged. Use another backup.") from problem
    _integrity(database)
    return manifest


def replace_database(database: Path, by: Path) -> None:
    """Puts a checked database in place of another, all or nothing. Nobody may have it open."""
    connection = sqlite3.connect(by)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")  # takes what is still in the write-ahead log into the file
    finally:
        connection.close()
    for leftover in (f"{database}-wal", f"{database}-shm"):
        Path(leftover).unlink(missing_ok=True)
    os.replace(by, database)


def last_beat(database: Path) -> datetime | None:
    """When a worker last finished a cycle in this database; None when that cannot be told."""
    if not database.is_file():
        return None
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        found = connection.execute("SELECT max(at) FROM worker_beat").fetchone()[0]
        return None if found is None else datetime.fromisoformat(found).replace(tzinfo=UTC)
    except (sqlite3.Error, ValueError):
        return None
    finally:
        connection.close()


def _copy(database: Path, copy: Path, progress: Progress | None) -> None:
    def tell(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    source, target = sqlite3.connect(database), sqlite3.connect(copy)
    try:
        source.backup(target, pages=PAGES_AT_ONCE, progress=tell)
    except sqlite3.Error as problem:
        raise BackupProblem(f"The database cannot be copied ({problem}). Run: herald doctor") from problem
    finally:
        source.close()
        target.close()
    _integrity(copy)


def _integrity(database: Path) -> None:
    connection = sqlite3.connect(database)
    try:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as problem:
        raise BackupProblem(f"The database is damaged ({problem}). Use another backup.") from problem
    finally:
        connection.close()
    if found != "ok" or broken is not None:
        raise BackupProblem(f"The database is damaged ({found}). Use another backup.")


def _described(database: Path, now: datetime) -> Manifest:
    connection = sqlite3.connect(database)
    try:
        schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        people = connection.execute("SELECT count(*) FROM person").fetchone()[0]
    except sqlite3.Error as problem:
        raise BackupProblem("This is not a database of Herald. Check HERALD_DATABASE_URL.") from problem
    finally:
        connection.close()
    return Manifest(now.isoformat(timespec="seconds"), schema[0] if schema else "", people, database.stat().st_size)


def _pack(database: Path, packed: Path, manifest: Manifest) -> None:
    body = packed.with_suffix(".body")
    with body.open("wb") as out, database.open("rb") as source:
        out.write(json.dumps(asdict(manifest)).encode() + b"\n")
        with gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=0, compresslevel=6) as zipped:
            shutil.copyfileobj(source, zipped, CHUNK)
    with packed.open("wb") as out, body.open("rb") as source:
        out.write(MAGIC + _digest(source).encode() + b"\n")
        source.seek(0)
        shutil.copyfileobj(source, out, CHUNK)
        out.flush()
        os.fsync(out.fileno())


def _publish(packed: Path, file: Path) -> None:
    packed.chmod(0o600)  # a backup holds everything that the database holds
    try:
        os.link(packed, file)  # fails when the name was taken meanwhile, which a rename would overwrite
    except FileExistsError as problem:
        raise BackupProblem(f"{file} is there already, and a backup never overwrites.") from problem
    except OSError:
        os.replace(packed, file)  # a file system without hard links


def _checked(stream: BinaryIO, file: Path) -> Manifest:
    first = stream.readline(200)
    if not first.startswith(MAGIC):
        raise BackupProblem(f"{file} is not a backup made by herald backup.")
    begins = stream.tell()
    if first[len(MAGIC) :].strip().decode("ascii", "replace") != _digest(stream):
        raise BackupProblem(f"{file} is damaged: it is not as it was written. Use another backup.")
    stream.seek(begins)
    return Manifest(**json.loads(stream.readline(10_000)))


def _digest(stream: BinaryIO) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()
