"""Names of people, by their cues: a title, a family word, the register. No model, no list of all the world's names.

Source: reference/surveys-pledges.md 6 (`person_name`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.rules.identifier_patterns import Found, Kind

_LATIN = range(0xC0, 0x250)  # Latin-1 and Latin Extended: Zoë, Łucja, Çağla
_UPPER = "A-Z" + "".join(chr(n) for n in _LATIN if chr(n).isupper())
_LOWER = "a-z" + "".join(chr(n) for n in _LATIN if chr(n).islower())
_NAME = (
    rf"[{_UPPER}][{_LOWER}]{{1,24}}(?:[{_UPPER}][{_LOWER}]{{1,24}})?(?:['\-][{_UPPER}]?[{_LOWER}]{{1,24}})?"
    rf"|[{_UPPER}]['\-][{_UPPER}][{_LOWER}]{{1,24}}"
)
_NAMES = rf"(?:{_NAME})(?: (?:{_NAME})){{0,2}}"

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
_AFTER_REACH = re.compile(rf"\b(?i:{_REACH}) (?P<name>{_NAMES})(?![{_UPPER}{_LOWER}])")
_CALLED_ANY_CASE = re.compile(rf"\b(?i:{_FAMILY}) (?i:called|named) (?P<name>[{_UPPER}{_LOWER}'\-]{{2,25}})")
_NAME_IS = re.compile(rf"\b(?i:name is|name's|name was|names are|first name|surname|name)[ :]{{1,2}}(?P<name>{_NAMES})")
_OWNS_FAMILY = re.compile(rf"(?<![A-Za-z'\-])(?P<name>{_NAMES})'s (?i:{_FAMILY})\b")
_WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")
_AND_NAME = re.compile(rf" (?:and|&) (?P<name>(?:{_NAME}))(?![A-Za-z'])")

# Capitals that follow a family word and are no name: the start of a sentence, the calendar, agencies, the trade.
_NOT_A_NAME = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december spring summer autumn winter christmas easter today tomorrow yesterday
    the a an and but or so if when while where what who why how this that these those there then they their he she it
    we you our your my his her its i in on at of for from to with without by as is was are were has have had do does did
    not no yes also after before during because since until although however please thank thanks never always often
    child children boy girl baby mum dad mother father parent parents family families carer carers pupil pupils student
    students young person people man woman men women someone everyone nobody anyone women's men's
    police health school schools college nursery early years council local authority partnership board hub team service
    services social care worker workers officer teacher nurse midwife doctor manager agency agencies housing probation
    camhs mash ofsted nhs gp lado send sen eal dsl iro cin cp ehcp tac faq level levels section stage part page
    signs safety working together right help support plan plans protection need needs review conference core group
    strategy meeting assessment referral review briefing training workshop session forum event questions question
    english welsh scottish irish british polish romanian urdu arabic somali european london england wales scotland
    northmere facebook instagram snapchat whatsapp tiktok youtube teams zoom slack herald google microsoft
    development programme project network charity trust hospital clinic centre house street road week day month year
    voice engagement participation consultation survey feedback practitioner practitioners professional professionals
    some many most all both each every other another more less well good great really very
    evening evenings exploitation criminal sexual abuse neglect death benefit poverty trafficking safety advocacy
    mr mrs ms miss mx dr prof professor rev sgt pc dc ds di pcso
    perhaps maybe could would should can will might must being having getting knowing think
    """.split()  # noqa: SIM905 - a list that people extend is easier to read as words
)

# What one rings and asks as well: bodies by the last word of their name, those known by a name, and no persons at all.
_BODIES = frozenset(
    """
    council borough county city court homes association foundation society group panel university church mosque academy
    surgery ward office department unit desk helpline line police school schools college nursery service services team
    hub board trust hospital clinic centre housing partnership authority social health care children's
    """.split()  # noqa: SIM905 - as above
)
_NO_PERSON = frozenset(
    """
    childline samaritans crimestoppers barnardo's refuge mencap kooth cafcass relate shelter mind respect stonewall
    victim citizens advice crisis army aid front reception admissions legal finance payroll education safeguarding
    attendance inclusion adult adults designated named duty customer business first st saint home
    us me them him yourself yourselves handling handlers handler back out order orders details detail arrangements
    address number message messages god open
    """.split()  # noqa: SIM905 - as above
)


def names(text: str, known_names: Iterable[str] = ()) -> Iterator[Found]:
    """Every name with a cue. Names after a family word are a child's or a family's; others are persons' names."""
    yield from _cued(text, (_AFTER_FAMILY, _NAME_IS, _OWNS_FAMILY), Kind.FAMILY_NAME)
    for match in _CALLED_ANY_CASE.finditer(text):
        if match["name"].lower() not in _NOT_A_NAME:
            yield Found(*match.span("name"), Kind.FAMILY_NAME)
    yield from _cued(text, (_TITLE, _AFTER_WORK), Kind.PERSON_NAME)
    yield from _cued(text, (_AFTER_REACH,), Kind.PERSON_NAME, unless=_is_no_person)
    yield from _known(text, known_names)


def _cued(
    text: str,
    patterns: Iterable[re.Pattern[str]],
    kind: Kind,
    *,
    unless: Callable[[re.Match[str]], bool] | None = None,
) -> Iterator[Found]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            if unless is not None and unless(match):
                continue
            end = _trim(text, *match.span("name"))
            if end is None:
                continue
            yield Found(match.start("name"), end, kind)
            second = _AND_NAME.match(text, end)  # "her brothers Kai and Theo"
            if second and second["name"].lower() not in _NOT_A_NAME:
                yield Found(*second.span("name"), kind)


def _is_no_person(match: re.Match[str]) -> bool:
    """Whether a body stands after the verb ("Eastmere Council", "Eastmere MASH"), or the line is all in capitals."""
    after = _WORD.match(match.string, match.end() + 1)
    if after and (after[0].lower() in _BODIES or (after[0].isupper() and len(after[0]) > 1)):
        return True
    return not (_NOT_A_NAME | _BODIES | _NO_PERSON).isdisjoint(match["name"].lower().split(" "))


def _trim(text: str, start: int, end: int) -> int | None:
    """Where a name ends when words that are none are left off; None when nothing is left of it."""
    kept = None
    for word in re.finditer(r"[^ ]+", text[start:end]):
        if word[0].lower().strip(".") in _NOT_A_NAME:
            break
        kept = start + word.end()
    return kept - 2 if kept is not None and text[start:kept].endswith("'s") else kept


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
