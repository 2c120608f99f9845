"""attendance.csv: who came to past briefings, by name or as a count for each agency."""

from dataclasses import dataclass
from typing import Literal

from bot.files import values
from bot.files.csv_source import Row, read_rows, require_columns
from bot.files.known import NOTHING_KNOWN, Known
from bot.files.problems import FileProblems, Findings, Problem, did_you_mean, one_of, quoted

Status = Literal["attended", "partial", "no-show", "excused"]

STATUSES: tuple[Status, ...] = ("attended", "partial", "no-show", "excused")
BY_NAME = ("briefing", "email", "status")
BY_COUNT = ("briefing", "agency", "attended")
MOST_ATTENDED = 10_000


@dataclass(frozen=True, slots=True)
class NamedAttendance:
    """One person at one briefing."""

    line: int
    briefing: str
    email: str
    status: Status


@dataclass(frozen=True, slots=True)
class CountedAttendance:
    """How many came from one agency, where no names were taken."""

    line: int
    briefing: str
    agency: str
    attended: int


Attendance = NamedAttendance | CountedAttendance


@dataclass(frozen=True, slots=True)
class AttendanceFile:
    """The good rows, all of one form, and every problem in the file."""

    rows: tuple[Attendance, ...]
    problems: tuple[Problem, ...]

    def all_good(self) -> tuple[Attendance, ...]:
        """The rows, if every line is right. Raises FileProblems otherwise."""
        if any(problem.severity == "error" for problem in self.problems):
            raise FileProblems(self.problems)
        return self.rows


def parse_attendance(data: bytes | str, known: Known = NOTHING_KNOWN) -> AttendanceFile:
    """Reads a register. Raises FileProblems where the file as a whole cannot be read."""
    findings = Findings()
    columns, rows = read_rows(data, tuple(dict.fromkeys(BY_NAME + BY_COUNT)), findings)
    named = bool({"email", "status"} & set(columns))
    if named and {"agency", "attended"} & set(columns):
        message = f"names and counts are mixed. Write either {','.join(BY_NAME)} or {','.join(BY_COUNT)}."
        findings.error("E214", (1, 1), "header", message)
    require_columns(columns, BY_NAME if named else BY_COUNT, findings)
    findings.stop_if_wrong()
    seen: dict[tuple[str, str], int] = {}
    good: list[Attendance] = []
    for row in rows:
        before = findings.count()
        reader = _RowReader(row, known, findings)
        entry: Attendance = reader.named() if named else reader.counted()
        who = entry.email if isinstance(entry, NamedAttendance) else entry.agency
        _only_once(entry.briefing, who, row, seen, findings)
        if findings.count() == before:
            good.append(entry)
    return AttendanceFile(tuple(good), findings.all())


def _only_once(briefing: str, who: str, row: Row, seen: dict[tuple[str, str], int], findings: Findings) -> None:
    if (briefing, who) in seen and briefing and who:
        message = f"{who} at {briefing} is already in line {seen[briefing, who]}. Keep one of the two."
        findings.error("E202", (row.line, 1), "line", message)
    seen.setdefault((briefing, who), row.line)


class _RowReader:
    def __init__(self, row: Row, known: Known, findings: Findings) -> None:
        self._row = row
        self._known = known
        self._findings = findings

    def named(self) -> NamedAttendance:
        said = self._cell("status").casefold()
        status = next((status for status in STATUSES if status == said), None)
        if status is None and said:
            self._error("E205", "status", f"{quoted(said)} is not known. Use {one_of(STATUSES)}.")
        return NamedAttendance(self._row.line, self._briefing(), self._email(), status or "attended")

    def counted(self) -> CountedAttendance:
        count = self._cell("attended")
        attended = int(count) if count.isascii() and count.isdigit() and len(count) < 8 else None
        if count and (attended is None or attended > MOST_ATTENDED):
            self._error(
                "E204", "attended", f"{quoted(count)} is not a number of people. Write a whole number such as 7."
            )
        agency = self._named_thing("agency", self._known.agencies, "an agency of the partnership file")
        return CountedAttendance(self._row.line, self._briefing(), agency, attended or 0)

    def _briefing(self) -> str:
        return self._named_thing("briefing", self._known.briefings, "a briefing that Herald has")

    def _named_thing(self, column: str, known: tuple[str, ...] | None, what: str) -> str:
        cell = self._cell(column)
        if cell and known is not None and cell not in known:
            self._error("E212", column, f"{quoted(cell)} is not {what}.{did_you_mean(cell, known)}")
        return cell

    def _email(self) -> str:
        cell = self._cell("email")
        address = values.email(cell) if cell else ""
        if address is None:
            self._error("E206", "email", f"{quoted(cell)} is not an e-mail address. Write it like ada@example.org.")
        elif address and self._known.people is not None and address not in self._known.people:
            message = f"{address} is not in the register. Add the person first, with “herald people import”."
            self._error("E212", "email", message)
        return address or ""

    def _cell(self, column: str) -> str:
        cell = self._row.cells[column]
        if not cell:
            self._error("E110", column, f"the cell {column} is empty. Fill it in, or take the line out.")
        return cell

    def _error(self, code: str, column: str, message: str) -> None:
        self._findings.error(code, self._row.at(column), column, message)
