"""What a second reader would say about an edition: pictures, links, length, dates. Pure: an edition in, words out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from bot.files.bulletin_model import Block, BulletinFile, Bullets, Image, Numbers, Paragraph, Spans, Subheading, plain
from bot.files.bulletin_spans import SAYS_NOTHING
from bot.rules.calendar import SATURDAY, WorkingCalendar
from bot.rules.reading_age import Readability, readability, words_of
from bot.rules.spoken_dates import MONTHS, WEEKDAYS

WORDS_A_MINUTE: Final = 238
"""Silent reading of adults: M. Brysbaert, Journal of Memory and Language 109 (2019), 104047."""
LONG_EDITION: Final = 2_000
LONG_STORY: Final = 350
LONG_SUBJECT: Final = 60
HARD_AGE: Final = 16
LOOKS_BACK: Final = 400
"""Days: a date that is longer past is history and not an appointment that is over."""
_NOT_ALT: Final = frozenset(
    {
        "image",
        "picture",
        "photo",
        "photograph",
        "graphic",
        "logo",
        "icon",
        "screenshot",
        "img",
        "untitled",
        "alt",
        "test",
    }
)
_FILE_NAME: Final = re.compile(r"\S+\.(png|jpe?g|gif|webp)|(img|dsc|image|picture|photo|screenshot)[ _-]*[0-9]+", re.I)
_DATE: Final = re.compile(
    rf"(?:\b({'|'.join(WEEKDAYS)}),?\s+)?\b([0-9]{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+({'|'.join(MONTHS)})\b"
    r"(?:,?\s+(20[0-9]{2})\b)?",
    re.IGNORECASE,
)


class Level(StrEnum):
    """How much something matters."""

    MUST = "must"
    """It has to be mended: an edition that has one of these cannot be approved."""
    LOOK = "look"
    """Worth a look: a person decides."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing about an edition. `story` is the number of the story from 1; 0 for all of it or its opening."""

    level: Level
    about: str
    words: str
    story: int = 0


@dataclass(frozen=True, slots=True)
class Length:
    """How much there is to read; `longest` is the title of the longest story."""

    words: int
    minutes: int
    longest: str
    longest_words: int
    ease: Readability | None


def advise(file: BulletinFile, *, leaves: date, calendar: WorkingCalendar) -> tuple[Advice, ...]:
    """Everything that the text itself gives reason to say. `leaves` is the local day on which it is to leave."""
    return (
        *_subject(file),
        *(said for number, story in _stories(file) for said in _pictures(number, story)),
        *_links(file),
        *_length(file),
        *_dates(file, leaves, calendar),
    )


def length_of(file: BulletinFile) -> Length:
    """What there is to read, without what Herald fills in."""
    counts = [(len(words_of(" ".join(_passages(story.blocks)))), story.title) for story in file.stories]
    passages = list(_passages(tuple(file.blocks())))
    words = len(words_of(" ".join(passages))) + sum(len(words_of(story.title)) for story in file.stories)
    longest, title = max(counts, default=(0, ""))
    return Length(words, max(1, round(words / WORDS_A_MINUTE)), title, longest, readability(_sentences(file)))


def _stories(file: BulletinFile) -> Iterator[tuple[int, tuple[Block, ...]]]:
    yield 0, file.opening
    for number, story in enumerate(file.stories, 1):
        yield number, story.blocks


def _spans(blocks: tuple[Block, ...]) -> Iterator[Spans]:
    for block in blocks:
        match block:
            case Paragraph(spans):
                yield spans
            case Bullets(items) | Numbers(items):
                yield from items


def _passages(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Subheading):
            yield block.text
    yield from (plain(spans) for spans in _spans(blocks))


def _sentences(file: BulletinFile) -> Iterator[str]:
    """What is judged as sentences: no headings, no addresses written out."""
    for spans in _spans(tuple(file.blocks())):
        yield "".join(span.text for span in spans if not span.text.startswith(("http://", "https://")))


def _subject(file: BulletinFile) -> Iterator[Advice]:
    if len(file.title) > LONG_SUBJECT:
        size = len(file.title)
        words = f"The subject has {size} characters; phones show about 40. Put what matters first, or shorten it."
        yield Advice(Level.LOOK, "Subject", words)


def _pictures(number: int, blocks: tuple[Block, ...]) -> Iterator[Advice]:
    for image in (block for block in blocks if isinstance(block, Image)):
        alt = " ".join(image.alt.split())
        if not alt:
            words = f"{image.file} has no description. Say in a few words what it shows."
            yield Advice(Level.MUST, "Pictures", words, number)
        elif alt.casefold().strip(".… ") in _NOT_ALT or _FILE_NAME.fullmatch(alt) or alt == image.file:
            words = f"The description of {image.file} is “{alt}”, which tells nothing to those who cannot see it."
            yield Advice(Level.MUST, "Pictures", f"{words} Say what matters in the picture.", number)
        elif alt.casefold().startswith(("image of", "picture of", "photo of", "photograph of")):
            words = (
                f"The description of {image.file} begins with “{' '.join(alt.split()[:2])}”; screen readers say that."
            )
            yield Advice(Level.LOOK, "Pictures", words, number)


def _links(file: BulletinFile) -> Iterator[Advice]:
    leads: dict[str, set[str]] = {}
    for number, blocks in _stories(file):
        for spans in _spans(blocks):
            for words, address in _link_texts(spans):
                leads.setdefault(words.casefold(), set()).add(address)
                yield from _link(words, address, number)
    for words, addresses in leads.items():
        if len(addresses) > 1 and words not in SAYS_NOTHING:
            said = f"“{words}” leads to {len(addresses)} different places. Give each link words of its own."
            yield Advice(Level.LOOK, "Links", said)


def _link_texts(spans: Spans) -> Iterator[tuple[str, str]]:
    """Each link with all of its words: some of them may be bold, which makes them a span of their own."""
    words, address = "", ""
    for span in (*spans, None):
        if address and (span is None or span.href != address):
            yield " ".join(words.split()), address
            words = ""
        words, address = (words + span.text, span.href) if span is not None and span.href else ("", "")


def _link(words: str, address: str, number: int) -> Iterator[Advice]:
    if words.casefold().strip(".… ") in SAYS_NOTHING:
        said = f"“{words}” does not say where the link leads. Name the page or the document."
        yield Advice(Level.LOOK, "Links", said, number)
    elif words.startswith(("http://", "https://", "www.")):
        said = f"{words[:60]} is read out sign by sign. Write [where it leads]({words[:20]}…)."
        yield Advice(Level.LOOK, "Links", said, number)
    if address.startswith("http://"):
        said = f"The link “{words[:60]}” begins with http://. Nearly every page has an address with https:// too."
        yield Advice(Level.LOOK, "Links", said, number)


def _length(file: BulletinFile) -> Iterator[Advice]:
    length = length_of(file)
    if length.words > LONG_EDITION:
        said = (
            f"{length.words} words take about {length.minutes} minutes. Readers ask for short: leave the rest to links."
        )
        yield Advice(Level.LOOK, "Length", said)
    for number, story in enumerate(file.stories, 1):
        words = len(words_of(" ".join(_passages(story.blocks))))
        if words > LONG_STORY:
            said = f"“{story.title}” has {words} words. Begin with what readers should do, and link to the rest."
            yield Advice(Level.LOOK, "Length", said, number)
    if length.ease is not None and length.ease.age >= HARD_AGE:
        said = f"Reading age about {length.ease.age}. Shorter sentences and everyday words help busy people too."
        yield Advice(Level.LOOK, "Reading age", said)


def _dates(file: BulletinFile, leaves: date, calendar: WorkingCalendar) -> Iterator[Advice]:
    for number, blocks in _stories(file):
        title = (file.stories[number - 1].title,) if number else ()
        seen = set[str]()
        for passage in (*title, *_passages(blocks)):
            for hit in _DATE.finditer(passage):
                said = " ".join(hit[0].split())
                if said not in seen and (why := _date(hit, leaves, calendar)):
                    yield Advice(Level.LOOK, "Dates", f"“{said}” {why}", number)
                seen.add(said)


def _date(hit: re.Match[str], leaves: date, calendar: WorkingCalendar) -> str:
    """What is odd about a date that a text names; empty when nothing is."""
    month = MONTHS.index(hit[3].casefold()) + 1
    years = [int(hit[4])] if hit[4] else [leaves.year - 1, leaves.year, leaves.year + 1]
    days = [day for year in years if (day := _day(year, month, int(hit[2]))) is not None]
    if not days:
        return "is no date. Look at it again."
    day = min(days, key=lambda each: abs((each - leaves).days))
    weekday = hit[1].casefold() if hit[1] else ""
    if weekday and WEEKDAYS[day.weekday()] != weekday:
        return f"is a {WEEKDAYS[day.weekday()].capitalize()}{'' if hit[4] else f' in {day.year}'}. Look at it again."
    if 0 < (leaves - day).days < LOOKS_BACK:
        return "is over when this leaves. Say so, or take it out."
    if day > leaves and not calendar.is_working_day(day) and not (weekday and day.weekday() >= SATURDAY):
        kind = (
            f"a {WEEKDAYS[day.weekday()].capitalize()}" if day.weekday() >= SATURDAY else "a public holiday or closure"
        )
        return f"is {kind}. Is that meant?"
    return ""


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
