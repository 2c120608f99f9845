"""What a press on Send would do, said beforehand: to how many, when, and whether the time is unusual.

Rule: settled.md, Hours (a `send_at` outside the sending hours warns at release).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.rules.edition_states import EditionState
from bot.rules.working_time import next_sending_moment
from bot.settings import MailSettings
from handlers.bulletins.finding import Refused
from handlers.bulletins.freezing import Reach, reach_of
from handlers.bulletins.progress import Forecast, forecast
from handlers.bulletins.releasing import why_not_schedule
from handlers.partnership import calendar_of
from handlers.wording import moment_in_words
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork

PAST: Final = "That time is past. Choose a later one, or send it now."


@dataclass(frozen=True, slots=True)
class Plan:
    """An edition as it would leave. `at` and `usual` are local times in words; `at` is empty for now.

    `usual` is the next moment in sending hours, empty when the chosen one is such a moment.
    """

    at: str
    usual: str
    reach: Reach
    takes: Forecast


async def plan_of(
    uow: UnitOfWork,
    row: Bulletin,
    *,
    at: datetime | None,
    not_after: datetime | None = None,
    mail: MailSettings | None,
) -> Plan:
    """What sending it at a time, or now, would mean. Raises Refused with why it cannot be sent then."""
    if why := why_not_schedule(row, at=at or uow.now, not_after=not_after):
        raise Refused(why)
    if at is not None and at < uow.now:
        raise Refused(PAST)
    return await _plan(uow, row, at=at, mail=mail)


async def plan_of_approval(uow: UnitOfWork, row: Bulletin, *, mail: MailSettings | None) -> Plan | None:
    """What approving a draft would send at once, because the time in its text is past; None when it sends nothing."""
    if row.state != EditionState.DRAFT or not is_due(row, now=uow.now):
        return None
    return await _plan(uow, row, at=None, mail=mail)


def is_due(row: Bulletin, *, now: datetime) -> bool:
    """Whether its time has come, so that nothing but an approval keeps it here."""
    return row.send_at is not None and row.send_at <= now and row.began_at is None


async def proposal(uow: UnitOfWork, row: Bulletin) -> tuple[bool, str]:
    """How the choice of a time begins: whether now is chosen, and the local time in the field.

    An edition's own time comes first; else, outside the sending hours, the next moment in them.
    """
    calendar = await calendar_of(uow)
    usual = next_sending_moment(uow.now, calendar)
    own = row.send_at if row.send_at is not None and row.send_at > uow.now else None
    chosen = own or (usual if usual != uow.now else None)
    return chosen is None, f"{calendar.local(chosen):%Y-%m-%dT%H:%M}" if chosen else ""


async def _plan(uow: UnitOfWork, row: Bulletin, *, at: datetime | None, mail: MailSettings | None) -> Plan:
    calendar = await calendar_of(uow)
    when = at or uow.now
    usual = next_sending_moment(when, calendar)
    reach = await reach_of(uow, row)
    takes = await forecast(uow, row, people=len(reach.going), mail=mail, begins=when)
    return Plan(
        at=moment_in_words(calendar.local(at)) if at else "",
        usual=moment_in_words(calendar.local(usual)) if usual != when else "",
        reach=reach,
        takes=takes,
    )
