"""A note: the words of one message to one person, written once and shown as e-mail or as a Slack message."""

from dataclasses import dataclass
from datetime import datetime

from bot.links import Button

ANSWER_ABOVE = "Write your answer above this line"
"""Stands first in an e-mail that can be answered: whatever a reply holds below it is quoted and is never read."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What a message puts into the reader's calendar, or takes out of it (`cancel`); instants are UTC.

    `uid` stays the same for one person and session; `sequence` rises with every change (RFC 5546, 2.1.4).
    """

    uid: str
    sequence: int
    title: str
    starts: datetime
    ends: datetime
    place: str
    words: str = ""
    cancel: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """The mail that this one answers: its Message-ID (may be empty), and its subject, which is kept."""

    message_id: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a message says.

    `paragraphs` are plain sentences; `rows` are facts such as ("When", "Wednesday 9 December, 12:30"); `buttons` become
    links in an e-mail and buttons in Slack, the first one the main one. `after` stands below the buttons. `series` or
    `nudge` decide which way of leaving the footer offers; an alert offers none (contract, E-mail). `thread` is the mail
    that an e-mail answers; an `answerable` one says where to write, and `by_mail`
    stands in it, both only where mail can come in.
    """

    subject: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()
    after: tuple[str, ...] = ()
    greet: bool = True
    nudge: bool = False
    alert: bool = False
    calendar: CalendarEntry | None = None
    thread: Thread | None = None
    answerable: bool = False
    by_mail: tuple[str, ...] = ()
