"""The briefings file: dates that people can book, and past ones for their registers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.files import values
from bot.files.known import NOTHING_KNOWN, Known
from bot.files.problems import Findings, Parsed, quoted
from bot.files.reader import LONDON, Reader, no_duplicates
from bot.files.roles import LEVELS
from bot.files.yaml_source import load

Approval = Literal["none", "declared", "manager"]

KINDS = ("briefing", "masterclass", "learning event", "conference", "champions event", "forum")
APPROVALS: tuple[Approval, ...] = ("none", "declared", "manager")
STATUSES = ("scheduled", "cancelled")
SHIPPED_EVALUATION = "briefing-feedback"
CLOSES_BEFORE_START = timedelta(hours=1)
LONGEST = timedelta(days=5)
ID_RULE = "small letters, digits and hyphens, such as levels-of-need-2026-12"


@dataclass(frozen=True, slots=True)
class Briefing:
    """One session. Times are UTC instants; `booking_opens` None means that it can be booked at once.

    `per_agency` None: no limit for one agency. `levels` empty: for everyone. `evaluation` is the id of a survey, empty
    for none.
    """

    id: str
    title: str
    kind: str
    starts: datetime
    ends: datetime
    place: str
    capacity: int
    booking_closes: datetime
    booking_opens: datetime | None = None
    per_agency: int | None = None
    levels: tuple[int, ...] = ()
    priority: str = ""
    approval: Approval = "none"
    evaluation: str = SHIPPED_EVALUATION
    cancelled: bool = False
    description: str = ""


def parse_briefings(
    data: bytes | str, known: Known = NOTHING_KNOWN, zone: ZoneInfo = LONDON
) -> Parsed[tuple[Briefing, ...]]:
    """Reads a briefings file, whose times are local to `zone`. Raises FileProblems with everything that is wrong."""
    findings = Findings()
    top = Reader(load(data, findings), "the briefings file", findings)
    top.format_version("herald_briefings")
    readers = top.each("briefings", "briefing", required=True)
    if top.has("briefings") and not top.nodes("briefings"):
        top.error("E213", top.at("briefings"), "briefings", "the list is empty. Write at least one briefing.")
    found = [_briefing(reader, known, zone) for reader in readers]
    top.close()
    places = [reader.at("id") for reader in readers]
    no_duplicates(zip([reader_id for reader_id, _ in found], places, strict=True), "briefing", findings)
    return findings.parsed(tuple(briefing for _, briefing in found if briefing is not None))


def _briefing(reader: Reader, known: Known, zone: ZoneInfo) -> tuple[str, Briefing | None]:
    name = reader.identifier("id", values.SLUG, ID_RULE)
    starts = reader.moment("starts", zone, required=True)
    ends = reader.moment("ends", zone, required=True)
    opens, closes = reader.moment("booking_opens", zone), reader.moment("booking_closes", zone)
    capacity = reader.integer("capacity", low=1, high=10_000, required=True) or 1
    plain = _Plain(reader, known)
    title, kind, place = plain.title(), plain.kind(), plain.place()
    per_agency, levels, priority = plain.per_agency(capacity), plain.levels(), plain.priority()
    approval, evaluation, cancelled, description = (
        plain.approval(),
        plain.evaluation(),
        plain.cancelled(),
        plain.words(),
    )
    reader.close()
    if starts is None or ends is None:
        return name, None
    closes = closes or starts - CLOSES_BEFORE_START
    _check_order(reader, starts, ends, opens, closes)
    briefing = Briefing(
        id=name,
        title=title,
        kind=kind,
        starts=starts,
        ends=ends,
        place=place,
        capacity=capacity,
        booking_opens=opens,
        booking_closes=closes,
        per_agency=per_agency,
        levels=levels,
        priority=priority,
        approval=approval,
        evaluation=evaluation,
        cancelled=cancelled,
        description=description,
    )
    return name, briefing


class _Plain:
    """The keys of a briefing that stand for themselves."""

    def __init__(self, reader: Reader, known: Known) -> None:
        self._reader = reader
        self._known = known

    def title(self) -> str:
        return self._reader.text("title", required=True, shortest=3, longest=120)

    def kind(self) -> str:
        return self._reader.word("kind", KINDS, default="briefing")

    def place(self) -> str:
        return self._reader.text("place", required=True, longest=200)

    def words(self) -> str:
        return self._reader.text("description", longest=1000)

    def per_agency(self, capacity: int) -> int | None:
        most = self._reader.integer("per_agency", low=1, high=10_000)
        if most is not None and most > capacity:
            message = f"one agency may take {most} seats, but there are only {capacity}. Write fewer, or leave it out."
            self._reader.error("E204", self._reader.at("per_agency"), "per_agency", message)
        return most

    def levels(self) -> tuple[int, ...]:
        scalars = self._reader.scalars("levels")
        said = [self._reader.as_integer("levels", scalar, low=LEVELS[0], high=LEVELS[-1]) for scalar in scalars]
        return tuple(sorted({level for level in said if level is not None}))

    def priority(self) -> str:
        return self._reader.known("priority", self._known.priorities)

    def approval(self) -> Approval:
        said = self._reader.word("approval", APPROVALS, default="none")
        return next(approval for approval in APPROVALS if approval == said)

    def evaluation(self) -> str:
        if not self._reader.has("evaluation"):
            return SHIPPED_EVALUATION
        scalar = self._reader.scalar("evaluation", wanted="the id of a survey")
        if scalar is None or scalar.text == "none":
            return ""
        surveys = self._known.surveys
        allowed = None if surveys is None else tuple(dict.fromkeys((*surveys, SHIPPED_EVALUATION)))
        return self._reader.known("evaluation", allowed)

    def cancelled(self) -> bool:
        return self._reader.word("status", STATUSES, default="scheduled") == "cancelled"


def _check_order(reader: Reader, starts: datetime, ends: datetime, opens: datetime | None, closes: datetime) -> None:
    if ends <= starts:
        reader.error("E209", reader.at("ends"), "ends", "it ends before it starts. Give a later time.")
    elif ends - starts > LONGEST:
        message = f"it lasts {(ends - starts).days} days. Check the dates; {LONGEST.days} days are the most."
        reader.error("E209", reader.at("ends"), "ends", message)
    if closes > starts:
        message = "booking closes after the start. Give a time before it, or leave it out for one hour before."
        reader.error("E209", reader.at("booking_closes"), "booking_closes", message)
    if opens is not None and opens >= closes:
        message = f"booking opens after it has closed ({quoted(f'{closes:%Y-%m-%d %H:%M} UTC')}). Give an earlier time."
        reader.error("E209", reader.at("booking_opens"), "booking_opens", message)
