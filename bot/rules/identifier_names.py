"""Names of people, by their cues: a title, a family word, the register, a common first name before a last name.

No model, no list of all the world's names; two capitals alone are no cue: titles, places and agencies have them too.

Source: reference/surveys-pledges.md 6 (`person_name`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.rules.first_names import FIRST_NAMES, NAMES_OF_PLACES_TOO
from bot.rules.identifier_patterns import Found, Kind
from bot.rules.words_that_are_no_names import (
    BODIES,
    NAMED_AFTER_PEOPLE,
    NAMES_TOO,
    NO_LAST_NAME,
    NO_NAME_OF_THEM,
    NOT_A_NAME,
)

_LATIN = range(0xC0, 0x250)  # Latin-1 and Latin Extended: Zoë, Łucja, Çağla
_UPPER = "A-Z" + "".join(chr(n) for n in _LATIN if chr(n).isupper())
_LOWER = "a-z" + "".join(chr(n) for n in _LATIN if chr(n).islower())
_NAME = (
    rf"[{_UPPER}][{_LOWER}]{{1,24}}(?:[{_UPPER}][{_LOWER}]{{1,24}})?(?:['\-][{_UPPER}]?[{_LOWER}]{{1,24}})?"
    rf"|[{_UPPER}]['\-][{_UPPER}][{_LOWER}]{{1,24}}"
)
_NAMES = rf"(?:{_NAME})(?: (?:{_NAME})){{0,2}}"
_SHOUTED = rf"[{_UPPER}](?:['\-]?[{_UPPER}]){{1,24}}"
_LETTER_AFTER = rf"(?![{_UPPER}{_LOWER}])"

_FAMILY = (
    r"(?:mum|mummy|mother|mam|dad|daddy|father|step-?(?:mum|dad|mother|father|brother|sister|son|daughter)|parent|parents"
    r"|brother|sister|twin|sibling|siblings|half-brother|half-sister|son|daughter|baby|infant|toddler|child|boy|girl"
    r"|young person|teenager|pupil|student|patient|nan|nana|gran|granny|grandma|grandmother|grandad|grandfather|aunt"
    r"|auntie|aunty|uncle|cousin|niece|nephew|partner|ex-partner|boyfriend|girlfriend|husband|wife|carer|foster carer"
    r"|friend|neighbour|lad|twins|brothers|sisters|sons|daughters|cousins|boys|girls|little)"
)
_WORK = (
    r"(?:colleague|manager|supervisor|social worker|health visitor|midwife|teacher|nurse|doctor|officer|headteacher"
    r"|head teacher|tutor|support worker|key ?worker|therapist|psychologist|solicitor)"
)
_REACH = (
    r"(?:ring|rang|phone|phoned|telephone|call|text|texted|e-?mail|contact|ask|tell|thank|chase"
    r"|(?:speak|spoke|talk|talked) (?:to|with)|(?:meet|met) with)"
)
"""What is done to people. Not `asked` or `told`: areas are spoken of like that ("we asked Eastmere twice")."""
_CALLED = r"(?:called|named|known as|whose name is|name is|name was|name's)"

_TITLE = re.compile(
    rf"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sgt|Sergeant|Insp|Inspector|PC|DC|DS|DI|PCSO|Rev)\.? "
    rf"(?P<name>(?:[A-Z]\.? )?{_NAMES})"
)
_AFTER_FAMILY = re.compile(rf"\b(?i:{_FAMILY})(?: (?i:is|was))?(?: (?i:{_CALLED}))?[ (,:\-]{{1,3}}(?P<name>{_NAMES})")
_AFTER_WORK = re.compile(rf"\b(?i:{_WORK})(?: (?i:{_CALLED}))?[ (,:\-]{{1,3}}(?P<name>{_NAMES})")
_AFTER_REACH = re.compile(rf"\b(?i:{_REACH}) (?P<name>{_NAMES}|{_SHOUTED}(?: {_SHOUTED})?){_LETTER_AFTER}")
_CALLED_ANY_CASE = re.compile(rf"\b(?i:{_FAMILY}) (?i:called|named) (?P<name>[{_UPPER}{_LOWER}'\-]{{2,25}})")
_NAME_IS = re.compile(rf"\b(?i:name is|name's|name was|names are|first name|surname|name)[ :]{{1,2}}(?P<name>{_NAMES})")
_OWNS_FAMILY = re.compile(rf"(?<![A-Za-z'\-])(?P<name>{_NAMES})'s (?i:{_FAMILY})\b")
_FIRST_AND_LAST = re.compile(
    rf"(?<![{_UPPER}{_LOWER}'\-])(?:(?P<first>{_NAME}) (?=(?P<last>(?:{_NAME})(?: (?:{_NAME}))?){_LETTER_AFTER})"
    rf"|(?P<shouted>{_SHOUTED}) (?=(?P<loud>{_SHOUTED}){_LETTER_AFTER}))"
)
_WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")
_AND_NAME = re.compile(rf" (?:and|&) (?P<name>(?:{_NAME}))(?![A-Za-z'])")

_ENDS_OF_PLACES = (
    "mere", "wold", "ton", "ham", "ford", "shire", "borough", "burgh", "bury", "chester", "minster", "mouth", "bridge",
    "haven", "stead", "wick",
)  # fmt: skip
"""Alone after "contact" these are an area's, not a person's, unless it is a first name."""
_BEFORE_A_PLACE = ("St ", "St. ", "Saint ", "King ", "Queen ", "Prince ", "Princess ", "ST ", "ST. ", "SAINT ")

Search = Callable[[str], Iterator[Found]]


def names(text: str, known_names: Iterable[str] = ()) -> Iterator[Found]:
    """Every name with a cue. Names after a family word are a child's or a family's; others are persons' names."""
    for search in searches_for(text):
        yield from search(text)
    yield from _known(text, known_names)


def _cued(
    pattern: re.Pattern[str],
    kind: Kind,
    *,
    words_too: bool = False,
    unless: Callable[[re.Match[str]], bool] | None = None,
) -> Search:
    """What stands after a cue. `words_too`: "Mr Will Smith"; not after family words ("Parents: Will Fees Rise")."""

    def search(text: str) -> Iterator[Found]:
        for match in pattern.finditer(text):
            if unless is not None and unless(match):
                continue
            end = _trim(text, *match.span("name"), words_too=words_too)
            if end is None:
                continue
            yield Found(match.start("name"), end, kind)
            second = _AND_NAME.match(text, end)  # "her brothers Kai and Theo"
            if second and second["name"].lower() not in NOT_A_NAME:
                yield Found(*second.span("name"), kind)

    return search


def _called(text: str) -> Iterator[Found]:
    for match in _CALLED_ANY_CASE.finditer(text):
        if match["name"].lower() not in NOT_A_NAME:
            yield Found(*match.span("name"), Kind.FAMILY_NAME)


def _full_names(text: str) -> Iterator[Found]:
    """A common first name and a last name, unless they are what a school, a street or a saint's day is called."""
    for match in _FIRST_AND_LAST.finditer(text):
        first, last, end = match["first"], match["last"], match.end("last")
        if first is None:
            first, last, end = match["shouted"], match["loud"], match.end("loud")
            if len(first) <= _SHORT:
                continue
        if not _is_first_name(first) or text.endswith(_BEFORE_A_PLACE, 0, match.start()):
            continue
        words = last.lower().split(" ")
        if words[0].removesuffix("'s") in NO_LAST_NAME or _is_a_body(words, text, end):
            continue
        yield Found(match.start(), _trim(text, match.start(), end) or end, Kind.PERSON_NAME)


_SHORT = 3
"""So many capitals are letters that stand for something (SAM, PAT)."""


def _is_first_name(word: str) -> bool:
    return word.lower().removesuffix("'s").partition("-")[0] in FIRST_NAMES


def _is_a_body(words: list[str], text: str, end: int) -> bool:
    """Whether one of the words, or the one that comes next, says that this is a body and not a person."""
    if not (BODIES.isdisjoint(words) and NAMED_AFTER_PEOPLE.isdisjoint(words)):
        return True
    after = _WORD.match(text, end + 1)
    if after is None:
        return False
    word = after[0].lower()
    return word in BODIES or (word in NAMED_AFTER_PEOPLE and after[0][0].isupper())


def _is_no_person(match: re.Match[str]) -> bool:
    """Whether it is a body ("Eastmere Council", "Eastmere MASH") or an area ("Eastmere") that is rung or asked.

    In a line of capitals only a common first name is a person's.
    """
    words = match["name"].lower().split(" ")
    if _is_a_body(words, match.string, match.end()):
        return True
    if match["name"].isupper():
        return not _is_first_name(words[0])
    after = _WORD.match(match.string, match.end() + 1)
    if after and after[0].isupper() and len(after[0]) > 1:
        return True
    if len(words) == 1 and words[0].removesuffix("'s").endswith(_ENDS_OF_PLACES):
        return not (_is_first_name(words[0]) or words[0].removesuffix("'s") in NAMES_OF_PLACES_TOO)
    return not NO_LAST_NAME.isdisjoint(words[1:] if _is_named_like_a_word(words) else words)


def _is_named_like_a_word(words: list[str]) -> bool:
    """Will Smith, April Jones: a last name makes a name of the word."""
    return len(words) > 1 and words[0] in NAMES_TOO and words[1] not in NO_NAME_OF_THEM


def _trim(text: str, start: int, end: int, *, words_too: bool = False) -> int | None:
    """Where a name ends when words that are none are left off; None when nothing is left of it."""
    kept = None
    named_like_a_word = words_too and _is_named_like_a_word(text[start:end].lower().split(" "))
    for word in re.finditer(r"[^ ]+", text[start:end]):
        if word[0].lower().strip(".") in NOT_A_NAME and not (named_like_a_word and kept is None):
            break
        kept = start + word.end()
    return kept - 2 if kept is not None and text[start:kept].endswith(("'s", "'S")) else kept


_AFTER_ANOTHER_WORD: tuple[Search, ...] = (
    _cued(_AFTER_FAMILY, Kind.FAMILY_NAME),
    _cued(_NAME_IS, Kind.FAMILY_NAME),
    _cued(_TITLE, Kind.PERSON_NAME, words_too=True),
    _cued(_AFTER_WORK, Kind.PERSON_NAME, words_too=True),
    _cued(_AFTER_REACH, Kind.PERSON_NAME, words_too=True, unless=_is_no_person),
    _full_names,
)
_OWNED = _cued(_OWNS_FAMILY, Kind.FAMILY_NAME)
SEARCHES: tuple[Search, ...] = (*_AFTER_ANOTHER_WORD, _OWNED, _called)

_CAPITAL_WITHIN = re.compile(rf"[ (,:\-][{_UPPER}][{_UPPER}{_LOWER}'\-]")


def searches_for(text: str) -> Iterator[Search]:
    """Those that could find something: most answers have one capital, at the beginning."""
    if _CAPITAL_WITHIN.search(text):
        yield from _AFTER_ANOTHER_WORD
    if "'s " in text:
        yield _OWNED
    lowered = text.lower()
    if "called " in lowered or "named " in lowered:
        yield _called


def _known(text: str, known_names: Iterable[str]) -> Iterator[Found]:
    """Full names of the register, whatever their case; one look-up per word, however long the register is."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for name in known_names:
        if parts := tuple(word.lower() for word in _WORD.findall(name)):
            by_first.setdefault(parts[0], []).append(parts)
    if not by_first:
        return
    words = list(_WORD.finditer(text))
    spoken = [word[0].lower() for word in words]
    for place, first in enumerate(spoken):
        for parts in by_first.get(first, ()):
            if tuple(spoken[place : place + len(parts)]) == parts:
                yield Found(words[place].start(), words[place + len(parts) - 1].end(), Kind.PERSON_NAME)
