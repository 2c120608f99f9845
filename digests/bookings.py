"""What the clock does about bookings: offers that run out, free seats, reminders, evaluations, leavers.

Nothing depends on a sweep having come by: every transaction settles its session first (`handlers/bookings/seats.py`).
"""

from datetime import timedelta

from bot.rules.booking_states import REGISTERED, BookingState
from bot.rules.seats import promotion_cutoff
from digests.sweep import Sweep
from handlers.bookings.cancelling import leave
from handlers.bookings.seats import settle
from handlers.bookings.sessions import hold
from handlers.bookings.telling import tell
from handlers.partnership import NotSetUp, calendar_of
from handlers.surveys.opening import invite
from handlers.surveys.reading import NoSuchSurvey
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

SOON = timedelta(hours=1)
EVALUATE_AFTER = timedelta(hours=1)
EVALUATE_UNTIL = timedelta(days=14)
"""A session that was loaded long after it took place, for its register, asks nobody."""
DAY, HOUR = "session.reminder-day", "session.reminder-hour"


async def settle_all(store: Store) -> int:
    """Lets run-out offers and requests lapse and hands free seats on, session by session."""
    async with store.reading() as uow:
        ids = await uow.briefings.unsettled()
    done = 0
    for briefing_id in ids:
        async with store.transaction() as uow:
            held = await hold(uow, briefing_id)
            done += 0 if held is None else (await settle(uow, held)).changed
    return done


async def remind(store: Store) -> int:
    """Reminds everybody with a seat one working day and one hour before, once each; a moved session reminds again."""
    async with store.reading() as uow:
        try:
            calendar = await calendar_of(uow)
        except NotSetUp:
            return 0
        due: list[tuple[str, str]] = []
        for briefing in await uow.briefings.upcoming():
            if uow.now >= briefing.starts_at - SOON:
                due.append((briefing.id, HOUR))
            elif uow.now >= promotion_cutoff(briefing.starts_at, calendar):
                due.append((briefing.id, DAY))
    told = 0
    for briefing_id, kind in due:
        async with store.transaction() as uow:
            told += await _remind(uow, briefing_id, kind)
    return told


async def _remind(uow: UnitOfWork, briefing_id: str, kind: str) -> int:
    held = await hold(uow, briefing_id)
    if held is None or held.started(uow.now):
        return 0
    since = held.briefing.starts_at - SOON if kind == HOUR else held.cutoff
    _, waiting = (await uow.briefings.counts([briefing_id]))[briefing_id]
    told = 0
    for booking, person in await uow.briefings.unreminded(briefing_id, kind=kind, since=since, confirmed_before=since):
        told += await tell(
            uow,
            person,
            held.briefing,
            booking,
            kind=kind,
            key=held.briefing.starts_at.isoformat(),
            not_after=held.briefing.starts_at,
            hour=kind == HOUR,
            waiting=waiting,
        )
    return told


async def ask_for_evaluations(store: Store) -> int:
    """An hour after the end those who came are asked how it was; everybody with a seat, where there is no register yet.

    A register that is taken or put right later asks those who were not asked before.
    """
    async with store.reading() as uow:
        ids = await uow.briefings.to_evaluate(ended_before=uow.now - EVALUATE_AFTER)
    asked = 0
    for briefing_id in ids:
        async with store.transaction() as uow:
            asked += await _evaluate(uow, briefing_id)
    return asked


async def _evaluate(uow: UnitOfWork, briefing_id: str) -> int:
    held = await hold(uow, briefing_id)
    if held is None or held.briefing.evaluation_asked_at is not None:
        return 0
    held.briefing.evaluation_asked_at = uow.now
    if uow.now >= held.briefing.ends_at + EVALUATE_UNTIL:
        return 0
    people = await _who_came(uow, briefing_id)
    try:
        asked = await invite(uow, survey_id=held.briefing.evaluation, people=people, about=briefing_id)
    except NoSuchSurvey:
        uow.audit.add("briefing.evaluation-missing", thing=briefing_id, detail={"survey": held.briefing.evaluation})
        return 0
    uow.audit.add("briefing.evaluation-asked", thing=briefing_id, detail={"people": asked})
    return asked


async def _who_came(uow: UnitOfWork, briefing_id: str) -> list[Person]:
    found = await uow.briefings.bookings(briefing_id, states=[BookingState.CONFIRMED, *sorted(REGISTERED)])
    registered = any(booking.state in REGISTERED for booking, _ in found)
    came = (BookingState.ATTENDED, BookingState.PARTIAL) if registered else (BookingState.CONFIRMED,)
    return [person for booking, person in found if booking.state in came and person.left_at is None]


async def leavers(store: Store) -> int:
    """Bookings of people who have left are given back, and the next in the queue is offered the seat."""
    async with store.reading() as uow:
        bookings = await uow.briefings.of_leavers()
    done = 0
    for _, reference in bookings:
        async with store.transaction() as uow:
            done += await leave(uow, reference=reference)
    return done


SWEEPS = (
    Sweep("bookings: seats", 30.0, settle_all),
    Sweep("bookings: reminders", 60.0, remind),
    Sweep("bookings: evaluations", 300.0, ask_for_evaluations),
    Sweep("bookings: leavers", 600.0, leavers),
)
