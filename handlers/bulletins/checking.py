"""What a person should know before they release an edition: what is wrong, what could be better, whom it will reach.

`blocking` is what `releasing.approve` asks: nobody approves an edition while one of these stands.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from bot.files.bulletin_advice import Advice, Length, Level, advise, length_of
from bot.files.bulletin_model import (
    BriefingsBlock,
    BulletinFile,
    DeadlinesBlock,
    DoneBlock,
    PreviousBlock,
    SurveysBlock,
)
from bot.files.pictures import picture_facts
from bot.files.problems import FileProblems
from bot.rendering.bulletin import Edition, Reader
from bot.rendering.bulletin.edition import chosen
from bot.rendering.bulletin.html import COLUMN
from bot.rendering.bulletin.lint import ADVISED_BYTES
from bot.rendering.bulletin.rehearsal import fullest_html, unsendable
from bot.rules.calendar import WorkingCalendar
from bot.rules.working_time import next_sending_moment
from handlers.bulletins.applying import identifier_problems, parse_stored
from handlers.bulletins.freezing import Reach, reach_of
from handlers.bulletins.loading import edition_of, readers_of
from handlers.partnership import calendar_of
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork

MANY_READERS: Final = 2_000
"""Of so many it is asked whether a live block would show anything to anybody; more would make a page slow."""
LARGE_PICTURE: Final = 200_000
SHARP: Final = 2
"""Pixels for each point of the column: enough for the sharpest screens."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An edition looked over: advice, how long it is, how large its e-mail can become, whom it would reach now."""

    advice: tuple[Advice, ...]
    length: Length | None
    html_bytes: int
    reach: Reach | None

    @property
    def must(self) -> tuple[Advice, ...]:
        """What has to be mended before anybody can approve it."""
        return tuple(each for each in self.advice if each.level is Level.MUST)

    @property
    def look(self) -> tuple[Advice, ...]:
        """What is worth a look."""
        return tuple(each for each in self.advice if each.level is Level.LOOK)

    @property
    def reach_in_words(self) -> str:
        """Whom it will reach: `It will go to 412 people. 3 left the series. 2 have an address that is refused.`"""
        return "" if self.reach is None else reach_in_words(self.reach)

    @property
    def lines(self) -> tuple[str, ...]:
        """The same as lines of text."""
        said = [self.reach_in_words] if self.reach is not None else []
        if self.length is not None:
            age = f", reading age about {self.length.ease.age}" if self.length.ease else ""
            said.append(f"{self.length.words} words{age}, {round(self.html_bytes / 1000)} KB at most.")
        for title, found in (("Must be mended", self.must), ("Worth a look", self.look)):
            said += [f"{title}: {_place(each)}{each.words}" for each in found]
        return tuple(said)

    def as_json(self) -> dict[str, object]:
        """The same for `--json`."""
        length = self.length
        return {
            "must": [_as_json(each) for each in self.must],
            "look": [_as_json(each) for each in self.look],
            "words": length.words if length else None,
            "minutes": length.minutes if length else None,
            "reading_age": length.ease.age if length and length.ease else None,
            "reading_ease": round(length.ease.ease) if length and length.ease else None,
            "html_bytes": self.html_bytes,
        }


async def check_edition(uow: UnitOfWork, row: Bulletin) -> Checked:
    """Looks an edition over as it would go out now."""
    file, must = await _must(uow, row)
    if file is None:
        return Checked(must, None, 0, None)
    calendar = await calendar_of(uow)
    reach = await reach_of(uow, row)
    size = len(fullest_html(file).encode())
    edition = await edition_of(uow, row, base_url="")
    leaves = calendar.local(max(row.send_at or uow.now, uow.now)).date()
    look = [each for each in advise(file, leaves=leaves, calendar=calendar) if each.level is Level.LOOK]
    look += _size(size)
    look += _times(row, uow.now, calendar)
    look += await _large_pictures(uow, row)
    look += _empty_blocks(edition, await _readers(uow, edition, reach))
    look += await _like_another(uow, row)
    if not reach.going and not reach.practice:
        look.append(Advice(Level.LOOK, "Readers", "Nobody would get it. Look at who it is for."))
    return Checked((*must, *look), length_of(file), size, reach)


async def blocking(uow: UnitOfWork, row: Bulletin) -> tuple[str, ...]:
    """Why nobody can approve this edition now, as sentences; empty when nothing stands in the way."""
    _, must = await _must(uow, row)
    return tuple(each.words for each in must)


def reach_in_words(reach: Reach) -> str:
    """Whom an edition will reach, and whom not, in sentences."""

    def people(count: int) -> str:
        return "1 person" if count == 1 else f"{count} people"

    said = [f"It will go to {people(len(reach.going))}."]
    if left := len(reach.left_series):
        said.append(f"{people(left)} left this series.")
    if refused := len(reach.refused):
        said.append(f"{people(refused)} {'has' if refused == 1 else 'have'} an address that mail cannot reach.")
    if practice := len(reach.practice):
        said.append(f"{people(practice)} would not get it because this is practice.")
    return " ".join(said)


async def _must(uow: UnitOfWork, row: Bulletin) -> tuple[BulletinFile | None, tuple[Advice, ...]]:
    """The edition's text, and everything about it that has to be mended. No text when it cannot be read any more."""
    found = await _unfinished(uow, row)
    calendar = await calendar_of(uow)
    today = calendar.local(uow.now).date()
    found += [
        Advice(Level.MUST, "Children", _sentence(each.message)) for each in identifier_problems(row.source, today)
    ]
    try:
        file = await parse_stored(uow, row)
    except FileProblems as wrong:
        found += [Advice(Level.MUST, "Text", _sentence(each.message)) for each in wrong.problems]
        return None, tuple(found)
    found += [each for each in advise(file, leaves=today, calendar=calendar) if each.level is Level.MUST]
    found += [Advice(Level.MUST, "E-mail", said) for said in unsendable(file)]
    return file, tuple(found)


async def _unfinished(uow: UnitOfWork, row: Bulletin) -> list[Advice]:
    beside = await uow.working_texts.get(row.id)
    if beside is None:
        return []
    person = None if beside.by is None else await uow.people.get(beside.by)
    who = "Somebody" if person is None else person.name
    words = f"{who} has not finished a change to this text. Finish it, or throw it away, where the text is written."
    return [Advice(Level.MUST, "Text", words)]


def _size(size: int) -> list[Advice]:
    if size <= ADVISED_BYTES:
        return []
    words = f"The e-mail can become {size // 1000} KB; mailboxes cut it off after 90 KB. Shorter is safer."
    return [Advice(Level.LOOK, "Size", words)]


def _times(row: Bulletin, now: datetime, calendar: WorkingCalendar) -> list[Advice]:
    if row.not_after is not None and row.not_after <= now:
        said = "Its last moment, “not after”, is over: nothing of it leaves unless it is given another."
        return [Advice(Level.LOOK, "Time", said)]
    if row.send_at is None:
        return []
    if row.send_at < now:
        said = "The time at which it is to leave is past: it leaves as soon as it is approved."
        return [Advice(Level.LOOK, "Time", said)]
    if next_sending_moment(row.send_at, calendar) != row.send_at:
        said = "It is to leave outside Monday to Friday, 08:00 to 18:00 on working days. It leaves then all the same."
        return [Advice(Level.LOOK, "Time", said)]
    return []


async def _large_pictures(uow: UnitOfWork, row: Bulletin) -> list[Advice]:
    found = []
    for image in await uow.bulletins.images(row.id):
        facts = picture_facts(image.content)
        if facts and facts.width > SHARP * COLUMN and len(image.content) > LARGE_PICTURE:
            words = (
                f"{image.name} is {facts.width} pixels wide and has {len(image.content) // 1000} KB; {SHARP * COLUMN} "
                "pixels are enough. A smaller picture loads on a phone."
            )
            found.append(Advice(Level.LOOK, "Pictures", words))
    return found


async def _readers(uow: UnitOfWork, edition: Edition, reach: Reach) -> list[Reader] | None:
    """What its readers would be shown; None when they are too many to ask."""
    people = [person.id for person in (*reach.going, *reach.practice)]
    if not any(edition.personal) or not 0 < len(people) <= MANY_READERS:
        return None
    return list((await readers_of(uow, edition, people)).values())


def _empty_blocks(edition: Edition, readers: list[Reader] | None) -> list[Advice]:
    """Live blocks that have nothing to show at the moment, once each."""
    found: dict[str, Advice] = {}
    done = {each.priority for each in edition.done if each.sessions or each.steps or each.surveys}
    for number, story in [(0, edition.file.opening), *enumerate((s.blocks for s in edition.file.stories), 1)]:
        for block in story:
            words = ""
            match block:
                case BriefingsBlock() if not chosen(edition.bookable, block):
                    words = "The list of dates is empty: no session can be booked now."
                case SurveysBlock() if readers is not None and not any(reader.surveys for reader in readers):
                    words = "No reader has a survey waiting: everybody would read that there is none."
                case DeadlinesBlock() if readers is not None and not any(reader.deadlines for reader in readers):
                    words = "No reader has a deadline near: everybody would read that there is none."
                case DoneBlock(priority) if priority not in done:
                    words = "Nothing was done in the time that “what was done” looks back on."
                case PreviousBlock() if not edition.earlier:
                    words = "There are no earlier editions to lead to."
            if words:
                found.setdefault(words, Advice(Level.LOOK, "Live blocks", words, number))
    return list(found.values())


async def _like_another(uow: UnitOfWork, row: Bulletin) -> list[Advice]:
    released = await uow.bulletins.released(series_id=row.series_id, limit=12)
    if any(each.title == row.title for each in released if each.id != row.id):
        return [Advice(Level.LOOK, "Subject", f"An earlier edition had the title “{row.title}” too.")]
    return []


def _place(advice: Advice) -> str:
    return f"story {advice.story}: " if advice.story else ""


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]


def _as_json(advice: Advice) -> dict[str, object]:
    return {name: value for name, value in asdict(advice).items() if name != "level"}
