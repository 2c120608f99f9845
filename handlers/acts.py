"""What a button or a link can do, the same on every surface.

A link in an e-mail, a button in a Slack message, a button on `/me` or App Home with the same purpose and subject do the
same thing, because they all end in the same act.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.conversation.conditions import Answer
from bot.conversation.prompt import Notice, Receipt
from bot.links import Button
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

LONGEST_ABOUT = 150
"""What a talk's subject has room for; what a button of ours carries is shorter."""
LONGEST_NUMBER = 18
"""Digits of a number that a database can count (64 bits)."""


def number_in(text: str) -> int | None:
    """The number that a button carries; None when somebody wrote something else into it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


@dataclass(frozen=True, slots=True)
class Press:
    """Who pressed what: the person, the subject of the button, the choice, and the press's own key (law 2)."""

    person: Person
    about: str
    choice: str
    key: str


@dataclass(frozen=True, slots=True)
class Option:
    """One button on the page that a link shows. `primary` is what most people want."""

    choice: str
    label: str
    primary: bool = True


@dataclass(frozen=True, slots=True)
class ActPage:
    """What a link shows before anything happens (law 6): what it is about, and what can be done."""

    title: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Opens:
    """The press opens a talk, on whichever surface it was made."""

    flow: str
    subject: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Goes:
    """The press leads to a page of Herald's own, by its path; it may ask to sign in first."""

    path: str


Done = Notice | Receipt | Opens | Goes
ShowPage = Callable[[UnitOfWork, Person, str], Awaitable[ActPage]]
DoAct = Callable[[UnitOfWork, Press], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Act:
    """One purpose: what its link shows, and what pressing does.

    `act` checks that the person may do it, and is harmless when it is done twice.
    """

    page: ShowPage
    act: DoAct


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person, or that is theirs: shown on App Home, on `/me` and as the answer to `my`."""

    title: str
    line: str = ""
    buttons: tuple[Button, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Several things to choose from, as an answer to words."""

    title: str
    needs: tuple[Need, ...]
    lines: tuple[str, ...] = ()
