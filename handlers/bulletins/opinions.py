"""What readers think of stories: said with one press, counted once, and nowhere linked to who said it.

No receipt key, no audit entry, no message: what is recorded are a tally and a fingerprint (`storage/opinions.py`), and
the fingerprint alone makes twice into once (law 2). The report shows nothing for fewer than five.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.files.bulletin import parse_bulletin
from bot.files.bulletin_model import Story
from bot.rules.edition_states import RELEASED
from bot.rules.opinions import OPEN_FOR, Choice, StoryFigures, is_open, most_useful, story_figures, usual_share
from handlers.partnership import partnership_of
from storage.bulletins import messages_about
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

EDITIONS_COMPARED = 12
HELD_BACK = (DeliveryState.PRACTICE, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED)


class Outcome(StrEnum):
    """What became of a press."""

    COUNTED = "counted"
    BEFORE = "before"
    NOT_SENT_YET = "not sent yet"
    CLOSED = "closed"
    NOT_YOURS = "not yours"
    UNKNOWN = "unknown"


OUTCOME_WORDS = {
    Outcome.COUNTED: ("Thank you", "It is counted, without your name."),
    Outcome.BEFORE: (
        "You have told us already",
        "It was counted then, once. It cannot be changed, because Herald does not know what you said.",
    ),
    Outcome.NOT_SENT_YET: (
        "This edition has not gone out",
        "This is what a reader sees. What you think can be counted once the edition is sent.",
    ),
    Outcome.CLOSED: (
        "This edition is not asking any more",
        f"Readers can say what they think for {OPEN_FOR.days} days. The latest edition would like to hear from you.",
    ),
    Outcome.NOT_YOURS: (
        "This edition was not sent to you",
        "What its readers think is counted. To receive the next one, choose the series on your preferences page.",
    ),
    Outcome.UNKNOWN: (
        "This story cannot be found",
        "Open the link in the message again and use the whole of it.",
    ),
}


@dataclass(frozen=True, slots=True)
class AskedStory:
    """A story that a reader is asked about; `spoken` says that they have told us."""

    number: int
    title: str
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """An edition's stories for one reader. `closed` says why nothing can be said about them, else None."""

    bulletin_id: str
    title: str
    stories: tuple[AskedStory, ...]
    closed: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What readers of an edition think, beside the series: its median share, and what it found most useful.

    `editions` is how many editions of the series, the latest ones, are compared; this one is not in the median.
    """

    bulletin_id: str
    title: str
    recipients: int
    stories: tuple[StoryFigures, ...]
    usual: float | None
    best: tuple[StoryFigures, ...]
    editions: int
    still_asked: bool


async def asking(uow: UnitOfWork, *, bulletin_id: str, person: Person) -> Asking | None:
    """The stories of an edition that readers are asked about, and of which this one has spoken; None without edition.

    A story of live blocks alone is not asked about; a press about it, from an older letter, is counted all the same.
    """
    row = await uow.bulletins.get(bulletin_id)
    if row is None:
        return None
    told = {number: story.title for number, story in enumerate(await _stories(uow, row), start=1) if story.told}
    closed = await _closed(uow, row, person)
    spoken = set() if closed else await uow.opinions.spoken(row.id, told, person_id=person.id)
    stories = (AskedStory(number, title, number in spoken) for number, title in told.items())
    return Asking(row.id, row.title, tuple(stories), closed)


async def speak(uow: UnitOfWork, *, bulletin_id: str, story: int, choice: str, person: Person) -> Outcome:
    """Counts what a reader thinks of a story, once."""
    row = await uow.bulletins.get(bulletin_id)
    if row is None or choice not in set(Choice) or not 1 <= story <= len(await _stories(uow, row)):
        return Outcome.UNKNOWN
    if closed := await _closed(uow, row, person):
        return closed
    useful = choice == Choice.USEFUL
    new = await uow.opinions.give(row.id, story, person_id=person.id, useful=useful)
    return Outcome.COUNTED if new else Outcome.BEFORE


async def report_of(uow: UnitOfWork, row: Bulletin) -> Report:
    """The figures of an edition's stories, beside those of the latest editions of its series."""
    series = (await uow.bulletins.released(series_id=row.series_id, limit=EDITIONS_COMPARED))[:EDITIONS_COMPARED]
    others = [each for each in series if each.id != row.id]
    every = {each.id: each for each in (*others, row)}
    tallies = await uow.opinions.tallies(every)
    figures = {}
    for each in every.values():
        stories = await _stories(uow, each)
        titles = [story.title for story in stories]
        counted = story_figures(
            titles, tallies[each.id], bulletin_id=each.id, edition=each.title, recipients=each.recipients
        )
        pairs = zip(stories, counted, strict=True)
        figures[each.id] = tuple(story for written, story in pairs if written.told or story.answered is not None)
    compared = [story for each in others for story in figures[each.id]]
    latest = [story for each in series for story in figures[each.id]]
    return Report(
        bulletin_id=row.id,
        title=row.title,
        recipients=row.recipients,
        stories=figures[row.id],
        usual=usual_share(compared),
        best=most_useful(latest),
        editions=len(series),
        still_asked=is_open(row.began_at, now=uow.now),
    )


async def _closed(uow: UnitOfWork, row: Bulletin, person: Person) -> Outcome | None:
    if row.began_at is None:
        return Outcome.NOT_SENT_YET
    if row.state not in RELEASED or not is_open(row.began_at, now=uow.now):
        return Outcome.CLOSED
    rows = await uow.bulletins.recipients.rows_of(messages_about(row.id), person_id=person.id)
    return None if any(each.state not in HELD_BACK for each in rows) else Outcome.NOT_YOURS


async def _stories(uow: UnitOfWork, row: Bulletin) -> Sequence[Story]:
    """An edition's stories. Its text cannot change once it has begun."""
    zone = (await partnership_of(uow)).timezone
    return parse_bulletin(row.source, zone=zone).value.stories
