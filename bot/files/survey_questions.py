"""Reads one question of a survey file."""

from dataclasses import dataclass
from datetime import date

from bot.conversation.conditions import Leaf
from bot.conversation.flow import MAX_LABEL, MAX_OPTIONS
from bot.files.known import NOTHING_KNOWN, Known
from bot.files.local_text import Languages, LocalText, Rule
from bot.files.problems import did_you_mean, one_of, quoted
from bot.files.reader import Reader
from bot.files.survey_conditions import ConditionReader
from bot.files.survey_model import (
    NOT_APPLICABLE,
    PREFER_NOT,
    Mode,
    SurveyChoice,
    SurveyQuestion,
    Type,
)
from bot.files.survey_parts import KEY, KEY_RULE, read_points, read_rows, read_sessions
from bot.files.survey_piping import check_pipes, literal

QUESTION_TEXT = Rule(shortest=3, longest=300, required=True)
HELP = Rule(longest=2000, too_long="E231", translated=False)
INFO_TEXT = Rule(shortest=3, longest=3000, too_long="E235", required=True)
LABEL = Rule(longest=MAX_LABEL, too_long="E230", required=True)
LONGEST_ANSWER = {Type.TEXT_SHORT: 300, Type.TEXT_LONG: 3000}
MAX_TOP = 5
BIGGEST = 10**12

CONTACT = "contact"
IDENTIFYING = frozenset({Type.PLEDGE.value, Type.BOOKING.value, CONTACT})
CLOSED = frozenset({Type.SINGLE, Type.MULTI, Type.YES_NO, Type.SCALE, Type.RANK, Type.MATRIX})
CHOICES = frozenset({Type.SINGLE, Type.MULTI, Type.RANK})
WRITTEN = frozenset({Type.TEXT_SHORT, Type.TEXT_LONG})
ANSWERED = frozenset(Type) - {Type.INFO}
BELONGS_TO: dict[str, frozenset[Type]] = {
    "required": ANSWERED,
    "sensitive": ANSWERED,
    "choices": CHOICES,
    "points": frozenset({Type.SCALE, Type.MATRIX}),
    "rows": frozenset({Type.MATRIX}),
    "top": frozenset({Type.RANK}),
    "sessions": frozenset({Type.BOOKING}),
    "nps": frozenset({Type.SCALE}),
    "max_length": WRITTEN,
    "min": frozenset({Type.NUMBER, Type.DATE}),
    "max": frozenset({Type.NUMBER, Type.DATE}),
    "not_applicable": CLOSED,
    "prefer_not": CLOSED,
    "themes": WRITTEN,
    "comment_by": WRITTEN,
}


@dataclass(frozen=True)
class Survey:
    """What a question needs to know of the survey that it stands in."""

    languages: Languages
    conditions: ConditionReader
    mode: Mode
    known: Known = NOTHING_KNOWN


class QuestionReader:
    """Reads one question."""

    def __init__(self, reader: Reader, survey: "Survey") -> None:
        self._reader = reader
        self._survey = survey
        self._languages = survey.languages
        self._conditions = survey.conditions
        self._more: list[tuple[SurveyChoice, str]] = []

    def read(self) -> SurveyQuestion | None:
        """The question, with harmless values where something is wrong; None where even its type is not known."""
        reader = self._reader
        name = reader.identifier("id", KEY, KEY_RULE)
        kind = self._kind()
        if kind is None:
            return None
        text_rule = INFO_TEXT if kind is Type.INFO else QUESTION_TEXT
        not_applicable, prefer_not = reader.boolean("not_applicable"), reader.boolean("prefer_not")
        low, high, earliest, latest = self._bounds(kind)
        question = SurveyQuestion(
            id=name,
            kind=kind,
            text=self._languages.read(reader, "text", text_rule),
            help=self._languages.read(reader, "help", HELP),
            required=reader.boolean("required"),
            choices=self._choices(kind, extra=not_applicable + prefer_not),
            points=read_points(reader, self._languages, kind),
            nps=kind is Type.SCALE and reader.boolean("nps"),
            rows=read_rows(reader, self._languages) if kind is Type.MATRIX else (),
            top=self._top(kind),
            sessions=read_sessions(reader, self._survey.known) if kind is Type.BOOKING else (),
            max_length=self._max_length(kind),
            minimum=low,
            maximum=high,
            earliest=earliest,
            latest=latest,
            show_if=self._conditions.read(reader.node("show_if"), "show_if"),
            not_applicable=not_applicable,
            prefer_not=prefer_not,
            sensitive=reader.boolean("sensitive"),
            themes=reader.text("themes", longest=60),
            comment_by=reader.text("comment_by", longest=60),
        )
        for key in ("text", "help"):
            check_pipes(reader, key, self._conditions)
        self._close(kind)
        return question

    def asked_for_words(self, asked: SurveyQuestion) -> tuple[SurveyQuestion, ...]:
        """The short texts that its choices ask for (`ask_text`), each shown when that choice was taken."""
        found = []
        for choice, name in self._more:
            texts = tuple(
                (code, f"{literal(label)}: please say more" if code == "en" else f"{literal(label)}: …")
                for code, label in choice.label.texts
            )
            found.append(
                SurveyQuestion(
                    id=name,
                    kind=Type.TEXT_SHORT,
                    text=LocalText(texts),
                    show_if=Leaf(asked.id, "is" if asked.kind is Type.SINGLE else "includes", choice.value),
                    sensitive=asked.sensitive,
                    belongs_to=asked.id,
                )
            )
        return tuple(found)

    def _kind(self) -> Type | None:
        scalar = self._reader.scalar("type", required=True, wanted="a type")
        if scalar is None:
            return None
        if scalar.text in IDENTIFYING and self._survey.mode != "named":
            message = (
                f"a {scalar.text} question says who someone is. It can stand only in a survey with mode: named. "
                "Ask in a second survey, or take it out."
            )
            self._reader.error("E303", scalar.at, "type", message)
        if scalar.text == CONTACT:
            message = (
                "a wish to be contacted is never asked beside other answers. In a named survey Herald knows who it is; "
                "otherwise say in the text under end whom to ring or write to."
            )
            self._reader.error("E227", scalar.at, "type", message)
            return None
        kinds = {kind.value: kind for kind in Type}
        if scalar.text not in kinds:
            message = f"{quoted(scalar.text)} is not a type of question.{did_you_mean(scalar.text, kinds)}"
            self._reader.error("E226", scalar.at, "type", message)
        return kinds.get(scalar.text)

    def _close(self, kind: Type) -> None:
        for entry in self._reader.mapping.entries:
            name = entry.key.text
            fitting = BELONGS_TO.get(name)
            if fitting is not None and kind not in fitting:
                kinds = one_of(sorted(fits.value for fits in fitting))
                message = f"{name} does not belong to a question of type {kind}, only to {kinds}. Take it out."
                self._reader.error("E223", entry.key.at, name, message)
        self._reader.allow(*BELONGS_TO)
        self._reader.close()

    # Choices

    def _choices(self, kind: Type, *, extra: int) -> tuple[SurveyChoice, ...]:
        reader = self._reader
        if kind not in CHOICES:
            return ()
        found: list[SurveyChoice] = []
        lines: dict[str, int] = {}
        nodes = reader.nodes("choices", required=True)
        for inner in reader.each("choices", "choice"):
            choice = self._choice(inner)
            at = inner.at("value")
            if choice.value and choice.value in lines:
                message = (
                    f"{quoted(choice.value)} is already a choice in line {lines[choice.value]}. Use another value."
                )
                reader.error("E222", at, "choices", message)
            lines.setdefault(choice.value, at[0])
            found.append(choice)
        if reader.has("choices") and len(nodes) < 2:
            message = f"there {'is only one choice' if nodes else 'are no choices'}. Give at least two."
            reader.error("E220", reader.at("choices"), "choices", message)
        if len(nodes) + extra > MAX_OPTIONS:
            message = f"there are {len(nodes) + extra} choices; Slack lists at most {MAX_OPTIONS}. Divide the question."
            reader.error("E232", reader.at("choices"), "choices", message)
        return tuple(found)

    def _choice(self, reader: Reader) -> SurveyChoice:
        scalar = reader.scalar("value", required=True)
        value = ""
        if scalar is not None:
            value = reader.as_identifier("value", scalar, KEY, KEY_RULE, code="E221", where="choices")
        if value in (NOT_APPLICABLE, PREFER_NOT):
            message = f"{value} is Herald's own value. Write {value}: true beside the question instead of a choice."
            reader.error("E221", reader.at("value"), "choices", message)
        choice = SurveyChoice(value, self._languages.read(reader, "label", LABEL))
        if reader.has("ask_text"):
            name = reader.identifier("ask_text", KEY, KEY_RULE)
            if name:
                self._more.append((choice, name))
        reader.close()
        return choice

    def _top(self, kind: Type) -> int:
        """How many places are asked for: no more than there are choices. E213."""
        reader = self._reader
        if kind is not Type.RANK:
            return 0
        top = reader.integer("top", low=1, high=MAX_TOP, required=True) or 1
        offered = len(reader.nodes("choices"))
        if offered and top > offered:
            message = f"top is {top}, but there are only {offered} choices. Write {offered} or less."
            reader.error("E213", reader.at("top"), "top", message)
        return min(top, offered) or 1

    # Numbers, dates, texts

    def _bounds(self, kind: Type) -> tuple[int | None, int | None, date | None, date | None]:
        reader = self._reader
        if kind is Type.NUMBER:
            low, high = (reader.integer(key, low=-BIGGEST, high=BIGGEST) for key in ("min", "max"))
            if low is not None and high is not None and low > high:
                self._crossed(str(low), str(high))
            return low, high, None, None
        if kind is Type.DATE:
            earliest, latest = reader.day("min"), reader.day("max")
            if earliest is not None and latest is not None and earliest > latest:
                self._crossed(str(earliest), str(latest))
            return None, None, earliest, latest
        return None, None, None, None

    def _crossed(self, low: str, high: str) -> None:
        message = f"min is {low} and max is {high}. Exchange them."
        self._reader.error("E225", self._reader.at("max"), "max", message)

    def _max_length(self, kind: Type) -> int:
        longest = LONGEST_ANSWER.get(kind, 300)
        if kind not in WRITTEN:
            return longest
        return self._reader.integer("max_length", low=1, high=longest, default=longest) or longest
