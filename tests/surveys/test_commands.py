"""`herald survey …` as a person runs it."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from bot.files.survey import parse_survey
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


def test_errors_and_advice_are_data_when_asked_and_advice_stops_a_strict_apply(herald: Installation) -> None:
    herald.write(
        "wrong.yaml", SURVEY.replace("owner: coordinator\n", "owner: nobody\n").replace("type: multi", "type: mult")
    )
    wrong = herald.run("apply", "wrong.yaml", "--json")
    assert wrong.code == 2
    assert [(each["file"], each["line"], each["code"], each["severity"]) for each in wrong.data] == [
        ("wrong.yaml", 6, "E205", "error"),
        ("wrong.yaml", 36, "E226", "error"),
    ]
    assert "wrong.yaml:36:15 E226" in wrong.err
    herald.write("advice.yaml", SURVEY.replace("id: autumn", "id: advice"))
    strict = herald.run("apply", "advice.yaml", "--strict", "--json")
    assert strict.code == 1
    assert {each["code"] for each in strict.data[0]["problems"]} == {"W211"}
    assert "advice.yaml:18:12 W211" in strict.err
    assert herald.run("survey", "status", "advice").code == 1, "nothing was kept"
    assert herald.run("apply", "advice.yaml").code == 0


def test_a_copy_is_ready_to_be_asked_again_and_keeps_the_whole_privacy_block(herald: Installation) -> None:
    text = SURVEY.replace("id: autumn", "id: source").replace("version: 1", "version: 4  # after two corrections")
    herald.write("source.yaml", text)
    assert herald.run("apply", "source.yaml").code == 0
    copied = herald.run("survey", "copy", "source", "spring", "--out", "spring.yaml")
    assert (copied.code, copied.out) == (0, "")
    before, after = parse_survey(text).value, parse_survey((herald.folder / "spring.yaml").read_text()).value
    assert (after.id, after.version) == ("spring", 1)
    assert after.privacy == before.privacy
    assert replace(after, id=before.id, version=before.version, schedule=before.schedule) == before
    assert "# after two corrections" in (herald.folder / "spring.yaml").read_text()
    assert after.schedule.closes is not None
    assert after.schedule.closes > datetime.now(UTC)  # the command's own clock
    again = herald.run("survey", "copy", "source", "spring", "--out", "spring.yaml")
    assert again.code == 1
    assert "is there already" in again.err
    assert herald.run("apply", "spring.yaml").code == 0
    taken = herald.run("survey", "copy", "source", "spring")
    assert (taken.code, taken.out) == (1, "")
    assert herald.run("survey", "copy", "briefing-feedback", "own-feedback").out.count("id: own-feedback") == 1
