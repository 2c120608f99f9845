"""How a question of the file is asked: as one question of the talk, or as several for a ranking, a matrix, a pledge.

Every surface gets these for nothing, because they are made of the kinds that it knows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot import words
from bot.conversation.conditions import All, Any, Condition, Leaf, Not
from bot.conversation.flow import MAX_LABEL, YES_NO, Choice, Kind, Question
from bot.files.local_text import LocalText
from bot.files.survey_model import NOT_APPLICABLE, PREFER_NOT, SurveyFile, SurveyQuestion, Type
from bot.files.survey_piping import filled
from bot.flows.booking import Offered, manager_agrees, session_choices
from bot.flows.pledge import LONGEST, OWN_WORDS
from bot.flows.survey_folding import NOT_NOW
from bot.flows.survey_words import APART, offered

ALWAYS, NEVER = All(()), Any(())
PLACES = ("First", "Second", "Third", "Fourth", "Fifth")
NOT_NOW_WORDS = "Not now"
NOTHING_TO_BOOK = "There is no session to book at the moment."


@dataclass(frozen=True, slots=True)
class Offers:
    """What depends on the person and the day: sessions that can be booked, and what an earlier reply has made.

    `made` is by the id of the question, in words: a pledge or a seat that is there already is not asked for again.
    """

    sessions: tuple[Offered, ...] = ()
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """The survey in one language, with the answers that its texts repeat."""

    survey: SurveyFile
    language: str
    words_of: Callable[[str], str]
    offers: Offers

    def say(self, text: LocalText) -> str:
        """The text in this language, with earlier answers put in."""
        return filled(text.said_in(self.language), self.words_of)

    def asked(self, question: SurveyQuestion) -> tuple[Question, ...]:
        """The questions of the talk, each with the condition under which it is asked."""
        shown_if = self.condition(question.show_if)
        return tuple(
            replace(each, show_if=_both(shown_if, each.show_if), sensitive=question.sensitive)
            for each in self._asked(question)
        )

    def _asked(self, question: SurveyQuestion) -> tuple[Question, ...]:
        match question.kind:
            case Type.RANK:
                return self._places(question)
            case Type.MATRIX:
                return self._rows(question)
            case Type.PLEDGE | Type.BOOKING if question.id in self.offers.made:
                return (Question(question.id, f"{self.say(question.text)} {self.offers.made[question.id]}", Kind.INFO),)
            case Type.PLEDGE:
                return self._pledge(question)
            case Type.BOOKING:
                return self._booking(question)
            case _:
                return (self._simple(question),)

    def _simple(self, question: SurveyQuestion) -> Question:
        return Question(
            key=question.id,
            ask=self.say(question.text),
            kind=Kind(question.kind.value),
            help=self.say(question.help),
            required=question.required,
            choices=self._choices(question),
            max_length=question.max_length,
            minimum=question.minimum,
            maximum=question.maximum,
            earliest=question.earliest,
            latest=question.latest,
        )

    def _choices(self, question: SurveyQuestion) -> tuple[Choice, ...]:
        named = offered(question, self.language)
        if question.kind is Type.YES_NO:
            keywords = {choice.value: (*choice.keywords, choice.label) for choice in YES_NO}
            return tuple(Choice(value, label, keywords=keywords.get(value, ())) for value, label in named)
        if question.kind in (Type.SCALE, Type.MATRIX):
            return tuple(Choice(value, label if value in APART else _point(value, label)) for value, label in named)
        return tuple(Choice(value, label) for value, label in named)

    # A ranking: "First?", "Second?" …

    def _places(self, question: SurveyQuestion) -> tuple[Question, ...]:
        ask, choices = self.say(question.text), self._choices(question)
        keys = question.asked_as()
        may_pass = question.not_applicable or question.prefer_not
        own = tuple(choice for choice in choices if choice.value not in (NOT_APPLICABLE, PREFER_NOT))
        return tuple(
            Question(
                key=key,
                ask=f"{ask} – {PLACES[place]}" if len(keys) > 1 else ask,
                kind=Kind.SINGLE,
                help=self.say(question.help) if place == 0 else "",
                required=question.required and (place == 0 or not may_pass),
                choices=choices if place == 0 else own,
                differs_from=keys[:place],
            )
            for place, key in enumerate(keys)
        )

    # A matrix: a scale for each row

    def _rows(self, question: SurveyQuestion) -> tuple[Question, ...]:
        ask, choices = self.say(question.text), self._choices(question)
        return tuple(
            Question(
                key=key,
                ask=f"{ask} – {row.text.said_in(self.language)}",
                kind=Kind.SCALE,
                help=self.say(question.help) if row is question.rows[0] else "",
                required=question.required,
                choices=choices,
            )
            for row, key in zip(question.rows, question.asked_as(), strict=True)
        )

    # A pledge and a booking

    def _pledge(self, question: SurveyQuestion) -> tuple[Question, ...]:
        pick, own = question.asked_as()
        not_now = () if question.required else (Choice(NOT_NOW, NOT_NOW_WORDS),)
        return (
            Question(
                key=pick,
                ask=self.say(question.text),
                kind=Kind.SINGLE,
                help=self.say(question.help),
                required=question.required,
                choices=(*self._choices(question), *not_now),
            ),
            Question(
                key=own,
                ask="What will you do, in your own words?",
                kind=Kind.TEXT_LONG,
                help=f"Start with “I will …”. {words.NEVER_NAME_A_CHILD}",
                max_length=LONGEST,
                show_if=Leaf(pick, "is", OWN_WORDS),
            ),
        )

    def _booking(self, question: SurveyQuestion) -> tuple[Question, ...]:
        session, declared = question.asked_as()
        sessions = self._sessions(question)
        if not sessions:
            return (Question(question.id, f"{self.say(question.text)} {NOTHING_TO_BOOK}", Kind.INFO),)
        not_now = () if question.required else (Choice(NOT_NOW, NOT_NOW_WORDS),)
        which = Question(
            key=session,
            ask=self.say(question.text),
            kind=Kind.SINGLE,
            help=self.say(question.help),
            required=question.required,
            choices=(*session_choices(sessions), *not_now),
        )
        asks_manager = tuple(each.briefing_id for each in sessions if each.declared)
        agrees = replace(manager_agrees(), key=declared, show_if=Leaf(session, "in", asks_manager))
        return (which, agrees) if asks_manager else (which,)

    def _sessions(self, question: SurveyQuestion) -> Sequence[Offered]:
        wanted = question.sessions
        return [each for each in self.offers.sessions if not wanted or each.briefing_id in wanted]

    # Conditions look at questions of the file; the talk has others in their place

    def condition(self, condition: Condition | None) -> Condition | None:
        """The same condition about the questions of the talk."""
        match condition:
            case All(parts):
                return All(tuple(self._condition(part) for part in parts))
            case Any(parts):
                return Any(tuple(self._condition(part) for part in parts))
            case Not(part):
                return Not(self._condition(part))
            case Leaf():
                return self._leaf(condition)
            case None:
                return None

    def _condition(self, part: Condition) -> Condition:
        return self.condition(part) or ALWAYS

    def _leaf(self, leaf: Leaf) -> Condition:
        question = next(each for each in self.survey.questions() if each.id == leaf.question)
        if question.kind not in (Type.RANK, Type.MATRIX, Type.PLEDGE, Type.BOOKING):
            return leaf
        if leaf.op in ("includes", "excludes"):
            wanted = leaf.value if isinstance(leaf.value, tuple) else (str(leaf.value),)
            held: Condition = Any(tuple(Leaf(key, "in", wanted) for key in question.asked_as()))
            return held if leaf.op == "includes" else Not(held)
        answered = self._answered(question)
        return answered if leaf.value else Not(answered)

    def _answered(self, question: SurveyQuestion) -> Condition:
        if question.id in self.offers.made:
            return ALWAYS
        if question.kind is Type.BOOKING and not self._sessions(question):
            return NEVER
        if question.kind in (Type.PLEDGE, Type.BOOKING):
            first = question.asked_as()[0]
            return All((Leaf(first, "answered", True), Leaf(first, "is_not", NOT_NOW)))
        return Any(tuple(Leaf(key, "answered", True) for key in question.asked_as()))


def _both(outer: Condition | None, inner: Condition | None) -> Condition | None:
    return All((outer, inner)) if outer is not None and inner is not None else outer or inner


def _point(value: str, label: str) -> str:
    """A point with its number, so that everybody sees where it stands on the scale."""
    return value if label in ("", value) else f"{value} – {label}"[:MAX_LABEL]
