"""When people are reminded of a deadline, and who: the ladder as data.

Days are local. Source: reference/booking-escalation-deadlines.md 3.4; sending hours are in `working_time`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.rules.calendar import WorkingCalendar

LONG_FROM = 16
"""A deadline is long when at least so many working days lie between its creation and its due date."""

SNOOZES_ALLOWED = 2


class Whom(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    EXECUTIVE = "executive"


class Count(StrEnum):
    CALENDAR_DAYS = "calendar days"
    WORKING_DAYS = "working days"
    HALF_WAY = "half-way"


@dataclass(frozen=True)
class Tread:
    """A rung before it has a date: so many days before (negative) or after the due date."""

    key: str
    days: int
    count: Count
    whom: tuple[Whom, ...]


OWNER, MANAGER, EXECUTIVE = (Whom.OWNER,), (Whom.MANAGER,), (Whom.EXECUTIVE,)

LONG = (
    Tread("30-days-before", -30, Count.CALENDAR_DAYS, OWNER),
    Tread("10-days-before", -10, Count.WORKING_DAYS, OWNER),
    Tread("5-days-before", -5, Count.WORKING_DAYS, OWNER),
    Tread("2-days-before", -2, Count.WORKING_DAYS, OWNER),
    Tread("on-the-day", 0, Count.WORKING_DAYS, OWNER),
    Tread("1-day-over", 1, Count.WORKING_DAYS, OWNER),
    Tread("2-days-over", 2, Count.WORKING_DAYS, MANAGER),
    Tread("5-days-over", 5, Count.WORKING_DAYS, EXECUTIVE),
)

SHORT = (
    Tread("half-way", 0, Count.HALF_WAY, OWNER),
    Tread("2-days-before", -2, Count.WORKING_DAYS, OWNER),
    Tread("1-day-before", -1, Count.WORKING_DAYS, OWNER),
    Tread("on-the-day", 0, Count.WORKING_DAYS, OWNER),
    Tread("1-day-over", 1, Count.WORKING_DAYS, OWNER + MANAGER),
)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One reminder: its key (stable, for the ledger), its local date, and who gets it.

    `covers` names the rungs that were past already when the deadline was made and live on in this one.
    """

    key: str
    on: date
    whom: tuple[Whom, ...]
    overdue: bool
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Nudge:
    """What is to be sent now: one message for everything missed so far; record all of `keys` as done with it."""

    key: str
    keys: tuple[str, ...]
    whom: tuple[Whom, ...]
    overdue: bool


def ladder(due_on: date, created_on: date, calendar: WorkingCalendar, *, statutory: bool = False) -> tuple[Rung, ...]:
    """All reminders of a deadline in order of date; those past at its creation collapse into one.

    Reminders fall on working days: one before the due date moves to an earlier day rather than a later one. Only a
    statutory due date is named on the very day, even a Sunday.
    """
    long = calendar.working_days_between(created_on, due_on) >= LONG_FROM
    rungs = [
        Rung(
            key=tread.key,
            on=_date_of(tread, due_on, created_on, calendar, statutory=statutory),
            whom=tread.whom,
            overdue=tread.count is Count.WORKING_DAYS and tread.days > 0,
        )
        for tread in (LONG if long else SHORT)
    ]
    if not long:
        half_way, rest = rungs[0], rungs[1:]
        # With a day or two in all, half-way is no earlier than the rungs that follow it.
        rungs = ([half_way] if created_on < half_way.on < rest[0].on else []) + rest
    return _collapse(rungs, created_on, calendar)


def rungs_due(rungs: Iterable[Rung], today: date, already_done: Collection[str]) -> Nudge | None:
    """The one nudge to send today, or None.

    After an outage several rungs may be due: they become one message to everybody whom one of them names. A rung
    before the last one that was done is never caught up.
    """
    reached = [rung for rung in rungs if rung.on <= today]
    done = [place for place, rung in enumerate(reached) if rung.key in already_done]
    missed = reached[done[-1] + 1 :] if done else reached
    if not missed:
        return None
    return Nudge(
        key=missed[-1].key,
        keys=tuple(key for rung in missed for key in (*rung.covers, rung.key)),
        whom=_everybody(missed),
        overdue=missed[-1].overdue,
    )


def snooze_problem(
    *, by_owner: bool, until: date, today: date, due_on: date, snoozes: int, calendar: WorkingCalendar
) -> str | None:
    """Why a reminder cannot be put off until that day, in words for the asker, or None. It never moves the due date."""
    if not by_owner:
        return "Only the owner of this deadline can put its reminders off."
    if today > due_on:
        return "This is overdue, so its reminders cannot be put off. Mark it done, or tell your manager what is needed."
    if snoozes >= SNOOZES_ALLOWED:
        return "Its reminders were put off twice already. Mark it done, or ask for more time."
    if until <= today:
        return "Choose a day after today."
    if until >= due_on:
        return f"Choose a working day before it is due on {due_on:%A %-d %B}."
    if not calendar.is_working_day(until):
        return f"{until:%A %-d %B} is not a working day. Choose one that is, before {due_on:%A %-d %B}."
    return None


def snoozed(rungs: Iterable[Rung], until: date) -> tuple[Rung, ...]:
    """The ladder after the owner put reminders off: one on the chosen day instead of those before it."""
    rungs = tuple(rungs)
    put_off = tuple(rung for rung in rungs if rung.on <= until and not rung.overdue)
    reminder = Rung(
        key=f"put-off-until-{until.isoformat()}",
        on=until,
        whom=OWNER,
        overdue=False,
        covers=tuple(key for rung in put_off for key in (*rung.covers, rung.key)),
    )
    return (reminder, *(rung for rung in rungs if rung not in put_off))


def _date_of(tread: Tread, due_on: date, created_on: date, calendar: WorkingCalendar, *, statutory: bool) -> date:
    match tread.count:
        case Count.CALENDAR_DAYS:
            return calendar.working_day_on_or_before(due_on + timedelta(days=tread.days))
        case Count.HALF_WAY:
            half = calendar.working_days_between(created_on, due_on) // 2
            return calendar.working_day_after(created_on, half) if half else created_on
    if tread.days < 0:
        return calendar.working_day_before(due_on, -tread.days)
    if tread.days > 0:
        return calendar.working_day_after(due_on, tread.days)
    return due_on if statutory else calendar.working_day_on_or_before(due_on)


def _collapse(rungs: list[Rung], created_on: date, calendar: WorkingCalendar) -> tuple[Rung, ...]:
    past = [rung for rung in rungs if rung.on < created_on]
    ahead = [rung for rung in rungs if rung.on >= created_on]
    if not past:
        return tuple(ahead)
    first_day = calendar.working_day_on_or_after(created_on)
    if ahead and ahead[0].on <= first_day:
        past.append(ahead.pop(0))
    last = past[-1]
    one = Rung(
        key=last.key,
        on=last.on if last.on >= created_on else first_day,
        whom=_everybody(past),
        overdue=last.overdue,
        covers=tuple(rung.key for rung in past[:-1]),
    )
    return (one, *ahead)


def _everybody(rungs: Iterable[Rung]) -> tuple[Whom, ...]:
    named = {whom for rung in rungs for whom in rung.whom}
    return tuple(whom for whom in Whom if whom in named)
