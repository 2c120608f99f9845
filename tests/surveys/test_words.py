"""The words of invitations and reminders."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.files.partnership import parse_partnership
from bot.files.survey import parse_survey
from bot.flows.survey import who_sees
from bot.links import Purpose
from bot.rendering.note import Note
from bot.rendering.slack_limits import problems_in_blocks
from bot.rendering.slack_note import note_message
from digests.compose import compose_note
from digests.messages.kinds import Writing
from tests.factories import PARTNERSHIP
from tests.surveys.asking import NAMED, SURVEY

WRITING = Writing(
    parse_partnership(PARTNERSHIP).value, datetime(2026, 11, 24, 10, 0, tzinfo=UTC), "https://herald.example.org"
)


def note(kind: str, text: str = SURVEY, **facts: Any) -> Note:
    given = {
        "subject": "autumn",
        "title": "How is it going?",
        "session": "",
        "purpose": "To hear from the front line what helps.",
        "minutes": 2,
        "closes": "2026-06-12T16:00:00+00:00",
        "privacy": list(who_sees(parse_survey(text).value)),
    }
    return compose_note(kind, {**given, **facts}, writing=WRITING)


@pytest.mark.parametrize("kind", ["survey.invitation", "survey.reminder"])
def test_one_button_opens_the_form_and_the_minutes_the_close_and_the_mode_are_said(kind: str) -> None:
    written = note(kind)
    (button,) = written.buttons
    assert (button.purpose, button.about) == (Purpose.SURVEY, "autumn")
    assert "about 2 minutes" in " ".join(written.paragraphs)
    assert dict(written.rows)["Open until"] == "Friday 12 June 2026, 17:00", "local summer time"
    assert "not the same as anonymous" in " ".join(written.after)
    _, blocks = note_message(written, link_for=lambda button: f"https://herald.example.org/l/{button.about}")
    assert not list(problems_in_blocks(blocks, surface="message"))


def test_a_named_survey_says_that_the_name_is_kept() -> None:
    after = " ".join(note("survey.invitation", NAMED).after)
    assert "Your name is kept with your answers" in after
    assert "onfidential" not in after


def test_only_the_reminder_can_be_switched_off_as_a_nudge() -> None:
    assert note("survey.reminder").nudge
    assert not note("survey.invitation").nudge


def test_an_evaluation_says_which_session_it_asks_about() -> None:
    written = note("survey.invitation", session="Signs of Safety", minutes=1, closes="")
    assert "Signs of Safety" in written.subject
    assert "about a minute" in written.paragraphs[0]
    assert written.rows == ()
