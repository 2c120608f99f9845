"""Free text is asked for with the same warning and the same limit, wherever somebody writes it."""

import json
from collections.abc import Callable

import pytest

from bot import words
from bot.conversation.flow import Kind, Question
from bot.conversation.hints import beside
from bot.conversation.prompt import Prompt
from bot.conversation.typed.wording import step_in_words
from bot.rendering.slack import modal
from bot.rendering.slack_question import question_message
from bot.rendering.web import step_view
from tests.conversation.test_typed import asking

COMMENT = Question("comment", "What should change?", Kind.TEXT_LONG, max_length=600)
SURFACES: dict[str, Callable[[Prompt], object]] = {
    "web": step_view,
    "form in Slack": lambda prompt: modal(prompt),
    "message in Slack": lambda prompt: question_message(prompt, "comment"),
    "e-mail": step_in_words,
}


@pytest.mark.parametrize("surface", SURFACES)
def test_whoever_writes_is_told_to_name_no_child_and_how_much_there_is_room_for(surface: str) -> None:
    shown = SURFACES[surface](asking(COMMENT))
    said = json.dumps(shown, default=repr)
    assert said.count(words.NEVER_NAME_A_CHILD) == 1
    assert "Up to 600 characters" in said


def test_a_question_that_says_so_itself_does_not_say_it_twice() -> None:
    asked = Question("why", "Why?", Kind.TEXT_LONG, help=f"In a sentence. {words.NEVER_NAME_A_CHILD}")
    assert beside(asked).count(words.NEVER_NAME_A_CHILD) == 1


def test_where_nothing_is_written_freely_only_the_help_stands() -> None:
    assert beside(Question("when", "When?", Kind.DATE, help="The day it began.")) == "The day it began."
