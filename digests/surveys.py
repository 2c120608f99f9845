"""What happens to surveys by the clock: they open, remind those who have not replied, close, and forget in time."""

import logging
from datetime import timedelta

from digests.sweep import Sweep
from handlers.surveys.limits import full_before
from handlers.surveys.opening import CannotOpen, close_survey, invitation_message, open_survey
from handlers.surveys.reading import file_of, is_open, session_title
from handlers.surveys.retention import forget_old_sessions, forget_what_is_old
from storage.surveys import CLOSED, OPEN
from storage.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)
EVERY_S = 60.0
HOURLY_S = 3600.0


async def open_due(store: Store) -> int:
    """Opens drafts whose time has come, each in a unit of its own."""
    async with store.reading() as uow:
        due = await uow.surveys.to_open()
    opened = 0
    for survey_id in due:
        try:
            async with store.transaction() as uow:
                await open_survey(uow, survey_id=survey_id)
                opened += 1
        except CannotOpen as reason:  # its page says the same to the coordinator
            log.warning("survey %s was not opened: %s", survey_id, reason)
    return opened


async def remind(store: Store) -> int:
    """Reminds people who have not replied, on the days of the file, never after the close.

    Days that were missed are one reminder, not several. Nobody is told who was reminded.
    """
    async with store.reading() as uow:
        surveys = [survey.id for survey in await uow.surveys.in_state(OPEN)]
    sent = 0
    for survey_id in surveys:
        async with store.transaction() as uow:
            sent += await _remind_about(uow, survey_id)
    return sent


async def _remind_about(uow: UnitOfWork, survey_id: str) -> int:
    survey = await uow.surveys.get(survey_id, lock=True)
    if survey is None or not is_open(survey, uow.now):
        return 0
    told = 0
    days = file_of(survey).schedule.reminders_after_days
    for number, day in reversed(list(enumerate(days, start=1))):
        before = uow.now - timedelta(days=day)
        for silent in await uow.surveys.silent(survey_id, invited_before=before, reminders=number):
            silent.invitation.reminders_sent = number
            if not silent.person.nudges or await full_before(uow, survey, file_of(survey), silent.person):
                continue
            session = await session_title(uow, silent.invitation.about)
            message = invitation_message(survey, silent.invitation, session=session, reminder=number)
            told += (await uow.deliveries.tell(silent.person, message)).queued
        await uow.surveys.flush()
    return told


async def close_due(store: Store) -> int:
    """Closes surveys whose time is over."""
    async with store.reading() as uow:
        due = await uow.surveys.to_close()
    for survey_id in due:
        async with store.transaction() as uow:
            await close_survey(uow, survey_id=survey_id)
    return len(due)


async def forget(store: Store) -> int:
    """Deletes replies and invitations whose time is over; the figures stay as they were."""
    async with store.reading() as uow:
        closed = [survey.id for survey in await uow.surveys.in_state(CLOSED)]
        still_open = [survey.id for survey in await uow.surveys.in_state(OPEN)]
    forgotten = 0
    for survey_id in still_open:
        async with store.transaction() as uow:
            forgotten += await forget_old_sessions(uow, survey_id=survey_id)
    for survey_id in closed:
        async with store.transaction() as uow:
            forgotten += await forget_what_is_old(uow, survey_id=survey_id)
    return forgotten


SWEEPS = (
    Sweep("surveys: open", EVERY_S, open_due),
    Sweep("surveys: remind", EVERY_S * 5, remind),
    Sweep("surveys: close", EVERY_S, close_due),
    Sweep("surveys: forget", HOURLY_S, forget),
)
