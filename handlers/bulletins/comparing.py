"""What differs between two texts: story by story, word by word. From the edition before, and from what was approved."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from rapidfuzz import fuzz

from bot.files.bulletin_fields import BulletinFields, NotFields, StoryFields, fields_of
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork

ALIKE: Final = 70
"""Per cent of equal letters from which two stories of other headings, or of one heading, are the same story changed."""
MOST_STORIES: Final = 100
MOST_COMPARED: Final = 4_000_000
"""Words of one text times words of the other: beyond, finding what is common takes longer than a page may."""
_PIECES: Final = re.compile(r"\s+|[^\s]+")
TITLES: Final = {
    "title": "Title",
    "summary": "Summary",
    "series": "Series",
    "send_at": "Leaves",
    "not_after": "Not after",
}


class Fate(StrEnum):
    """What became of a story."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    """Its words are the same; it stands elsewhere among the others."""
    SAME = "same"
    GONE = "gone"


class Piece(StrEnum):
    """What became of some words."""

    SAME = "same"
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Words:
    """Some words in a row with one fate."""

    piece: Piece
    text: str


@dataclass(frozen=True, slots=True)
class StoryDifference:
    """One story: its heading now (or as it was), what became of it, and its words with what went and what came."""

    title: str
    fate: Fate
    words: tuple[Words, ...] = ()
    was_called: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two texts compared: the fields that differ with their old and new words, and every story in the new order."""

    fields: tuple[tuple[str, str, str], ...]
    stories: tuple[StoryDifference, ...]

    @property
    def none(self) -> bool:
        """Nothing differs."""
        return not self.fields and all(story.fate is Fate.SAME for story in self.stories)

    def count(self, fate: str) -> int:
        """How many stories had this fate."""
        return sum(story.fate == fate for story in self.stories)


def compare(old: BulletinFields, new: BulletinFields) -> Difference:
    """What became of an old text in a new one."""
    fields = [
        (label, getattr(old, name), getattr(new, name))
        for name, label in TITLES.items()
        if getattr(old, name) != getattr(new, name)
    ]
    if (old.include, old.exclude) != (new.include, new.exclude):
        fields.append(("Who gets it", _audience(old), _audience(new)))
    before, after = _stories(old)[:MOST_STORIES], _stories(new)[:MOST_STORIES]
    pairs = _pairs(before, after)
    in_order = _in_order(pairs)
    found = [
        _story(before[pairs[at]] if at in pairs else None, story, in_order=at in in_order)
        for at, story in enumerate(after)
    ]
    gone = [place for place in range(len(before)) if place not in pairs.values()]
    found += [StoryDifference(before[at].title, Fate.GONE, (Words(Piece.OUT, before[at].text),)) for at in gone]
    return Difference(tuple(fields), tuple(found))


def words_between(old: str, new: str) -> tuple[Words, ...]:
    """The words of two texts with what went and what came."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    if len(before) * len(after) > MOST_COMPARED:
        return Words(Piece.OUT, old), Words(Piece.IN, new)
    found: list[Words] = []
    for what, start, end, begin, until in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Words(Piece.SAME, "".join(after[begin:until])))
            continue
        if end > start:
            found.append(Words(Piece.OUT, "".join(before[start:end])))
        if until > begin:
            found.append(Words(Piece.IN, "".join(after[begin:until])))
    return tuple(found)


async def since_last_edition(uow: UnitOfWork, row: Bulletin) -> tuple[Bulletin, Difference] | None:
    """What differs from the edition of its series that went out before it; None when there is none."""
    released = await uow.bulletins.released(series_id=row.series_id, limit=200)
    before = [each for each in released if each.id != row.id and _earlier(each, row)]
    if not before:
        return None
    try:
        return before[0], compare(fields_of(before[0].source), fields_of(row.source))
    except NotFields:
        return None


async def since_approved(uow: UnitOfWork, row: Bulletin) -> Difference | None:
    """What differs from the text that was approved last; None when none was."""
    approved = await uow.working_texts.approved(row.id)
    if approved is None:
        return None
    try:
        return compare(fields_of(approved.text), fields_of(row.source))
    except NotFields:
        return None


def _earlier(other: Bulletin, row: Bulletin) -> bool:
    return row.began_at is None or (other.began_at is not None and other.began_at < row.began_at)


def _stories(fields: BulletinFields) -> tuple[StoryFields, ...]:
    opening = (StoryFields("Before the first story", fields.opening),) if fields.opening else ()
    return (*opening, *fields.stories)


def _pairs(before: Sequence[StoryFields], after: Sequence[StoryFields]) -> dict[int, int]:
    """Which story now (by its place) was which before: by its heading and text, its heading, then by its words."""
    pairs: dict[int, int] = {}

    def pair(alike: Callable[[StoryFields, StoryFields], float], least: float) -> None:
        free = [place for place in range(len(before)) if place not in pairs.values()]
        for at, story in enumerate(after):
            if at in pairs or not free:
                continue
            best = max(free, key=lambda place: (alike(before[place], story), -abs(place - at)))
            if alike(before[best], story) >= least:
                pairs[at] = best
                free.remove(best)

    pair(_same, 100)
    pair(lambda old, new: 100 * (old.title.casefold() == new.title.casefold()), 100)
    pair(lambda old, new: fuzz.ratio(old.title.casefold(), new.title.casefold()), ALIKE + 10)
    pair(lambda old, new: fuzz.ratio(old.text, new.text) if len(new.text) > 40 else 0, ALIKE)
    return pairs


def _same(old: StoryFields, new: StoryFields) -> float:
    return 100 * (old == new)


def _in_order(pairs: dict[int, int]) -> set[int]:
    """The stories whose order among each other is as it was: the longest row of places that rises."""
    best: list[list[int]] = []
    for at in sorted(pairs):
        rising = [row for row in best if pairs[row[-1]] < pairs[at]]
        best.append([*max(rising, key=len), at] if rising else [at])
    longest: list[int] = max(best, key=len, default=[])
    return set(longest)


def _story(old: StoryFields | None, new: StoryFields, *, in_order: bool) -> StoryDifference:
    if old is None:
        return StoryDifference(new.title, Fate.NEW, (Words(Piece.IN, new.text),))
    called = old.title if old.title != new.title else ""
    if old.text != new.text or called:
        return StoryDifference(new.title, Fate.CHANGED, words_between(old.text, new.text), called)
    return StoryDifference(new.title, Fate.SAME if in_order else Fate.MOVED)


def _audience(fields: BulletinFields) -> str:
    include, exclude = (
        "; ".join(f"{name}: {', '.join(values)}" for name, values in chosen.items())
        for chosen in (fields.include, fields.exclude)
    )
    return f"{include}; without {exclude}" if exclude else include
