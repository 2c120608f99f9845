"""How choices are offered to somebody who types, and which of them a piece of text means.

The words of a list and the reading of an answer live side by side, so that what is offered is what is understood.
"""

import re
from collections.abc import Iterator, Sequence

from bot.conversation.flow import Choice, Kind, Question
from bot.conversation.reading import choice_for, folded

PLACE = re.compile(r"\(?(?:no\.?|number|option)?\s*(\d{1,3})\s*[.):]?", re.IGNORECASE)
PLACE_AND_LABEL = re.compile(r"\(?(\d{1,3})\s*[.):–—-]?\s+(.+)", re.DOTALL)
COMMAS = re.compile(r"[,;\n]")
COMMAS_AND_ANDS = re.compile(r"[,;\n&+]|\band\b", re.IGNORECASE)
SPACES = re.compile(r"\s+")
NOT_OFFERED = "#"


def numbered(question: Question) -> bool:
    """Whether a number means a place in the list: not on a scale, nor where the words themselves are numbers."""
    said = (word for choice in question.choices for word in (choice.label, *choice.keywords))
    return question.kind is not Kind.SCALE and not any(folded(word).isdigit() for word in said)


def choice_lines(question: Question) -> tuple[str, ...]:
    """The choices as they are offered, a line each."""
    if question.kind is Kind.SCALE:
        return tuple(_point(choice) for choice in question.choices)
    if not numbered(question):
        return tuple(f"• {_described(choice)}" for choice in question.choices)
    return tuple(f"{place}. {_described(choice)}" for place, choice in enumerate(question.choices, start=1))


def raw_choice(question: Question, text: str) -> str:
    """The value of the choice that a piece of text means; otherwise the text, for the reader to say why not."""
    choice = _meant(question, text.strip())
    if choice is not None:
        return choice.value
    place = PLACE.fullmatch(text.strip())
    # A number outside the list must not reach a stored value that happens to look like it and was never shown.
    return f"{NOT_OFFERED}{place[1]}" if place and question.kind is not Kind.SCALE else text


def raw_choices(question: Question, text: str) -> str | tuple[str, ...]:
    """The values of several choices with commas, semicolons, new lines, "and" or, for numbers, spaces between them."""
    for pieces in _splits(text):
        if pieces and all(_meant(question, piece) is not None for piece in pieces):
            return tuple(raw_choice(question, piece) for piece in pieces)
    return tuple(raw_choice(question, piece) for piece in _pieces(COMMAS, text)) or text


def _splits(text: str) -> Iterator[Sequence[str]]:
    yield [text.strip()]
    yield _pieces(COMMAS, text)
    yield _pieces(COMMAS_AND_ANDS, text)
    yield _pieces(SPACES, text)


def _pieces(pattern: re.Pattern[str], text: str) -> list[str]:
    return [piece.strip(" \t•*-") for piece in pattern.split(text) if piece.strip(" \t•*-")]


def _meant(question: Question, text: str) -> Choice | None:
    if not text:
        return None
    if not numbered(question):
        return _by_shown_line(question, text) or choice_for(question, text)
    if place := PLACE.fullmatch(text):
        number = int(place[1])
        return question.choices[number - 1] if 1 <= number <= len(question.choices) else None
    return choice_for(question, text) or _by_place_and_label(question, text)


def _by_place_and_label(question: Question, text: str) -> Choice | None:
    """A line of the list copied whole: `2. Water`."""
    copied = PLACE_AND_LABEL.fullmatch(text)
    if copied is None or not 1 <= int(copied[1]) <= len(question.choices):
        return None
    choice = question.choices[int(copied[1]) - 1]
    return choice if folded(copied[2]) in (folded(choice.label), folded(_described(choice))) else None


def _by_shown_line(question: Question, text: str) -> Choice | None:
    """A line of the list copied whole, or on a scale its label without the number: `4 – Good`, `good`."""
    wanted = folded(text.lstrip("• "))
    for choice in question.choices:
        label = choice.label.removeprefix(choice.value).lstrip(" –-")
        if wanted in (folded(_point(choice)), folded(_described(choice)), folded(label)) and wanted:
            return choice
    return None


def _point(choice: Choice) -> str:
    if choice.label == choice.value or choice.label.startswith(f"{choice.value} ") or not choice.value.isdigit():
        return choice.label
    return f"{choice.value} – {choice.label}"


def _described(choice: Choice) -> str:
    return f"{choice.label} – {choice.description}" if choice.description.strip() else choice.label
