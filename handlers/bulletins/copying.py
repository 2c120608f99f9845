"""The next edition begins with the last one: its text and pictures under an id of its own, its approval left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from bot.conversation.reading import long_date
from bot.files.bulletin_fields import NotFields, fields_of, text_of
from bot.files.problems import FileProblems, Problem
from bot.rules.calendar import WorkingCalendar
from bot.rules.months import add_months
from bot.rules.spoken_dates import MONTHS
from handlers.apply import Applied, FileSource
from handlers.bulletins.applying import check, keep
from handlers.bulletins.drafting import FIRST_STORY, front_matter, local_time
from handlers.bulletins.naming import MONTH, YEAR, free_id
from handlers.bulletins.working import judge, put_beside
from handlers.partnership import calendar_of
from storage.tables.bulletins import Bulletin
from storage.tables.people import Person
from storage.turns import take_turns
from storage.unit_of_work import UnitOfWork

USUAL_TIME: Final = time(9)
ORDINALS: Final = ("first", "second", "third", "fourth", "last")


class Rule(StrEnum):
    """How the next date follows from the last one."""

    WEEKDAY = "weekday"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A time for the next edition: `at` is local; `why` says in words where it comes from."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Next:
    """What the page of a copy begins with. The first suggestion is the usual one."""

    title: str
    suggestions: tuple[Suggestion, ...]


async def next_of(uow: UnitOfWork, row: Bulletin) -> Next:
    """What the next edition after this one would be called, and when it could leave."""
    calendar = await calendar_of(uow)
    last = calendar.local(row.send_at or row.began_at or uow.now)
    today = calendar.local(uow.now).date()
    weekday, day = (_after(rule, last, today, calendar) for rule in (Rule.WEEKDAY, Rule.DAY))
    found = (weekday,) if weekday.at == day.at else (weekday, day)
    return Next(title_for(row.title, last.date(), weekday.at.date()), found)


async def copy(uow: UnitOfWork, row: Bulletin, *, title: str, send_at: str, by: Person) -> Applied:
    """Keeps a new draft with the text and the pictures of an edition. `send_at` is local time, or empty.

    Raises FileProblems with what is wrong in the fields, or when the old text names a child. An old text that is not
    right any more becomes the unfinished text of the new edition, so that it can be mended there.
    """
    calendar = await calendar_of(uow)
    when = local_time(send_at, calendar.zone)
    local = calendar.local(when or uow.now)
    await take_turns(uow)
    near = local if when else (await next_of(uow, row)).suggestions[0].at
    bulletin_id = await free_id(uow, row.series_id, title=title, near=near.date())
    pictures = {image.name: image.content for image in await uow.bulletins.images(row.id)}
    text = _text(row, bulletin_id, title=title, send_at=local if when else None, calendar=calendar)
    judged = await judge(uow, bulletin_id, text, pictures)
    if judged.found or _about_fields(judged.problems):
        raise FileProblems(judged.problems)
    if judged.written is not None:
        return await keep(uow, FileSource("bulletin", text, by=by), judged.written)
    front = front_matter(bulletin_id, title=title, series_id=row.series_id, send_at=local if when else None)
    kept = await _kept(uow, front + FIRST_STORY, {}, by)
    made = await uow.bulletins.get(bulletin_id, lock=True)
    if made is not None:
        await put_beside(uow, made, judged, by=by)
    return kept


def title_for(title: str, last: date, coming: date) -> str:
    """The title with the month and the year of the coming edition, where it names those of the last one."""
    names = {month.casefold() for month in MONTH.findall(title)}
    if names == {MONTHS[last.month - 1]}:
        title = MONTH.sub(MONTHS[coming.month - 1].capitalize(), title)
    if set(YEAR.findall(title)) == {str(last.year)}:
        title = YEAR.sub(str(coming.year), title)
    return title


def next_day(rule: Rule, last: date, after: date) -> date:
    """The day of the edition that follows `last` in a later month and lies after `after`.

    It is the same weekday of the month, or the same day. A fifth weekday means the last one of a month, and so does
    a day that a month has not.
    """
    months = 1
    while True:
        first = add_months(last.replace(day=1), months)
        found = _weekday_of(first, last) if rule is Rule.WEEKDAY else add_months(last, months)
        if found > after:
            return found
        months += 1


def _after(rule: Rule, last: datetime, today: date, calendar: WorkingCalendar) -> Suggestion:
    day = next_day(rule, last.date(), today)
    works = calendar.working_day_on_or_after(day)
    clock = last.time().replace(second=0, microsecond=0) if last.time() != time(0) else USUAL_TIME
    if rule is Rule.WEEKDAY:
        place = ORDINALS[min((last.day - 1) // 7, 4)]
        why = f"the {place} {day:%A} of the month"
    else:
        why = f"on the same day of the month, {day.day} {day:%B}"
    moved = f"; {long_date(day)} is no working day" if works != day else ""
    return Suggestion(datetime.combine(works, clock), f"{why}{moved}")


def _weekday_of(first: date, last: date) -> date:
    place = (last.day - 1) // 7
    day = first + timedelta(days=(last.weekday() - first.weekday()) % 7 + 7 * place)
    return day if day.month == first.month else day - timedelta(days=7)


def _text(row: Bulletin, bulletin_id: str, *, title: str, send_at: datetime | None, calendar: WorkingCalendar) -> str:
    try:
        fields = fields_of(row.source)
    except NotFields:  # kept by an older version: only its stories are taken over
        body = row.source.partition("\n---\n")[2]
        return front_matter(bulletin_id, title=title, series_id=row.series_id, send_at=send_at) + body
    last = _not_after(row, send_at, calendar)
    written = replace(
        fields,
        id=bulletin_id,
        title=title,
        send_at=f"{send_at:%Y-%m-%dT%H:%M}" if send_at else "",
        not_after=f"{last:%Y-%m-%dT%H:%M}" if last else "",
        author="",
    )
    return text_of(written, before=row.source)


def _not_after(row: Bulletin, send_at: datetime | None, calendar: WorkingCalendar) -> datetime | None:
    """As many days later as with the edition before, on a working day at the same time of day."""
    if row.not_after is None or row.send_at is None or send_at is None:
        return None
    was, until = calendar.local(row.send_at), calendar.local(row.not_after)
    day = calendar.working_day_on_or_after(send_at.date() + (until.date() - was.date()))
    found = datetime.combine(day, until.time())
    return found if found > send_at.replace(tzinfo=None) else None


def _about_fields(problems: tuple[Problem, ...]) -> bool:
    return any(problem.where == "title" and problem.severity == "error" for problem in problems)


async def _kept(uow: UnitOfWork, text: str, pictures: Mapping[str, bytes], by: Person) -> Applied:
    return await keep(uow, FileSource("bulletin", text, by=by), await check(uow, text, pictures))
