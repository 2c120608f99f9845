"""An edition laid out for one reader: stories of parts, with live blocks turned into lists of entries.

Every renderer draws from this one page, so e-mail, text, Slack and archive say the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.files.bulletin_model import (
    Block,
    BriefingsBlock,
    Bullets,
    DeadlinesBlock,
    DoneBlock,
    Image,
    Numbers,
    Paragraph,
    PledgeBlock,
    PreviousBlock,
    Span,
    Spans,
    Subheading,
    SurveysBlock,
)
from bot.links import Button
from bot.rendering.bulletin.account import account_in_words, pledges_in_words
from bot.rendering.bulletin.edition import (
    Asked,
    Bookable,
    Edition,
    Owed,
    Picture,
    Reader,
    buttons_of,
    chosen,
    pledge_slot,
)

NO_DATES = "No dates are open for booking just now."
NO_SURVEYS = "No survey is waiting for you."
NO_DEADLINES = "None of your deadlines is near."
NO_EARLIER = "This is the first edition."
ALL_EARLIER = "All earlier bulletins in the archive"
ARCHIVE = "/bulletins"
BOOKING_LATER = "Dates to keep free; booking opens later:"
ASKED_LATER = "It takes less than a minute; we ask you later how it went."


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
    """A story. `number` counts from 1 and is its place in the edition, wherever it is read.

    `told`: it holds words or pictures of its author's, so readers are asked whether it was useful.
    """

    number: int
    title: str
    parts: tuple[Part, ...]
    told: bool = True

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

    def opinions_on(self, chapter: Chapter) -> str:
        """Where this reader says whether a story was useful; empty where nobody is asked."""
        return f"{self.around.opinions}#{chapter.anchor}" if self.around.opinions and chapter.told else ""

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
        opening=layout.parts(edition.file.opening),
        chapters=tuple(
            Chapter(number, story.title, layout.parts(story.blocks), story.told)
            for number, story in enumerate(edition.file.stories, start=1)
        ),
    )


class _Layout:
    def __init__(self, edition: Edition, reader: Reader, links: Mapping[str, str], base_url: str) -> None:
        self._edition, self._reader, self._links, self._base_url = edition, reader, links, base_url
        self._buttons = buttons_of(edition, reader)

    def parts(self, blocks: Iterable[Block]) -> tuple[Part, ...]:
        """What stands there for these blocks."""
        return tuple(part for block in blocks for part in self._parts(block))

    def _parts(self, block: Block) -> Iterator[Part]:
        match block:
            case Image(file, alt, caption):
                picture = self._edition.pictures.get(file, Picture(""))
                yield Shown(picture.url, alt, caption, picture.width, picture.height)
            case BriefingsBlock():
                yield from self._dates(chosen(self._edition.bookable, block))
            case DoneBlock(priority):
                for done in self._edition.done:
                    yield from account_in_words(done) if done.priority == priority else ()
            case SurveysBlock() | DeadlinesBlock() | PledgeBlock() | PreviousBlock():
                yield self._entries(block)
            case _:
                yield block

    def _dates(self, sessions: Sequence[Bookable]) -> Iterator[Part]:
        slots = {session.briefing_id: slot for slot, session in self._edition.book_slots}
        open_now = [self._date(slots[session.briefing_id], session) for session in sessions if not session.opens]
        later = tuple(_later(session) for session in sessions if session.opens)
        yield Entries(tuple(open_now), NO_DATES)
        if later:
            yield Paragraph((Span(BOOKING_LATER),))
            yield Bullets(later)

    def _entries(self, block: SurveysBlock | DeadlinesBlock | PledgeBlock | PreviousBlock) -> Entries:
        match block:
            case SurveysBlock():
                surveys = enumerate(self._reader.surveys, 1)
                return Entries(tuple(self._survey(n, asked) for n, asked in surveys), NO_SURVEYS, own=True)
            case DeadlinesBlock():
                deadlines = enumerate(self._reader.deadlines, 1)
                return Entries(tuple(self._deadline(n, owed) for n, owed in deadlines), NO_DEADLINES, own=True)
            case PledgeBlock(priority):
                return Entries((self._pledge(priority),))
            case PreviousBlock():
                links = [(each.title, each.path) for each in self._edition.earlier]
                links += [(ALL_EARLIER, ARCHIVE)] if links else []
                lines = (Entry("", "", title, f"{self._base_url}{path}") for title, path in links)
                return Entries(tuple(lines), NO_EARLIER)

    def _entry(self, slot: str, title: str, detail: str, label: str) -> Entry:
        return Entry(title, detail, label, self._links.get(slot, ""), self._buttons.get(slot))

    def _date(self, slot: str, session: Bookable) -> Entry:
        detail = _sentences(session.when, session.place, session.note)
        return self._entry(slot, session.title, detail, f"Book “{session.title}”")

    def _survey(self, number: int, asked: Asked) -> Entry:
        detail = f"Open until {asked.until}." if asked.until else ""
        return self._entry(f"asked{number}", asked.title, detail, f"Answer “{asked.title}”")

    def _deadline(self, number: int, owed: Owed) -> Entry:
        return self._entry(f"owed{number}", owed.title, f"Due {owed.due}.", f"Say how “{owed.title}” stands")

    def _pledge(self, priority: str) -> Entry:
        so_far = next((pledges_in_words(each) for each in self._edition.pledged if each.priority == priority), "")
        detail = " ".join(said for said in (ASKED_LATER, so_far) if said)
        return self._entry(pledge_slot(self._edition, priority), "What will you do next?", detail, "Make a pledge")


def _later(session: Bookable) -> Spans:
    """A date that cannot be booked yet."""
    said = _sentences(session.when, session.place, session.note, f"Booking opens on {session.opens}")
    return Span(session.title, strong=True), Span("\n"), Span(said)


def _sentences(*said: str) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in said if part)
