"""The journal: what the relay answered, on disk at once, until the database has it.

Rows are recorded in batches; a kill between the relay's yes and the batch would forget the yes and send again. So each
final reply is one short line in a file that is mapped into memory and shared: what stands there is the kernel's, so it
survives the process, and costs a microsecond because nothing waits for the disk (a power cut may lose the last moments,
no more than the batch would). `write(2)` would keep it as well, but gives up the interpreter's lock each time: while
the database's thread is busy, getting it back took five times as long as the write (benchmarks/bulletin.py).

A process writes segments `NAME.NUMBER.journal`. `seal()` before a batch is committed begins a new segment; `forget()`
after the commit removes what was sealed. Starting, a process replays what dead ones left: `replay` skips the living,
whom it knows by a lock that the kernel releases with them.
"""

import contextlib
import errno
import fcntl
import json
import mmap
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from digests.mail_replies import Accepted, Outcome, Refused, RelayDown, RelayRefuses, Temporary, Uncertain

SUFFIX: Final = ".journal"
LOCK_SUFFIX: Final = ".lock"
SEGMENT: Final = 128 * 1024
"""Octets of a segment while it is written: room for a batch and more; a longer line gets a segment of its own."""
_KINDS: Final[dict[str, type[Outcome]]] = {
    "accepted": Accepted,
    "temporary": Temporary,
    "refused": Refused,
    "relay-down": RelayDown,
    "relay-refuses": RelayRefuses,
    "uncertain": Uncertain,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


class JournalRecord(NamedTuple):
    """One delivery's end: which, under which claim, what, when (aware UTC)."""

    delivery: str
    claim: str
    outcome: Outcome
    at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """Segments that are written no more."""

    files: tuple[Path, ...]


class Journal:
    """The journal of one process. `name` must be new with every start, such as instance id and a random part."""

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._name = name
        self._number = 0
        self._lock: int | None = _locked(directory, name)
        self._segment: mmap.mmap | None = None
        self._at = 0
        self._path = directory
        self._sealed: list[Path] = []

    def append(self, record: JournalRecord) -> None:
        """Write one record; when this returns, a kill of the process cannot lose it. Raises OSError (a full disk)."""
        line = _line(record)
        if self._segment is None or self._at + len(line) > len(self._segment):
            self._end_segment()
            self._segment = self._begin_segment(room=max(SEGMENT, len(line)))
        end = self._at + len(line)
        self._segment[self._at : end] = line
        self._at = end

    def seal(self) -> Sealed:
        """Call before the batch is written to the database; all that was appended so far belongs to what is sealed."""
        self._end_segment()
        return Sealed(tuple(self._sealed))

    def forget(self, sealed: Sealed) -> None:
        """Call after the database has committed what was sealed."""
        for path in sealed.files:
            path.unlink(missing_ok=True)
        self._sealed = [path for path in self._sealed if path not in sealed.files]

    def close(self) -> None:
        """End the journal; whatever was not forgotten stays for the next start."""
        self._end_segment()
        if self._lock is not None:
            (self._directory / f"{self._name}{LOCK_SUFFIX}").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _begin_segment(self, *, room: int) -> mmap.mmap:
        self._number += 1
        path = self._directory / f"{self._name}.{self._number:08d}{SUFFIX}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Room on the disk is taken now: a full disk would end the process (SIGBUS) if it were missed later.
            if os.write(handle, bytes(room)) != room:
                raise OSError(errno.ENOSPC, "the journal's disk is full")
            segment = mmap.mmap(handle, room)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)
        self._path, self._at = path, 0
        return segment

    def _end_segment(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None
            self._sealed.append(self._path)
            os.truncate(self._path, self._at)


@dataclass(frozen=True, slots=True)
class Replay:
    """What dead processes left behind: their records in order, and the files to forget once the database has them."""

    records: tuple[JournalRecord, ...]
    files: tuple[Path, ...]

    def forget(self) -> None:
        """Remove the files."""
        for path in self.files:
            path.unlink(missing_ok=True)


def replay(directory: Path) -> Replay:
    """Read the journals of processes that are gone. A torn last line is skipped; records may be known already."""
    records: list[JournalRecord] = []
    files: list[Path] = []
    for lock in sorted(directory.glob(f"*{LOCK_SUFFIX}")):
        if _is_dead(lock):
            files.append(lock)
    living = {path.name.removesuffix(LOCK_SUFFIX) for path in directory.glob(f"*{LOCK_SUFFIX}") if path not in files}
    for segment in sorted(directory.glob(f"*{SUFFIX}")):
        if segment.name.removesuffix(SUFFIX).rpartition(".")[0] not in living:
            records += _records(segment)
            files.append(segment)
    return Replay(tuple(records), tuple(files))


def _locked(directory: Path, name: str) -> int:
    """A lock file that is locked from the moment it bears its name, so that nobody ever takes it for a dead one's."""
    born, named = directory / f"{name}.new", directory / f"{name}{LOCK_SUFFIX}"
    if named.exists():
        raise FileExistsError(f"there is a journal named {name} already")
    handle = os.open(born, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    born.rename(named)
    return handle


def _is_dead(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def _line(record: JournalRecord) -> bytes:
    at = record.at.isoformat()
    return f'["{record.delivery}","{record.claim}","{at}",{_said(record.outcome)}]\n'.encode("ascii")


@lru_cache(maxsize=64)  # a relay says nearly the same of every message, and before it there is always the same word
def _said(outcome: Outcome) -> str:
    return json.dumps([_NAMES[type(outcome)], asdict(outcome)], separators=(",", ":"))[1:-1]


def _records(segment: Path) -> Iterator[JournalRecord]:
    content = b""
    with contextlib.suppress(FileNotFoundError):  # another starting process was quicker
        content = segment.read_bytes()
    for line in content.splitlines():
        try:
            delivery, claim, at, kind, fields = json.loads(line)
            yield JournalRecord(delivery, claim, _KINDS[kind](**fields), datetime.fromisoformat(at))
        except (ValueError, KeyError, TypeError):
            # Torn by the kill, this message's end is not known, as if it had been under way; or room that was not used.
            continue
