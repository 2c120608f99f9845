"""The samples of the contract are taken as they stand, and every command keeps to its words, streams and exit codes."""

import csv
import io
import json

import pytest

from bot.cli.commands import COMMANDS
from tests.contract import files
from tests.contract.conftest import Desk

PROMISED = """demo receive init serve worker tick migrate doctor backup restore apply people-import people-export people-show
people-erase survey-open survey-close survey-status survey-results bulletin-preview bulletin-test bulletin-approve
bulletin-send bulletin-pause bulletin-resume bulletin-cancel bulletin-status attendance-import audit-verify signin
slack-manifest try"""
"""The table of the contract; `report annual` comes with an issue of its own."""


def test_every_command_that_was_promised_is_there() -> None:
    assert {"-".join(command.words) for command in COMMANDS} >= set(PROMISED.split())


def test_every_sample_is_created_once_and_unchanged_after_that(northmere: Desk) -> None:
    written = {
        "s.yaml": files.SURVEY,
        "b.yaml": files.BRIEFINGS,
        "d.yaml": files.DEADLINES,
        "m.md": files.BULLETIN,
    }
    names = [northmere.write(name, text) for name, text in written.items()]
    rehearsed = northmere.done("apply", *names, "--dry-run", "--json")
    created = northmere.done("apply", *names, "--json")
    again = northmere.done("apply", *names, "--json")
    assert rehearsed.data == created.data
    assert [each["outcome"] for each in created.data] == ["created"] * 6
    assert [each["outcome"] for each in again.data] == ["unchanged"] * 6
    assert {each["kind"] for each in created.data} == {"survey", "briefing", "deadline", "bulletin"}


def test_every_column_of_the_register_comes_back_as_it_went_in(northmere: Desk) -> None:
    given = {row["email"]: row for row in csv.DictReader(io.StringIO(files.PEOPLE))}
    shown = list(csv.DictReader(io.StringIO(northmere.done("people", "export").out)))
    assert len(shown) == len(given)
    for row in shown:
        wanted = given[row["email"]]
        for column, value in wanted.items():
            meant = value or {"roles": "practitioner", "champion": "no"}.get(column, "")
            assert row[column] == meant, (row["email"], column)


def test_a_register_is_read_in_both_forms_and_wrong_lines_are_all_named(northmere: Desk) -> None:
    northmere.done("apply", northmere.write("past.yaml", files.PAST))
    people = ("ada", "ben", "cy", "pat")
    states = ("attended", "partial", "no-show", "excused")
    rows = "".join(f"long-ago,{who}@example.org,{state}\n" for who, state in zip(people, states, strict=True))
    by_name = northmere.write("names.csv", f"briefing,email,status\n{rows}")
    assert len(northmere.done("attendance", "import", by_name).out.splitlines()) == 4
    counted = northmere.write("counted.csv", "briefing,agency,attended\nlong-ago,northmere-police,7\n")
    northmere.done("attendance", "import", counted)
    wrong = northmere.write("wrong.csv", "briefing,email,status\nnone,ada@example.org,attended\nlong-ago,eve,late\n")
    ran = northmere.run("attendance", "import", wrong)
    assert (ran.code, ran.out) == (2, "")
    assert {line.split(" ")[0].rpartition(":")[0] for line in ran.err.splitlines()} == {"wrong.csv:2", "wrong.csv:3"}


def test_results_have_the_promised_shape_in_every_format(northmere: Desk) -> None:
    northmere.done("apply", northmere.write("s.yaml", files.SURVEY))
    survey = "briefing-feedback-2026-q4"
    assert set(northmere.done("survey", "status", survey, "--json").data) >= {"id", "state", "invited", "replied"}
    found = northmere.done("survey", "results", survey, "--format", "json").data
    assert set(found) >= {"id", "state", "questions", "cuts", "comments"}
    for question in found["questions"]:
        assert set(question) >= {"id", "type", "answered", "choices", "mean"}
        assert all(set(choice) >= {"value", "label", "n"} for choice in question["choices"])
    for format_, begins in (("csv", b"Question,"), ("html", b"<!doctype html>"), ("xlsx", b"PK"), ("json", b"{")):
        northmere.done("survey", "results", survey, "--format", format_, "--out", "results")
        assert (northmere.folder / "results").read_bytes().startswith(begins)


def test_an_anonymous_survey_is_refused_and_never_quietly_made_confidential(northmere: Desk) -> None:
    text = files.SURVEY.replace("mode: confidential", "mode: anonymous")
    ran = northmere.run("apply", northmere.write("anonymous.yaml", text))
    assert (ran.code, ran.out) == (2, "")
    assert "anonymous.yaml:" in ran.err
    assert northmere.run("survey", "status", "briefing-feedback-2026-q4").code == 1


def test_an_edition_is_seen_in_four_forms_by_anybody_in_the_register(northmere: Desk) -> None:
    for name, text in (("b.yaml", files.BRIEFINGS), ("m.md", files.BULLETIN)):
        northmere.done("apply", northmere.write(name, text))
    look = ("bulletin", "preview", "december", "--as", "cy@example.org", "--format")
    assert "Hello Cy Lake" in northmere.done(*look, "text").out
    assert "Book “Levels of need and support”" in northmere.done(*look, "text").out
    assert northmere.done(*look, "html").out.startswith("<!DOCTYPE html>")
    assert {"text", "blocks"} <= set(json.loads(northmere.done(*look, "slack").out))
    nobody = northmere.run("bulletin", "preview", "december", "--as", "eve@example.org")
    assert (nobody.code, nobody.out) == (1, "")


@pytest.mark.parametrize("words", [("people",), ("survey", "open"), ("survey", "results", "x", "--format", "pdf")])
def test_a_command_called_wrongly_ends_with_2_and_says_how(northmere: Desk, words: tuple[str, ...]) -> None:
    ran = northmere.run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "usage: herald" in ran.err


def test_a_fresh_partnership_with_one_agency_answers_a_worried_person_with_numbers_to_ring(northmere: Desk) -> None:
    ran = northmere.run("try", "escalate", "--as", "cy@example.org")
    assert ran.code == 1
    assert "999" in ran.err
    assert "01632 960001" in ran.err
    assert "fault" not in ran.err


def test_pledges_can_be_tried_without_leaving_anything(northmere: Desk) -> None:
    ran = northmere.done("try", "pledge", typed="1\nstop\n")
    assert "What will you do next?" in ran.out + ran.err
    assert northmere.done("people", "show", "ada@example.org", "--json").data.get("pledge") in (None, [])
