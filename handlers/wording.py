"""How moments are written for people: local time, in words."""

from datetime import datetime

from bot.conversation.reading import long_date
from bot.rules.calendar import WorkingCalendar


def local_moment(instant: datetime, calendar: WorkingCalendar) -> str:
    """An instant as people read it: Tuesday 5 May 2026, 13:00 (local time)."""
    return moment_in_words(calendar.local(instant))


def step_in_words(title: str, label: str) -> str:
    """A step of a deadline as people read it; a deadline that is its own only step is not said twice."""
    return title if label == title else f"{title}: {label}"


def moment_in_words(local: datetime) -> str:
    """A local moment as people read it."""
    return f"{local:%A} {long_date(local.date())}, {local:%H:%M}"
