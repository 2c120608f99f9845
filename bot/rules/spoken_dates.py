"""Days in plain words: "in december", "next week", "thursday", "9th of January", "9/12". Pure: words and today in.

Everything is relative to the reader's local day, and looks forward: a month or a day that is past means the next one.
Days come before months (9/12 is 9 December), as people in England write.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta
from rapidfuzz import fuzz

MONTHS: Final = tuple(name.casefold() for name in calendar.month_name)[1:]
WEEKDAYS: Final = tuple(name.casefold() for name in calendar.day_name)
_SHORT_MONTHS: Final = {**{name[:3]: place for place, name in enumerate(MONTHS, start=1)}, "sept": 9}
_SHORT_DAYS: Final = {
    **{name[:3]: place for place, name in enumerate(WEEKDAYS)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_ALSO_WORDS: Final = frozenset({"may", "march", "mar", "sat", "sun", "wed"})
"""Days and months that are other words too: they count after a small word such as `in`, beside a number, or alone."""
_LEADS: Final = frozenset(
    {"in", "on", "for", "during", "by", "before", "until", "this", "next", "coming", "early", "late"}
)
_SOONEST: Final = frozenset({"next", "soonest", "earliest", "upcoming"})
_NEAR: Final = 80
_SHORTEST_MISTYPED: Final = 6
_NUMBER: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_YEAR: Final = re.compile(r"20[0-9]{2}")
_ISO: Final = re.compile(r"(20[0-9]{2})-([0-9]{1,2})-([0-9]{1,2})")
_SLASHED: Final = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})(?:[/.](20)?([0-9]{2}))?\.?")


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from `first` to `last`, and how to say it: `in December 2026`, `this week`."""

    first: date
    last: date
    said: str

    def holds(self, day: date) -> bool:
        """Whether a local day lies in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said without its days; the days if there were any; whether simply the next one is wanted."""

    rest: str
    span: Span | None = None
    soonest: bool = False


def wish_of(text: str, *, today: date) -> Wish:
    """Takes the first days out of a sentence. `today` is the reader's local day."""
    tokens = text.split()
    keys = [token.casefold().strip(".,!?;:()’'\"") for token in tokens]
    for place in range(len(keys)):
        for read in _READERS:
            found = read(keys, place, today)
            if found is not None:
                span, used = found
                begin = place
                while begin and keys[begin - 1] in _LEADS:
                    begin -= 1
                return Wish(" ".join(tokens[:begin] + tokens[place + used :]), span)
    kept = [token for token, key in zip(tokens, keys, strict=True) if key not in _SOONEST]
    return Wish(" ".join(kept), soonest=len(kept) < len(tokens))


_NUMBERS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNTS: Final = {"a": 1, "an": 1, **{word: number for number, word in enumerate(_NUMBERS, start=1)}}
_AHEAD: Final = re.compile(
    r"(?:in )?([0-9]{1,2}|[a-z]+) (day|week|fortnight|month)s?(?: from (?:now|today)|['’]s? time)?"
)
_SMALL: Final = frozenset({"the", "on", "by", "of", "until", "till", "before"})


def day_in(text: str, *, today: date) -> date | None:
    """The one day that a whole text says: `27 March`, `next Tuesday`, `in three weeks`. None for anything else.

    `today` is the reader's local day; a day without a year is the next such day from then on.
    """
    said = " ".join(text.casefold().split()).strip(" .,!;")
    if ahead := _AHEAD.fullmatch(said):
        return _counted(ahead[1], ahead[2], today) if said.startswith("in ") or len(said.split()) > 2 else None
    wish = wish_of(said, today=today)
    if wish.span is None or wish.span.first != wish.span.last or set(wish.rest.split()) - _SMALL:
        return None
    return wish.span.first


def _counted(count: str, unit: str, today: date) -> date | None:
    number = int(count) if count.isdecimal() else _COUNTS.get(count, 0)
    if not number:
        return None
    if unit == "month":
        return today + relativedelta(months=number)
    return today + timedelta(days=number * {"day": 1, "week": 7, "fortnight": 14}[unit])


Found = tuple[Span, int] | None
"""The days, and how many words say so."""


def _written_date(keys: list[str], place: int, today: date) -> Found:
    if iso := _ISO.fullmatch(keys[place]):
        return _one(_day(int(iso[1]), int(iso[2]), int(iso[3])), 1)
    if slashed := _SLASHED.fullmatch(keys[place]):
        day, month = int(slashed[1]), int(slashed[2])
        found = _day(2000 + int(slashed[4]), month, day) if slashed[4] else _coming(month, day, today)
        return _one(found, 1)
    return None


def _day_and_month(keys: list[str], place: int, today: date) -> Found:
    """`9 december`, `9th of december 2026`, `december 9th`."""
    number = _NUMBER.fullmatch(keys[place])
    if number:
        of = 1 if _at(keys, place + 1) == "of" else 0
        month = _month(_at(keys, place + 1 + of))
        return None if month is None else _with_year(keys, place, 2 + of, (month, int(number[1])), today)
    month = _month(keys[place])
    number = _NUMBER.fullmatch(_at(keys, place + 1))
    if month is None or number is None:
        return None
    return _with_year(keys, place, 2, (month, int(number[1])), today)


def _with_year(keys: list[str], place: int, used: int, day: tuple[int, int], today: date) -> Found:
    year = _at(keys, place + used)
    if _YEAR.fullmatch(year):
        return _one(_day(int(year), *day), used + 1)
    return _one(_coming(*day, today), used)


def _whole_month(keys: list[str], place: int, today: date) -> Found:
    month = _month(keys[place])
    year = _at(keys, place + 1)
    if month is None:
        return None
    if _YEAR.fullmatch(year):
        return _month_span(int(year), month), 2
    if not _meant_as_time(keys, place):
        return None
    return _month_span(today.year + (month < today.month), month), 1


def _weekday(keys: list[str], place: int, today: date) -> Found:
    number = _nearest(keys[place], WEEKDAYS, _SHORT_DAYS)
    if number is None or not _meant_as_time(keys, place):
        return None
    day = today + timedelta(days=(number - today.weekday()) % 7)
    if place and keys[place - 1] == "next":  # the one of next week, as most people mean it
        day = _monday(today) + timedelta(days=7 + number)
    return _one(day, 1)


def _near_days(keys: list[str], place: int, today: date) -> Found:
    """`today`, `tomorrow`, and `this` or `next` with `week` or `month`."""
    word, follows = keys[place], _at(keys, place + 1)
    if word in ("today", "tonight"):
        return Span(today, today, "today"), 1
    if word in ("tomorrow", "tomorow", "tommorow", "tommorrow"):
        return Span(today + timedelta(days=1), today + timedelta(days=1), "tomorrow"), 1
    if word not in ("this", "next") or follows not in ("week", "month"):
        return None
    later = word == "next"
    if follows == "week":
        first = _monday(today) + timedelta(days=7 * later)
        return Span(first, first + timedelta(days=6), f"{word} week"), 2
    ahead = today.month - 1 + later
    month = _month_span(today.year + ahead // 12, ahead % 12 + 1)
    return Span(month.first, month.last, f"{word} month"), 2


_READERS: Final[tuple[Callable[[list[str], int, date], Found], ...]] = (
    _written_date,
    _day_and_month,
    _near_days,
    _whole_month,
    _weekday,
)


def _at(keys: list[str], place: int) -> str:
    return keys[place] if 0 <= place < len(keys) else ""


def _meant_as_time(keys: list[str], place: int) -> bool:
    """Whether `may`, `march`, `sat` stand for a time here; other names of days and months always do."""
    alone = len(keys) == 1
    leads = place > 0 and keys[place - 1] in _LEADS
    begins = place == 0 and _at(keys, 1) in _LEADS
    return keys[place] not in _ALSO_WORDS or alone or leads or begins


def _month(key: str) -> int | None:
    found = _nearest(key, MONTHS, {})
    return found + 1 if found is not None else _SHORT_MONTHS.get(key)


def _nearest(key: str, names: tuple[str, ...], short: dict[str, int]) -> int | None:
    """The place of a name, forgiving one mistyped letter or two; `member` is not December."""
    if key in short:
        return short[key]
    if key in names:
        return names.index(key)
    if len(key) < _SHORTEST_MISTYPED:
        return None
    alike = [
        (fuzz.ratio(key, name), place)
        for place, name in enumerate(names)
        if key[0] == name[0] and abs(len(key) - len(name)) <= 1
    ]
    score, nearest = max(alike, default=(0.0, 0))
    return nearest if score >= _NEAR else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _coming(month: int, day: int, today: date) -> date | None:
    """The next such day; 29 February waits for a leap year."""
    years = range(today.year, today.year + 9)
    return next((found for year in years if (found := _day(year, month, day)) is not None and found >= today), None)


def _one(day: date | None, used: int) -> Found:
    return None if day is None else (Span(day, day, f"on {day:%A} {day.day} {day:%B %Y}"), used)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_span(year: int, month: int) -> Span:
    first = date(year, month, 1)
    last = first.replace(day=calendar.monthrange(year, month)[1])
    return Span(first, last, f"in {first:%B %Y}")
