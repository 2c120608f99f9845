"""An edition laid out for one reader: stories of parts, with live blocks turned into lists of entries.

Every renderer draws from this one page, so e-mail, text, Slack and archive say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.files.bulletin_model import (
    Block,
    BriefingsBlock,
    Bullets,
    DeadlinesBlock,
    Image,
    LiveBlock,
    Numbers,
    Paragraph,
    PledgeBlock,
    PreviousBlock,
    Subheading,
    SurveysBlock,
)
from bot.links import Button
from bot.rendering.bulletin.edition import Asked, Bookable, Edition, Owed, Reader, buttons_of, pledge_slot

NO_DATES = "No dates are open for booking just now."
NO_SURVEYS = "No survey is waiting for you."
NO_DEADLINES = "None of your deadlines is near."
NO_EARLIER = "This is the first edition."


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in its place."""

    url: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing with a link. `button` does the same in Slack without leaving it; None where there is none."""

    title: str
    detail: str
    label: str
    url: str
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """A live block: its entries, or the sentence that stands there without any. `own`: the reader's alone."""

    entries: tuple[Entry, ...]
    otherwise: str = ""
    own: bool = False


Part = Paragraph | Subheading | Bullets | Numbers | Shown | Entries


@dataclass(frozen=True, slots=True)
class Chapter:
    """A story. `number` counts from 1 and is its place in the edition, wherever it is read."""

    number: int
    title: str
    parts: tuple[Part, ...]

    @property
    def anchor(self) -> str:
        """What stands behind the # of an address that leads to this story."""
        return f"story-{self.number}"


@dataclass(frozen=True, slots=True)
class Surround:
    """What stands around the stories. Addresses may be empty, then the line is left out.

    `name` greets the reader; `banner` says that this is practice or a test; `online` is the edition in the archive,
    `leave` the one-press way out of the series, `preferences` the reader's own page, `base_url` where Herald is.
    `opinions` is the reader's own page to say which stories were useful: one link, the story stands behind the #.
    """

    base_url: str
    sender: str
    name: str = ""
    banner: str = ""
    online: str = ""
    leave: str = ""
    preferences: str = ""
    opinions: str = ""


@dataclass(frozen=True, slots=True)
class BulletinPage:
    """Everything that is written in an edition, in its order."""

    id: str
    title: str
    series: str
    summary: str
    around: Surround
    opening: tuple[Part, ...]
    chapters: tuple[Chapter, ...]

    @property
    def contents(self) -> tuple[Chapter, ...]:
        """The stories to list at the top, as a first look; not worth it for one or two."""
        return self.chapters if len(self.chapters) > 2 else ()


def page_for(edition: Edition, reader: Reader, *, links: Mapping[str, str], around: Surround) -> BulletinPage:
    """The edition for one reader. `links` holds an address for each name that `buttons_of` gives."""
    layout = _Layout(edition, reader, links, around.base_url.rstrip("/"))
    return BulletinPage(
        id=edition.id,
        title=" ".join(edition.file.title.split()),
        series=edition.series_title,
        summary=edition.file.summary,
        around=around,
        opening=tuple(layout.part(block) for block in edition.file.opening),
        chapters=tuple(
            Chapter(number, story.title, tuple(layout.part(block) for block in story.blocks))
            for number, story in enumerate(edition.file.stories, start=1)
        ),
    )


class _Layout:
    def __init__(self, edition: Edition, reader: Reader, links: Mapping[str, str], base_url: str) -> None:
        self._edition, self._reader, self._links, self._base_url = edition, reader, links, base_url
        self._buttons = buttons_of(edition, reader)

    def part(self, block: Block) -> Part:
        match block:
            case Image(file, alt, caption):
                picture = self._edition.pictures.get(file)
                if picture is None:
                    return Shown("", alt, caption, 0, 0)
                return Shown(picture.url, alt, caption, picture.width, picture.height)
            case BriefingsBlock() | SurveysBlock() | DeadlinesBlock() | PledgeBlock() | PreviousBlock():
                return self._live(block)
            case _:
                return block

    def _live(self, block: LiveBlock) -> Entries:
        match block:
            case BriefingsBlock(count):
                shown = self._edition.bookable[:count]
                return Entries(tuple(self._date(n, session) for n, session in enumerate(shown, 1)), NO_DATES)
            case SurveysBlock():
                surveys = enumerate(self._reader.surveys, 1)
                return Entries(tuple(self._survey(n, asked) for n, asked in surveys), NO_SURVEYS, own=True)
            case DeadlinesBlock():
                deadlines = enumerate(self._reader.deadlines, 1)
                return Entries(tuple(self._deadline(n, owed) for n, owed in deadlines), NO_DEADLINES, own=True)
            case PledgeBlock(priority):
                return Entries((self._pledge(priority),))
            case PreviousBlock():
                earlier = self._edition.earlier
                lines = (Entry("", "", each.title, f"{self._base_url}{each.path}") for each in earlier)
                return Entries(tuple(lines), NO_EARLIER)

    def _entry(self, slot: str, title: str, detail: str, label: str) -> Entry:
        return Entry(title, detail, label, self._links.get(slot, ""), self._buttons.get(slot))

    def _date(self, number: int, session: Bookable) -> Entry:
        detail = ". ".join(part.rstrip(".") for part in (session.when, session.place, session.note) if part)
        return self._entry(f"book{number}", session.title, f"{detail}.", f"Book “{session.title}”")

    def _survey(self, number: int, asked: Asked) -> Entry:
        detail = f"Open until {asked.until}." if asked.until else ""
        return self._entry(f"asked{number}", asked.title, detail, f"Answer “{asked.title}”")

    def _deadline(self, number: int, owed: Owed) -> Entry:
        return self._entry(f"owed{number}", owed.title, f"Due {owed.due}.", f"Say how “{owed.title}” stands")

    def _pledge(self, priority: str) -> Entry:
        detail = "It takes less than a minute; we ask you later how it went."
        return self._entry(pledge_slot(self._edition, priority), "What will you do next?", detail, "Make a pledge")
