"""Reading the audit log: about one thing, in some days, a page at a time and as a file of the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.files.csv_guard import Cell, write_csv
from handlers.audit_proof import LOG, Proof, found_by, last_proof
from handlers.paging import page_at, pages_of
from handlers.people_present import zone_of
from storage.audit import Span, Verified
from storage.tables.audit import AuditEntry
from storage.tables.base import Facts
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

ON_A_PAGE: Final = 50
IN_A_FILE: Final = 20_000
EXPORTED: Final = "audit.exported"
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
class Page:
    """A page of what was asked for, the latest first; `number` counts from 1, `total` is how many there are.

    `fits` is about the shown entries and their neighbours, `proof` about the whole log as somebody last had it walked.
    """

    lines: tuple[Line, ...]
    number: int
    total: int
    fits: Verified
    proof: Proof | None

    @property
    def pages(self) -> int:
        """How many pages there are; one even when there is no entry."""
        return pages_of(self.total, size=ON_A_PAGE)

    @property
    def misfit(self) -> Verified | None:
        """What does not fit, as far as is known: among what is shown, or where the last proof found it."""
        known = [self.fits] if self.proof is None else [self.fits, self.proof.found]
        return next((each for each in known if each.first_bad is not None), None)


def day_of(text: str) -> date | None:
    """A day as a browser's date field sends it; None for an empty one. Raises ValueError."""
    if not text.strip():
        return None
    day = date.fromisoformat(text.strip())
    if not FIRST <= day <= LAST:
        raise ValueError("no day of ours")
    return day


async def page_of(uow: UnitOfWork, asked: Asked, *, number: int = 1) -> Page:
    """A page of the entries; the last one when `number` is beyond it. It never walks the whole chain."""
    span = _span(asked, await zone_of(uow))
    total = await uow.audit.count(span)
    number = page_at(number, total=total, size=ON_A_PAGE)
    entries = await uow.audit.within(span, limit=ON_A_PAGE, offset=(number - 1) * ON_A_PAGE)
    proof = await last_proof(uow)
    relied_on = entries if proof is None or proof in entries else [*entries, proof]
    names = await _names(uow, relied_on)
    return Page(
        lines=tuple(_line(entry, names) for entry in entries),
        number=number,
        total=total,
        fits=await uow.audit.verify_some(relied_on),
        proof=None if proof is None else Proof(proof.at, _who(proof, names), found_by(proof)),
    )


async def as_csv(uow: UnitOfWork, asked: Asked) -> tuple[str, int]:
    """The same as a table, and further back, with how many entries it has; its times are local."""
    zone = await zone_of(uow)
    entries = await uow.audit.within(_span(asked, zone), limit=IN_A_FILE)
    names = await _names(uow, entries)
    return write_csv(HEADER, (_cells(_line(entry, names), zone) for entry in entries)), len(entries)


def note_taken(uow: UnitOfWork, asked: Asked, *, entries: int, by: Person) -> None:
    """Writes into the log that somebody took so many entries away as a file, and which days they asked for."""
    days: Facts = {
        name: "any day" if day is None else day.isoformat()
        for name, day in (("since", asked.since), ("until", asked.until))
    }
    # Only a thing that the log knows already: what else was typed may be somebody's name.
    about: Facts = {} if asked.thing is None else {"about": asked.thing if entries else "something else"}
    uow.audit.add(EXPORTED, thing=LOG, by=by, detail={**days, **about, "entries": entries})


def _span(asked: Asked, zone: ZoneInfo) -> Span:
    return Span(
        thing=asked.thing,
        since=None if asked.since is None else _begin(asked.since, zone),
        before=None if asked.until is None else _begin(asked.until + timedelta(days=1), zone),
    )


async def _names(uow: UnitOfWork, entries: Iterable[AuditEntry]) -> dict[int, str]:
    people = await uow.people.by_ids(entry.actor_id for entry in entries if entry.actor_id is not None)
    return {number: person.name for number, person in people.items()}


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _who(entry: AuditEntry, names: dict[int, str]) -> str:
    return entry.actor if entry.actor_id is None else names.get(entry.actor_id, "somebody who was erased")


def _line(entry: AuditEntry, names: dict[int, str]) -> Line:
    detail = "; ".join(f"{name} {value}" for name, value in entry.detail.items())
    return Line(entry.id, entry.at, _who(entry, names), entry.action, entry.thing, detail)


def _cells(line: Line, zone: ZoneInfo) -> Sequence[Cell]:
    at = line.at.astimezone(zone).isoformat(timespec="seconds")
    return (line.number, at, line.who, line.action, line.thing, line.detail)
