"""What the live blocks `pledge` and `done` say about the time that has passed.

Of deadlines only those are named that are about the partnership's own work: a review or a notification is about a
child, and that there is one does not belong in a bulletin (law 8).
"""

from datetime import datetime, time, timedelta
from typing import Final

from bot.conversation.reading import long_date
from bot.rendering.bulletin.account import MOST_OF_EACH, Done, FinishedStep, HeardSurvey, HeldSession, Pledged
from bot.rendering.bulletin.edition import Edition
from bot.rules.calendar import WorkingCalendar
from bot.rules.pledge_checkins import Answer
from handlers.partnership import calendar_of, partnership_of
from handlers.surveys.results import status_of
from handlers.wording import step_in_words
from storage.happened import (
    Period,
    last_answers,
    pledges_made,
    sessions_held,
    steps_done,
    surveys_closed,
)
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork

OWN_WORK: Final = frozenset(
    {
        "learning-hub-cycle",
        "action-plan-6-months",
        "action-plan-12-months",
        "impact-review",
        "section-11",
        "self-assessment",
        "annual-report",
    }
)
A_MONTH: Final = timedelta(days=31)


async def pledged_for(uow: UnitOfWork, edition: Edition) -> tuple[Pledged, ...]:
    """The pledges to each priority to which the edition invites."""
    found = []
    for priority in edition.pledges:
        said = await last_answers(uow, priority)
        kept, partly = said.count(Answer.KEPT), said.count(Answer.PARTLY)
        found.append(Pledged(priority, await pledges_made(uow, priority), kept, partly, len(said) - kept - partly))
    return tuple(found)


async def done_for(uow: UnitOfWork, edition: Edition, row: Bulletin) -> tuple[Done, ...]:
    """What was done for each `done` block, up to the moment at which the edition began to go out."""
    calendar = await calendar_of(uow)
    until = row.began_at or uow.now
    found = []
    for priority in edition.accounts:
        since = await _began(uow, priority, calendar) if priority else await _last_edition(uow, row, until)
        found.append(await _done(uow, Period(since, until, priority), calendar))
    return tuple(found)


async def _done(uow: UnitOfWork, period: Period, calendar: WorkingCalendar) -> Done:
    def day(instant: datetime) -> str:
        return long_date(calendar.local_date(instant))

    sessions = await sessions_held(uow, period)
    steps = await steps_done(uow, period, kinds=OWN_WORK)
    surveys = [(one, await status_of(uow, survey_id=one.id)) for one in await surveys_closed(uow, period)]
    return Done(
        priority=period.priority,
        since=day(period.since),
        sessions=tuple(
            HeldSession(one.briefing.title, day(one.briefing.starts_at), one.people, one.agencies) for one in sessions
        )[:MOST_OF_EACH],
        steps=tuple(
            FinishedStep(
                step_in_words(deadline.title, step.label), day(step.done_at), in_time=step.done_at < step.due_before
            )
            for deadline, step in steps
            if step.done_at is not None
        )[:MOST_OF_EACH],
        surveys=tuple(HeardSurvey(one.title, status.invited, status.replied) for one, status in surveys)[:MOST_OF_EACH],
    )


async def _began(uow: UnitOfWork, priority: str, calendar: WorkingCalendar) -> datetime:
    partnership = await partnership_of(uow)
    starts = next((each.starts for each in partnership.priorities if each.id == priority), None)
    return uow.now - A_MONTH if starts is None else calendar.at_local(starts, time(0, 0))


async def _last_edition(uow: UnitOfWork, row: Bulletin, until: datetime) -> datetime:
    """When the edition of this series before this one began to go out; a month ago, if there was none."""
    released = await uow.bulletins.released(series_id=row.series_id, limit=200)
    before = [one.began_at for one in released if one.id != row.id and one.began_at is not None]
    return max((at for at in before if at < until), default=until - A_MONTH)
