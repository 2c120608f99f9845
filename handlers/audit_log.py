"""Reading the audit log: about one thing, in some days, as a page and as a file of the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.files.csv_guard import Cell, write_csv
from handlers.people_present import zone_of
from storage.audit import Span
from storage.tables.audit import AuditEntry
from storage.unit_of_work import UnitOfWork

ON_A_PAGE = 200
IN_A_FILE = 20_000
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
HEADER = ("entry", "when", "who", "action", "thing", "details")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see. Days are local, both of them count, and either may be missing."""

    thing: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in words, with its number."""

    number: int
    at: datetime
    who: str
    action: str
    thing: str
    detail: str


@dataclass(frozen=True, slots=True)
class Found:
    """The latest entries that were asked for, and how many there are."""

    lines: tuple[Line, ...]
    total: int


def day_of(text: str) -> date | None:
    """A day as a browser's date field sends it; None for an empty one. Raises ValueError."""
    if not text.strip():
        return None
    day = date.fromisoformat(text.strip())
    if not FIRST <= day <= LAST:
        raise ValueError("no day of ours")
    return day


async def entries_asked_for(uow: UnitOfWork, asked: Asked, *, limit: int) -> Found:
    """At most so many entries, the latest first."""
    zone = await zone_of(uow)
    span = Span(
        thing=asked.thing,
        since=None if asked.since is None else _begin(asked.since, zone),
        before=None if asked.until is None else _begin(asked.until + timedelta(days=1), zone),
    )
    entries = await uow.audit.within(span, limit=limit)
    people = await uow.people.by_ids(entry.actor_id for entry in entries if entry.actor_id is not None)
    names = {number: person.name for number, person in people.items()}
    return Found(tuple(_line(entry, names) for entry in entries), await uow.audit.count(span))


async def as_csv(uow: UnitOfWork, asked: Asked) -> str:
    """The same as a table; its times are local."""
    zone = await zone_of(uow)
    found = await entries_asked_for(uow, asked, limit=IN_A_FILE)
    return write_csv(HEADER, (_cells(line, zone) for line in found.lines))


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _line(entry: AuditEntry, names: dict[int, str]) -> Line:
    who = entry.actor if entry.actor_id is None else names.get(entry.actor_id, "somebody who was erased")
    detail = "; ".join(f"{name} {value}" for name, value in entry.detail.items())
    return Line(entry.id, entry.at, who, entry.action, entry.thing, detail)


def _cells(line: Line, zone: ZoneInfo) -> Sequence[Cell]:
    at = line.at.astimezone(zone).isoformat(timespec="seconds")
    return (line.number, at, line.who, line.action, line.thing, line.detail)
