"""Days and instants for the property tests, within the years whose holidays are verified, and a plain calendar."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from bot.rules.calendar import WorkingCalendar

ENGLAND = WorkingCalendar()

days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are naive by the strategy's contract
calendars = st.builds(WorkingCalendar, closures=st.frozensets(days, max_size=8))


def utc(text: str) -> datetime:
    """An instant from a local London time: `utc("2026-05-01 17:30")`."""
    local = datetime.fromisoformat(text)
    return ENGLAND.at_local(local.date(), local.time())


def london(instant: datetime) -> str:
    """The local London time of an instant, as `utc` reads it."""
    return f"{ENGLAND.local(instant):%Y-%m-%d %H:%M}"
