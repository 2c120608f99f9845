"""The clock of the story: it stands where it is put, until it is let go and tells the real time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.clock import Clock
from bot.rules.calendar import WorkingCalendar


class MovedClock:
    """A clock that a story moves. One for the database and the stand-in Slack, so that they agree."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._at: datetime | None = None

    def __call__(self) -> datetime:
        """The instant of the story, or the real one."""
        return self._at if self._at is not None else self._real()

    def move(self, at: datetime) -> None:
        """Puts the clock to an instant."""
        self._at = at

    def let_go(self) -> None:
        """From now on the clock goes by itself."""
        self._at = None


@dataclass(frozen=True, slots=True)
class When:
    """Moments as a story needs them: so many days before or after the day on which it is told, on working days."""

    now: datetime
    calendar: WorkingCalendar

    def ago(self, days: int, at: str = "10:00") -> datetime:
        """A local time on the working day on or before the day so many days ago, at least an hour past."""
        day = self.calendar.working_day_on_or_before(self.calendar.local_date(self.now) - timedelta(days=days))
        return min(self._at(day, at), self.now - timedelta(hours=1))

    def back(self, days: int, at: str = "10:00") -> datetime:
        """A local time so many working days before today: what happened lately keeps its order over any weekend."""
        return self.earlier(self.now, days, at)

    def ahead(self, days: int, at: str = "12:30") -> datetime:
        """A local time on the working day on or after the day in so many days."""
        day = self.calendar.working_day_on_or_after(self.calendar.local_date(self.now) + timedelta(days=days))
        return self._at(day, at)

    def later(self, begin: datetime, days: int, at: str) -> datetime:
        """A local time so many working days after another moment's day; 0 is the same day."""
        day = self.calendar.local_date(begin)
        return self._at(self.calendar.working_day_after(day, days) if days else day, at)

    def earlier(self, end: datetime, days: int, at: str) -> datetime:
        """A local time so many working days before another moment's day."""
        day = self.calendar.local_date(end)
        for _ in range(days):
            day = self.calendar.previous_working_day(day)
        return self._at(day, at)

    def at_ten(self, day: date) -> datetime:
        """Ten o'clock of a local day."""
        return self._at(day, "10:00")

    def minutes_ago(self, minutes: int) -> datetime:
        """So many minutes before the story is told, at any hour."""
        return self.now - timedelta(minutes=minutes)

    def local(self, instant: datetime) -> str:
        """An instant as files write it: 2026-12-09T12:30."""
        return f"{self.calendar.local(instant):%Y-%m-%dT%H:%M}"

    def day(self, instant: datetime) -> str:
        """The local date of an instant as files write it."""
        return self.calendar.local(instant).date().isoformat()

    def _at(self, day: date, at: str) -> datetime:
        return self.calendar.at_local(day, time.fromisoformat(at)).astimezone(UTC)
