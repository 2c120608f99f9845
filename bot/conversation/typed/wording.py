"""A step or a question in plain lines, with how to answer and an example of a right answer for every kind."""

from collections.abc import Iterable, Iterator
from datetime import date

from bot.conversation.flow import CHOOSING, WRITING, Kind, Question
from bot.conversation.hints import beside
from bot.conversation.prompt import CheckRow, Field, Prompt
from bot.conversation.reading import long_date
from bot.conversation.typed.choices import choice_lines, numbered
from bot.conversation.typed.commands import command_in
from bot.rules.identifiers import Span

EXAMPLE_DAY = date(2027, 3, 27)
EXAMPLE_TEXT = "We talked it through at our team meeting."
CAN_SKIP = "You can write skip."
NOT_IN_HISTORY = "your words stay out of Slack's history"
SEVERAL = "Answer with a line for each question, its number first, such as:"
COMMANDS = "You can also write back, skip, save, stop, restart or help."


def question_in_words(field: Field, *, number: int | None = None) -> tuple[str, ...]:
    """One question: what is wrong with the last answer, what is asked, the choices, and how to answer."""
    question = field.question
    asked = question.ask if number is None else f"{number}. {question.ask}"
    if question.kind is Kind.INFO:
        return tuple(line for line in (asked, question.help) if line.strip())
    listed = "\n".join(f"   {line}" if number else line for line in choice_lines(question))
    parts = (trouble(field), asked, beside(question), listed, standing(field), how_to_answer(field))
    return tuple(part for part in parts if part.strip())


def how_to_answer(field: Field, *, way: str = "") -> str:
    """One line that says what to write; what it asks for is what `answers_in` reads. `way` stands in for its start."""
    question = field.question
    ways = [way or _way(question)]
    if _has_answer(field):
        ways.append("Write keep to leave your answer as it is.")
    if not question.required:
        ways.append(CAN_SKIP)
    return " ".join(way for way in ways if way)


def example_for(question: Question) -> str:
    """A right answer, as somebody could type it; empty for a question that takes none."""
    match question.kind:
        case Kind.SINGLE | Kind.YES_NO:
            # Its words, because "1. 1" explains nothing; a number where the words would be obeyed as a command.
            first = question.choices[0].label
            return "1" if numbered(question) and command_in(first) is not None else first
        case Kind.SCALE:
            return question.choices[-1 if question.choices[-1].value.isdigit() else 0].value
        case Kind.MULTI:
            first, second = ("1", "2") if numbered(question) else (each.label for each in question.choices[:2])
            return f"{first}, {second}"
        case Kind.NUMBER:
            return f"{_example_number(question)}"
        case Kind.DATE:
            return long_date(_example_day(question))
        case Kind.TEXT_SHORT | Kind.TEXT_LONG:
            return EXAMPLE_TEXT[: question.max_length]
        case Kind.INFO:
            return ""


def check_in_words(prompt: Prompt, *, own_words: bool = True) -> tuple[str, ...]:
    """The check of all answers, numbered. Without `own_words` what somebody wrote is shown by its length only."""
    rows = "\n".join(
        f"{place}. {row.ask}\n   {_shown(row, own_words)}" for place, row in enumerate(prompt.rows, start=1)
    )
    ways = f"Write send for “{prompt.submit}”, or a number to change that answer."
    return tuple(part for part in (*prompt.intro, rows, ways) if part.strip())


def step_in_words(prompt: Prompt) -> tuple[str, ...]:
    """A whole step as the paragraphs of an e-mail: where it stands, what is asked, and how to answer."""
    if prompt.checking:
        body: tuple[str, ...] = check_in_words(prompt)
    else:
        body = (*prompt.intro, *_questions(prompt))
    place = "" if prompt.checking or prompt.place[1] < 2 else f"Step {prompt.place[0]} of {prompt.place[1]}"
    title = (
        ""
        if prompt.step_title in (prompt.title, *(field.question.ask for field in prompt.fields))
        else prompt.step_title
    )
    return tuple(part for part in (prompt.notice, place, title, *body, COMMANDS) if part.strip())


def found_in_words(found: Iterable[Span]) -> str:
    """That something may identify a person, by kind: the text itself is neither kept nor repeated (law 8)."""
    kinds = ", ".join(dict.fromkeys(span.label for span in found))
    return (
        f"What you wrote has something that can identify a person ({kinds}). None of it is saved. "
        "Please write it again without that"
    )


def before_question(prompt: Prompt, key: str) -> tuple[str, ...]:
    """What is said before one question of a step: the step's own words before its first, and what stands between."""
    keys = [field.question.key for field in asked_fields(prompt)]
    said: list[str] = []
    if not keys or key == keys[0]:
        titles = (prompt.title, prompt.short_title, *(field.question.ask for field in prompt.fields))
        said += [*([] if prompt.step_title in titles else [prompt.step_title]), *prompt.intro]
    between: list[str] = []
    for field in prompt.fields:
        if field.question.takes_answer:
            if field.question.key == key:
                break
            between = []
        else:
            between += [field.question.ask, field.question.help]
    return tuple(line for line in (*said, *between) if line.strip())


def question_number(prompt: Prompt, key: str) -> tuple[int, int]:
    """Which question of the whole talk this is, and how many there are at present: (3, 7)."""
    keys = [field.question.key for field in asked_fields(prompt)]
    first, of = prompt.questions
    return (first + keys.index(key) if key in keys else first), of


def asked_fields(prompt: Prompt) -> tuple[Field, ...]:
    """The questions of a step that take an answer; their places are the numbers that a person writes."""
    return tuple(field for field in prompt.fields if field.question.takes_answer)


def asked_questions(prompt: Prompt) -> tuple[Question, ...]:
    """The same without their answers."""
    return tuple(field.question for field in asked_fields(prompt))


def _questions(prompt: Prompt) -> Iterator[str]:
    asked = asked_fields(prompt)
    several = len(asked) > 1
    numbers = {field.question.key: place for place, field in enumerate(asked, start=1)}
    for field in prompt.fields:
        number = numbers.get(field.question.key) if several else None
        yield "\n".join(question_in_words(field, number=number))
    if several:
        sample = "\n".join(f"{place}. {example_for(field.question)}" for place, field in enumerate(asked[:2], start=1))
        yield f"{SEVERAL}\n{sample}"


def trouble(field: Field) -> str:
    """What is wrong with the last answer; empty when nothing is."""
    if field.found:
        return f"{found_in_words(field.found)}."
    return f"{field.error}." if field.error else ""


def _way(question: Question) -> str:
    match question.kind:
        case Kind.SINGLE | Kind.YES_NO:
            return "Write the number or the words." if numbered(question) else "Write one of these."
        case Kind.SCALE:
            points = [choice.value for choice in question.choices if choice.value.isdigit()]
            apart = len(points) < len(question.choices)
            between = f"a number from {points[0]} to {points[-1]}" if points else "one of these"
            return f"Write {between}{', or the words of another answer' if apart and points else ''}."
        case Kind.MULTI:
            return f"Write one or more, with commas between them: {example_for(question)}"
        case Kind.NUMBER:
            return f"Write a whole number{_between(question)}, such as {_example_number(question)}."
        case Kind.DATE:
            return f"Write a date{_days(question)}, such as {long_date(_example_day(question))}."
        case Kind.TEXT_SHORT | Kind.TEXT_LONG:
            return f"Write your answer, up to {question.max_length:,} characters."
        case Kind.INFO:
            return ""


def standing(field: Field) -> str:
    """What stands as the answer now, or what is suggested; own words and sensitive answers only by their length."""
    question, value = field.question, field.value
    if not value or field.error or field.found:
        return ""
    if question.kind in WRITING or question.sensitive:
        return f"Your answer so far: {_written(str(value))}." if _has_answer(field) else ""
    values = (value,) if isinstance(value, str) else value
    said = ", ".join(question.label_of(each) for each in values) if question.kind in CHOOSING else str(value)
    if question.kind is Kind.DATE and isinstance(value, str):
        said = _long(value)
    return f"Your answer so far: {said}" if _has_answer(field) else f"Suggested: {said}. Write keep to take it."


def _has_answer(field: Field) -> bool:
    return bool(field.value) and not (field.error or field.found) and field.answered


def _long(value: str) -> str:
    try:
        return long_date(date.fromisoformat(value))
    except ValueError:
        return value


def _shown(row: CheckRow, own_words: bool) -> str:
    if row.sensitive:
        return _written(row.shown)
    return row.shown if own_words or not row.written else f"{_written(row.shown)}; {NOT_IN_HISTORY}"


def _written(text: str) -> str:
    return "written, 1 character" if len(text) == 1 else f"written, {len(text):,} characters"


def _between(question: Question) -> str:
    match question.minimum, question.maximum:
        case None, None:
            return ""
        case float() | int() as least, None:
            return f" of {least:g} or more"
        case None, float() | int() as most:
            return f" of {most:g} or less"
        case least, most:
            return f" from {least:g} to {most:g}"


def _example_number(question: Question) -> int:
    number = 3.0
    if question.minimum is not None:
        number = max(number, question.minimum)
    if question.maximum is not None:
        number = min(number, question.maximum)
    return int(number)


def _days(question: Question) -> str:
    first = f" on or after {long_date(question.earliest)}" if question.earliest else ""
    last = f" on or before {long_date(question.latest)}" if question.latest else ""
    return f"{first}{' and' if first and last else ''}{last}"


def _example_day(question: Question) -> date:
    day = max(EXAMPLE_DAY, question.earliest) if question.earliest else EXAMPLE_DAY
    return min(day, question.latest) if question.latest else day
