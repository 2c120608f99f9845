"""A survey file as a talk: what is asked on which step, on which surface, and what is said about privacy."""

import pytest

from bot.conversation import engine
from bot.conversation.flow import CHECK_ANSWERS, Flow, Surface
from bot.conversation.prompt import prompt_for
from bot.files.library import templates
from bot.files.survey import parse_survey
from bot.files.survey_model import SurveyFile
from bot.flows.survey import survey_flow
from bot.flows.survey_words import minutes, who_sees
from bot.rendering.slack import modal
from bot.rendering.slack_limits import problems_in_view
from tests.surveys.asking import NAMED, SURVEY


def survey(text: str = SURVEY) -> SurveyFile:
    return parse_survey(text).value


def asked(flow: Flow) -> dict[str, list[str]]:
    return {step.key: [question.key for question in step.questions] for step in flow.steps}


def test_a_question_that_depends_on_one_of_its_own_page_begins_a_new_step() -> None:
    assert asked(survey_flow(survey())) == {
        "p1": ["welcome", "role"],
        "p1-2": ["role_other", "helps"],
        "p2": ["useful"],
        "p2-2": ["why", "again", "years", "since", "one_word"],
    }


def test_a_step_on_which_nothing_would_be_asked_is_passed_over() -> None:
    text = SURVEY.replace("      - id: helps\n", "  - id: later\n    questions:\n      - id: helps\n")
    flow = survey_flow(survey(text))
    assert asked(flow)["p1-2"] == ["role_other"]
    start = engine.begin(flow)
    for role, following in (("frontline", "later"), ("other", "p1-2")):
        moved = engine.submit(flow, start, engine.Given("p1", {"role": role}))
        assert isinstance(moved, engine.Moved)
        assert moved.snapshot.step == following


def test_the_web_is_always_open_and_a_sensitive_survey_is_never_typed_into_a_chat() -> None:
    assert survey_flow(survey()).surfaces == {Surface.MODAL, Surface.WEB}
    only_slack = survey_flow(survey(SURVEY.replace("[slack, web]", "[slack]")))
    assert Surface.WEB in only_slack.surfaces, "an invitation by e-mail links to the web"
    every = NAMED.replace("[slack, web]", "[slack, dm, email, web]")
    assert survey_flow(survey(every)).surfaces == set(Surface)
    sensitive = every.replace("type: text_short\n", "type: text_short\n        sensitive: true\n")
    assert survey_flow(survey(sensitive)).surfaces == {Surface.MODAL, Surface.WEB}


def test_people_read_what_is_true_of_the_mode_before_they_answer() -> None:
    confidential, named = survey_flow(survey()), survey_flow(survey(NAMED))
    said = " ".join(confidential.steps[0].intro)
    assert "not the same as anonymous" in said
    assert "Your agency is kept beside them" in said
    assert "fewer than 5" in said
    assert "Your name is kept with your answers" in " ".join(named.steps[0].intro)
    assert "anonymous" not in " ".join(who_sees(survey(NAMED)))


def test_a_long_title_still_fits_the_head_of_a_form() -> None:
    flow = survey_flow(survey(SURVEY.replace("How is it going?", "How is it going with the levels of need")))
    assert len(flow.short_title) <= 24
    assert flow.short_title.endswith("…")


def test_a_short_survey_is_sent_without_a_check_of_its_three_answers() -> None:
    shipped = {template.id: template.survey for template in templates()}
    assert not survey_flow(shipped["briefing-feedback"]).check
    assert survey_flow(survey()).check
    assert minutes(shipped["briefing-feedback"]) == 1


@pytest.mark.parametrize("file", [survey(), *(template.survey for template in templates())], ids=lambda file: file.id)
def test_every_step_of_every_survey_is_a_form_that_slack_takes(file: SurveyFile) -> None:
    flow = survey_flow(file, session="Signs of Safety")
    start = engine.begin(flow)
    for step in (*(step.key for step in flow.steps), CHECK_ANSWERS):
        prompt = prompt_for(flow, start.at(step), conversation_id="abc", revision=1)
        assert not list(problems_in_view(modal(prompt, link="https://herald.example.org/talk/abc")))


def test_two_pages_may_have_names_that_look_like_each_others_steps() -> None:
    text = SURVEY.replace("id: p2\n", "id: p1_2\n")
    assert list(asked(survey_flow(survey(text)))) == ["p1", "p1-2", "p1_2", "p1_2-2"]
