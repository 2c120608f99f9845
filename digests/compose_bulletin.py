"""Writes an edition: values in, messages out. The bulk writer compiles it once; a preview fills in one reader.

Both come from the same letter, so what is previewed is what is sent. A preview's personal links lead nowhere: nobody
may act for somebody else by looking at their copy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot import words
from bot.files.partnership import Partnership
from bot.files.problems import on_one_line
from bot.links import Purpose
from bot.mail_addresses import MailPurpose, leave_address
from bot.rendering.bulletin import (
    Asked,
    BulletinPage,
    Edition,
    Owed,
    Reader,
    Surround,
    buttons_of,
    email_html,
    email_text,
    page_for,
    slack_message,
)
from bot.rendering.mime import Letter, Slot, token
from bot.rendering.mime.splice import filled
from bot.rules.storable import one_line
from bot.settings import MailSettings
from digests.compose import (
    CHOOSING,
    Addressee,
    Desk,
    LinkOf,
    SlackMessage,
    Stamp,
    leaving_headers,
    leaving_link,
    links_for,
    own_link,
    press_link,
    reply_address,
    sender_of,
)
from digests.messages.kinds import Writing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

TEST_SUBJECT: Final = "[Test] "
TEST_BANNER: Final = "This is a test. Only you received it."
NAME_LONGEST: Final = 80
NOWHERE: Final = "/l/preview"
OWN_PAGES: Final = ("leave", "opinions")
TOKEN_SLOTS: Final = (
    *(Slot(name) for name in ("to", "toname", "name", "mid", "replyto", "leavemail")),
    *(Slot(name, "link") for name in OWN_PAGES),
)


@dataclass(frozen=True, slots=True)
class Blank:
    """A letter with tokens where a reader's own values belong, and what those are."""

    letter: Letter
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """An edition as one reader would get it, in its three forms."""

    letter: Letter
    slack: SlackMessage


def preview_desk(uow: UnitOfWork, partnership: Partnership, *, base_url: str, mail: MailSettings | None) -> Desk:
    """What a preview is written with; an installation without mail shows what it would send."""
    writing = Writing(partnership, uow.now, base_url)
    return Desk(writing, mail or MailSettings(smtp_url=""), uow.keyring, live=uow.sending.live)


def reader_address(person: Person | None) -> Addressee:
    """Whom a preview is addressed to: somebody of the register, or nobody in particular."""
    if person is None:
        return Addressee("reader@example.org", "reader")
    return Addressee(person.email, person.name, person.id, person.slack_id, person.link_epoch)


def blank_letter(
    edition: Edition, shape: tuple[int, int], *, desk: Desk, date: datetime | None, test: bool = False
) -> Blank:
    """The letter for all readers of one shape (how many surveys and deadlines of their own they are shown)."""
    reader = _token_reader(*shape)
    link_names = tuple(buttons_of(edition, reader))
    links = {name: token(name) for name in link_names}
    own = {name: token(name) for name in ("name", "leave", "opinions")}
    around = _surround(edition, **own, desk=desk, test=test)
    page = page_for(edition, reader, links=links, around=around)
    own_name, own_address = sender_of(desk.mail, default_name=desk.writing.partnership.name)
    series = edition.file.series
    letter = Letter(
        sender_name=one_line(edition.from_name or own_name),
        sender_address=own_address,
        to=token("to"),
        to_name=token("toname"),
        subject=one_line(f"{TEST_SUBJECT if test else ''}{page.title}"),
        text=email_text(page),
        html=email_html(page),
        message_id=token("mid"),
        date=date or desk.writing.now,
        reply_to=token("replyto"),
        headers=(
            *leaving_headers(token("leave"), list_id=series, desk=desk, by_mail=token("leavemail")),
            ("Precedence", "bulk"),
            ("Feedback-ID", f"{edition.id}:{series}:bulletin:herald"),
        ),
    )
    texts = [Slot(name) for name in _texts(reader)]
    return Blank(letter, (*TOKEN_SLOTS, *texts, *(Slot(name, "link") for name in link_names)))


Links = Mapping[str, LinkOf]
"""The links that every copy of an edition has, by the names of their places; each reader has their own."""


def links_of(edition: Edition, *, desk: Desk) -> Links:
    """What is the same in everybody's links, made once for all of them."""
    buttons = {name: press_link(button, desk=desk) for name, button in edition.buttons.items()}
    return {**buttons, **own_pages_of(edition, desk=desk)}


def own_pages_of(edition: Edition, *, desk: Desk) -> Links:
    """Those of them that are no buttons: each reader's own pages (`OWN_PAGES`)."""
    return {
        "leave": leaving_link(f"series:{edition.file.series}", desk=desk),
        "opinions": own_link(Purpose.OPINION, edition.id, desk=desk, path="opinions"),
    }


def values_for(reader: Reader, links: Links, *, to: Addressee, desk: Desk, stamp: Stamp) -> dict[str, str]:
    """What one reader's copy has of its own, links that act included."""
    reply_to = reply_address(desk, stamp)
    values = {name: link_of(to) for name, link_of in links.items()}
    values |= _names(to)
    values |= {"to": to.address, "mid": stamp.message_id, "replyto": reply_to, "leavemail": leave_address(reply_to)}
    values |= _texts(reader)
    for name, button in reader.buttons.items():
        values[name] = press_link(button, desk=desk)(to)
    return values


def edition_slack(edition: Edition, reader: Reader, *, to: Addressee, desk: Desk, test: bool = False) -> SlackMessage:
    """The edition as a Slack message, with this reader's own buttons."""
    link_for = links_for(to, desk=desk)
    links = {name: link_for(button) for name, button in buttons_of(edition, reader).items()}
    own = {name: link_of(to) for name, link_of in own_pages_of(edition, desk=desk).items()}
    around = _surround(edition, name="", **own, desk=desk, test=test)
    return _slack(edition, reader, links, around)


def preview(edition: Edition, reader: Reader, *, to: Addressee, desk: Desk) -> Preview:
    """How a reader would see it. Raises `UnsafeHeader` or `UnsendableLetter` as sending would."""
    nowhere = f"{desk.writing.base_url.rstrip('/')}{NOWHERE}"
    blank = blank_letter(edition, reader.shape, desk=desk, date=None)
    links = dict.fromkeys(buttons_of(edition, reader), nowhere)
    values = {
        **_names(to),
        **_texts(reader),
        **links,
        "to": to.address,
        "mid": f"<preview@{desk.mail.domain}>",
        "replyto": reply_address(desk, None),
        "leavemail": f"{MailPurpose.LEAVE.value}@{desk.mail.domain}",
        "leave": nowhere,
        "opinions": nowhere,
    }
    around = _surround(edition, name="", leave=nowhere, opinions=nowhere, desk=desk, test=False)
    return Preview(filled(blank.letter, blank.slots, values), _slack(edition, reader, links, around))


def _slack(edition: Edition, reader: Reader, links: Mapping[str, str], around: Surround) -> SlackMessage:
    text, blocks = slack_message(_page(edition, reader, links, around))
    return SlackMessage(text, tuple(dict(block) for block in blocks))


def _page(edition: Edition, reader: Reader, links: Mapping[str, str], around: Surround) -> BulletinPage:
    return page_for(edition, reader, links=links, around=around)


def _surround(edition: Edition, *, name: str, leave: str, opinions: str, desk: Desk, test: bool) -> Surround:
    base_url = desk.writing.base_url.rstrip("/")
    banners = (TEST_BANNER if test else "", "" if desk.live else words.PRACTICE)
    return Surround(
        base_url=base_url,
        sender=desk.writing.partnership.name,
        name=name,
        banner=" ".join(banner for banner in banners if banner),
        online=f"{base_url}/bulletins/{edition.id}" if edition.released else "",
        leave=leave,
        preferences=f"{leave}{CHOOSING}",
        opinions=opinions,
    )


def _names(to: Addressee) -> dict[str, str]:
    """The reader's name on one line, without signs that turn text around; never empty, since it is greeted."""
    name = " ".join(on_one_line(to.name, limit=NAME_LONGEST).split())
    return {"toname": one_line(name), "name": name or "there"}


def _token_reader(surveys: int, deadlines: int) -> Reader:
    return Reader(
        surveys=tuple(Asked("", token(f"asked{n}title"), token(f"asked{n}until")) for n in range(1, surveys + 1)),
        deadlines=tuple(Owed("", token(f"owed{n}title"), token(f"owed{n}due")) for n in range(1, deadlines + 1)),
    )


def _texts(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, asked in enumerate(reader.surveys, 1):
        found |= {f"asked{number}title": asked.title, f"asked{number}until": asked.until or "further notice"}
    for number, owed in enumerate(reader.deadlines, 1):
        found |= {f"owed{number}title": owed.title, f"owed{number}due": owed.due}
    return found
