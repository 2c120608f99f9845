"""A survey as its file says it: frozen values, from which the flow, the invitations and the results are made."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from bot.conversation.conditions import Condition
from bot.files.audience import Audience
from bot.files.local_text import NO_WORDS, LocalText

Mode = Literal["named", "confidential", "anonymous"]
Channel = Literal["slack", "dm", "email", "web"]

NOT_APPLICABLE = "not_applicable"
PREFER_NOT = "prefer_not"
YES_NO_VALUES = ("yes", "no", "not_sure")


class Type(StrEnum):
    """The thirteen types of question (reference/surveys-pledges.md 4.1)."""

    SINGLE = "single"
    MULTI = "multi"
    YES_NO = "yes_no"
    SCALE = "scale"
    NUMBER = "number"
    TEXT_SHORT = "text_short"
    TEXT_LONG = "text_long"
    DATE = "date"
    RANK = "rank"
    MATRIX = "matrix"
    PLEDGE = "pledge"
    BOOKING = "booking"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class SurveyChoice:
    """One answer offered by a `single`, `multi` or `rank` question."""

    value: str
    label: LocalText


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One point of a scale; points between two labelled ones have their number as label."""

    value: int
    label: LocalText


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One thing that a `matrix` asks about; each is asked as a scale of its own."""

    id: str
    text: LocalText


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """One question of the file. Which fields count depends on `kind` (reference/surveys-pledges.md 4.1).

    `not_applicable` and `prefer_not` add an answer with that value, reported apart and never counted in a mean.
    A `rank` asks for its `top` first places. `sessions` are the briefings that a `booking` offers, all if it is empty.
    `belongs_to` names the question whose choice asked for more words (`ask_text`); else it is empty.
    """

    id: str
    kind: Type
    text: LocalText
    help: LocalText = NO_WORDS
    required: bool = False
    choices: tuple[SurveyChoice, ...] = ()
    points: tuple[ScalePoint, ...] = ()
    nps: bool = False
    rows: tuple[MatrixRow, ...] = ()
    top: int = 0
    sessions: tuple[str, ...] = ()
    max_length: int = 300
    minimum: int | None = None
    maximum: int | None = None
    earliest: date | None = None
    latest: date | None = None
    show_if: Condition | None = None
    not_applicable: bool = False
    prefer_not: bool = False
    sensitive: bool = False
    themes: str = ""
    comment_by: str = ""
    belongs_to: str = ""

    def values(self) -> tuple[str, ...]:
        """Every value that a choosing question can be answered with, in order; empty for the other kinds."""
        match self.kind:
            case Type.SINGLE | Type.MULTI | Type.RANK:
                offered = tuple(choice.value for choice in self.choices)
            case Type.YES_NO:
                offered = YES_NO_VALUES
            case Type.SCALE:
                offered = tuple(str(point.value) for point in self.points)
            case _:
                return ()
        extra = ((NOT_APPLICABLE, self.not_applicable), (PREFER_NOT, self.prefer_not))
        return offered + tuple(value for value, given in extra if given)

    def asked_as(self) -> tuple[str, ...]:
        """The questions of the talk that this one is asked as: one, or one for each place, row or part."""
        match self.kind:
            case Type.RANK:
                return tuple(f"{self.id}__{place}" for place in range(1, self.top + 1))
            case Type.MATRIX:
                return tuple(f"{self.id}__{row.id}" for row in self.rows)
            case Type.PLEDGE:
                return (f"{self.id}__pick", f"{self.id}__own")
            case Type.BOOKING:
                return (f"{self.id}__session", f"{self.id}__declared")
            case _:
                return (self.id,)


@dataclass(frozen=True, slots=True)
class SurveyPage:
    """One page: one modal view, one web page."""

    id: str
    questions: tuple[SurveyQuestion, ...]
    title: LocalText = NO_WORDS
    show_if: Condition | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a survey is open: UTC instants, None where the file leaves it to whoever opens or closes it.

    `reminders_after_days` count from the opening, sent 08:00-18:00 on working days in `timezone`.
    """

    opens: datetime | None = None
    closes: datetime | None = None
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))
    grace_minutes: int = 60
    reminders_after_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A breakdown of results, by a field of the register or by a question."""

    id: str
    source: Literal["roster", "question"]
    question: str = ""
    not_given: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that things are kept after the survey has closed."""

    replies: int
    invitations: int = 30
    drafts: int = 14


@dataclass(frozen=True, slots=True)
class Privacy:
    """The privacy block, which may not change once the survey is open."""

    mode: Mode
    retention_days: Retention
    min_group: int = 5
    min_group_comments: int = 10
    external_min_group: int = 10
    external_rounding: int = 5
    cuts: tuple[Cut, ...] = ()
    structured_identifiers: str = "remove"
    names: str = "warn"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many replies with one value of a cut."""

    cut: str
    value: str
    maximum: int


@dataclass(frozen=True, slots=True)
class Limits:
    """When a survey is full."""

    max_responses: int | None = None
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """Who answers "you said, we did", and within how many days of the close."""

    owner: str
    due_days: int


@dataclass(frozen=True, slots=True)
class SurveyFile:
    """Everything a survey file says. `owner` is an e-mail address or a role."""

    id: str
    version: int
    title: LocalText
    purpose: LocalText
    owner: str
    languages: tuple[str, ...]
    audience: Audience | None
    channels: tuple[Channel, ...]
    schedule: Schedule
    privacy: Privacy
    limits: Limits
    pages: tuple[SurveyPage, ...]
    end: LocalText
    loop: Loop

    def questions(self) -> tuple[SurveyQuestion, ...]:
        """Every question in order, `info` included."""
        return tuple(question for page in self.pages for question in page.questions)
