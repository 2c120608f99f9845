"""A text as raw answers of a step: all of it for one question, a line each (`1. Yes`) for several.

Nothing here raises, whatever is typed, and nothing is judged: `reading.read` says what is wrong with an answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.conversation.flow import CHOOSING, WRITING, Kind, Question
from bot.conversation.prompt import CheckRow, Prompt
from bot.conversation.reading import Raw, Unreadable, clean, folded, read
from bot.conversation.typed.choices import raw_choice, raw_choices
from bot.conversation.typed.commands import Command, command_in
from bot.conversation.typed.wording import asked_questions
from bot.rules.spoken_dates import day_in

NUMBERED = re.compile(
    r"\s*(?:question|q)?\s*\(?(\d{1,2})\s*(?:[.):]|\s[-–—]\s|[-–—](?!\d))\s*(.*)", re.IGNORECASE | re.DOTALL
)
NUMBER_AND_SPACE = re.compile(r"\s*(\d{1,2})\s+(\S.*)", re.DOTALL)
JUST_A_NUMBER = re.compile(r"\s*\(?(\d{1,3})\s*[.):]?\s*")
GREETINGS = frozenset({"hi", "hello", "hey", "dear", "thanks", "regards", "best", "cheers", "thank", "morning"})


@dataclass(slots=True)
class _Heard:
    """What was made out so far: the lines of each question, and the lines that belong to none, counted from 1."""

    lines: dict[int, list[str]] = field(default_factory=dict)
    strays: list[int] = field(default_factory=list)


def answers_in(prompt: Prompt, text: str, *, today: date) -> Mapping[str, Raw]:
    """The raw answers in a text, by question key: None where somebody wrote `skip`, nothing for questions not named.

    `today` is the reader's local day, for "27 March" and "next Tuesday".
    """
    questions = asked_questions(prompt)
    if len(questions) == 1:
        return {questions[0].key: _raw(questions[0], _unnumbered(questions[0], text, today), today)}
    heard = _lines_of(questions, text, today)
    return {
        questions[place].key: _raw(questions[place], "\n".join(lines), today) for place, lines in heard.lines.items()
    }


def answer_in(prompt: Prompt, question: Question, text: str, *, today: date) -> Raw:
    """The raw answer to one question of a step that is asked question by question; None where somebody wrote `skip`."""
    alone = replace(prompt, fields=tuple(each for each in prompt.fields if each.question == question))
    return answers_in(alone, text, today=today).get(question.key)


def unmatched_lines(prompt: Prompt, text: str, *, today: date) -> tuple[int, ...]:
    """The lines, counted from 1, that belong to no question of a step with several; greetings do not count."""
    questions = asked_questions(prompt)
    return tuple(_lines_of(questions, text, today).strays) if len(questions) > 1 else ()


def skipped_in(raw: Mapping[str, Raw]) -> frozenset[str]:
    """The questions for which somebody wrote `skip`."""
    return frozenset(key for key, value in raw.items() if value is None)


def row_in(prompt: Prompt, text: str) -> CheckRow | None:
    """The row of the check of answers that somebody wants to change: its number, or the word change and its number."""
    said = re.sub(r"^\s*change\b", "", clean(text), flags=re.IGNORECASE)
    number = JUST_A_NUMBER.fullmatch(said)
    if number is None or not 1 <= int(number[1]) <= len(prompt.rows):
        return None
    return prompt.rows[int(number[1]) - 1]


def _raw(question: Question, text: str, today: date) -> Raw:
    """One question's answer as the reader wants it; None for `skip`."""
    said = clean(text)
    if command_in(said) is Command.SKIP:
        return None
    match question.kind:
        case Kind.MULTI:
            return raw_choices(question, said)
        case kind if kind in CHOOSING:
            return raw_choice(question, said)
        case Kind.NUMBER:
            return said.rstrip(".! ")
        case Kind.DATE:
            return _written_day(question, said.rstrip(".! "), today)
        case _:
            return said


def _written_day(question: Question, said: str, today: date) -> str:
    """A day in plain words as it would be written with its year; anything else as it is."""
    if not isinstance(read(question, said), Unreadable):
        return said
    day = day_in(said, today=today)
    return said if day is None else day.isoformat()


def _unnumbered(question: Question, text: str, today: date) -> str:
    """`1. Yes` is forgiven where there is only one question, unless the text as it stands is an answer."""
    said = NUMBERED.fullmatch(text)
    if question.kind in WRITING or said is None or int(said[1]) != 1 or not _unreadable(question, text, today):
        return text
    return text if _unreadable(question, said[2], today) else said[2]


def _unreadable(question: Question, text: str, today: date) -> bool:
    return isinstance(read(question, _raw(question, text, today)), Unreadable)


def _lines_of(questions: Sequence[Question], text: str, today: date) -> _Heard:
    lines = clean(text).split("\n")
    heard = _Heard()
    current: int | None = None
    for number, line in enumerate(lines, start=1):
        begun = _beginning(questions, line, heard, current, today)
        if begun is not None:
            current, rest = begun
            heard.lines[current] = [rest] if rest.strip() else []
        elif current is not None and _goes_on(questions[current], heard.lines[current], line, today):
            heard.lines[current].append(line)
        elif line.strip() and not _greets(line):
            heard.strays.append(number)
    if not heard.lines:
        return _in_order(questions, lines, today) or heard
    return heard


def _beginning(
    questions: Sequence[Question], line: str, heard: _Heard, current: int | None, today: date
) -> tuple[int, str] | None:
    """The question that a line begins to answer and what is left of the line; None for a line that goes on."""
    writing = current is not None and questions[current].kind in WRITING
    if said := NUMBERED.fullmatch(line):
        place = int(said[1]) - 1
        # Within somebody's own words, `1.` and `2.` may be a list of theirs: only a question not answered yet begins.
        if 0 <= place < len(questions) and not (writing and place in heard.lines):
            return place, said[2]
    if (said := NUMBER_AND_SPACE.fullmatch(line)) and not writing:
        place = int(said[1]) - 1
        fits = 0 <= place < len(questions) and place not in heard.lines
        if fits and not _unreadable(questions[place], said[2], today):
            return place, said[2]
    for place, question in enumerate(questions):
        label, _, rest = line.partition(question.ask)
        if not label.strip() and rest[:1] in (":", " ", "-", "–") and rest.strip(" :-–") and place not in heard.lines:
            return place, rest.lstrip(" :-–")
    return None


def _goes_on(question: Question, lines: Sequence[str], line: str, today: date) -> bool:
    """Whether a line belongs to the answer above it: own words go on, the rest only while it is still empty."""
    if question.kind in WRITING:
        return True
    if question.kind is Kind.MULTI and line.strip():
        return not _unreadable(question, "\n".join((*lines, line)), today)
    return not "".join(lines).strip() and bool(line.strip())


def _in_order(questions: Sequence[Question], lines: Sequence[str], today: date) -> _Heard | None:
    """No numbers at all, but exactly one readable line for each question: they are meant in order."""
    given = [line for line in lines if line.strip()]
    pairs = list(zip(questions, given, strict=False))
    if len(given) != len(questions) or any(_unreadable(question, line, today) for question, line in pairs):
        return None
    return _Heard({place: [line] for place, line in enumerate(given)})


def _greets(line: str) -> bool:
    said = folded(line).rstrip(",").split()
    return len(said) <= 3 and any(word.strip(",.!") in GREETINGS for word in said)
