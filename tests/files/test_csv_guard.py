"""No cell that Herald writes is ever run by a spreadsheet (reference/surveys-pledges.md 3.6, test 11)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.csv_guard import DANGEROUS, begins_like_a_formula, guarded, write_csv

STARTS = ["=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "\0", " ", "\u00a0", "\ufeff", "＝"]


@pytest.mark.parametrize("start", STARTS)
def test_a_dangerous_beginning_gets_an_apostrophe_in_cells_and_headers(start: str) -> None:
    text = write_csv([f"{start}SUM(A1)"], [[f"{start}SUM(A1)"]])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert all(cell.startswith("'") for row in rows for cell in row)
    assert "\0" not in text


@pytest.mark.parametrize("number", [5, -5, 2.5, "-5", "+44", "12.75", 0])
def test_numbers_stay_numbers(number: str | float) -> None:
    assert guarded(number) == str(number)


@pytest.mark.parametrize("cell", ["Ada Quill", "a=b", "x-y", "50%", "", "ada@example.org"])
def test_ordinary_words_are_left_alone(cell: str) -> None:
    assert guarded(cell) == cell


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_whatever_is_written_begins_harmlessly_and_keeps_its_place(rows: list[list[str]]) -> None:
    text = write_csv(["a", "b"], rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert len(read) == len(rows) + 1
    for cell in (cell for row in read for cell in row):
        assert cell[:1] not in DANGEROUS or cell.lstrip("+-").replace(".", "").isdigit()


@given(st.text())
def test_what_the_import_refuses_includes_everything_the_export_must_guard(text: str) -> None:
    bare = text.strip()
    if guarded(bare).startswith("'") and not bare.startswith("'") and bare[:1] not in "\0\u200b\ufeff":
        assert begins_like_a_formula(bare)
