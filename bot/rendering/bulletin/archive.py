"""An edition as a part of a web page, for everybody: no reader's name, no reader's link, nothing that acts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from bot.files.bulletin_model import Bullets, Numbers, Paragraph, Subheading, plain
from bot.rendering.bulletin.edition import Edition, Reader, buttons_of
from bot.rendering.bulletin.html import templates
from bot.rendering.bulletin.page import BulletinPage, Entries, Part, Shown, Surround, page_for

SIGN_IN = "Sign in to Herald to see what is waiting for you."
BETWEEN_STORIES = "\f"


@dataclass(frozen=True, slots=True)
class Archived:
    """An edition as the archive keeps it: a part of a page, and its words, story by story."""

    title: str
    html: Markup
    text: str


@dataclass(frozen=True, slots=True)
class KeptStory:
    """A story read back from the kept words. Number 0 is what stands before the first story, without a title."""

    number: int
    title: str
    text: str


def archived(edition: Edition) -> Archived:
    """What is kept of an edition when it goes out. Its addresses are paths of Herald's own."""
    page = _page(edition, base_url="")
    return Archived(page.title, _drawn(page), _words(page))


def archive_fragment(edition: Edition, *, base_url: str = "") -> Markup:
    """The stories as HTML, without heading; its links lead to pages that ask to sign in where they must."""
    return _drawn(_page(edition, base_url=base_url))


def kept_stories(text: str) -> tuple[KeptStory, ...]:
    """The kept words (`Archived.text`) story by story."""
    opening, *stories = text.split(BETWEEN_STORIES)
    found = [KeptStory(0, "", opening)] if opening else []
    for number, story in enumerate(stories, start=1):
        title, _, body = story.partition("\n")
        found.append(KeptStory(number, title, body))
    return tuple(found)


def _page(edition: Edition, *, base_url: str) -> BulletinPage:
    reader = Reader()
    links = {
        slot: f"{base_url}/briefings/{button.about}" if slot.startswith("book") else f"{base_url}/pledge"
        for slot, button in buttons_of(edition, reader).items()
    }
    return page_for(edition, reader, links=links, around=Surround(base_url=base_url, sender=edition.from_name))


def _drawn(page: BulletinPage) -> Markup:
    return Markup(templates().get_template("archive.html.j2").render(page=page, sign_in=SIGN_IN))  # noqa: S704 - autoescaped


def _words(page: BulletinPage) -> str:
    opening = "\n".join(_said(page.opening))
    stories = ("\n".join((_line(chapter.title), *_said(chapter.parts))) for chapter in page.chapters)
    return BETWEEN_STORIES.join((opening, *stories))


def _said(parts: Iterable[Part]) -> Iterator[str]:
    """The words of these parts, a line each; addresses are left out, and what is only one reader's."""
    for part in parts:
        match part:
            case Paragraph(spans):
                yield _line(plain(spans))
            case Subheading(text):
                yield _line(text)
            case Bullets(items) | Numbers(items):
                yield from (_line(plain(item)) for item in items)
            case Shown():
                yield from (_line(said) for said in (part.alt, part.caption) if said)
            case Entries(entries):
                yield from (_line(f"{entry.title} {entry.detail}") for entry in entries if entry.title)


def _line(text: str) -> str:
    return " ".join(text.split())
