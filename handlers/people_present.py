"""Whether somebody still takes part: a leave date ends access at once, on every door."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.partnership import NotSetUp, partnership_of
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

UNTIL_SET_UP = ZoneInfo("Europe/London")


async def has_left(uow: UnitOfWork, person: Person) -> bool:
    """Whether access has ended: the person left, or their last day (local date) is over."""
    if person.left_at is not None or person.leaves_on is None:
        return person.left_at is not None
    return last_day_is_over(person, today=await today_of(uow))


def last_day_is_over(person: Person, *, today: date) -> bool:
    """Whether the leave date is before today; the last day itself still counts."""
    return person.leaves_on is not None and person.leaves_on < today


async def today_of(uow: UnitOfWork) -> date:
    """Today's date where the partnership is."""
    return local_date(uow.now, await zone_of(uow))


async def zone_of(uow: UnitOfWork) -> ZoneInfo:
    """The time zone of the partnership."""
    try:
        return (await partnership_of(uow)).timezone
    except NotSetUp:
        return UNTIL_SET_UP


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The local date of an instant."""
    return instant.astimezone(zone).date()
