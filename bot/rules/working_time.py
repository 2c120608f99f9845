"""Every clock of Herald: statutory days, service days, working hours, elapsed hours, months.

An anchor is a UTC instant or a local date; a due moment is a UTC instant that is itself too late: on time means
`t < due`. Source: reference/booking-escalation-deadlines.md 3.2 (2) to (6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.rules.calendar import WorkingCalendar
from bot.rules.months import add_months

SENDING_OPENS, SENDING_CLOSES = time(8), time(18)
"""Local hours in which invitations, reminders and nudges may leave, on working days only."""

NO_TIME = timedelta(0)


class Unit(StrEnum):
    WORKING_HOURS = "working hours"
    WORKING_DAYS = "working days"
    ELAPSED_HOURS = "hours"


@dataclass(frozen=True)
class Duration:
    """A length of time as a partnership file writes it: `4h` (working), `2d` (working), `24h elapsed`."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        unit = self.unit.value
        return f"{self.amount} {unit if self.amount != 1 else unit.removesuffix('s')}"

    def elapsed(self) -> Duration:
        """The same length on a clock that never stops, for urgent matters; a day is then 24 hours."""
        hours = self.amount * 24 if self.unit is Unit.WORKING_DAYS else self.amount
        return Duration(hours, Unit.ELAPSED_HOURS)


@dataclass(frozen=True, kw_only=True)
class Due:
    """When something is due.

    `on` is the local date to show, `before` the exclusive UTC bound, `working_target` the last working day on which
    it can be done in time, `provisional` says that the holidays of that year are not confirmed yet.
    """

    on: date
    before: datetime
    working_target: date
    provisional: bool


_DURATION = re.compile(r"(-?\d{1,6})\s*(h|d)(\s+elapsed)?", re.IGNORECASE)


def parse_duration(text: str) -> Duration:
    """Reads `4h`, `2d` or `24h elapsed`. Raises `ValueError` saying what to write instead."""
    match = _DURATION.fullmatch(text.strip())
    if not match or (match[3] and match[2].lower() == "d"):
        raise ValueError(
            f'"{text}" is not a length of time. Write working hours as 4h, working days as 2d, or 24h elapsed.'
        )
    amount = int(match[1])
    if amount < 1:
        raise ValueError(f'"{text}" leaves no time at all. Write at least 1h or 1d.')
    if match[3]:
        return Duration(amount, Unit.ELAPSED_HOURS)
    return Duration(amount, Unit.WORKING_HOURS if match[2].lower() == "h" else Unit.WORKING_DAYS)


def due_at(anchor: datetime, duration: Duration, calendar: WorkingCalendar, *, urgent: bool = False) -> datetime:
    """The UTC moment at which a duration has run out; days follow the service count, `urgent` reads it as elapsed.

    Raises `ValueError` for a duration of no time or less.
    """
    if duration.amount < 1:
        raise ValueError(f"A length of time is at least 1, not {duration.amount}.")
    if urgent:
        duration = duration.elapsed()
    match duration.unit:
        case Unit.ELAPSED_HOURS:
            return anchor + timedelta(hours=duration.amount)
        case Unit.WORKING_HOURS:
            return add_working_hours(anchor, duration.amount, calendar)
        case Unit.WORKING_DAYS:
            return service_due(anchor, duration.amount, calendar)


def statutory_due(anchor: date, days: int, calendar: WorkingCalendar) -> Due:
    """Rule 2: the end of the n-th working day strictly after the anchor's local date. Local closures do not count."""
    day = calendar.statutory.working_day_after(calendar.local_date(anchor), days)
    return due_on(day, calendar)


def working_days_due(anchor: date, days: int, calendar: WorkingCalendar) -> Due:
    """As the statutory count, for the partnership's own steps: days on which its offices are closed do not count."""
    return due_on(calendar.working_day_after(calendar.local_date(anchor), days), calendar)


def months_due(anchor: date, months: int, calendar: WorkingCalendar) -> Due:
    """Rule 6: clamped to the end of the month. The date is shown unchanged even on a Sunday; see `working_target`."""
    return due_on(add_months(calendar.local_date(anchor), months), calendar)


def due_on(day: date, calendar: WorkingCalendar) -> Due:
    """Due by the end of a given local day."""
    return Due(
        on=day,
        before=calendar.end_of(day),
        working_target=calendar.working_day_on_or_before(day),
        provisional=calendar.provisional(day),
    )


def service_due(anchor: date, days: int, calendar: WorkingCalendar) -> datetime:
    """Rule 3: closing time on the n-th working day strictly after the anchor's local date, whatever its hour."""
    day = calendar.working_day_after(calendar.local_date(anchor), days)
    return calendar.at_local(day, calendar.closes)


def add_working_hours(anchor: datetime, hours: float, calendar: WorkingCalendar) -> datetime:
    """Rule 4: an anchor outside the office day starts at the next opening; 8 hours from opening end at closing."""
    if hours < 0:
        raise ValueError("Working hours cannot be negative.")
    left = timedelta(hours=hours)
    day = calendar.working_day_on_or_after(calendar.local_date(anchor))
    while True:
        opening, closing = calendar.office_day(day)
        start = max(anchor, opening)
        if start < closing:
            if left <= closing - start:
                return start + left
            left -= closing - start
        day = calendar.next_working_day(day)


def subtract_working_hours(bound: datetime, hours: float, calendar: WorkingCalendar) -> datetime:
    """The working moment that lies so many working hours before a bound: when an early warning is sent.

    A bound outside the office day counts from the last closing. The answer is always inside office hours, so a
    warning falls on Tuesday at opening and not on Monday at closing.
    """
    if hours <= 0:
        raise ValueError("A warning lies at least a little before the moment it warns of.")
    left = timedelta(hours=hours)
    day = calendar.working_day_on_or_before(calendar.local_date(bound))
    while True:
        opening, closing = calendar.office_day(day)
        end = min(bound, closing)
        if end > opening:
            if left <= end - opening:
                return end - left
            left -= end - opening
        day = calendar.previous_working_day(day)


def working_hours_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> float:
    """How many working hours lie between two moments; 0 if the second is not later."""
    total = NO_TIME
    day, last = calendar.local_date(start), calendar.local_date(end)
    while day <= last:
        if calendar.is_working_day(day):
            opening, closing = calendar.office_day(day)
            total += max(NO_TIME, min(end, closing) - max(start, opening))
        day += timedelta(days=1)
    return total / timedelta(hours=1)


def next_sending_moment(now: datetime, calendar: WorkingCalendar) -> datetime:
    """Now, if a reminder may leave now; otherwise the next moment at which it may (08:00 to 18:00, working days)."""
    day = calendar.working_day_on_or_after(calendar.local_date(now))
    if now >= calendar.at_local(day, SENDING_CLOSES):
        day = calendar.next_working_day(day)
    return max(now, calendar.at_local(day, SENDING_OPENS))
