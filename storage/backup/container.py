"""The file of a backup: a line that proves the rest, then compressed lines of JSON.

The first line holds the SHA-256 of everything after it, so that one changed byte anywhere is found, and an HMAC over
that with a key of this installation, so that nobody else can make a backup that Herald would take. The body is gzip
(RFC 1952) of JSON lines: the manifest, then for each table a heading, its rows, and how many they were.
"""

import contextlib
import gzip
import hashlib
import hmac
import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

from bot.keyring import CannotOpen, Keyring

MAGIC: Final = "HERALD-BACKUP 2"
PURPOSE: Final = "backup"
CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 256 << 20  # characters of one row; only a damaged or forged file comes near
_FIRST: Final = re.compile(
    rb"(?P<said>HERALD-BACKUP 2 sha256=(?P<digest>[0-9a-f]{64}) key=(?P<key>[0-9a-f]{8}) mac=(?P<mac>[0-9a-f]{64}))"
    rb" line=(?P<line>[0-9a-f]{16})\n"
)
FIRST_LENGTH: Final = len(f"{MAGIC} sha256={'0' * 64} key={'0' * 8} mac={'0' * 64} line={'0' * 16}\n")


class BackupProblem(Exception):
    """A backup that cannot be made, read or put back; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself. `made_at` is an instant in UTC; `tables` counts the rows of each table."""

    made_at: str
    schema: str
    program: str
    database: str
    tables: dict[str, int]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(self.tables.values())

    @property
    def people(self) -> int:
        """How many people the register holds: what somebody recognises a backup by."""
        return self.tables.get("person", 0)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the first line says. `keyed` tells whether the HMAC could be checked: whether we have that key."""

    digest: str
    key_id: str
    keyed: bool


class Writer:
    """Writes lines of JSON into the body."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def line(self, value: Any) -> None:
        """One line."""
        self._stream.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")


@contextlib.contextmanager
def new_file(file: Path, *, keyring: Keyring) -> Iterator[Writer]:
    """A new backup, which takes its name only when it is complete and on the disk. Raises BackupProblem."""
    taken = f"{file} is there already, and a backup never overwrites. Choose another name."
    if file.exists():
        raise BackupProblem(taken)
    try:
        handle, name = tempfile.mkstemp(dir=file.resolve().parent, prefix=".herald-backup-")  # readable by us alone
    except OSError as problem:
        raise BackupProblem(f"{file} cannot be written ({problem.strerror}). Check the folder.") from problem
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            stream.write(b" " * FIRST_LENGTH)
            with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0, compresslevel=6) as body:
                yield Writer(body)
            _prove(stream, keyring)
        _publish(part, file, taken)
    except OSError as problem:
        raise BackupProblem(f"{file} cannot be written ({problem.strerror}). Make room, or choose a disk.") from problem
    finally:
        part.unlink(missing_ok=True)


def proof_of(file: Path, *, keyring: Keyring | None) -> Proof:
    """Reads every byte and compares it with the first line; with the keyring also who made it. Raises BackupProblem."""
    with _reading(file) as stream:
        first = _FIRST.fullmatch(stream.readline(FIRST_LENGTH + 1))
        if first is None or _check_sum(first["said"]) != first["line"].decode():
            raise BackupProblem(
                f"{file} is not a backup made by this herald backup, or it is damaged at its beginning."
            )
        if _digest(stream) != first["digest"].decode():
            raise BackupProblem(f"{file} is damaged: it is not as it was written. Use another backup.")
    digest, key_id = first["digest"].decode(), first["key"].decode()
    try:
        wanted = None if keyring is None else _mac(keyring, digest, key_id=key_id)
    except CannotOpen:
        wanted = None
    if wanted is not None and not hmac.compare_digest(wanted, first["mac"].decode()):
        raise BackupProblem(f"{file} is damaged, or was not made by this installation. Use another backup.")
    return Proof(digest, key_id, keyed=wanted is not None)


@contextlib.contextmanager
def lines_of(file: Path) -> Iterator[Iterator[Any]]:
    """The lines of the body, each as the value it holds. Raises BackupProblem for what cannot be read as such."""
    with _reading(file) as stream:
        stream.seek(FIRST_LENGTH)
        try:
            with gzip.open(stream, "rb") as body:
                yield _values(body)
        except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as problem:
            raise BackupProblem(f"{file} is damaged: it cannot be read to its end. Use another backup.") from problem


def manifest_line(manifest: Manifest) -> dict[str, Any]:
    """The first line of the body."""
    return {"herald_backup": 2, **asdict(manifest)}


def manifest_from(value: Any, file: Path) -> Manifest:
    """The manifest that `manifest_line` wrote. Raises BackupProblem."""
    names = {each.name for each in fields(Manifest)}
    if not isinstance(value, dict) or value.get("herald_backup") != 2 or not names <= value.keys():
        raise BackupProblem(f"{file} has no manifest, so it is not a backup that this Herald can read.")
    return Manifest(**{name: value[name] for name in names})


def _values(body: gzip.GzipFile) -> Iterator[Any]:
    while line := body.readline(LONGEST_LINE):
        yield json.loads(line)


@contextlib.contextmanager
def _reading(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as stream:
            yield stream
    except OSError as problem:
        raise BackupProblem(f"{file} cannot be read ({problem.strerror or problem}). Check the name.") from problem


def _prove(stream: IO[bytes], keyring: Keyring) -> None:
    stream.flush()
    stream.seek(FIRST_LENGTH)
    digest, key_id = _digest(stream), keyring.newest
    stream.seek(0)
    said = f"{MAGIC} sha256={digest} key={key_id} mac={_mac(keyring, digest, key_id=key_id)}"
    stream.write(f"{said} line={_check_sum(said.encode())}\n".encode())
    stream.flush()
    os.fsync(stream.fileno())


def _publish(part: Path, file: Path, taken: str) -> None:
    try:
        os.link(part, file)  # fails when the name was taken meanwhile, which a rename would overwrite
    except FileExistsError as problem:
        raise BackupProblem(taken) from problem
    except OSError:
        os.replace(part, file)  # a file system without hard links
    folder = os.open(file.resolve().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _mac(keyring: Keyring, digest: str, *, key_id: str) -> str:
    return keyring.mac(PURPOSE, f"{MAGIC} {digest}", key_id=key_id)


def _check_sum(line: bytes) -> str:
    """Finds damage in the first line itself, also where the key is not at hand."""
    return hashlib.sha256(line).hexdigest()[:16]


def _digest(stream: IO[bytes]) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()
