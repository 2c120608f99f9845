"""From an obligation to its dates: which steps, due when, and when it comes round again.

Dates are local; `due_before` is the exclusive UTC bound. The kinds themselves are in `deadline_kinds`.
Source: reference/booking-escalation-deadlines.md 3.1, 3.2, 3.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from bot.rules.calendar import WorkingCalendar
from bot.rules.deadline_kinds import ALL_KINDS, KINDS, Kind, Months, OnTheDate, Rule, Step, WorkingDays
from bot.rules.months import add_months
from bot.rules.working_time import Due, due_on, months_due, statutory_due, working_days_due


@dataclass(frozen=True, kw_only=True)
class DueStep:
    """A step with its dates.

    `due_on` is the local date shown; done in time means before `due_before` (UTC). `working_target` is the last
    working day on which it can be done. `window_from`, where there is one, is the first day of its window.
    """

    key: str
    label: str
    statutory: bool
    due_on: date
    due_before: datetime
    working_target: date
    window_from: date | None
    provisional: bool


@dataclass(frozen=True)
class Every:
    """How often something comes round; a unit is a month or a week."""

    months: int = 0
    weeks: int = 0


_EVERY = re.compile(r"(\d{1,3})\s*([ymw])", re.IGNORECASE)


def kind_of(key: str) -> Kind:
    """Raises `ValueError`, naming the kinds there are, when there is none of that name."""
    if key not in ALL_KINDS:
        raise ValueError(f'There is no kind "{key}". The kinds are: {", ".join(KINDS)}.')
    return ALL_KINDS[key]


def steps_for(
    kind: str,
    anchor: date | None,
    calendar: WorkingCalendar,
    *,
    due: date | None = None,
    every: str | None = None,
) -> tuple[DueStep, ...]:
    """Every step of an obligation, with its dates.

    Most kinds count from `anchor`; kinds with one step that no law fixes may have `due` instead; `custom` with an
    anchor and `every` is due one period after the anchor. Raises `ValueError` with words for the person who wrote it.
    """
    found = kind_of(kind)
    if every is not None:
        parse_every(every)
    if due is not None:
        if not found.takes_a_date:
            raise ValueError(
                f"{found.label} is counted from {found.anchor_label}. Write it as anchor, and leave out due."
            )
        return (_due_step(found, found.steps[0], due_on(due, calendar), None),)
    if anchor is None:
        wanted = "a due date" if kind == "custom" else f"anchor, {found.anchor_label}"
        raise ValueError(f"{found.label} needs {wanted}.")
    if kind == "custom":
        if every is None:
            raise ValueError("A deadline of your own needs a due date, or an anchor and every (such as every: 1y).")
        return (_due_step(found, found.steps[0], due_on(next_due(calendar.local_date(anchor), every), calendar), None),)
    return tuple(_counted(found, step, anchor, calendar) for step in found.steps)


def anchor_problem(kind: str, anchor: date, today: date) -> str | None:
    """Why an anchor cannot stand, or None. A past one may: it is overdue at once, and that is shown."""
    if kind_of(kind).statutory and anchor > today:
        return f"{anchor:%-d %B %Y} has not come yet. This clock starts on {KINDS[kind].anchor_label}."
    return None


def parse_every(text: str) -> Every:
    """Reads `1y`, `6m`, `2w`. Raises `ValueError` saying what to write."""
    match = _EVERY.fullmatch(text.strip())
    if not match or int(match[1]) < 1:
        raise ValueError(f'"{text}" does not say how often. Write 1y, 6m or 2w.')
    number = int(match[1])
    match match[2].lower():
        case "y":
            return Every(months=12 * number)
        case "m":
            return Every(months=number)
        case _:
            return Every(weeks=number)


def next_due(due: date, every: str, *, first: date | None = None) -> date:
    """The next date of something that comes round, strictly after `due`.

    Counted from the `first` date of all where it is known, so that the 31st is not lost in February.
    """
    period = parse_every(every)
    start = first if first is not None and first <= due else due
    dates = (add_months(start, period.months * k) + timedelta(weeks=period.weeks * k) for k in count(1))
    return next(day for day in dates if day > due)


def is_overdue(step: DueStep, now: datetime) -> bool:
    """Overdue is worked out, never stored: from the bound itself on, it is late."""
    return now >= step.due_before


def _counted(kind: Kind, step: Step, anchor: date, calendar: WorkingCalendar) -> DueStep:
    window = None
    if step.window_from is not None:
        window = _due(step.window_from, kind, anchor, calendar).on
    return _due_step(kind, step, _due(step.rule, kind, anchor, calendar), window)


def _due(rule: Rule, kind: Kind, anchor: date, calendar: WorkingCalendar) -> Due:
    match rule:
        case WorkingDays(days):
            # All steps of a statutory kind count alike, or a closure could push a gate past the end.
            return (statutory_due if kind.statutory else working_days_due)(anchor, days, calendar)
        case Months(months, 0):
            return months_due(anchor, months, calendar)
        case Months(months, ahead):
            return due_on(calendar.working_day_before(months_due(anchor, months, calendar).on, ahead), calendar)
        case OnTheDate():
            return due_on(calendar.local_date(anchor), calendar)


def _due_step(kind: Kind, step: Step, due: Due, window_from: date | None) -> DueStep:
    return DueStep(
        key=step.key,
        label=step.label,
        statutory=kind.statutory,
        due_on=due.on,
        due_before=due.before,
        working_target=due.working_target,
        window_from=window_from,
        provisional=due.provisional,
    )
