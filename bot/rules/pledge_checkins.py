"""Pledges: when people are asked how it went, what silence means, and figures that add up.

Days are local. Nothing is ever taken as kept because nobody answered.
Source: reference/surveys-pledges.md 5; settled.md: all figures but `made` count check-ins, `replaced` is one of them,
due = replied + lapsed + waiting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.rules.calendar import WorkingCalendar
from bot.rules.months import add_months

REMINDER_AFTER = timedelta(days=7)
LAPSES_AFTER = timedelta(days=14)
SILENT_AFTER_LAPSES = 2


class Stage(StrEnum):
    W6 = "w6"
    M6 = "m6"
    M12 = "m12"


STAGES: Mapping[Stage, Callable[[date], date]] = MappingProxyType(
    {
        Stage.W6: lambda made_on: made_on + timedelta(days=42),
        Stage.M6: lambda made_on: add_months(made_on, 6),
        Stage.M12: lambda made_on: add_months(made_on, 12),
    }
)


class Status(StrEnum):
    DUE = "due"
    SENT = "sent"
    REPLIED = "replied"
    LAPSED = "lapsed"
    SKIPPED = "skipped"


class Answer(StrEnum):
    KEPT = "kept"
    PARTLY = "partly"
    NOT_YET = "not_yet"
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class CheckinDates:
    """One check-in: asked on `due_on`, reminded on `reminder_on`, counted as lapsed from `lapses_on` on."""

    stage: Stage
    due_on: date
    reminder_on: date
    lapses_on: date


@dataclass(frozen=True, kw_only=True)
class Checkin:
    """A check-in as it stands. `left_on`: since when the person is no longer here; it then leaves the figures."""

    stage: Stage
    due_on: date
    status: Status
    answer: Answer | None = None
    left_on: date | None = None


def checkin_dates(made_on: date, calendar: WorkingCalendar) -> tuple[CheckinDates, ...]:
    """The three check-ins of a pledge: six weeks, six months, twelve months, each moved to the next working day."""
    return tuple(_dates(stage, moment(made_on), calendar) for stage, moment in STAGES.items())


def status_on(today: date, dates: CheckinDates, *, sent: bool, replied: bool) -> Status:
    """Where a check-in stands. An answer counts whenever it comes, after the lapse too."""
    if replied:
        return Status.REPLIED
    if today >= dates.lapses_on:
        return Status.LAPSED
    return Status.SENT if sent else Status.DUE


def silenced(statuses: Iterable[Status]) -> bool:
    """Whether nothing more is sent: the last two stages reached both lapsed (stages in order)."""
    reached = [status for status in statuses if status in (Status.REPLIED, Status.LAPSED)]
    return reached[-SILENT_AFTER_LAPSES:] == [Status.LAPSED] * SILENT_AFTER_LAPSES


@dataclass(frozen=True, kw_only=True)
class PledgeFigures:
    """Counts of check-ins that were due by a day, all but `made` (pledges)."""

    made: int
    due: int
    replied: int
    kept: int
    partly: int
    not_yet: int
    replaced: int
    lapsed: int
    waiting: int

    @property
    def kept_of_replied(self) -> float | None:
        """Kept among those who answered; None when nobody did."""
        return self.kept / self.replied if self.replied else None

    @property
    def kept_of_due(self) -> float | None:
        """Kept among all who were to be asked: the lower bound, always shown beside the other."""
        return self.kept / self.due if self.due else None


def pledge_figures(made: int, checkins: Iterable[Checkin], today: date) -> PledgeFigures:
    """Counts what was due by `today`, and nothing before it was.

    Left out: check-ins of people who had left by the day they fell due, and skipped ones that nobody was asked.
    """
    counted = [one for one in checkins if _counts(one, today)]
    answers = [one.answer for one in counted if one.status is Status.REPLIED]
    return PledgeFigures(
        made=made,
        due=len(counted),
        replied=len(answers),
        kept=answers.count(Answer.KEPT),
        partly=answers.count(Answer.PARTLY),
        not_yet=answers.count(Answer.NOT_YET),
        replaced=answers.count(Answer.REPLACED),
        lapsed=sum(one.status is Status.LAPSED for one in counted),
        waiting=sum(one.status in (Status.DUE, Status.SENT) for one in counted),
    )


def wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share, shown with it when fewer than 100 are counted (Wilson, 1927).

    Raises `ValueError` when there is nothing to share.
    """
    if whole < 1 or not 0 <= part <= whole:
        raise ValueError("A share needs at least one, and no more than all.")
    z = 1.96
    share, spread = part / whole, z * z / whole
    middle = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def _dates(stage: Stage, moment: date, calendar: WorkingCalendar) -> CheckinDates:
    due_on = calendar.working_day_on_or_after(moment)
    return CheckinDates(
        stage=stage,
        due_on=due_on,
        reminder_on=calendar.working_day_on_or_after(due_on + REMINDER_AFTER),
        lapses_on=due_on + LAPSES_AFTER,
    )


def _counts(checkin: Checkin, today: date) -> bool:
    if checkin.status is Status.REPLIED and checkin.answer is None:
        raise ValueError("A check-in that was answered has an answer.")
    here = checkin.left_on is None or checkin.left_on > checkin.due_on or checkin.status is Status.REPLIED
    return here and checkin.status is not Status.SKIPPED and checkin.due_on <= today
