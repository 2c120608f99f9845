"""Writes a message: values in, message out. The drain calls it when a row is sent, a preview page when somebody looks.

What stands on the outbox row are a kind and facts; the words come from `digests/messages/<subject>.py`, the links are
signed here for the one person who receives them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from bot import words
from bot.keyring import Keyring
from bot.links import Button, Purpose, signer
from bot.mail_addresses import MailPurpose, leave_address, tagged_address
from bot.rendering.calendar_file import Mailbox, calendar_file
from bot.rendering.mime import Letter
from bot.rendering.note import Note, Thread
from bot.rendering.note_email import Frame, LinkFor, note_page, page_text
from bot.rendering.reply_buttons import taking_on
from bot.rendering.slack_note import note_message
from bot.rules.opinions import OPEN_FOR
from bot.rules.relay_presets import preset_for
from bot.rules.storable import one_line
from bot.settings import MailSettings
from digests.letterhead import page_html
from digests.messages import KINDS
from digests.messages.kinds import Facts, WriteNote, Writing

NUDGES: Final = "nudges"
"""What an UNSUBSCRIBE link in a reminder is about; in a bulletin it is about the series."""

CHOOSING: Final = "#choose"
"""Where on the page behind a leaving link somebody chooses what they receive instead: no link of its own to sign."""

USUALLY: Final = timedelta(days=60)
LASTS: Final[Mapping[Purpose, timedelta]] = MappingProxyType(
    {
        Purpose.SURVEY: timedelta(days=60),
        Purpose.PLEDGE: timedelta(days=60),
        Purpose.CHECK_IN: timedelta(days=120),
        Purpose.BOOK: timedelta(days=120),
        Purpose.BOOKING: timedelta(days=180),
        Purpose.OFFER: timedelta(days=14),
        Purpose.ALERT: timedelta(days=30),
        Purpose.ESCALATION: timedelta(days=90),
        Purpose.DEADLINE: timedelta(days=60),
        Purpose.HANDOVER: timedelta(days=14),
        Purpose.UNSUBSCRIBE: timedelta(days=730),
        Purpose.OPINION: OPEN_FOR,
        Purpose.APPROVAL: timedelta(days=14),
        Purpose.TALK: timedelta(days=30),
        Purpose.SIGN_IN: timedelta(hours=1),
    }
)
"""How long a link works; USUALLY, where nothing stands here. What it is about may end earlier (an offer, a survey): the
act itself knows. Leaving has to work from a message found years later (RFC 8058 sets no end)."""


class UnknownKind(LookupError):
    """A row of a kind that this version of Herald does not know how to write."""


class Addressee(NamedTuple):
    """Whom a message is for: somebody in the register, or (without `person_id`) an address that is nobody's own."""

    address: str
    name: str = ""
    person_id: int | None = None
    slack_id: str | None = None
    epoch: int = 0


class Stamp(NamedTuple):
    """What makes a message this one and no other: its outbox row, its Message-ID and its Date, fixed before sending.

    `epoch` is the reader's `link_epoch`: a reply to a message from before a revocation is not read.
    """

    delivery_id: int
    message_id: str
    date: datetime
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What all messages are written with: partnership and instant, mail settings, keys, practice or live."""

    writing: Writing
    mail: MailSettings
    keyring: Keyring
    live: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail ready to become bytes, and the envelope's sender."""

    letter: Letter
    envelope_from: str


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A Slack message: the fallback text and the blocks."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """One message on both channels, for somebody who wants to look at it."""

    note: Note
    mail: Mail
    slack: SlackMessage


def compose(kind: str, facts: Facts, *, to: Addressee, desk: Desk, stamp: Stamp | None = None) -> Composed:
    """The whole message as e-mail and in Slack. Raises UnknownKind, `UnsafeHeader`, `UnsendableLetter`."""
    note = compose_note(kind, facts, writing=desk.writing)
    return Composed(
        note=note,
        mail=compose_mail(note, to=to, desk=desk, stamp=stamp),
        slack=compose_slack(note, to=to, desk=desk),
    )


def compose_note(kind: str, facts: Facts, *, writing: Writing, kinds: Mapping[str, WriteNote] = KINDS) -> Note:
    """The words of a message. Raises UnknownKind."""
    write = kinds.get(kind)
    if write is None:
        raise UnknownKind(kind)
    return in_thread(write(facts, writing), facts)


def in_thread(note: Note, facts: Facts) -> Note:
    """The note as the answer to somebody's mail, where its facts name one."""
    thread = facts.get("thread")
    if thread is None:
        return note
    return replace(note, thread=Thread(str(thread["message_id"]), str(thread["subject"])), greet=False)


def compose_mail(note: Note, *, to: Addressee, desk: Desk, stamp: Stamp | None = None) -> Mail:
    """The note as an e-mail. Without a stamp it is a preview, whose reply and bounce addresses lead nowhere.

    Raises `UnsafeHeader` or `UnsendableLetter` (bot.rendering.mime) for a note that cannot be a message.
    """
    frame = _frame(note, to=to, desk=desk)
    page = note_page(note, link_for=links_for(to, desk=desk), frame=frame)
    own_name, own_address = sender_of(desk.mail, default_name=desk.writing.partnership.name)
    letter = Letter(
        sender_name=one_line(own_name),
        sender_address=own_address,
        to=to.address,
        to_name=one_line(to.name),
        subject=one_line(note.thread.subject if note.thread and note.thread.subject else page.subject),
        text=page_text(page),
        html=page_html(page),
        message_id=stamp.message_id if stamp else f"<preview@{desk.mail.domain}>",
        date=stamp.date if stamp else desk.writing.now,
        reply_to=reply_address(desk, stamp),
        headers=(
            *(
                leaving_headers(frame.leave, list_id=NUDGES, desk=desk, by_mail=mail_to_leave(desk, stamp))
                if frame.leave
                else ()
            ),
            *_threading(note),
        ),
        calendar=_calendar(note, to=to, desk=desk, stamp=stamp),
        replies=note.thread is not None,
    )
    return Mail(letter, envelope_sender(desk, stamp))


def compose_slack(note: Note, *, to: Addressee, desk: Desk) -> SlackMessage:
    """The note as a Slack message; in practice mode its first line says so."""
    if not desk.live:
        note = replace(note, paragraphs=(words.PRACTICE, *note.paragraphs))
    text, blocks = note_message(note, link_for=links_for(to, desk=desk))
    return SlackMessage(text, tuple(dict(block) for block in blocks))


def links_for(to: Addressee, *, desk: Desk) -> LinkFor:
    """How this person's buttons become links: `/l/{token}`, the choice only as a hint for the page (law 6).

    An address that is nobody's own gets the public address instead: a link that acts must belong to a person.
    """

    def link_for(button: Button) -> str:
        return desk.writing.base_url if to.person_id is None else press_link(button, desk=desk)(to)

    return link_for


LinkOf = Callable[[Addressee], str]
"""Somebody's own address for one thing. Raises ValueError when nobody is named."""


def press_link(button: Button, *, desk: Desk) -> LinkOf:
    """What a button becomes in a message, for one person after another."""
    choice = f"?choice={quote(button.choice, safe='')}" if button.choice else ""
    return own_link(button.purpose, button.about, desk=desk, choice=choice)


def own_link(purpose: Purpose, about: str, *, desk: Desk, path: str = "l", choice: str = "") -> LinkOf:
    """Makes whole addresses that let one person do one thing; what is the same for everybody is made here, once."""
    sign = signer(purpose, about, desk.writing.now + LASTS.get(purpose, USUALLY), desk.keyring)
    where = f"{desk.writing.base_url.rstrip('/')}/{path}/"

    def link_of(to: Addressee) -> str:
        if to.person_id is None:
            raise ValueError("A link that acts must belong to a person.")
        return f"{where}{sign(to.person_id, to.epoch)}{choice}"

    return link_of


def leaving_headers(leave: str, *, list_id: str, desk: Desk, by_mail: str) -> tuple[tuple[str, str], ...]:
    """What lets a mail program show its own "unsubscribe" button (RFC 2919, RFC 2369, RFC 8058).

    `leave` is the one https address that RFC 8058 asks for. `by_mail` is an address beside it (RFC 2369) for programs
    that only send mail; left out where no mail comes in. No space between them: in one piece, nothing has to be folded.
    """
    mailto = f",<mailto:{by_mail}?subject=leave>" if desk.mail.inbound and by_mail else ""
    return (
        ("List-Id", f"<{list_id}.{desk.mail.domain}>"),
        ("List-Unsubscribe", f"<{leave}>{mailto}"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def leaving_link(about: str, *, desk: Desk) -> LinkOf:
    """One person's one-click address `/unsubscribe/{token}` after another's: its GET shows a page, its POST leaves."""
    return own_link(Purpose.UNSUBSCRIBE, about, desk=desk, path="unsubscribe")


def reply_address(desk: Desk, stamp: Stamp | None) -> str:
    """Where a reply goes: back to this very message, or to the staffed sender where no mail can come in (settled)."""
    if stamp is None or not desk.mail.inbound:
        return sender_of(desk.mail)[1]
    return tagged_address(
        MailPurpose.REPLY, stamp.delivery_id, domain=desk.mail.domain, keyring=desk.keyring, epoch=stamp.epoch
    )


def mail_to_leave(desk: Desk, stamp: Stamp | None) -> str:
    """Where any mail leaves what this message came from; empty where no mail comes in."""
    return leave_address(reply_address(desk, stamp)) if stamp is not None and desk.mail.inbound else ""


def envelope_sender(desk: Desk, stamp: Stamp | None) -> str:
    """Where a bounce goes. Some relays refuse foreign senders; their bounces are matched by Message-ID."""
    if stamp is None or not desk.mail.inbound or preset_for(desk.mail.smtp_url).own_sender_only:
        return sender_of(desk.mail)[1]
    return tagged_address(MailPurpose.BOUNCE, stamp.delivery_id, domain=desk.mail.domain, keyring=desk.keyring)


def sender_of(mail: MailSettings, *, default_name: str = "") -> tuple[str, str]:
    """Name and address in `From`, as `HERALD_MAIL_FROM` gives them."""
    name, address = parseaddr(mail.sender)
    return name or default_name, address


def _threading(note: Note) -> tuple[tuple[str, str], ...]:
    """What lets a mail program show the answer below the mail that it answers (RFC 5322, 3.6.4)."""
    if note.thread is None or not note.thread.message_id:
        return ()
    return (("In-Reply-To", note.thread.message_id), ("References", note.thread.message_id))


def _calendar(note: Note, *, to: Addressee, desk: Desk, stamp: Stamp | None) -> bytes | None:
    """The calendar file of a message: from the mailbox that sends it to the one person who receives it."""
    if note.calendar is None:
        return None
    return calendar_file(
        note.calendar,
        organizer=Mailbox(*sender_of(desk.mail, default_name=desk.writing.partnership.name)),
        attendee=Mailbox(to.name, to.address),
        stamp=stamp.date if stamp else desk.writing.now,
    )


def _frame(note: Note, *, to: Addressee, desk: Desk) -> Frame:
    leave = leaving_link(NUDGES, desk=desk)(to) if to.person_id is not None and note.nudge and not note.alert else ""
    return Frame(
        sender=desk.writing.partnership.name,
        name=to.name,
        banner="" if desk.live else words.PRACTICE,
        leave=leave,
        preferences=f"{leave}{CHOOSING}" if leave else "",
        replies=desk.mail.inbound and to.person_id is not None and not (note.alert and taking_on(note.buttons) is None),
    )
