"""Telling files apart, and the surveys that Herald ships."""

import pytest

from bot.files.kinds import FileKind, kind_of
from bot.files.library import NoSuchTemplate, template, templates
from bot.files.problems import FileProblems
from bot.files.survey import parse_survey
from tests.files import samples


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (samples.PARTNERSHIP, FileKind.PARTNERSHIP),
        (samples.SURVEY, FileKind.SURVEY),
        (samples.BRIEFINGS, FileKind.BRIEFINGS),
        (samples.DEADLINES, FileKind.DEADLINES),
        (samples.BULLETIN, FileKind.BULLETIN),
        (f"# a comment\n\n---\n{samples.SURVEY}", FileKind.SURVEY),
        (f"\ufeff{samples.SURVEY}", FileKind.SURVEY),
    ],
)
def test_a_file_is_known_by_its_first_key(text: str, kind: FileKind) -> None:
    assert kind_of(text) is kind


def test_a_register_is_sent_to_the_right_command() -> None:
    with pytest.raises(FileProblems, match="herald people import"):
        kind_of("", "people.csv")


@pytest.mark.parametrize("name", ["appreciative-conversation", "briefing-feedback", "working-well"])
def test_a_shipped_survey_has_no_problem_at_all(name: str) -> None:
    found = template(name)
    assert parse_survey(found.text).warnings == ()
    assert found.survey.privacy.mode == "confidential"


def test_the_three_question_evaluation_has_three_questions() -> None:
    assert len(template("briefing-feedback").survey.questions()) == 3


def test_the_shipped_surveys_are_listed_and_a_near_miss_is_helped() -> None:
    assert len(templates()) == 3
    with pytest.raises(NoSuchTemplate, match="Did you mean briefing-feedback"):
        template("briefing-feedbak")
