"""What escalations teach together: how many, between whom, about what, how far they went, and whether clocks were kept.

Figures name agencies and never people. Who is not the escalation lead sees no figure of one to four, nor one from which
it could be worked out. Whether something was in time is measured against what was promised when the stage opened, so
more time given later never makes a late answer early. Pure: what happened in, figures out; instants are UTC.
Source: reference/booking-escalation-deadlines.md 2.4 (reports), settled.md "Small numbers".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_policy import Urgency
from bot.rules.release import FLOOR, publishable, publishable_total
from bot.rules.working_time import working_hours_between

EARLY_STAGES = 2
"""Settled at one of the first two stages: between practitioners or their managers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StageRun:
    """One stage that an escalation went through. `nobody`: no person could be told, only the operations team."""

    stage: str
    opened_at: datetime
    acknowledge_by: datetime
    respond_by: datetime
    acknowledged_at: datetime | None = None
    responded_at: datetime | None = None
    ended_at: datetime | None = None
    nobody: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One escalation as the figures need it. `place` is the place of the stage where it stands or ended, from 1.

    `learning_owed`: the note on what was learned is not written yet. `theme`: what the note says it was about.
    """

    raising: str
    other: str
    kind: str
    urgency: Urgency
    stage: str
    place: int
    raised_at: datetime
    runs: tuple[StageRun, ...]
    is_open: bool = True
    withdrawn: bool = False
    closed_at: datetime | None = None
    learning_owed: bool = False
    theme: str | None = None

    @property
    def settled(self) -> bool:
        """Agreed or decided, and not withdrawn."""
        return not self.is_open and not self.withdrawn


@dataclass(frozen=True, slots=True)
class InTime:
    """How many of those whose time is over, or who answered, were in time; None is hidden."""

    kept: int | None
    of: int | None

    @property
    def percent(self) -> int | None:
        """In whole per cent; None where it is hidden or there is nothing to count."""
        return None if self.kept is None or not self.of else round(100 * self.kept / self.of)


@dataclass(frozen=True, kw_only=True, slots=True)
class StageFigures:
    """One stage. Medians are from opening to the answer, in hours: working hours, or elapsed ones in urgent matters."""

    stage: str
    reached: int | None
    settled: int | None
    acknowledged: InTime
    answered: InTime
    median_hours: float | None
    median_urgent_hours: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """All figures of a period; None is hidden. `median_days` is from raising to the end, in calendar days."""

    raised: int | None
    open: int | None
    settled: int | None
    withdrawn: int | None
    urgent: int | None
    by_raising: Mapping[str, int | None]
    by_other: Mapping[str, int | None]
    by_kind: Mapping[str, int | None]
    by_theme: Mapping[str, int | None]
    stages: tuple[StageFigures, ...]
    early: InTime
    median_days: float | None
    nobody_reached: int | None
    learning_owed: int | None


def figures(
    stories: Sequence[Story], *, stages: Iterable[str], now: datetime, calendar: WorkingCalendar, exact: bool
) -> Figures:
    """The figures of these escalations, a line for each of `stages`; with `exact` nothing is hidden."""
    shown: Callable[[int], int | None] = _as_it_is if exact else _large_enough
    cells = _all_cells if exact else _large_cells
    settled = [story for story in stories if story.settled]
    total = publishable_total(len(stories)) if not exact and stories else len(stories)
    ends = cells(
        {
            "open": sum(story.is_open for story in stories),
            "settled": len(settled),
            "withdrawn": sum(story.withdrawn for story in stories),
        }
    )
    early = sum(story.place <= EARLY_STAGES for story in settled)
    at_stage = cells({stage: sum(story.stage == stage for story in settled) for stage in stages})
    if ends["settled"] is None:  # a part of a hidden figure would give it away
        at_stage = dict.fromkeys(at_stage)
    days = [(story.closed_at - story.raised_at).total_seconds() / 86400 for story in stories if story.closed_at]
    urgency = cells(Counter(story.urgency.value for story in stories))
    return Figures(
        raised=total,
        open=ends["open"],
        settled=ends["settled"],
        withdrawn=ends["withdrawn"],
        urgent=urgency.get(Urgency.URGENT.value, 0),
        by_raising=cells(_counted(story.raising for story in stories)),
        by_other=cells(_counted(story.other for story in stories)),
        by_kind=cells(_counted(story.kind for story in stories)),
        by_theme=cells(_counted(story.theme for story in stories if story.theme)),
        stages=tuple(
            _stage(stage, stories, settled=n, now=now, calendar=calendar, exact=exact) for stage, n in at_stage.items()
        ),
        early=InTime(None, None) if ends["settled"] is None else _in_time(early, len(settled), exact=exact),
        median_days=_median(days, exact=exact),
        nobody_reached=shown(sum(run.nobody for story in stories for run in story.runs)),
        learning_owed=None if ends["settled"] is None else shown(sum(story.learning_owed for story in stories)),
    )


def acknowledged_in_time(run: StageRun, now: datetime) -> bool | None:
    """Whether somebody took it on in time; None while the time still runs, or when it ended before."""
    return _kept(run.acknowledged_at or run.responded_at, run.acknowledge_by, run.ended_at, now)


def answered_in_time(run: StageRun, now: datetime) -> bool | None:
    """Whether the answer came in time; None while the time still runs, or when the stage ended before."""
    return _kept(run.responded_at, run.respond_by, run.ended_at, now)


def _kept(done: datetime | None, by: datetime, ended: datetime | None, now: datetime) -> bool | None:
    if done is not None:
        return done < by
    return False if (ended or now) >= by else None


def _stage(
    stage: str, stories: Sequence[Story], *, settled: int | None, now: datetime, calendar: WorkingCalendar, exact: bool
) -> StageFigures:
    runs = [(story, run) for story in stories for run in story.runs if run.stage == stage]
    acknowledged = [kept for _, run in runs if (kept := acknowledged_in_time(run, now)) is not None]
    answered = [kept for _, run in runs if (kept := answered_in_time(run, now)) is not None]
    standard = [
        working_hours_between(run.opened_at, run.responded_at, calendar)
        for story, run in runs
        if run.responded_at is not None and story.urgency is Urgency.STANDARD
    ]
    urgent = [
        (run.responded_at - run.opened_at).total_seconds() / 3600
        for story, run in runs
        if run.responded_at is not None and story.urgency is Urgency.URGENT
    ]
    shown: Callable[[int], int | None] = _as_it_is if exact else _large_enough
    return StageFigures(
        stage=stage,
        reached=shown(len(runs)),
        settled=settled,
        acknowledged=_in_time(sum(acknowledged), len(acknowledged), among=len(runs), exact=exact),
        answered=_in_time(sum(answered), len(answered), among=len(runs), exact=exact),
        median_hours=_median(standard, exact=exact),
        median_urgent_hours=_median(urgent, exact=exact),
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    """The most frequent first; equal ones in the order of their names."""
    return dict(sorted(Counter(values).items(), key=lambda cell: (-cell[1], cell[0])))


def _in_time(kept: int, of: int, *, exact: bool, among: int | None = None) -> InTime:
    """A share of `of`, which may itself be a part of a figure that is shown (`among`): each difference is a figure."""
    if exact:
        return InTime(kept, of)
    rest = 0 if among is None else among - of
    if None in (_large_enough(of), _large_enough(rest)):
        return InTime(None, None)
    return InTime(None, of) if None in (_large_enough(kept), _large_enough(of - kept)) else InTime(kept, of)


def _median(values: Sequence[float], *, exact: bool) -> float | None:
    return round(median(values), 1) if values and (exact or len(values) >= FLOOR) else None


def _large_enough(n: int) -> int | None:
    return None if 0 < n < FLOOR else n


def _as_it_is(n: int) -> int | None:
    return n


def _large_cells(cells: Mapping[str, int]) -> dict[str, int | None]:
    """As they may be shown; where there is nothing at all, there is nothing to hide."""
    return publishable(cells) if any(cells.values()) else dict(cells)


def _all_cells(cells: Mapping[str, int]) -> dict[str, int | None]:
    return dict(cells)
