"""What a survey file becomes."""

from datetime import UTC, datetime

import pytest

from bot.conversation.conditions import All, Any, Leaf, Not
from bot.files.survey import parse_survey
from bot.files.survey_model import SurveyFile, SurveyQuestion, Type
from tests.files.samples import KNOWN, SURVEY
from tests.files.wrong import codes_of

CHANNELS = ("slack", "dm", "email", "web")
LAST = "        themes: feedback-codebook\n"
SHOW_IF = "show_if: {all: [{question: useful, at_most: 3}]}"


def survey(text: str = SURVEY) -> SurveyFile:
    return parse_survey(text, KNOWN).value


def question(text: str, name: str) -> SurveyQuestion:
    return next(question for question in survey(text).questions() if question.id == name)


def asked(line: str) -> SurveyQuestion:
    return survey(SURVEY.replace(LAST, f"{LAST}      - {line}\n")).questions()[-1]


def test_the_sample_of_the_reference_is_understood_whole() -> None:
    found = survey()
    assert (found.id, found.version, str(found.title), found.owner) == (
        "briefing-feedback-2026-q4",
        1,
        "Briefing feedback",
        "coordinator",
    )
    assert found.schedule.opens == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert found.schedule.reminders_after_days == (3, 7)
    assert found.channels == ("slack", "web")
    assert (found.privacy.mode, found.privacy.retention_days.replies) == ("confidential", 365)
    assert [cut.id for cut in found.privacy.cuts] == ["agency", "role_band"]
    assert [question.id for question in found.questions()] == ["role", "role_other", "useful", "why"]


def test_a_summer_opening_is_an_hour_earlier_in_utc() -> None:
    text = SURVEY.replace("2026-12-01T09:00", "2026-07-01T09:00").replace("2026-12-15T17:00", "2026-07-15T17:00")
    assert survey(text).schedule.opens == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_points_between_two_labelled_ones_are_filled_in() -> None:
    useful = question(SURVEY, "useful")
    assert [(point.value, str(point.label)) for point in useful.points] == [
        (1, "Not at all"),
        (2, "2"),
        (3, "3"),
        (4, "4"),
        (5, "Very"),
    ]


def test_a_choice_that_asks_for_words_becomes_a_question_of_its_own() -> None:
    more = question(SURVEY, "role_other")
    assert (more.kind, more.belongs_to, more.show_if) == (Type.TEXT_SHORT, "role", Leaf("role", "is", "other"))
    assert str(more.text) == "Something else: please say more"


def test_a_net_promoter_scale_has_eleven_points_of_its_own() -> None:
    assert [
        point.value for point in asked("{id: nps, type: scale, text: Would you come again, nps: true}").points
    ] == list(range(11))


def test_not_applicable_and_prefer_not_are_answers_of_their_own() -> None:
    found = asked("{id: ok, type: yes_no, text: Was it clear, not_applicable: true, prefer_not: true}")
    assert found.values() == ("yes", "no", "not_sure", "not_applicable", "prefer_not")


def test_numbers_dates_and_texts_carry_their_bounds() -> None:
    years = asked("{id: years, type: number, text: How many years, min: 0, max: 60}")
    assert (years.minimum, years.maximum) == (0, 60)
    day = asked("{id: day, type: date, text: Which day, min: 2027-01-01}")
    assert (str(day.earliest), day.latest) == ("2027-01-01", None)
    assert asked("{id: words, type: text_short, text: In a few words}").max_length == 300
    assert asked("{id: words, type: text_long, text: In your words}").max_length == 3000


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{question: useful, at_most: 3}", Leaf("useful", "at_most", 3)),
        ("{question: role, in: [manager, other]}", Leaf("role", "in", ("manager", "other"))),
        ("{question: role, in: manager}", Leaf("role", "in", ("manager",))),
        ("{question: role_other, answered: true}", Leaf("role_other", "answered", True)),
        ("{question: useful, is: 3}", Leaf("useful", "is", "3")),
        ("{not: {question: role, is: manager}}", Not(Leaf("role", "is", "manager"))),
        (
            "{any: [{question: role, is_not: other}, {all: [{question: useful, at_least: 4}]}]}",
            Any((Leaf("role", "is_not", "other"), All((Leaf("useful", "at_least", 4),)))),
        ),
    ],
)
def test_conditions_become_the_small_tree_that_the_engine_knows(written: str, meant: object) -> None:
    assert question(SURVEY.replace(SHOW_IF, f"show_if: {written}"), "why").show_if == meant


def test_a_condition_on_yes_or_no_needs_no_quotes() -> None:
    text = SURVEY.replace(
        LAST,
        f"{LAST}      - {{id: clear, type: yes_no, text: Was it clear}}\n"
        "      - {id: unclear, type: text_short, text: What was not, show_if: {question: clear, is: no}}\n",
    )
    assert question(text, "unclear").show_if == Leaf("clear", "is", "no")


def test_two_languages_are_kept_apart_and_a_missing_help_text_falls_back() -> None:
    text = SURVEY.replace("languages: [en]", "languages: [en, cy]").replace(
        "{en: Briefing feedback}", "{en: Feedback, cy: Adborth}"
    )
    assert "E250" in codes_of("survey", text)
    title = parse_survey(
        """\
herald_survey: 1
id: dwy-iaith
version: 1
title: {cy: Adborth, en: Feedback}
purpose: {en: To learn, cy: I ddysgu}
owner: ada@example.org
languages: [en, cy]
privacy: {mode: named, retention_days: {replies: 30}}
pages:
  - id: p1
    questions:
      - {id: q, type: text_short, text: {en: What next, cy: Beth nesaf}, help: Short is fine}
end: {text: {en: Thanks, cy: Diolch}}
loop: {owner: coordinator, due_days: 28}
"""
    ).value
    assert title.title.said_in("cy") == "Adborth"
    assert str(title.title) == "Feedback"
    assert title.questions()[0].help.said_in("cy") == "Short is fine"


def test_a_survey_that_leaves_dates_audience_and_channels_open_takes_the_defaults() -> None:
    text = SURVEY.replace("channels: [slack, web]\n", "").replace("audience: {everyone: true}\n", "")
    start, end = text.index("schedule:"), text.index("privacy:")
    found = survey(text[:start] + text[end:])
    assert found.channels == ("slack", "dm", "web"), "replies by e-mail are read in named surveys only"
    assert survey((text[:start] + text[end:]).replace("confidential", "named")).channels == CHANNELS
    assert found.audience is None
    assert (found.schedule.opens, found.schedule.closes, found.schedule.grace_minutes) == (None, None, 60)


def test_a_smaller_group_than_five_is_never_taken() -> None:
    assert survey(SURVEY.replace("min_group: 5", "min_group: 3")).privacy.min_group == 5


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    text = (
        SURVEY.replace("owner: coordinator\nlang", "owner: nobody\nlang")
        .replace("value: frontline", "value: Front line")
        .replace("at_most: 3", "at_most: 0")
        .replace("due_days: 28", "due_days: 0")
    )
    assert codes_of("survey", text) == ["E205", "E221", "E241", "E204"]


def test_a_page_that_nobody_reaches_is_named_once_and_not_its_questions() -> None:
    more = "  - {id: p2, show_if: {all: [{question: role, is: manager}, {question: role, is: other}]}, questions: [{id: z, type: text_short, text: Last word}]}\n"
    assert codes_of("survey", SURVEY.replace("end: {text", f"{more}end: {{text")) == ["E242"]


def test_a_question_that_can_only_be_reached_through_a_hidden_one_is_found() -> None:
    more = (
        "      - {id: a, type: yes_no, text: Was it clear, show_if: {question: role, is: manager}}\n"
        "      - {id: b, type: text_short, text: What was not, show_if: {all: [{question: a, is: no}, {question: role, is: other}]}}\n"
    )
    assert codes_of("survey", SURVEY.replace(LAST, LAST + more)) == ["E242"]


def test_leaving_a_required_question_open_leads_nowhere() -> None:
    text = SURVEY.replace("required: false", "required: true").replace(
        SHOW_IF, "show_if: {question: role, answered: false}"
    )
    assert codes_of("survey", text) == ["E242"]
    text = SURVEY.replace(SHOW_IF, "show_if: {question: role, answered: false}")
    assert codes_of("survey", text) == []


def test_a_condition_may_look_at_how_many_were_chosen() -> None:
    multi = "{id: met, type: multi, text: Whom did you meet, choices: [{value: police, label: Police}, {value: health, label: Health}]}"
    good = f"{LAST}      - {multi}\n      - {{id: both, type: text_short, text: How was that, show_if: {{question: met, at_least: 2}}}}\n"
    assert codes_of("survey", SURVEY.replace(LAST, good)) == []
    assert codes_of("survey", SURVEY.replace(LAST, good.replace("at_least: 2", "at_least: 3"))) == ["E241"]


def test_prefer_not_can_be_asked_about_on_a_scale() -> None:
    scale = "{id: safe, type: scale, text: How safe did it feel, points: 5, prefer_not: true}"
    more = "{id: say, type: text_short, text: Say more, show_if: {any: [{question: safe, at_most: 2}, {question: safe, is: prefer_not}]}}"
    assert codes_of("survey", SURVEY.replace(LAST, f"{LAST}      - {scale}\n      - {more}\n")) == []
