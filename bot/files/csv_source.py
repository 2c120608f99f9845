"""Reads CSV files of the contract: a header in any order, unknown columns refused, every line with its number."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.files.csv_guard import begins_like_a_formula
from bot.files.problems import FileProblems, Findings, did_you_mean, one_of, quoted
from bot.files.text_source import CONTROL, NUL, decoded

MAX_BYTES = 10_000_000
MAX_LINE = 20_000
MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: its number (where it begins) and its cells by column, trimmed."""

    line: int
    cells: dict[str, str]
    places: dict[str, int]

    def at(self, column: str) -> tuple[int, int]:
        """Line and cell number of a column."""
        return self.line, self.places.get(column, 1)


def read_rows(data: bytes | str, columns: Sequence[str], findings: Findings) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The columns that the file has, and its rows one by one; blank lines are left out.

    Raises FileProblems where nothing can be read: E106, E109, E120, E122. Everything else goes to `findings`, and a row
    with too many cells, a formula or a control character is left out.
    """
    text = decoded(data, limit=MAX_BYTES, refused=NUL)
    _refuse_long_lines(text, findings)
    reader = _Reader(text, findings)
    header = reader.header(columns)
    return tuple(name for name in header if name), reader.rows(header)


def _refuse_long_lines(text: str, findings: Findings) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            message = (
                f"this line has {len(line)} characters; at most {MAX_LINE} can be read. Is this really a CSV file?"
            )
            findings.error("E122", (number, 1), "line", message)
            break
    if text.count("\n") > MAX_ROWS:
        message = f"the file has more than {MAX_ROWS} lines. Divide it into several."
        findings.error("E122", (MAX_ROWS + 1, 1), "file", message)
    findings.stop_if_wrong()


class _Reader:
    def __init__(self, text: str, findings: Findings) -> None:
        self._lines = csv.reader([f"{line}\n" for line in text.split("\n")], strict=True)
        self._findings = findings
        self._next_line = 1

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            line = self._lines.line_num + 1
            try:
                record = next(self._lines)
            except StopIteration:
                return
            except csv.Error as error:
                message = f"a quotation mark is out of place ({error}). Close it, or write it twice inside a cell."
                self._findings.error("E125", (line, 1), "line", message)
                continue
            yield line, [cell.strip(" \t\u00a0") for cell in record]

    def header(self, columns: Sequence[str]) -> list[str]:
        for line, cells in self._records():
            if any(cells):
                return self._known_header(line, cells, columns)
        self._findings.error(
            "E120", (1, 1), "header", f"the file is empty. Begin with a line of columns: {columns[0]},…"
        )
        raise FileProblems(self._findings.all())

    def _known_header(self, line: int, cells: list[str], columns: Sequence[str]) -> list[str]:
        if len(cells) == 1 and (";" in cells[0] or "\t" in cells[0]):
            message = "the cells are divided by semicolons or tabs. Save the file with commas (in Excel: “CSV UTF-8”)."
            self._findings.error("E120", (line, 1), "header", message)
            raise FileProblems(self._findings.all())
        names = [cell.lower() for cell in cells]
        if not set(names) & set(columns):
            message = f"the first line does not name the columns. Write for example: {','.join(columns[:4])}"
            self._findings.error("E120", (line, 1), "header", message)
            raise FileProblems(self._findings.all())
        return [self._column(line, number, name, names, columns) for number, name in enumerate(names, start=1)]

    def _column(self, line: int, number: int, name: str, names: list[str], columns: Sequence[str]) -> str:
        if name not in columns:
            unused = [column for column in columns if column not in names]
            what = f"{quoted(name)} is not a column of this file" if name else "this column has no name"
            self._findings.error("E101", (line, number), name or "header", f"{what}.{did_you_mean(name, unused)}")
            return ""
        if name in names[: number - 1]:
            self._findings.error(
                "E102", (line, number), name, f"the column {name} is there twice. Keep one of the two."
            )
            return ""
        return name

    def rows(self, header: list[str]) -> Iterator[Row]:
        for line, cells in self._records():
            if any(cells) and self._readable(line, cells, header):
                pairs = [(name, number) for number, name in enumerate(header) if name]
                values = {name: cells[number] if number < len(cells) else "" for name, number in pairs}
                yield Row(line, values, {name: number + 1 for name, number in pairs})

    def _readable(self, line: int, cells: list[str], header: list[str]) -> bool:
        before = self._findings.count()
        if len(cells) > len(header) and any(cells[len(header) :]):
            message = (
                f"there are {len(cells)} cells but {len(header)} columns. Put quotes round a cell that has a comma."
            )
            self._findings.error("E121", (line, len(header) + 1), "line", message)
        for number, cell in enumerate(cells[: len(header)], start=1):
            name = header[number - 1] or "cell"
            if CONTROL.search(cell) or "\t" in cell:
                message = "there is a control character in this cell that nobody can see. Type the cell again."
                self._findings.error("E124", (line, number), name, message)
            elif begins_like_a_formula(cell):
                message = f"{quoted(cell)} begins like a spreadsheet formula. Take the sign {cell[0]} away."
                self._findings.error("E123", (line, number), name, message)
        return self._findings.count() == before


def require_columns(header: Sequence[str], wanted: Sequence[str], findings: Findings) -> None:
    """E126 for every column that must be there and is not."""
    missing = [column for column in wanted if column not in header]
    if missing:
        message = f"add the column{'s' if len(missing) > 1 else ''} {one_of(missing).replace(' or ', ' and ')}."
        findings.error("E126", (1, 1), "header", message)
