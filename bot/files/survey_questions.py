"""Reads one question of a survey file."""

import re
from datetime import date

from bot.conversation.conditions import Leaf
from bot.conversation.flow import MAX_LABEL, MAX_OPTIONS, Kind
from bot.files.local_text import Languages, LocalText, Rule
from bot.files.nodes import Scalar
from bot.files.problems import did_you_mean, one_of, quoted
from bot.files.reader import Reader
from bot.files.survey_conditions import ConditionReader
from bot.files.survey_model import (
    NOT_APPLICABLE,
    PREFER_NOT,
    ScalePoint,
    SurveyChoice,
    SurveyQuestion,
)

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
KEY_RULE = "a small letter followed by small letters, digits or underscores"
QUESTION_TEXT = Rule(shortest=3, longest=300, required=True)
HELP = Rule(longest=2000, too_long="E231", translated=False)
INFO_TEXT = Rule(shortest=3, longest=3000, too_long="E235", required=True)
LABEL = Rule(longest=MAX_LABEL, too_long="E230", required=True)
POINT_LABEL = Rule(longest=MAX_LABEL, too_long="E230")
LONGEST_ANSWER = {Kind.TEXT_SHORT: 300, Kind.TEXT_LONG: 3000}
SCALE_POINTS = (3, 7)
BIGGEST = 10**12

NOT_YET = {
    "rank": "Ask for the most important one with type: single.",
    "matrix": "Ask each row as a question of its own with type: scale.",
    "pledge": "People make pledges with /herald pledge.",
    "booking": "People book with /herald book.",
    "contact": "Ask in a survey of its own with mode: named.",
}
IDENTIFYING = frozenset({"pledge", "booking", "contact"})
CLOSED = frozenset({Kind.SINGLE, Kind.MULTI, Kind.YES_NO, Kind.SCALE})
WRITTEN = frozenset({Kind.TEXT_SHORT, Kind.TEXT_LONG})
ANSWERED = frozenset(Kind) - {Kind.INFO}
BELONGS_TO: dict[str, frozenset[Kind]] = {
    "required": ANSWERED,
    "sensitive": ANSWERED,
    "choices": frozenset({Kind.SINGLE, Kind.MULTI}),
    "points": frozenset({Kind.SCALE}),
    "nps": frozenset({Kind.SCALE}),
    "max_length": WRITTEN,
    "min": frozenset({Kind.NUMBER, Kind.DATE}),
    "max": frozenset({Kind.NUMBER, Kind.DATE}),
    "not_applicable": CLOSED,
    "prefer_not": CLOSED,
    "themes": WRITTEN,
    "comment_by": WRITTEN,
}


class QuestionReader:
    """Reads one question."""

    def __init__(self, reader: Reader, languages: Languages, conditions: ConditionReader, *, anonymous: bool) -> None:
        self._reader = reader
        self._languages = languages
        self._conditions = conditions
        self._anonymous = anonymous
        self._more: list[tuple[SurveyChoice, str]] = []

    def read(self) -> SurveyQuestion | None:
        """The question, with harmless values where something is wrong; None where even its type is not known."""
        reader = self._reader
        name = reader.identifier("id", KEY, KEY_RULE)
        kind = self._kind()
        if kind is None:
            return None
        text_rule = INFO_TEXT if kind is Kind.INFO else QUESTION_TEXT
        not_applicable, prefer_not = reader.boolean("not_applicable"), reader.boolean("prefer_not")
        low, high, earliest, latest = self._bounds(kind)
        question = SurveyQuestion(
            id=name,
            kind=kind,
            text=self._languages.read(reader, "text", text_rule),
            help=self._languages.read(reader, "help", HELP),
            required=reader.boolean("required"),
            choices=self._choices(kind, extra=not_applicable + prefer_not),
            points=self._points(kind),
            nps=kind is Kind.SCALE and reader.boolean("nps"),
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
        self._close(kind)
        return question

    def asked_for_words(self, asked: SurveyQuestion) -> tuple[SurveyQuestion, ...]:
        """The short texts that its choices ask for (`ask_text`), each shown when that choice was taken."""
        found = []
        for choice, name in self._more:
            texts = tuple(
                (code, f"{label}: please say more" if code == "en" else f"{label}: …")
                for code, label in choice.label.texts
            )
            found.append(
                SurveyQuestion(
                    id=name,
                    kind=Kind.TEXT_SHORT,
                    text=LocalText(texts),
                    show_if=Leaf(asked.id, "includes" if asked.kind is Kind.MULTI else "is", choice.value),
                    sensitive=asked.sensitive,
                    belongs_to=asked.id,
                )
            )
        return tuple(found)

    def _kind(self) -> Kind | None:
        scalar = self._reader.scalar("type", required=True, wanted="a type")
        if scalar is None:
            return None
        if scalar.text in NOT_YET:
            message = f"questions of type {scalar.text} cannot be asked yet. {NOT_YET[scalar.text]}"
            self._reader.error("E227", scalar.at, "type", message)
            if self._anonymous and scalar.text in IDENTIFYING:
                message = f"a {scalar.text} question says who someone is. It cannot stand in an anonymous survey."
                self._reader.error("E303", scalar.at, "type", message)
            return None
        kinds = {kind.value: kind for kind in Kind}
        if scalar.text not in kinds:
            message = f"{quoted(scalar.text)} is not a type of question.{did_you_mean(scalar.text, kinds)}"
            self._reader.error("E226", scalar.at, "type", message)
        return kinds.get(scalar.text)

    def _close(self, kind: Kind) -> None:
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

    def _choices(self, kind: Kind, *, extra: int) -> tuple[SurveyChoice, ...]:
        reader = self._reader
        if kind not in BELONGS_TO["choices"]:
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

    # Scales

    def _points(self, kind: Kind) -> tuple[ScalePoint, ...]:
        reader = self._reader
        if kind is not Kind.SCALE:
            return ()
        if reader.boolean("nps"):
            if reader.has("points"):
                message = "nps: true has its own points from 0 to 10. Take out points, or nps."
                reader.error("E214", reader.at("points"), "points", message)
            return tuple(self._bare(value) for value in range(11))
        node = reader.node("points")
        if node is None:
            message = "a scale needs points. Write points: [{value: 1, label: Not at all}, {value: 5, label: Very}]."
            reader.error("E224", reader.mapping.at, "points", message)
            return ()
        if isinstance(node, Scalar):
            highest = reader.as_integer("points", node, low=SCALE_POINTS[0], high=SCALE_POINTS[1])
            return () if highest is None else tuple(self._bare(value) for value in range(1, highest + 1))
        return self._listed_points()

    def _listed_points(self) -> tuple[ScalePoint, ...]:
        reader = self._reader
        before = reader.findings.count()
        labelled: dict[int, LocalText] = {}
        for inner in reader.each("points", "point"):
            value = inner.integer("value", low=-10, high=10, required=True)
            label = self._languages.read(inner, "label", POINT_LABEL)
            inner.close()
            if value is not None and labelled and value <= max(labelled):
                message = f"{value} comes after {max(labelled)}. Give the points in rising order, each once."
                reader.error("E224", inner.at("value"), "points", message)
            elif value is not None:
                labelled[value] = label
        count = max(labelled) - min(labelled) + 1 if labelled else 0
        if reader.findings.count() == before and not SCALE_POINTS[0] <= count <= SCALE_POINTS[1]:
            message = f"the scale has {count} points; it needs 3 to 7, counting those between the labelled ones."
            reader.error("E224", reader.at("points"), "points", message)
        if reader.findings.count() > before:
            return ()
        every = range(min(labelled), max(labelled) + 1)
        return tuple(ScalePoint(value, labelled.get(value) or self._bare(value).label) for value in every)

    def _bare(self, value: int) -> ScalePoint:
        return ScalePoint(value, LocalText(tuple((code, str(value)) for code in self._languages.codes)))

    # Numbers, dates, texts

    def _bounds(self, kind: Kind) -> tuple[int | None, int | None, date | None, date | None]:
        reader = self._reader
        if kind is Kind.NUMBER:
            low, high = (reader.integer(key, low=-BIGGEST, high=BIGGEST) for key in ("min", "max"))
            if low is not None and high is not None and low > high:
                self._crossed(str(low), str(high))
            return low, high, None, None
        if kind is Kind.DATE:
            earliest, latest = reader.day("min"), reader.day("max")
            if earliest is not None and latest is not None and earliest > latest:
                self._crossed(str(earliest), str(latest))
            return None, None, earliest, latest
        return None, None, None, None

    def _crossed(self, low: str, high: str) -> None:
        message = f"min is {low} and max is {high}. Exchange them."
        self._reader.error("E225", self._reader.at("max"), "max", message)

    def _max_length(self, kind: Kind) -> int:
        longest = LONGEST_ANSWER.get(kind, 300)
        if kind not in WRITTEN:
            return longest
        return self._reader.integer("max_length", low=1, high=longest, default=longest) or longest
