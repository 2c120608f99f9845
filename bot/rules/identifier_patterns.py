"""What an identifier looks like: one detector per kind, over normalised text.

Every pattern is linear: bounded repetition, no nested quantifiers, starts anchored by a literal or a look-behind.
Source: reference/surveys-pledges.md 6; python-stdnum for the check digits of NHS numbers and pupil numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

import phonenumbers
from stdnum.gb import nhs, upn


class Kind(StrEnum):
    """Kinds of identifier; the value is what people read."""

    NHS_NUMBER = "NHS number"
    TEN_DIGITS = "ten-digit number"
    UPN = "pupil number"
    NINO = "National Insurance number"
    POSTCODE = "postcode"
    PHONE = "phone number"
    EMAIL = "e-mail address"
    URL = "web address"
    BIRTH_DATE = "date of birth"
    FULL_DATE = "full date"
    CASE_REFERENCE = "case reference"
    FAMILY_NAME = "name"
    PERSON_NAME = "person's name"


@dataclass(frozen=True)
class Found:
    """A find in normalised text."""

    start: int
    end: int
    kind: Kind


Detector = Callable[[str, date | None], Iterator[Found]]

YEARS_OF_CHILDHOOD = 20
"""A full date with a year in the last twenty may be a child's date of birth."""

_I = re.IGNORECASE
_SEP = r"[ .\-/\n]{0,3}"
_TEN_DIGITS = re.compile(
    rf"(?<![\d+])(?:\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{4}}|\d{{5}}{_SEP}\d{{5}}|\d{{4}}{_SEP}\d{{3}}{_SEP}\d{{3}}"
    rf"|\d{{3}}{_SEP}\d{{4}}{_SEP}\d{{3}}|\d(?:[ .\-]\d){{9}}|\d\d(?:[ .\-]\d\d){{4}})(?!\d)"
)
_IN_SMALL_GROUPS = re.compile(r"\d{1,2}(?:[ .\-]\d{1,2}){4,9}")
_NHS_BEFORE = re.compile(r"\bnhs\b", _I)
_UPN = re.compile(r"(?<![0-9A-Z])[A-Z](?:[ \-]?\d){11}[ \-]?[0-9A-Z](?![0-9A-Z])", _I)
_NINO = re.compile(r"(?<![0-9A-Z])[A-Z]{2}[ \-]?\d\d[ \-]?\d\d[ \-]?\d\d[ \-]?[A-D](?![0-9A-Z])", _I)
# An ordinal in small letters ("S1 2nd lesson") is no postcode.
_POSTCODE = re.compile(
    r"(?<![0-9A-Za-z])(?:gir[ \-]?0aa|bfpo[ \-]?\d{1,4}|zz99[ \-]{0,3}3[a-z]{2}"
    r"|[a-z]{1,2}\d[a-z\d]?[ \-.]{0,3}(?-i:(?!1st|2nd|3rd|\dth))\d[abd-hjlnp-uw-z]{2})(?![0-9A-Za-z])",
    _I,
)
_PHONE = re.compile(
    r"(?<![\w+])(?!\d\d[.\-]\d\d[.\-]\d\d)(?:\(?0(?:[ .\-()]{0,3}\d){10}(?!\d)|\(?0(?:[ .\-()]{0,3}\d){9}(?!\d)"
    r"|(?:\+|00)(?:[ .\-()]{0,3}\d){8,15}(?!\d))"
)
_EMAIL = re.compile(r"[A-Z0-9_%+'.\-]{1,64}@(?:[A-Z0-9\-]{1,63}\.){1,8}[A-Z]{2,24}", _I)
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]{1,2000}"
    r"|(?<![\w.@\-])[A-Z0-9\-]{1,63}\.(?:com|org|net|info|io|me|uk|(?:co|org|gov|nhs|ac|sch|police)\.uk)/[^\s<>\"]{1,2000}",
    _I,
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    rf"(?<!\d)(?:(?P<y1>\d{{4}})([\-/.])(?P<m1>\d{{1,2}})\2(?P<d1>\d{{1,2}})"
    rf"|(?P<d2>\d{{1,2}})( ?[\-/.] ?)(?P<m2>\d{{1,2}})\6(?P<y2>\d{{4}}|\d{{2}})"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?[ \-]{{0,2}}(?:of )?(?P<m3>{_MONTH})[ ,.\-]{{0,3}}(?P<y3>\d{{4}}|'?\d{{2}})"
    rf"|(?P<m4>{_MONTH}) (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y4>\d{{4}}))(?!\d)",
    _I,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_OR_DATE = re.compile(
    rf"(?<!\d)(?:\d{{8}}|\d{{6}}|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|\d{{1,2}}[\-. ]\d{{1,2}}[\-. ]\d{{2,4}}"
    rf"|\d{{4}}[\-/.]\d{{1,2}}[\-/.]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ \-]{{0,2}}(?:of )?{_MONTH}(?:[ ,.\-]{{0,3}}\d{{2,4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?)(?!\d)",
    _I,
)
_BIRTH = re.compile(r"\b(?:born|d\.?o\.?b\b|birthday|birth ?date|date of birth)", _I)
_BIRTH_REACH = 30
_CASE_REFERENCE = re.compile(
    r"\b(?:case|ref(?:erence)?|crime|cris|lcs|ics|mosaic|liquid ?logic|system ?one|incident|log|client|child|pupil|id)"
    r"(?:[ \-]{1,2}(?:id|no|nos|num|number|ref|reference|file))?[ .:#\-]{0,4}(?P<ref>[A-Z]{0,4}[/\-]?\d{5,10})"
    r"(?:[/\-]\d{2,4})?(?![\d])",
    _I,
)
_CRIME_NUMBER = re.compile(
    r"(?<![0-9A-Za-z/\-])(?:\d{2}[A-Z]{1,4}[/\-]?\d{4,8}(?:[/\-]\d{2,4})?|[A-Z]{2,4}[/\-]\d{5,8}(?:[/\-]\d{2,4})?"
    r"|\d{2}/\d{5,7}/\d{2})(?![0-9A-Za-z])"
)


def _matches(pattern: re.Pattern[str], kind: Kind) -> Detector:
    def detect(text: str, _today: date | None) -> Iterator[Found]:
        return (Found(*match.span(), kind) for match in pattern.finditer(text))

    return detect


def ten_digits(text: str, _today: date | None) -> Iterator[Found]:
    """Every run of ten digits, whether or not the check digit is right: it only picks the label.

    No NHS number begins with 0; a ten-digit run that does is an older or a shorter phone number. Ten single digits
    or five pairs are marks and times, unless the words before say otherwise.
    """
    for match in _TEN_DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        said_so = _NHS_BEFORE.search(text, max(0, match.start() - 25), match.start())
        if _IN_SMALL_GROUPS.fullmatch(match[0]) and not said_so:
            continue
        if digits.startswith("0"):
            kind = Kind.PHONE
        elif said_so or nhs.is_valid(digits):
            kind = Kind.NHS_NUMBER
        else:
            kind = Kind.TEN_DIGITS
        yield Found(*match.span(), kind)


def pupil_numbers(text: str, _today: date | None) -> Iterator[Found]:
    """A letter, eleven digits, a digit or letter: in capitals that is enough, otherwise the check letter decides."""
    for match in _UPN.finditer(text):
        number = re.sub(r"[ \-]", "", match[0])
        if number == number.upper() or upn.is_valid(number.upper()):
            yield Found(*match.span(), Kind.UPN)


def phone_numbers(text: str, _today: date | None) -> Iterator[Found]:
    """British numbers by their length, international ones when they could be dialled."""
    for match in _PHONE.finditer(text):
        if not match[0].startswith(("+", "00")) or _could_be_dialled(match[0]):
            yield Found(*match.span(), Kind.PHONE)


def urls(text: str, _today: date | None) -> Iterator[Found]:
    for match in _URL.finditer(text):
        address = match[0].rstrip(".,;:!?)]}'")
        yield Found(match.start(), match.start() + len(address), Kind.URL)


def birth_dates(text: str, _today: date | None) -> Iterator[Found]:
    """Any day, with or without its year, close to a word about being born."""
    last = 0
    for cue in _BIRTH.finditer(text):
        start = max(last, cue.start() - _BIRTH_REACH)
        for match in _DAY_OR_DATE.finditer(text, start, min(len(text), cue.end() + _BIRTH_REACH)):
            yield Found(*match.span(), Kind.BIRTH_DATE)
            last = match.end()


def full_dates(text: str, today: date | None) -> Iterator[Found]:
    """A full date within the last twenty years; without `today`, a full date of any year."""
    for match in _DATE.finditer(text):
        day = _read_date(match, today)
        if day is not None and (today is None or _in_a_childhood(day, today)):
            yield Found(*match.span(), Kind.FULL_DATE)


def case_references(text: str, _today: date | None) -> Iterator[Found]:
    for match in _CASE_REFERENCE.finditer(text):
        yield Found(match.start("ref"), match.end(), Kind.CASE_REFERENCE)
    for match in _CRIME_NUMBER.finditer(text):
        yield Found(*match.span(), Kind.CASE_REFERENCE)


DETECTORS: Mapping[Kind, Detector] = MappingProxyType(
    {
        Kind.URL: urls,
        Kind.EMAIL: _matches(_EMAIL, Kind.EMAIL),
        Kind.UPN: pupil_numbers,
        Kind.NINO: _matches(_NINO, Kind.NINO),
        Kind.PHONE: phone_numbers,
        Kind.NHS_NUMBER: ten_digits,
        Kind.BIRTH_DATE: birth_dates,
        Kind.FULL_DATE: full_dates,
        Kind.CASE_REFERENCE: case_references,
        Kind.POSTCODE: _matches(_POSTCODE, Kind.POSTCODE),
    }
)
"""In order of precedence where finds overlap. `ten_digits` gives three kinds."""

_DIGIT = re.compile(r"\d")


def detectors_for(text: str) -> Iterator[Detector]:
    """Those detectors that could find something: most of what people write has no digit, no `@` and no address.

    The search for what cannot be there would be a tenth of the cost of an answer (decision 9).
    """
    digit = _DIGIT.search(text) is not None
    for kind, detector in DETECTORS.items():
        if kind is Kind.URL:
            possible = "/" in text or "www." in text.lower()
        elif kind is Kind.EMAIL:
            possible = "@" in text
        else:
            possible = digit
        if possible:
            yield detector


def _could_be_dialled(written: str) -> bool:
    digits = re.sub(r"\D", "", written).removeprefix("00")
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _read_date(match: re.Match[str], today: date | None) -> date | None:
    """The date that was written, None if the calendar has no such day. Two digits mean the last hundred years."""
    parts = {name[0]: value for name, value in match.groupdict().items() if value}
    year = int(parts["y"].lstrip("'"))
    if year < 100:
        year += 1900 if today is not None and year > today.year % 100 else 2000
    month = parts["m"].lower()
    first, second = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1, int(parts["d"])
    for month_number, day in ((first, second), (second, first)):  # some people write the month first
        try:
            return date(year, month_number, day)
        except ValueError:
            continue
    return None


def _in_a_childhood(day: date, today: date) -> bool:
    return today.year - YEARS_OF_CHILDHOOD <= day.year and day <= today
