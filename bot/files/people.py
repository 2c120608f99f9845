"""people.csv: who is in the register. A missing column leaves things as they are, a blank cell clears them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from bot.files import values
from bot.files.csv_guard import Cell, write_csv
from bot.files.csv_source import Row, read_rows, require_columns
from bot.files.known import NOTHING_KNOWN, Known
from bot.files.problems import FileProblems, Findings, Problem, did_you_mean, quoted
from bot.files.roles import CHAMPION_TIERS, LEVELS, ROLES

COLUMNS = (
    "email",
    "name",
    "agency",
    "sector",
    "area",
    "job_title",
    "level",
    "roles",
    "manager_email",
    "deputy_email",
    "champion",
    "series",
    "slack_id",
    "away_until",
    "leaves_on",
)
LONGEST = 200


class Unset(Enum):
    """The mark of a column that the file does not have."""

    UNSET = "unset"

    def __repr__(self) -> str:
        """Short, for test messages."""
        return "UNSET"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the file. UNSET: the file has no such column, leave what is stored. None or (): clear it.

    `roles` of a blank cell are `("practitioner",)`; `champion` of a blank cell is `no`. Dates are local dates.
    """

    line: int
    email: str
    name: str | Unset = UNSET
    agency: str | Unset | None = UNSET
    sector: str | Unset | None = UNSET
    area: str | Unset | None = UNSET
    job_title: str | Unset | None = UNSET
    level: int | Unset | None = UNSET
    roles: tuple[str, ...] | Unset = UNSET
    manager_email: str | Unset | None = UNSET
    deputy_email: str | Unset | None = UNSET
    champion: str | Unset = UNSET
    series: tuple[str, ...] | Unset = UNSET
    slack_id: str | Unset | None = UNSET
    away_until: date | Unset | None = UNSET
    leaves_on: date | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """The good rows of a file, and every problem in it. With `--skip-bad` the good rows are used all the same."""

    columns: tuple[str, ...]
    rows: tuple[PersonRow, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop an import without `--skip-bad`."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def all_good(self) -> tuple[PersonRow, ...]:
        """The rows, if every line is right. Raises FileProblems otherwise."""
        if self.errors:
            raise FileProblems(self.problems)
        return self.rows


def parse_people(data: bytes | str, known: Known = NOTHING_KNOWN) -> PeopleFile:
    """Reads people.csv. Raises FileProblems where the file as a whole cannot be read (no header, a column wrong)."""
    findings = Findings()
    columns, rows = read_rows(data, COLUMNS, findings)
    require_columns(columns, ("email",), findings)
    if "email" not in columns:
        findings.stop_if_wrong()
    header_errors = findings.count()
    first_seen: dict[str, int] = {}
    good = []
    for row in rows:
        before = findings.count()
        person = _RowReader(row, known, findings).person()
        _only_once(person, first_seen, findings)
        if findings.count() == before:
            good.append(person)
    if header_errors:
        findings.stop_if_wrong()
    return PeopleFile(columns, tuple(good), findings.all())


def write_people(people: Iterable[Sequence[Cell]]) -> str:
    """The export with the same columns, in the order of COLUMNS; what `parse_people` reads back."""
    return write_csv(COLUMNS, people)


def cells_of(row: PersonRow) -> tuple[Cell, ...]:
    """The cells of a person in the order of COLUMNS, as the export writes them; UNSET becomes a blank cell."""
    found: list[Cell] = []
    for column in COLUMNS:
        value = getattr(row, column)
        if value is UNSET or value is None:
            found.append("")
        elif isinstance(value, tuple):
            found.append(";".join(value))
        elif isinstance(value, date):
            found.append(value.isoformat())
        else:
            found.append(value)
    return tuple(found)


def _only_once(person: PersonRow, first_seen: dict[str, int], findings: Findings) -> None:
    if not person.email:
        return
    if person.email in first_seen:
        message = f"{person.email} is already in line {first_seen[person.email]}. Keep one line for each person."
        findings.error("E202", (person.line, 1), "email", message)
    first_seen.setdefault(person.email, person.line)


class _RowReader:
    """Reads the cells of one line and notes every problem in it."""

    def __init__(self, row: Row, known: Known, findings: Findings) -> None:
        self._row = row
        self._known = known
        self._findings = findings

    def person(self) -> PersonRow:
        address = self._email("email")
        if address is None:
            self._error("E110", "email", "the e-mail address is missing. It is how Herald knows people.")
        elif address and values.looks_shared(address):
            message = (
                f"{address} looks like an address that several people read. Herald needs one address for each person."
            )
            self._findings.warn("W220", self._row.at("email"), "email", message)
        return PersonRow(
            line=self._row.line,
            email=address or "",
            name=self._name() if "name" in self._row.cells else UNSET,
            agency=self._known_name("agency", self._known.agencies),
            sector=self._known_name("sector", self._known.sectors),
            area=self._known_name("area", self._known.areas),
            job_title=self._text("job_title"),
            level=self._level(),
            roles=self._list("roles", ROLES, blank=("practitioner",)),
            manager_email=self._other_email("manager_email", address),
            deputy_email=self._other_email("deputy_email", address),
            champion=self._champion(),
            series=self._list("series", self._known.series, blank=()),
            slack_id=self._slack_id(),
            away_until=self._day("away_until"),
            leaves_on=self._day("leaves_on"),
        )

    def _error(self, code: str, column: str, message: str) -> None:
        self._findings.error(code, self._row.at(column), column, message)

    def _name(self) -> str:
        name = self._text("name")
        if name is None or name is UNSET:
            self._error("E110", "name", "the name is missing. Write the name as colleagues know it.")
            return ""
        return name

    def _text(self, column: str) -> str | Unset | None:
        cell = self._row.cells.get(column)
        if cell is None:
            return UNSET
        if len(cell) > LONGEST:
            self._error("E203", column, f"the text has {len(cell)} characters; it may have {LONGEST}.")
            return None
        return " ".join(cell.split()) or None

    def _email(self, column: str) -> str | None:
        cell = self._row.cells.get(column, "")
        if not cell:
            return None
        address = values.email(cell)
        if address is None:
            self._error("E206", column, f"{quoted(cell)} is not an e-mail address. Write it like ada@example.org.")
            return ""
        return address

    def _other_email(self, column: str, own: str | None) -> str | Unset | None:
        if column not in self._row.cells:
            return UNSET
        address = self._email(column)
        if address and address == own:
            self._error(
                "E214", column, "nobody can stand in for themselves. Name another person or leave the cell empty."
            )
        return address

    def _known_name(self, column: str, known: tuple[str, ...] | None) -> str | Unset | None:
        cell = self._row.cells.get(column)
        if cell is None:
            return UNSET
        return self._spelling(column, cell, known, "E212") if cell else None

    def _spelling(self, column: str, cell: str, known: tuple[str, ...] | None, code: str) -> str | None:
        if known is None:
            return " ".join(cell.split())
        folded = " ".join(cell.split()).casefold()
        for name in known:
            if name.casefold() == folded:
                return name
        self._error(code, column, f"{quoted(cell)} is not known.{did_you_mean(cell, known)}")
        return None

    def _level(self) -> int | Unset | None:
        cell = self._row.cells.get("level")
        if cell is None:
            return UNSET
        if cell and cell not in {str(level) for level in LEVELS}:
            self._error("E205", "level", f"{quoted(cell)} is not a level. Write 1, 2, 3 or 4, or leave the cell empty.")
            return None
        return int(cell) if cell else None

    def _list(self, column: str, known: tuple[str, ...] | None, *, blank: tuple[str, ...]) -> tuple[str, ...] | Unset:
        cell = self._row.cells.get(column)
        if cell is None:
            return UNSET
        code = "E205" if column == "roles" else "E212"
        parts = [part.strip() for part in cell.split(";") if part.strip()]
        found = [self._spelling(column, part, known, code) for part in parts]
        return tuple(dict.fromkeys(name for name in found if name)) or blank

    def _champion(self) -> str | Unset:
        cell = self._row.cells.get("champion")
        if cell is None:
            return UNSET
        return (self._spelling("champion", cell, CHAMPION_TIERS, "E205") or "no") if cell else "no"

    def _slack_id(self) -> str | Unset | None:
        cell = self._row.cells.get("slack_id")
        if cell is None:
            return UNSET
        if cell and not (cell.isascii() and cell.isalnum() and cell[0] in "UWuw" and 3 <= len(cell) <= 20):
            self._error("E201", "slack_id", f"{quoted(cell)} is not a Slack member id. It looks like U024BE7LH.")
        return cell.upper() or None

    def _day(self, column: str) -> date | Unset | None:
        cell = self._row.cells.get(column)
        if cell is None:
            return UNSET
        if not cell:
            return None
        found = values.day(cell, british=True)
        if found is None:
            self._error("E208", column, f"{quoted(cell)} is not a date. Write year, month and day like 2026-12-31.")
        return found
