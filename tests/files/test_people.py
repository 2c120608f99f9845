"""people.csv in and out."""

import csv
import io
from datetime import date

import pytest

from bot.files.people import COLUMNS, UNSET, cells_of, parse_people, write_people
from bot.files.problems import FileProblems
from tests.files.samples import KNOWN, PEOPLE


def refused(data: bytes | str) -> list[str]:
    with pytest.raises(FileProblems) as wrong:
        parse_people(data, KNOWN)
    return [f"{p.code}@{p.line}:{p.column}" for p in wrong.value.problems]


def test_a_whole_line_is_understood() -> None:
    (ada,) = parse_people(PEOPLE, KNOWN).all_good()
    assert (ada.email, ada.name, ada.roles, ada.level) == (
        "ada@example.org",
        "Ada Quill",
        ("practitioner", "manager"),
        3,
    )
    assert (ada.manager_email, ada.deputy_email) == ("ben@example.org", None)
    assert (ada.away_until, ada.leaves_on) == (date(2026, 12, 31), None)


def test_a_missing_column_leaves_and_a_blank_cell_clears() -> None:
    (row,) = parse_people("name,email,level,roles,champion\nAda,ada@example.org,,,\n", KNOWN).rows
    assert row.agency is UNSET
    assert row.manager_email is UNSET
    assert (row.level, row.roles, row.champion) == (None, ("practitioner",), "no")


def test_columns_come_in_any_order_and_names_in_any_capitals() -> None:
    (row,) = parse_people("\ufeffSector,NAME,Email\nPOLICE,Ada,Ada@Example.org\n", KNOWN).rows
    assert (row.sector, row.email) == ("police", "ada@example.org")


def test_the_date_that_a_british_excel_writes_is_understood() -> None:
    (row,) = parse_people("email,away_until\nada@example.org,31/12/2026\n").rows
    assert row.away_until == date(2026, 12, 31)


def test_every_wrong_line_is_named_and_the_good_ones_stay_at_hand() -> None:
    text = "email,name,roles\nada@example.org,Ada,boss\nben@example.org,Ben,\nnobody,Cy,\n,Di,\n"
    found = parse_people(text, KNOWN)
    assert [(p.line, p.code) for p in found.problems] == [(2, "E205"), (4, "E206"), (5, "E110")]
    assert [row.email for row in found.rows] == ["ben@example.org"]
    with pytest.raises(FileProblems):
        found.all_good()


def test_a_cell_over_two_lines_counts_from_its_first() -> None:
    found = parse_people('email,name,level\nada@example.org,"Ada\nQuill",9\nben@example.org,Ben,8\n', KNOWN)
    assert [problem.line for problem in found.problems] == [2, 4]


def test_an_unknown_column_stops_the_file_and_the_lines_are_told_all_the_same() -> None:
    assert refused("email,nme\nada@example,x\n") == ["E101@1:2", "E206@2:1"]


def test_a_shared_address_is_warned_about_and_taken() -> None:
    found = parse_people("email,name\nsafeguarding@school.example.org,Office\n")
    assert [(p.code, p.severity) for p in found.problems] == [("W220", "warning")]
    assert len(found.all_good()) == 1


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"", ["E120@1:1"]),
        (b"\n\n \n", ["E120@1:1"]),
        ("email,name\n".encode("utf-16"), ["E109@1:1"]),
        ("email,name\n".encode("utf-16-le"), ["E109@1:1"]),
        (b"email,name\nada@example.org,Ada\x00\n", ["E109@2:20"]),
        ("email,name\nada@example.org,Zoë\n".encode("latin-1"), ["E109@2:19"]),
        (b"email;name\nada@example.org;Ada\n", ["E120@1:1"]),
        (b"email\tname\nada@example.org\tAda\n", ["E120@1:1"]),
        (b"x" * 9_999_999, ["E122@1:1"]),
        (b"x" * 10_000_001, ["E106@1:1"]),
        (b"email\n" + b"a@example.org\n" * 100_001, ["E122@100001:1"]),
        (b"name\nAda\n", ["E126@1:1"]),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_kind_answer(data: bytes, codes: list[str]) -> None:
    assert refused(data) == codes


def test_what_is_exported_can_be_imported_again() -> None:
    (row,) = parse_people(PEOPLE, KNOWN).rows
    text = write_people([cells_of(row)])
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert parse_people(text, KNOWN).all_good() == (row,)


def test_an_export_never_carries_a_formula_out() -> None:
    text = write_people([["=cmd()", "+44", *[""] * 13]])
    assert list(csv.reader(io.StringIO(text)))[1][:2] == ["'=cmd()", "+44"]
