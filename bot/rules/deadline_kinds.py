"""The shipped kinds of deadline as one visible table: read it to see what Herald counts, and from where.

Sources: reference/booking-escalation-deadlines.md 3.1 and domain.md. The 2/5/7-13/15 steps of a rapid review are a
template that a partnership may follow; nothing here claims that a national rule asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class WorkingDays:
    """The end of the n-th working day strictly after the anchor."""

    count: int


@dataclass(frozen=True)
class Months:
    """The same day so many months after the anchor; `papers_ahead` working days earlier for papers sent ahead."""

    count: int
    papers_ahead: int = 0


@dataclass(frozen=True)
class OnTheDate:
    """The date that somebody gave."""


Rule = WorkingDays | Months | OnTheDate


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to be done by a date; with `window_from` it is done between two dates.

    An empty `label` says that the deadline itself is the thing to be done.
    """

    key: str
    label: str
    rule: Rule
    window_from: WorkingDays | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of deadline.

    `statutory`: the clock is set by law or national guidance, ignores local closures and cannot be moved.
    `anchor_label`: what the anchor date of this kind is. `every`: how it comes round when the file does not say.
    """

    key: str
    label: str
    anchor_label: str
    steps: tuple[Step, ...]
    statutory: bool = False
    every: str | None = None

    @property
    def takes_a_date(self) -> bool:
        """Whether a due date may be written instead of an anchor: one step only, and not fixed by law."""
        return len(self.steps) == 1 and not self.statutory


SHIPPED = (
    Kind(
        key="serious-incident-notification",
        label="Serious incident notification",
        anchor_label="the day you became aware of the incident",
        statutory=True,
        steps=(
            Step(key="notify", label="Notify the national panel and the safeguarding partners", rule=WorkingDays(5)),
        ),
    ),
    Kind(
        key="rapid-review",
        label="Rapid review",
        anchor_label="the day the notification was sent to the national panel",
        statutory=True,
        steps=(
            Step(key="scoping", label="Scoping requests sent, meeting set", rule=WorkingDays(2)),
            Step(key="returns", label="Scoping returned by every agency", rule=WorkingDays(5)),
            Step(
                key="meeting",
                label="Rapid review meeting held",
                rule=WorkingDays(13),
                window_from=WorkingDays(7),
            ),
            Step(key="panel", label="Rapid review sent to the national panel", rule=WorkingDays(15)),
        ),
    ),
    Kind(
        key="practice-review",
        label="Local child safeguarding practice review",
        anchor_label="the day it was decided to hold the review",
        steps=(Step(key="publish", label="Review published", rule=Months(6)),),
    ),
    Kind(
        key="learning-hub-cycle",
        label="Learning Hub cycle",
        anchor_label="the first day of scoping",
        steps=(
            Step(key="scoping", label="Scoping finished", rule=Months(1)),
            Step(key="auditing", label="Auditing finished", rule=Months(2)),
            Step(key="feedback", label="Feedback gathered", rule=Months(3)),
            Step(key="board-paper", label="Paper with the Board", rule=Months(4, papers_ahead=5)),
            Step(key="recommendations", label="Recommendations agreed by the Board", rule=Months(4)),
        ),
    ),
    Kind(
        key="action-plan-6-months",
        label="Six-month report on an action plan",
        anchor_label="the day the Board agreed the recommendations",
        steps=(Step(key="report", label="Early findings reported to the Board", rule=Months(6)),),
    ),
    Kind(
        key="action-plan-12-months",
        label="Twelve-month report on an action plan",
        anchor_label="the day the Board agreed the recommendations",
        steps=(Step(key="report", label="Impact reported to the Board", rule=Months(12)),),
    ),
    Kind(
        key="impact-review",
        label="Impact review of a priority",
        anchor_label="the day the Board agreed the recommendations",
        steps=(Step(key="review", label="Impact review reported to the Board", rule=Months(24)),),
    ),
    Kind(
        key="section-11",
        label="Section 11 self-audit",
        anchor_label="the day of the last return",
        every="1y",
        steps=(Step(key="return", label="Section 11 return sent", rule=Months(12)),),
    ),
    Kind(
        key="self-assessment",
        label="Self-assessment of statutory duties",
        anchor_label="the day of the last self-assessment",
        every="3m",
        steps=(Step(key="assess", label="Self-assessment finished", rule=Months(3)),),
    ),
    Kind(
        key="annual-report",
        label="Annual report",
        anchor_label="the day the last annual report was published",
        every="1y",
        steps=(Step(key="publish", label="Annual report published", rule=Months(12)),),
    ),
    Kind(
        key="custom",
        label="Deadline of your own",
        anchor_label="the day to count from",
        steps=(Step(key="done", label="", rule=OnTheDate()),),
    ),
)

LEARNING_NOTE = Kind(
    key="learning-note",
    label="Learning note after an escalation",
    anchor_label="the day the escalation was closed",
    steps=(Step(key="note", label="Note what it taught", rule=WorkingDays(10)),),
)
"""Made by closing an escalation, and met by writing the note: no file asks for it."""

KINDS: Mapping[str, Kind] = MappingProxyType({kind.key: kind for kind in SHIPPED})
"""The kinds that a file can name."""
ALL_KINDS: Mapping[str, Kind] = MappingProxyType({**KINDS, LEARNING_NOTE.key: LEARNING_NOTE})
