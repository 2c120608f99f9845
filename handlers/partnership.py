"""The partnership as described by its file: read once per text, with the calendar that its rules use."""

from functools import lru_cache

from bot.files.partnership import Partnership, parse_partnership
from bot.rules.calendar import WorkingCalendar
from storage.unit_of_work import UnitOfWork


class NotSetUp(Exception):
    """No partnership file has been applied yet."""


async def partnership_of(uow: UnitOfWork) -> Partnership:
    """The partnership. Raises NotSetUp before the first `herald apply partnership.yaml`."""
    document = await uow.partnership.document()
    if document is None:
        raise NotSetUp("Herald does not know the partnership yet. Run: herald apply partnership.yaml")
    return _parsed(document)


async def calendar_of(uow: UnitOfWork) -> WorkingCalendar:
    """The working calendar of the partnership: time zone, bank holidays, closures, office hours."""
    return calendar_for(await partnership_of(uow))


def calendar_for(partnership: Partnership) -> WorkingCalendar:
    """The working calendar that a partnership file describes."""
    return WorkingCalendar(
        timezone=partnership.timezone.key,
        country=partnership.holidays.country,
        subdivision=partnership.holidays.subdivision,
        closures=frozenset(partnership.holidays.closures),
        opens=partnership.office_hours.opens,
        closes=partnership.office_hours.closes,
    )


@lru_cache(maxsize=8)
def _parsed(document: str) -> Partnership:
    return parse_partnership(document).value
