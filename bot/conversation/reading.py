"""The one answer reader: "2", "No" and a button press are the same answer on every surface."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.conversation.conditions import Answer
from bot.conversation.flow import Choice, Kind, Question

Raw = str | Sequence[str] | None
"""What a surface hands over: typed text, a chosen value, several chosen values, or nothing."""

NOT_ALLOWED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Controls, marks that nobody sees, halves of pairs, and the two that XML refuses (XML 1.0, 2.2): they would break the
workbook of a survey's results."""
ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
WEEKDAY = re.compile(r"^(?:mon|tues|wednes|thurs|fri|satur|sun)day,? ", re.IGNORECASE)
BEGINNING = 4
"""Letters that a typed beginning of a choice has at least: "something else" is enough when only one begins so."""
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why an answer could not be taken, in words for the person who gave it."""

    why: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The question was left open, and that is allowed."""


def clean(text: str) -> str:
    """The text as it may be stored: NFC, trimmed, no control, zero-width or override characters, no half pairs."""
    return NOT_ALLOWED.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")).strip()


def read(question: Question, raw: Raw) -> Answer | NoAnswer | Unreadable:
    """Turns what a surface handed over into the answer to store, or says why it cannot.

    Choices are taken by value, by the words shown or their beginning, or by a keyword. A number in a list that somebody
    was shown, and several choices in one text, are made values before this: `typed/choices.py`.
    """
    given = _as_list(raw)
    if not given:
        return Unreadable(_missing(question)) if question.required else NoAnswer()
    match question.kind:
        case Kind.MULTI:
            return _read_multi(question, given)
        case Kind.SINGLE | Kind.YES_NO | Kind.SCALE:
            return _read_single(question, given[0])
        case Kind.NUMBER:
            return _read_number(question, given[0])
        case Kind.DATE:
            return _read_date(question, given[0])
        case Kind.TEXT_SHORT | Kind.TEXT_LONG:
            return _read_text(question, given[0])
        case Kind.INFO:
            return NoAnswer()


def _as_list(raw: Raw) -> list[str]:
    if raw is None:
        return []
    items = [raw] if isinstance(raw, str) else list(raw)
    return [item for item in (clean(item) for item in items) if item]


def _missing(question: Question) -> str:
    if question.missing:
        return question.missing
    if question.choices:
        return f"Choose an answer to “{question.ask}”"
    if question.kind is Kind.DATE:
        return f"Give a date for “{question.ask}”"
    return f"Write an answer to “{question.ask}”"


def folded(text: str) -> str:
    """Text as it is compared: case, spacing and a dot at the end make no difference."""
    return " ".join(text.casefold().split()).rstrip(".!")


def choice_for(question: Question, text: str) -> Choice | None:
    """The choice that this text means, or None."""
    wanted = folded(text)
    for choice in question.choices:
        if text == choice.value:
            return choice
    for choice in question.choices:
        if wanted in (folded(choice.label), folded(choice.value), *map(folded, choice.keywords)):
            return choice
    begins = [
        choice for choice in question.choices if len(wanted) >= BEGINNING and folded(choice.label).startswith(wanted)
    ]
    return begins[0] if len(begins) == 1 else None


def _read_single(question: Question, text: str) -> Answer | Unreadable:
    choice = choice_for(question, text)
    if choice is None:
        return Unreadable(f"Choose one of the answers offered for “{question.ask}”")
    return choice.value


def _read_multi(question: Question, given: list[str]) -> Answer | Unreadable:
    chosen = [choice_for(question, item) for item in given]
    if not chosen or any(choice is None for choice in chosen):
        return Unreadable(f"Choose from the answers offered for “{question.ask}”")
    values = {choice.value for choice in chosen if choice is not None}
    return tuple(choice.value for choice in question.choices if choice.value in values)


def _read_number(question: Question, text: str) -> Answer | Unreadable:
    plain = text.replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[+-]?\d{1,15}", plain):
        return Unreadable(f"Give a whole number for “{question.ask}”, such as 3")
    number = int(plain)
    if question.minimum is not None and number < question.minimum:
        return Unreadable(f"Give a number of {question.minimum:g} or more for “{question.ask}”")
    if question.maximum is not None and number > question.maximum:
        return Unreadable(f"Give a number of {question.maximum:g} or less for “{question.ask}”")
    return number


def _read_date(question: Question, text: str) -> Answer | Unreadable:
    day = _date_in(text)
    if day is None:
        return Unreadable(f"Give a real date for “{question.ask}”, such as 27 3 2027")
    if question.earliest is not None and day < question.earliest:
        return Unreadable(f"Give a date on or after {long_date(question.earliest)} for “{question.ask}”")
    if question.latest is not None and day > question.latest:
        return Unreadable(f"Give a date on or before {long_date(question.latest)} for “{question.ask}”")
    return day.isoformat()


def _date_in(text: str) -> date | None:
    spaced = ORDINAL.sub(r"\1", WEEKDAY.sub("", " ".join(text.split()))).rstrip(".")
    for attempt in DATE_FORMATS:
        try:
            return datetime.strptime(spaced, attempt).date()  # noqa: DTZ007 - a calendar date has no time zone
        except ValueError:
            continue
    parts = re.fullmatch(r"(\d{1,2}) (\d{1,2}) (\d{4})", spaced)
    if parts:
        try:
            return date(int(parts[3]), int(parts[2]), int(parts[1]))
        except ValueError:
            return None
    return None


def long_date(day: date) -> str:
    """A date as people write it: 9 December 2026."""
    return f"{day.day} {day:%B %Y}"


def _read_text(question: Question, text: str) -> Answer | Unreadable:
    if question.kind is Kind.TEXT_SHORT:
        text = " ".join(text.split())
    if len(text) > question.max_length:
        return Unreadable(
            f"Shorten your answer to “{question.ask}” to {question.max_length} characters; it has {len(text):,} now"
        )
    return text
