"""A Flow is a talk as data: steps, questions, choices. It checks itself when built, so no impossible talk can start.

Flows hold no I/O, no clock and no session. Choices that live in the database (briefings, agencies) are given to the
function that builds the flow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from bot.conversation.conditions import Condition, questions_in
from bot.rules.identifiers import PRACTICE_TEXT, Profile

MAX_OPTIONS = 100  # Slack: a select holds at most 100 options (reference/slack-web-security.md section 1)
MAX_RADIO = 10  # Slack: radio buttons and checkboxes
MAX_LABEL = 75  # Slack: text of an option or a button
MAX_TITLE = 24  # Slack: title of a modal
MAX_TEXT = 3000  # Slack: a plain text input

CHECK_ANSWERS = "check-answers"
"""The step that every flow with `check` ends in: shows all answers, each with a way to change it."""


class Kind(StrEnum):
    """What sort of answer a question takes."""

    SINGLE = "single"
    MULTI = "multi"
    YES_NO = "yes_no"
    SCALE = "scale"
    NUMBER = "number"
    TEXT_SHORT = "text_short"
    TEXT_LONG = "text_long"
    DATE = "date"
    INFO = "info"


class Surface(StrEnum):
    """Where a conversation can be held."""

    MODAL = "modal"
    WEB = "web"
    DM = "dm"
    EMAIL = "email"


MODAL_AND_WEB = frozenset({Surface.MODAL, Surface.WEB})
EVERYWHERE = frozenset(Surface)
CHOOSING = frozenset({Kind.SINGLE, Kind.MULTI, Kind.YES_NO, Kind.SCALE})
WRITING = frozenset({Kind.TEXT_SHORT, Kind.TEXT_LONG})


class ImpossibleFlow(ValueError):
    """A flow that could not be talked through: says which step or question, and why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers offered: the stored value, the words shown, and other words that mean it.

    One with `refused` is offered because people look for it, and never taken: these words say where to go instead.
    """

    value: str
    label: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    refused: str = ""


YES_NO = (Choice("yes", "Yes", keywords=("y",)), Choice("no", "No", keywords=("n",)), Choice("not_sure", "Not sure"))


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked.

    `identifiers` is the profile of the identifier check that free text must pass (law 8); `sensitive` answers are
    never shown again in Slack, only "written, 212 characters". `suggested` stands in the box until there is an answer.
    `differs_from` names earlier questions, of the same step too, whose chosen value may not be chosen here again.
    """

    key: str
    ask: str
    kind: Kind
    help: str = ""
    required: bool = True
    choices: tuple[Choice, ...] = ()
    max_length: int = 300
    minimum: float | None = None
    maximum: float | None = None
    earliest: date | None = None
    latest: date | None = None
    whole: bool = True
    identifiers: Profile = PRACTICE_TEXT
    sensitive: bool = False
    missing: str = ""
    suggested: str = ""
    show_if: Condition | None = None
    differs_from: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises ImpossibleFlow for a question that some surface could not show."""
        if self.kind is Kind.YES_NO and not self.choices:
            object.__setattr__(self, "choices", YES_NO)
        if self.kind in CHOOSING and not 2 <= len(self.choices) <= MAX_OPTIONS and self.kind is not Kind.SINGLE:
            raise ImpossibleFlow(f"{self.key}: offer between 2 and {MAX_OPTIONS} choices.")
        if self.kind is Kind.SINGLE and not 1 <= len(self.choices) <= MAX_OPTIONS:
            raise ImpossibleFlow(f"{self.key}: offer between 1 and {MAX_OPTIONS} choices.")
        for choice in self.choices:
            if not 0 < len(choice.label) <= MAX_LABEL:
                raise ImpossibleFlow(f"{self.key}: the label {choice.label!r} must have 1 to {MAX_LABEL} characters.")
        if len({choice.value for choice in self.choices}) < len(self.choices):
            raise ImpossibleFlow(f"{self.key}: two choices have the same value.")
        if self.kind in WRITING and not 1 <= self.max_length <= MAX_TEXT:
            raise ImpossibleFlow(f"{self.key}: max_length must be between 1 and {MAX_TEXT}.")

    @property
    def takes_answer(self) -> bool:
        """Whether there is something to answer; `info` only says something."""
        return self.kind is not Kind.INFO

    def label_of(self, value: str) -> str:
        """The words shown for a stored choice value; the value itself when it is no longer offered."""
        return next((choice.label for choice in self.choices if choice.value == value), value)

    def refusal_of(self, value: object) -> str:
        """Why a chosen value is not taken; empty for one that is."""
        return next((choice.refused for choice in self.choices if choice.value == value), "")


@dataclass(frozen=True, slots=True)
class Step:
    """One page of thought: one modal view, one web page, one e-mail.

    A step with `stop` set ends the talk without a record: nothing that was answered is kept (the 999 page).
    """

    key: str
    title: str
    questions: tuple[Question, ...] = ()
    intro: tuple[str, ...] = ()
    show_if: Condition | None = None
    submit: str = "Continue"
    stop: bool = False

    def asked(self) -> tuple[Question, ...]:
        """The questions that take an answer, in order; `info` takes none."""
        return tuple(question for question in self.questions if question.takes_answer)


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole talk. `name` and `version` are stored with every conversation and never renamed.

    `follows_answers`: its words depend on what was answered (a language, an answer repeated in a text), so it is built
    anew after each step; its keys and stored values never do. `language` is the language of its words, as in BCP 47.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    version: int = 1
    surfaces: frozenset[Surface] = EVERYWHERE
    expires_after: timedelta = timedelta(days=14)
    check: bool = True
    check_intro: tuple[str, ...] = ()
    submit: str = "Send"
    short_title: str = ""
    sensitive: bool = False
    follows_answers: bool = False
    language: str = ""
    _by_key: dict[str, Step] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ImpossibleFlow: duplicate keys, conditions on later questions, a sensitive flow on a typed surface."""
        if not self.short_title:
            object.__setattr__(self, "short_title", self.title)
        if not 0 < len(self.short_title) <= MAX_TITLE:
            raise ImpossibleFlow(
                f"{self.name}: short_title {self.short_title!r} must have 1 to {MAX_TITLE} characters."
            )
        if not self.steps:
            raise ImpossibleFlow(f"{self.name}: a flow needs at least one step.")
        if self.sensitive and not self.surfaces <= MODAL_AND_WEB:
            raise ImpossibleFlow(f"{self.name}: a sensitive talk runs only in a Slack modal or on the web.")
        seen: set[str] = set()
        for step in self.steps:
            if step.key in self._by_key or step.key == CHECK_ANSWERS:
                raise ImpossibleFlow(f"{self.name}: two steps are called {step.key!r}.")
            self._by_key[step.key] = step
            _known(f"{self.name}/{step.key}", step.show_if, seen)
            asked_here: set[str] = set()
            for question in step.questions:
                if question.key in seen or question.key in asked_here:
                    raise ImpossibleFlow(f"{self.name}: two questions are called {question.key!r}.")
                _known(f"{self.name}/{question.key}", question.show_if, seen)
                if not set(question.differs_from) <= seen | asked_here:
                    raise ImpossibleFlow(f"{self.name}/{question.key}: differs_from may only name earlier questions.")
                asked_here.add(question.key)
            seen |= asked_here

    def step(self, key: str) -> Step | None:
        """The step of that key, or None."""
        return self._by_key.get(key)

    def questions(self) -> Iterator[Question]:
        """Every question that takes an answer, in order."""
        for step in self.steps:
            yield from step.asked()


def _known(where: str, condition: Condition | None, seen: set[str]) -> None:
    unknown = set(questions_in(condition)) - seen
    if unknown:
        raise ImpossibleFlow(f"{where}: show_if may only look at questions of earlier steps, not {sorted(unknown)}.")
