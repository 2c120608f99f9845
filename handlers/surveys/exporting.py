"""The one table of results that the page, the CSV file, the workbook and the HTML file show: what is hidden in one is
hidden in all (settled.md, Small numbers).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from bot.files.csv_guard import Cell, guarded, write_csv
from bot.flows.survey_words import APART

HIDDEN = "hidden"
EVERYBODY = "Everybody"
HEADER = ("Question", "Asked", "Group", "Answer", "Number", "Share")
MEAN, ANSWERED, COMMENT = "Mean", "Answered", "Comment"
FIRST_PLACE, MEAN_PLACE = "first place", "mean place"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `number` is None where the figure is hidden; `part` is its share of those who answered."""

    question: str
    asked: str
    group: str
    answer: str
    number: float | None
    part: float | None = None
    counts: bool = True

    def cells(self) -> tuple[Cell, ...]:
        """As it stands in a file."""
        if not self.counts:
            return (self.question, self.asked, self.group, self.answer, "", "")
        shown: Cell = HIDDEN if self.number is None else self.number
        percent = "" if self.part is None else f"{round(self.part * 100)} %"
        return (self.question, self.asked, self.group, self.answer, shown, percent)


def lines_of(results: Json) -> list[Line]:
    """The whole table: reply rates, every question for everybody, then by group, then the comments."""
    lines = [Line("", "Invited", EVERYBODY, "", results["invited"])]
    replied, invited = results["replied"], results["invited"]
    lines.append(Line("", "Replied", EVERYBODY, "", replied, _part(replied, invited)))
    for rate in results["rates"]:
        lines.append(Line("", "Replied", rate["label"], "", rate["replied"], rate["rate"]))
    for question in _with_rows(results["questions"]):
        lines += _figures(question, EVERYBODY)
    for cut in results["cuts"]:
        for cell in cut["cells"]:
            group = f"{cut['id'].replace('_', ' ')}: {cell['label']}"
            lines.append(Line("", "Replied", group, "", cell["n"]))
            for question in _with_rows(cell["questions"]):
                lines += _figures(question, group)
    asked = {question["id"]: question["text"] for question in results["questions"]}
    for key, said in results["comments"].items():
        lines += [
            Line(key, asked.get(key, ""), EVERYBODY, f"{COMMENT}: {text}", None, counts=False) for text in said or ()
        ]
    return lines


def _with_rows(questions: list[Json]) -> Iterator[Json]:
    """The questions, each followed by the rows that it has."""
    for question in questions:
        yield question
        yield from question.get("rows", ())


def _figures(question: Json, group: str) -> Iterator[Line]:
    key, text, answered = question["id"], question["text"], question["answered"]
    yield Line(key, text, group, ANSWERED, answered)
    for choice in question["choices"]:
        label = f"{choice['label']} ({FIRST_PLACE})" if "mean_place" in choice else choice["label"]
        yield Line(key, text, group, label, choice["n"], _part(choice["n"], answered))
    for choice in question["choices"]:
        if choice.get("mean_place") is not None:
            yield Line(key, text, group, f"{choice['label']} ({MEAN_PLACE})", choice["mean_place"])
    for apart, words in APART.items():
        if question[apart]:
            yield Line(key, text, group, words, question[apart])
    if question["mean"] is not None:
        yield Line(key, text, group, MEAN, question["mean"])


def _part(n: int | None, of: int | None) -> float | None:
    return None if n is None or not of else n / of


def as_csv(results: Json) -> str:
    """The table as CSV, every cell guarded against being run as a formula."""
    return write_csv(HEADER, (line.cells() for line in lines_of(results)))


def as_xlsx(results: Json) -> bytes:
    """The table as a workbook; text stays text, so that no cell is run as a formula."""
    from openpyxl import Workbook  # 180 modules, for one of the four forms of a file

    book = Workbook()
    sheet = book.active
    sheet.title = "Results"
    sheet.append(HEADER)
    for row, line in enumerate(lines_of(results), start=2):
        for column, cell in enumerate(line.cells(), start=1):
            at = sheet.cell(row=row, column=column)
            at.value = guarded(cell) if isinstance(cell, str) else cell
            at.data_type = "n" if isinstance(cell, int | float) else "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_html(results: Json) -> str:
    """The table as a page of its own, to be passed on or printed."""
    title = escape(str(results["title"]))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEADER)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in line.cells()) + "</tr>"
        for line in lines_of(results)
    )
    floor = results["min_group"]
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="en-GB">\n<head><meta charset="utf-8"><title>{title}: results</title></head>',
            f"<body>\n<h1>{title}</h1>",
            f"<p>Figures for fewer than {floor} people are hidden, and those from which they could be worked out.</p>",
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>",
            "</body>\n</html>\n",
        )
    )
