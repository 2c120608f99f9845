"""An edition with what its live blocks show now: to everybody, and to each of its readers."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from bot.conversation.reading import long_date
from bot.files.bulletin import parse_bulletin
from bot.files.bulletin_model import BulletinFile, PreviousBlock
from bot.files.pictures import picture_facts
from bot.rendering.bulletin import Asked, Bookable, Earlier, Edition, Owed, Picture, Reader
from bot.rendering.bulletin.edition import MOST_OWN, chosen
from bot.rules.calendar import WorkingCalendar
from bot.rules.edition_states import RELEASED
from bot.rules.seats import RefusalReason
from handlers.bookings.showing import opening_hours
from handlers.bookings.wording import levels_in_words, when
from handlers.bulletins.account import done_for, pledged_for
from handlers.partnership import calendar_of, partnership_of
from handlers.surveys.reading import subject_of
from handlers.wording import local_moment, step_in_words
from storage.bulletins import OpenSurvey
from storage.tables.briefings import Briefing
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork

EARLIER = 3


async def edition_of(uow: UnitOfWork, row: Bulletin, *, base_url: str, known: Edition | None = None) -> Edition:
    """The edition with pictures, dates and earlier editions as they are now.

    `known` is the same edition as loaded before: while its text has not changed, neither that nor pictures are read.
    """
    partnership = await partnership_of(uow)
    series = next((each for each in partnership.series if each.id == row.series_id), None)
    same = known if known is not None and known.content_hash == row.content_hash else None
    file = same.file if same else parse_bulletin(row.source, zone=partnership.timezone).value
    edition = Edition(
        file=file,
        content_hash=row.content_hash,
        series_title=series.title if series else row.series_id,
        from_name=series.from_name if series else partnership.name,
        pictures=same.pictures if same else await _pictures(uow, row.id, base_url=base_url),
        earlier=await _earlier(uow, row, file),
        released=row.state in RELEASED,
    )
    return await _with_live_blocks(uow, edition, row)


async def readers_of(uow: UnitOfWork, edition: Edition, people: Collection[int]) -> Mapping[int, Reader]:
    """What the live blocks show to each of these people, by id; asks only for what the edition shows."""
    wants_surveys, wants_deadlines = edition.personal
    calendar = await calendar_of(uow)
    surveys = await uow.bulletins.open_surveys(people) if wants_surveys else {}
    deadlines = await _deadlines(uow, set(people)) if wants_deadlines else {}
    return {
        person_id: Reader(
            surveys=tuple(_asked(survey, calendar) for survey in surveys.get(person_id, ())[:MOST_OWN]),
            deadlines=tuple(deadlines.get(person_id, ())[:MOST_OWN]),
        )
        for person_id in people
    }


async def _with_live_blocks(uow: UnitOfWork, edition: Edition, row: Bulletin) -> Edition:
    """What the live blocks show to everybody; nothing is asked that the text does not show."""
    return replace(
        edition,
        bookable=await _bookable(uow, edition) if edition.dates else (),
        pledged=await pledged_for(uow, edition) if edition.pledges else (),
        done=await done_for(uow, edition, row) if edition.accounts else (),
    )


async def _pictures(uow: UnitOfWork, bulletin_id: str, *, base_url: str) -> dict[str, Picture]:
    found = {}
    for image in await uow.bulletins.images(bulletin_id):
        facts = picture_facts(image.content)
        url = f"{base_url.rstrip('/')}/bulletins/{bulletin_id}/images/{image.served_as}"
        found[image.name] = Picture(url, facts.width if facts else 0, facts.height if facts else 0)
    return found


async def _bookable(uow: UnitOfWork, edition: Edition) -> tuple[Bookable, ...]:
    """The sessions that its lists show: they can be booked, or can be later; the next one first."""
    calendar = await calendar_of(uow)
    coming = [each for each in await uow.briefings.upcoming() if _shown(each, now=uow.now)]
    wanted = {each.id for block in edition.dates for each in chosen(coming, block)}
    found = [each for each in coming if each.id in wanted]
    counts = await uow.briefings.counts([each.id for each in found])
    return tuple(_session(each, counts[each.id], now=uow.now, calendar=calendar) for each in found)


def _shown(briefing: Briefing, *, now: datetime) -> bool:
    refused = opening_hours(briefing, now=now)
    return refused is None or refused.reason is RefusalReason.NOT_OPEN_YET


def _session(briefing: Briefing, counted: tuple[int, int], *, now: datetime, calendar: WorkingCalendar) -> Bookable:
    taken, waiting = counted
    opens = briefing.booking_opens_at > now
    full = (waiting or taken >= briefing.capacity) and not opens
    levels = levels_in_words(briefing.levels)
    said = (f"For {levels}" if levels else "", "All seats are taken; you can join the waiting list" if full else "")
    return Bookable(
        briefing.id,
        briefing.title,
        when(briefing, calendar),
        briefing.place,
        note=". ".join(part for part in said if part),
        opens=long_date(calendar.local_date(briefing.booking_opens_at)) if opens else "",
        kind=briefing.kind,
    )


async def _earlier(uow: UnitOfWork, row: Bulletin, file: BulletinFile) -> tuple[Earlier, ...]:
    if not any(isinstance(block, PreviousBlock) for block in file.blocks()):
        return ()
    released = await uow.bulletins.released(series_id=row.series_id, limit=200)
    began = row.began_at or uow.now
    before = [each for each in released if each.id != row.id and (each.began_at or began) <= began]
    return tuple(Earlier(each.title, f"/bulletins/{each.id}") for each in before[:EARLIER])


async def _deadlines(uow: UnitOfWork, people: set[int]) -> dict[int, list[Owed]]:
    found: dict[int, list[Owed]] = {}
    for owned in await uow.deadlines.open_steps():
        if owned.owner.id in people:
            title = step_in_words(owned.deadline.title, owned.step.label)
            owed = Owed(str(owned.step.id), title, long_date(owned.step.due_on))
            found.setdefault(owned.owner.id, []).append(owed)
    return found


def _asked(survey: OpenSurvey, calendar: WorkingCalendar) -> Asked:
    until = local_moment(survey.closes_at, calendar) if survey.closes_at else ""
    return Asked(subject_of(survey.survey_id, survey.about), survey.title, until)
