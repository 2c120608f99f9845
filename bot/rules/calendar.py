"""The working calendar: which local days are worked, and what a local time is in UTC.

Instants are timezone-aware UTC; days and clock times are local (`Europe/London` unless the partnership file says
otherwise). Source of the rules: reference/booking-escalation-deadlines.md 3.2 (1), (7), (9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

LAST_VERIFIED_YEAR = 2027
"""The last year whose English bank holidays were compared with the dates that GOV.UK publishes."""

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of one year.

    England needs its subdivision: plain `GB` lacks Easter Monday and the August holiday (vacanza/holidays #1449).
    """
    return frozenset(country_holidays(country, subdiv=subdivision, years=year))


@dataclass(frozen=True, kw_only=True)
class WorkingCalendar:
    """Monday to Friday, without the public holidays, without the partnership's own closures.

    `closures` are local (an office move, say) and never lengthen a statutory clock: see `statutory`.
    `proclaimed` are bank holidays announced since the bundled table was made; they count everywhere.
    Raises `ValueError`, with words for the person who wrote the file, when the parts do not fit together.
    """

    timezone: str = "Europe/London"
    country: str = "GB"
    subdivision: str | None = "ENG"
    closures: frozenset[date] = frozenset()
    proclaimed: frozenset[date] = frozenset()
    opens: time = time(9)
    closes: time = time(17)
    verified_until: int = LAST_VERIFIED_YEAR

    def __post_init__(self) -> None:
        object.__setattr__(self, "closures", frozenset(self.closures))
        object.__setattr__(self, "proclaimed", frozenset(self.proclaimed))
        if self.opens >= self.closes:
            raise ValueError("The office has to open before it closes. Check office_hours: from and to.")
        try:
            ZoneInfo(self.timezone)
        except (KeyError, OSError, ValueError):  # not found, a folder of the zone data, an impossible name
            raise ValueError(f'"{self.timezone}" is not a time zone. Write one such as Europe/London.') from None
        try:
            public_holidays(self.country, self.subdivision, self.verified_until)
        except NotImplementedError:
            raise ValueError(
                f"No public holidays are known for {self.country} {self.subdivision or ''}".rstrip()
                + ". For England write country: GB and subdivision: ENG."
            ) from None

    @cached_property
    def statutory(self) -> WorkingCalendar:
        """The same calendar for clocks set by law or national guidance: local closures do not count."""
        return replace(self, closures=frozenset()) if self.closures else self

    # Days

    def is_working_day(self, day: date) -> bool:
        return (
            day.weekday() < SATURDAY
            and day not in self.closures
            and day not in self.proclaimed
            and day not in public_holidays(self.country, self.subdivision, day.year)
        )

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after `day`."""
        return self.working_day_on_or_after(day + ONE_DAY)

    def previous_working_day(self, day: date) -> date:
        """The last working day strictly before `day`."""
        return self.working_day_on_or_before(day - ONE_DAY)

    def working_day_on_or_after(self, day: date) -> date:
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def working_day_on_or_before(self, day: date) -> date:
        while not self.is_working_day(day):
            day -= ONE_DAY
        return day

    def working_day_after(self, day: date, n: int) -> date:
        """The n-th working day strictly after `day`, which itself may or may not be one (rule 2)."""
        _at_least_one(n)
        for _ in range(n):
            day = self.next_working_day(day)
        return day

    def working_day_before(self, day: date, n: int) -> date:
        """The n-th working day strictly before `day`."""
        _at_least_one(n)
        for _ in range(n):
            day = self.previous_working_day(day)
        return day

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie strictly after one day, up to and including the other; 0 if it is not later."""
        return sum(1 for day in days_after(after, until) if self.is_working_day(day))

    def provisional(self, day: date) -> bool:
        """Whether the holidays of that year still have to be confirmed (rule 9)."""
        return day.year > self.verified_until

    # Instants

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def local(self, instant: datetime) -> datetime:
        """The same instant on the local clock. Raises `ValueError` for a time without a zone."""
        if instant.tzinfo is None:
            raise ValueError("This time has no zone; instants are UTC.")
        return instant.astimezone(self.zone)

    def local_date(self, anchor: date) -> date:
        """Day 0 of a count: the local date of an instant; a plain date is local already."""
        return self.local(anchor).date() if isinstance(anchor, datetime) else anchor

    def at_local(self, day: date, clock: time) -> datetime:
        """The UTC instant at which the local clock shows this time (rule 7).

        A time that the clock skips in spring becomes the first valid minute after it; a time that comes twice in
        autumn means its first occurrence.
        """
        wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
        if not self._exists(wall):
            wall = wall.replace(second=0, microsecond=0)
            while not self._exists(wall):
                wall += timedelta(minutes=1)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def start_of(self, day: date) -> datetime:
        """The UTC instant at which a local day begins."""
        return self.at_local(day, time(0))

    def end_of(self, day: date) -> datetime:
        """The exclusive UTC bound of a local day: an instant before it is still that day."""
        return self.start_of(day + ONE_DAY)

    def office_day(self, day: date) -> tuple[datetime, datetime]:
        """Opening and closing of an office day in UTC; half-open, so the closing moment is outside (rule 4)."""
        return self.at_local(day, self.opens), self.at_local(day, self.closes)

    def _exists(self, wall: datetime) -> bool:
        there_and_back = wall.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)
        return there_and_back.replace(tzinfo=None, fold=0) == wall


def days_after(after: date, until: date) -> Iterable[date]:
    """Every calendar day strictly after one day, up to and including the other."""
    return (after + timedelta(days=k) for k in range(1, (until - after).days + 1))


def _at_least_one(n: int) -> None:
    if n < 1:
        raise ValueError(f"A count of working days starts at 1, not {n}.")
