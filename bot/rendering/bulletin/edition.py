"""An edition with everything that its live blocks need: what is everybody's, and what is one reader's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar

from bot.files.bulletin_model import (
    BriefingsBlock,
    BulletinFile,
    DeadlinesBlock,
    DoneBlock,
    PledgeBlock,
    SurveysBlock,
)
from bot.links import Button, Purpose
from bot.rendering.bulletin.account import Done, Pledged

MOST_OWN = 6
"""Surveys and deadlines shown to one reader at most; the rest is on their own page."""


class HasKind(Protocol):
    """A session, however it is written down: `briefing`, `masterclass`, ..."""

    @property
    def kind(self) -> str:
        """What kind of session it is."""
        ...


Session = TypeVar("Session", bound=HasKind)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is served; sizes are pixels, 0 when unknown."""

    url: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Bookable:
    """A session to come. `when` is local time in words; `note` such as "For levels 2 and 3.".

    `opens` is the local day, in words, on which booking opens; empty when it can be booked now.
    """

    briefing_id: str
    title: str
    when: str
    place: str
    note: str = ""
    opens: str = ""
    kind: str = "briefing"


@dataclass(frozen=True, slots=True)
class Asked:
    """A survey that waits for the reader. `about` is what its link carries; `until` local time in words."""

    about: str
    title: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A deadline of the reader's own. `about` is what its link carries; `due` a local date in words."""

    about: str
    title: str
    due: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """An edition that went out before; `path` leads into the archive."""

    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What the live blocks show to one person."""

    surveys: tuple[Asked, ...] = ()
    deadlines: tuple[Owed, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """What readers must have in common to get the same compiled letter."""
        return len(self.surveys), len(self.deadlines)

    @property
    def buttons(self) -> dict[str, Button]:
        """What this reader alone can press, by the name of its place in the letter."""
        buttons = {}
        for number, asked in enumerate(self.surveys, start=1):
            buttons[f"asked{number}"] = Button("Answer the survey", Purpose.SURVEY, asked.about)
        for number, owed in enumerate(self.deadlines, start=1):
            buttons[f"owed{number}"] = Button("Say how it stands", Purpose.DEADLINE, owed.about)
        return buttons


@dataclass(frozen=True)  # without slots, so that what its blocks say is counted once and not for every reader
class Edition:
    """A bulletin ready to be shown. `released` says whether the archive has it."""

    file: BulletinFile
    content_hash: str
    series_title: str
    from_name: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    bookable: tuple[Bookable, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    pledged: tuple[Pledged, ...] = ()
    done: tuple[Done, ...] = ()
    released: bool = False

    @property
    def id(self) -> str:
        """The bulletin's id."""
        return self.file.id

    @property
    def shown(self) -> tuple[object, ...]:
        """Everything that its live blocks show to everybody now: when this changes, a compiled letter is stale."""
        names = (self.series_title, self.from_name, self.released)
        return (self.content_hash, self.bookable, self.earlier, self.pledged, self.done, *names)

    @cached_property
    def dates(self) -> tuple[BriefingsBlock, ...]:
        """The lists of dates that it shows."""
        return tuple(block for block in self.file.blocks() if isinstance(block, BriefingsBlock))

    @cached_property
    def book_slots(self) -> tuple[tuple[str, Bookable], ...]:
        """The sessions of which it shows a booking link, with the names of the places where those go."""
        shown = {each.briefing_id for block in self.dates for each in chosen(self.bookable, block)}
        sessions = (each for each in self.bookable if each.briefing_id in shown and not each.opens)
        return tuple((f"book{number}", each) for number, each in enumerate(sessions, start=1))

    @cached_property
    def buttons(self) -> Mapping[str, Button]:
        """What every reader can press, each by a link of their own: the sessions and the pledges."""
        buttons = {
            slot: Button(f"Book “{session.title}”", Purpose.BOOK, session.briefing_id, "book")
            for slot, session in self.book_slots
        }
        for priority in self.pledges:
            about = f"priority:{priority}" if priority else ""
            buttons[pledge_slot(self, priority)] = Button("Make a pledge", Purpose.PLEDGE, about, "start")
        return buttons

    @cached_property
    def personal(self) -> tuple[bool, bool]:
        """Whether it shows the reader's own surveys, and their own deadlines."""
        blocks = list(self.file.blocks())
        return any(isinstance(b, SurveysBlock) for b in blocks), any(isinstance(b, DeadlinesBlock) for b in blocks)

    @cached_property
    def pledges(self) -> tuple[str, ...]:
        """The priorities that people are invited to pledge to, each once; empty text for a pledge to anything."""
        found = (block.priority for block in self.file.blocks() if isinstance(block, PledgeBlock))
        return tuple(dict.fromkeys(found))

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """The priorities of which it says what was done, each once; empty text for what the whole partnership did."""
        found = (block.priority for block in self.file.blocks() if isinstance(block, DoneBlock))
        return tuple(dict.fromkeys(found))


def chosen(sessions: Iterable[Session], block: BriefingsBlock) -> list[Session]:
    """The sessions that a list of dates shows, of those to come."""
    return [each for each in sessions if block.kind in ("", each.kind)][: block.next]


def pledge_slot(edition: Edition, priority: str) -> str:
    """The name of the place where the link of a pledge block goes."""
    return f"pledge{edition.pledges.index(priority) + 1}"


def buttons_of(edition: Edition, reader: Reader) -> dict[str, Button]:
    """Every personal link of an edition, by the name of its place in the letter."""
    return {**edition.buttons, **reader.buttons}
