"""The public archive: what is listed, one edition with its neighbours, and a search over everything that was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.rendering.bulletin.archive import KeptStory, kept_stories
from bot.rules.full_text import Piece, best_sentence, pieces, query_words
from handlers.partnership import NotSetUp, partnership_of
from storage.as_sent import Kept, Listed
from storage.unit_of_work import UnitOfWork

LONDON = ZoneInfo("Europe/London")
MOST_FOUND = 50
IN_A_FEED = 20


@dataclass(frozen=True, slots=True)
class YearOfSeries:
    """The editions of one series that went out in one local year, the latest first."""

    series_id: str
    series: str
    year: int
    editions: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """An edition that holds every word, with the sentence that holds most of them. `story` is 0 before the stories."""

    edition: Listed
    series: str
    story: int
    story_title: str
    sentence: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """One edition as it went out, with its series, the titles of its stories and the editions beside it."""

    edition: Kept
    series: str
    stories: tuple[str, ...]
    earlier: Listed | None
    later: Listed | None


@dataclass(frozen=True, slots=True)
class Feed:
    """A series with its latest editions, each with the titles of its stories. `sender` is the partnership."""

    series: str
    sender: str
    editions: tuple[tuple[Listed, tuple[str, ...]], ...]


async def listed(uow: UnitOfWork) -> tuple[YearOfSeries, ...]:
    """Everything that went out, by series in the order of the partnership's file and by year, the latest first."""
    titles, zone = await series_titles(uow), await _zone(uow)
    groups: dict[tuple[str, int], list[Listed]] = {}
    for edition in await uow.as_sent.all():
        year = edition.began_at.astimezone(zone).year
        groups.setdefault((edition.series_id, year), []).append(edition)
    order = {series_id: place for place, series_id in enumerate(titles)}
    keys = sorted(groups, key=lambda key: (order.get(key[0], len(order)), key[0], -key[1]))
    return tuple(YearOfSeries(key[0], titles.get(key[0], key[0]), key[1], tuple(groups[key])) for key in keys)


async def opened(uow: UnitOfWork, bulletin_id: str) -> Opened | None:
    """One edition; None when there is none that everybody may see."""
    edition = await uow.as_sent.get(bulletin_id)
    if edition is None:
        return None
    earlier, later = await uow.as_sent.beside(edition)
    titles = await series_titles(uow)
    return Opened(edition, titles.get(edition.series_id, edition.series_id), _titles(edition), earlier, later)


async def searched(uow: UnitOfWork, query: str) -> Sequence[Hit]:
    """Editions that hold every word of a query, in any order, the latest first; none for a query without words."""
    words = query_words(query)
    if not words:
        return ()
    titles = await series_titles(uow)
    return [_hit(edition, words, titles) for edition in await uow.as_sent.holding(words, limit=MOST_FOUND)]


async def in_feed(uow: UnitOfWork, series_id: str) -> Feed | None:
    """A series with its latest editions, the latest first; None while nothing of it has gone out."""
    found = await uow.as_sent.holding((), series_id=series_id, limit=IN_A_FEED)
    if not found:
        return None
    titles = await series_titles(uow)
    try:
        sender = (await partnership_of(uow)).name
    except NotSetUp:
        sender = "Herald"
    return Feed(titles.get(series_id, series_id), sender, tuple((each, _titles(each)) for each in found))


async def series_titles(uow: UnitOfWork) -> Mapping[str, str]:
    """The titles of the series by id, in the order of the partnership's file."""
    try:
        return {series.id: series.title for series in (await partnership_of(uow)).series}
    except NotSetUp:
        return {}


def _titles(edition: Kept) -> tuple[str, ...]:
    return tuple(story.title for story in kept_stories(edition.text) if story.number)


async def _zone(uow: UnitOfWork) -> ZoneInfo:
    try:
        return (await partnership_of(uow)).timezone
    except NotSetUp:
        return LONDON


def _hit(edition: Kept, words: Sequence[str], titles: Mapping[str, str]) -> Hit:
    """The sentence with the most of the words; a story's title counts as its first sentence."""
    found = [(*best_sentence(f"{story.title}\n{story.text}", words), story) for story in kept_stories(edition.text)]
    score, sentence, story = max(found, key=lambda each: each[0], default=(0, "", KeptStory(0, "", "")))
    listing = Listed(edition.id, edition.series_id, edition.title, edition.began_at)
    series = titles.get(edition.series_id, edition.series_id)
    if not score:  # the words stand in the title of the edition alone
        return Hit(listing, series, 0, "", pieces(edition.title, words))
    return Hit(listing, series, story.number, story.title, pieces(sentence, words))
