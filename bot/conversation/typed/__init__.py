"""Talking by typing: the commands, a step in plain lines, a text as answers. Pure; for direct messages and mail.

Sources: contract (E-mail), docs/decisions/0008-typed-surfaces.md, reference/surveys-pledges.md 4.5.
"""

from bot.conversation.typed.choices import choice_lines
from bot.conversation.typed.commands import Command, command_in
from bot.conversation.typed.hearing import answer_in, answers_in, row_in, skipped_in, unmatched_lines
from bot.conversation.typed.wording import (
    asked_fields,
    asked_questions,
    before_question,
    check_in_words,
    example_for,
    found_in_words,
    how_to_answer,
    question_in_words,
    question_number,
    standing,
    step_in_words,
    trouble,
)

__all__ = [
    "Command",
    "answer_in",
    "answers_in",
    "asked_fields",
    "asked_questions",
    "before_question",
    "check_in_words",
    "choice_lines",
    "command_in",
    "example_for",
    "found_in_words",
    "how_to_answer",
    "question_in_words",
    "question_number",
    "row_in",
    "skipped_in",
    "standing",
    "step_in_words",
    "trouble",
    "unmatched_lines",
]
