"""A note as an e-mail: its subject, its words as text, and what the HTML layout needs, the same words in both.

Pure: a Note and a Frame in, values out; `digests/letterhead.py` pours the page into the one layout. A link is written
out in the text part, because some people read only that.
"""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from bot.links import Button
from bot.rendering.note import ANSWER_ABOVE, Note
from bot.rendering.reply_buttons import reply_line

TEXT_WIDTH = 76
LinkFor = Callable[[Button], str]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every note: whom it greets, who sends it, and how its reader leaves such messages.

    `banner` says that this is practice (empty when it is not). `replies` says that answers to it are read. `leave` and
    `preferences` are addresses that the footer offers below a nudge; an alert offers neither (contract, E-mail).
    """

    sender: str
    name: str = ""
    banner: str = ""
    leave: str = ""
    preferences: str = ""
    replies: bool = False


@dataclass(frozen=True, slots=True)
class NoteLink:
    """A button as a link; the first one is the main one."""

    label: str
    url: str
    main: bool


@dataclass(frozen=True, slots=True)
class FooterLine:
    """A sentence of the footer, perhaps ending in a link."""

    words: str
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class NotePage:
    """Everything that is written in an e-mail, in its order.

    `heading` stands in the text part of an answer, whose subject is that of the mail which it answers.
    """

    subject: str
    sender: str
    banner: str
    greeting: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    links: tuple[NoteLink, ...]
    after: tuple[str, ...]
    footer: tuple[FooterLine, ...]
    answer_above: str = ""
    heading: str = ""


def note_page(note: Note, *, link_for: LinkFor, frame: Frame) -> NotePage:
    """The note inside its frame."""
    by_reply = tuple(part for part in (reply_line(note.buttons), *note.by_mail) if part) if frame.replies else ()
    return NotePage(
        subject=_one_line(note.subject),
        sender=frame.sender,
        banner=frame.banner,
        greeting=f"Dear {frame.name}," if note.greet and frame.name else "",
        paragraphs=note.paragraphs,
        rows=note.rows,
        links=tuple(NoteLink(b.label, link_for(b), place == 0) for place, b in enumerate(note.buttons)),
        after=(*note.after, *by_reply),
        footer=tuple(_footer(note, frame)),
        heading=note.subject if note.thread else "",
        answer_above=f"{ANSWER_ABOVE}." if frame.replies and (note.answerable or by_reply) else "",
    )


def page_text(page: NotePage) -> str:
    """The text part: paragraphs, facts, links in full, footer."""
    parts = [page.answer_above, page.banner, page.greeting, page.heading, *page.paragraphs]
    parts.append("\n".join(f"{label}: {value}" for label, value in page.rows))
    parts += [f"{link.label}:\n{link.url}" for link in page.links]
    parts += page.after
    body = "\n\n".join(_wrapped(part) for part in parts if part.strip())
    footer = "\n".join(_wrapped(_footer_text(line)) for line in page.footer)
    return f"{body}\n\n--\n{footer}\n"


def _footer(note: Note, frame: Frame) -> list[FooterLine]:
    lines = [FooterLine(f"This message was sent by {frame.sender}.")]
    if note.alert:
        return lines
    if note.nudge and frame.leave:
        lines.append(
            FooterLine(
                "You receive reminders like this one because you take part.", "Stop these reminders", frame.leave
            )
        )
    if frame.preferences:
        lines.append(FooterLine("Choose how you are told on", "your own page", frame.preferences))
    return lines


def _footer_text(line: FooterLine) -> str:
    return f"{line.words} {line.label}:\n{line.url}" if line.url else line.words


def _wrapped(text: str) -> str:
    lines = []
    for line in text.splitlines():
        lines += textwrap.wrap(line, TEXT_WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())
