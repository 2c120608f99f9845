"""What a surface shows: frozen values made from a flow and a snapshot; `bot/rendering` draws them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.conversation import engine
from bot.conversation.conditions import Answer, holds
from bot.conversation.flow import CHECK_ANSWERS, CHOOSING, EVERYWHERE, WRITING, Flow, Kind, Question, Surface
from bot.conversation.reading import Raw, long_date
from bot.conversation.snapshot import Snapshot
from bot.links import Button
from bot.rules.identifiers import Span

NOT_ANSWERED = "Not answered"


@dataclass(frozen=True, slots=True)
class Field:
    """One question as it is shown now: what stands in the box, and what is wrong with it.

    `answered` tells an answer of the person's own from one that is only suggested.
    """

    question: Question
    value: Raw = None
    error: str = ""
    found: tuple[Span, ...] = ()
    answered: bool = False

    def chosen(self, value: str) -> bool:
        """Whether a choice is ticked."""
        if self.value is None:
            return False
        return value == self.value if isinstance(self.value, str) else value in self.value


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of "check your answers": the question, what was answered in words, and the step to change it.

    A surface outside our retention shows a `sensitive` answer by its length only (settled, Sensitive answers), and a
    Slack message no words that somebody `written` themselves (law 8).
    """

    step: str
    ask: str
    shown: str
    sensitive: bool = False
    key: str = ""
    written: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """One step of a conversation, ready to be shown.

    `place` counts steps, `questions` the questions of all steps: the number of this step's first one, and how many.
    """

    conversation_id: str
    revision: int
    flow: str
    title: str
    short_title: str
    step: str
    step_title: str
    intro: tuple[str, ...]
    fields: tuple[Field, ...]
    rows: tuple[CheckRow, ...] = ()
    submit: str = "Continue"
    place: tuple[int, int] = (1, 1)
    can_go_back: bool = False
    previous: str = ""
    notice: str = ""
    sensitive: bool = False
    language: str = ""
    surfaces: frozenset[Surface] = EVERYWHERE
    questions: tuple[int, int] = (1, 1)

    @property
    def checking(self) -> bool:
        """Whether this is the check of all answers."""
        return self.step == CHECK_ANSWERS

    @property
    def errors(self) -> dict[str, str]:
        """The error of each question that has one, identifiers included, in the order asked."""
        return {shown.question.key: _error(shown) for shown in self.fields if shown.error or shown.found}

    @property
    def found_identifiers(self) -> bool:
        """Whether the person must choose between "remove it for me" and "let me edit"."""
        return any(shown.found for shown in self.fields)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The end of a conversation: what was recorded, under which reference, and what happens next.

    `buttons` are what can be done with it afterwards, for a receipt that is a message.
    """

    title: str
    reference: str
    lines: tuple[str, ...]
    flow: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind answer where nothing was recorded: closed, full, expired, stopped.

    `leads`: pages of Herald's own, each by its path, on which somebody goes on, and what that is called.
    """

    title: str
    lines: tuple[str, ...] = ()
    urgent: bool = False
    leads: tuple[tuple[str, str], ...] = ()


Shown = Prompt | Receipt | Notice


@dataclass(frozen=True, slots=True)
class _Extras:
    errors: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    raw: Mapping[str, Raw] = field(default_factory=dict)


def prompt_for(
    flow: Flow,
    snapshot: Snapshot,
    *,
    conversation_id: str,
    revision: int,
    rejected: engine.Rejected | None = None,
    raw: Mapping[str, Raw] | None = None,
    notice: str = "",
) -> Prompt:
    """The step where the talk stands, with what was answered or, after a rejection, with what was just typed."""
    extras = _Extras(rejected.errors if rejected else {}, rejected.found if rejected else {}, raw or {})
    step = flow.step(snapshot.step)
    checking = snapshot.step == CHECK_ANSWERS or step is None
    questions = () if step is None else engine.visible_questions(step, snapshot.answers)
    before = engine.back(flow, snapshot).step
    return Prompt(
        conversation_id=conversation_id,
        revision=revision,
        flow=flow.name,
        title=flow.title,
        short_title=flow.short_title,
        step=CHECK_ANSWERS if checking else snapshot.step,
        step_title="Check your answers" if step is None else step.title,
        intro=flow.check_intro if step is None else step.intro,
        fields=tuple(_field(question, snapshot, extras) for question in questions),
        rows=_rows(flow, snapshot) if checking else (),
        submit=flow.submit if checking or _is_last(flow, snapshot) else (step.submit if step else flow.submit),
        place=engine.place(flow, snapshot),
        can_go_back=before != snapshot.step,
        previous=before if before != snapshot.step else "",
        notice=notice,
        sensitive=flow.sensitive,
        language=flow.language,
        surfaces=flow.surfaces,
        questions=engine.question_place(
            flow, snapshot, next((each.key for each in questions if each.takes_answer), "")
        ),
    )


def in_words(question: Question, answer: Answer | None) -> str:
    """An answer as a person reads it: labels, not values; dates in full."""
    if answer is None or answer == ():
        return NOT_ANSWERED
    if isinstance(answer, tuple):
        return ", ".join(question.label_of(value) for value in answer)
    if question.kind in CHOOSING:
        return question.label_of(str(answer))
    if question.kind is Kind.DATE:
        return long_date(date.fromisoformat(str(answer)))
    return str(answer)


def _error(shown: Field) -> str:
    if shown.error:
        return shown.error
    kinds = ", ".join(dict.fromkeys(span.label for span in shown.found))
    return (
        f"This looks like it has something that can identify a person ({kinds}). Take it out, or let Herald remove it"
    )


def _field(question: Question, snapshot: Snapshot, extras: _Extras) -> Field:
    stored = snapshot.answers.get(question.key)
    value: Raw = stored if isinstance(stored, tuple) else str(stored)
    if stored is None:
        value = question.suggested or None
    if question.key in extras.raw:
        value = extras.raw[question.key]
    error, found = extras.errors.get(question.key, ""), extras.found.get(question.key, ())
    return Field(question, value, error, found, answered=stored is not None)


def _rows(flow: Flow, snapshot: Snapshot) -> tuple[CheckRow, ...]:
    return tuple(
        CheckRow(
            step.key,
            question.ask,
            in_words(question, snapshot.answers.get(question.key)),
            sensitive=question.sensitive and question.key in snapshot.answers,
            key=question.key,
            written=question.kind in WRITING and question.key in snapshot.answers,
        )
        for step in flow.steps
        if holds(step.show_if, snapshot.answers)
        for question in engine.visible_questions(step, snapshot.answers)
        if question.kind is not Kind.INFO
    )


def _is_last(flow: Flow, snapshot: Snapshot) -> bool:
    if flow.check:
        return False
    visible = [step.key for step in flow.steps if holds(step.show_if, snapshot.answers)]
    return bool(visible) and visible[-1] == snapshot.step
