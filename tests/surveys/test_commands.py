"""`herald survey …` as a person runs it."""

import csv
import io

import pytest
from openpyxl import load_workbook

from tests.shell.herald import Installation
from tests.surveys.asking import SURVEY


@pytest.fixture(scope="module")
def herald(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    installation = Installation(tmp_path_factory.mktemp("surveys"))
    installation.begin()
    installation.write("autumn.yaml", SURVEY.replace("closes: 2026-12-11T17:00", "closes: 2099-12-11T17:00"))
    return installation


def test_a_survey_from_its_file_to_its_results(herald: Installation) -> None:
    assert herald.run("apply", "autumn.yaml", "--json").data[0]["outcome"] == "created"
    opened = herald.run("survey", "open", "autumn", "--json")
    assert opened.data | {} == {
        "id": "autumn",
        "state": "open",
        "invited": 3,
        "replied": 0,
        "newly_invited": 3,
        "practice": 2,
    }
    assert "Practice: 2 of 3 invitations are recorded and will not be sent" in opened.err
    assert herald.run("survey", "status", "autumn", "--json").data["invited"] == 3
    found = herald.run("survey", "results", "autumn").data
    assert {"id", "state", "questions", "cuts", "comments"} <= set(found)
    assert found["questions"][0]["answered"] is None
    rows = list(csv.reader(io.StringIO(herald.run("survey", "results", "autumn", "--format", "csv").out)))
    assert rows[0][0] == "Question"
    assert "<table>" in herald.run("survey", "results", "autumn", "--format", "html").out
    written = herald.run("survey", "results", "autumn", "--format", "xlsx", "--out", "autumn.xlsx")
    assert written.code == 0
    assert load_workbook(herald.folder / "autumn.xlsx").active["A1"].value == "Question"
    assert herald.run("survey", "close", "autumn", "--json").data["state"] == "closed"


def test_what_cannot_be_done_says_why_and_what_to_do(herald: Installation) -> None:
    for word in ("open", "results"):
        ran = herald.run("survey", word, "none")
        assert (ran.code, ran.out) == (1, "")
        assert "herald apply" in ran.err


def test_a_workbook_is_not_poured_into_a_terminal(herald: Installation) -> None:
    herald.run("apply", "autumn.yaml")
    ran = herald.run("survey", "results", "autumn", "--format", "xlsx")
    assert ran.code == 2
    assert "--out" in ran.err
