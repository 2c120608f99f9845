"""Answers that are typed: what a person writes the way Herald asked for it is read back as that answer."""

from collections.abc import Mapping
from datetime import date
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.conditions import Answer
from bot.conversation.flow import CHECK_ANSWERS, Choice, Kind, Question
from bot.conversation.prompt import CheckRow, Field, Prompt
from bot.conversation.reading import NoAnswer, Unreadable, long_date, read
from bot.conversation.typed import (
    Command,
    answers_in,
    command_in,
    example_for,
    row_in,
    skipped_in,
    unmatched_lines,
)

TODAY = date(2026, 11, 24)
ASKED = {
    Kind.SINGLE: Question(
        "role", "Which is your role?", Kind.SINGLE, choices=(Choice("nurse", "Nurse"), Choice("7", "Police officer"))
    ),
    Kind.MULTI: Question(
        "topics",
        "Which topics?",
        Kind.MULTI,
        choices=(Choice("a", "Drugs and alcohol"), Choice("b", "Going missing, again"), Choice("c", "Bruises")),
    ),
    Kind.YES_NO: Question("useful", "Was it useful?", Kind.YES_NO),
    Kind.SCALE: Question(
        "sure",
        "How sure are you?",
        Kind.SCALE,
        choices=(
            *(Choice(str(n), f"{n} – {word}") for n, word in ((1, "Not at all"), (2, "Rather"), (3, "Very"))),
            Choice("na", "Does not apply to me"),
        ),
    ),
    Kind.NUMBER: Question("cups", "How many cups?", Kind.NUMBER, minimum=1, maximum=9),
    Kind.TEXT_SHORT: Question("with", "With whom?", Kind.TEXT_SHORT, max_length=80),
    Kind.TEXT_LONG: Question("why", "Why?", Kind.TEXT_LONG, max_length=500),
    Kind.DATE: Question("by", "By when?", Kind.DATE, earliest=date(2026, 11, 1), latest=date(2027, 11, 1)),
    Kind.INFO: Question("read", "Please read this.", Kind.INFO),
}
ANSWERABLE = [kind for kind in ASKED if kind is not Kind.INFO]


def asking(*questions: Question, rows: tuple[CheckRow, ...] = ()) -> Prompt:
    return Prompt(
        conversation_id="c",
        revision=1,
        flow="tea",
        title="Tea",
        short_title="Tea",
        step=CHECK_ANSWERS if rows else "only",
        step_title="",
        intro=(),
        fields=tuple(Field(question) for question in questions),
        rows=rows,
    )


def read_all(prompt: Prompt, text: str) -> Mapping[str, Answer | NoAnswer | Unreadable]:
    raw = answers_in(prompt, text, today=TODAY)
    return {field.question.key: read(field.question, raw.get(field.question.key)) for field in prompt.fields}


def written(question: Question) -> st.SearchStrategy[tuple[str, Answer]]:
    """An answer as the prompt asks for it, and what must be stored."""
    words = (
        st.text(alphabet="abc déß', -", min_size=1, max_size=40)
        .map(str.strip)
        .filter(lambda said: bool(said.strip(" -',")) and command_in(said) is None)
    )
    match question.kind:
        case Kind.SINGLE | Kind.YES_NO:
            places = list(enumerate(question.choices, start=1))
            by_number = [(f"{place}", choice.value) for place, choice in places]
            by_words = [(choice.label.upper(), choice.value) for _, choice in places]
            return st.sampled_from([*by_number, *by_words, *((f"{n}. {c.label}", c.value) for n, c in places)])
        case Kind.SCALE:
            return st.sampled_from(
                [(choice.value, choice.value) for choice in question.choices[:-1]]
                + [(question.choices[-1].label, question.choices[-1].value)]
            )
        case Kind.MULTI:
            chosen = st.sets(st.sampled_from(range(1, len(question.choices) + 1)), min_size=1)
            joined = st.sampled_from([", ", ",", " and ", "; ", " "])
            return st.tuples(chosen, joined).map(
                lambda both: (
                    both[1].join(map(str, sorted(both[0]))),
                    tuple(question.choices[place - 1].value for place in sorted(both[0])),
                )
            )
        case Kind.NUMBER:
            return st.integers(1, 9).map(lambda number: (str(number), number))
        case Kind.DATE:
            days = st.dates(date(2026, 11, 1), date(2027, 11, 1))
            forms = st.sampled_from(
                [
                    long_date,
                    date.isoformat,
                    lambda day: f"{day:%d/%m/%Y}",
                    lambda day: f"{day:%A} {day.day}th {day:%B %Y}",
                ]
            )
            return st.tuples(days, forms).map(lambda both: (both[1](both[0]), both[0].isoformat()))
        case _:
            return words.map(lambda said: (said, " ".join(said.split()) if question.kind is Kind.TEXT_SHORT else said))


@pytest.mark.parametrize("kind", ANSWERABLE)
@given(data=st.data())
def test_an_answer_written_as_asked_is_that_answer(kind: Kind, data: st.DataObject) -> None:
    text, expected = data.draw(written(ASKED[kind]))
    assert read_all(asking(ASKED[kind]), text) == {ASKED[kind].key: expected}


@given(data=st.data())
def test_a_line_each_is_read_whatever_the_order_and_the_mark(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(ANSWERABLE), min_size=2, max_size=5, unique=True))
    prompt = asking(*(ASKED[kind] for kind in kinds))
    mark = data.draw(st.sampled_from([". ", ") ", ": ", " - "]))
    pairs = [(place, *data.draw(written(ASKED[kind])), ASKED[kind].key) for place, kind in enumerate(kinds, start=1)]
    lines = [f"{place}{mark}{text}" for place, text, _, _ in data.draw(st.permutations(pairs))]
    gap = data.draw(st.sampled_from(["\n", "\n\n", "\r\n"]))
    assert read_all(prompt, gap.join(lines)) == {key: expected for _, _, expected, key in pairs}


@given(
    st.text(max_size=300) | st.text(alphabet=printable, max_size=300), st.sets(st.sampled_from(list(Kind)), min_size=1)
)
def test_whatever_is_typed_nothing_breaks(text: str, kinds: set[Kind]) -> None:
    prompt = asking(*(ASKED[kind] for kind in sorted(kinds)))
    read_all(prompt, text)
    command_in(text)
    row_in(prompt, text)
    skipped_in(answers_in(prompt, text, today=TODAY))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(1 <= number <= len(lines) for number in unmatched_lines(prompt, text, today=TODAY))


@pytest.mark.parametrize("said", ["in three weeks", "15 December", "On the 15th of December.", "2. 15/12"])
def test_a_day_in_plain_words_is_the_next_such_day(said: str) -> None:
    prompt = asking(ASKED[Kind.YES_NO], ASKED[Kind.DATE])
    read = read_all(prompt, f"1. Yes\n2. {said.removeprefix('2. ')}")
    assert read[ASKED[Kind.DATE].key] == "2026-12-15"


@pytest.mark.parametrize("kind", ANSWERABLE)
def test_the_example_of_each_kind_is_a_right_answer(kind: Kind) -> None:
    answers = read_all(asking(ASKED[kind]), example_for(ASKED[kind]))
    assert not isinstance(answers[ASKED[kind].key], Unreadable | NoAnswer)


@pytest.mark.parametrize("text", ["back", "BACK", " Back. ", "back...", "“back”", "Back!\n"])
def test_a_command_is_forgiven_its_case_and_its_dots(text: str) -> None:
    assert command_in(text) is Command.BACK


@pytest.mark.parametrize("text", ["", "go back", "backs", "I want to stop", "back " * 40])
def test_what_only_contains_a_command_is_no_command(text: str) -> None:
    assert command_in(text) is None
