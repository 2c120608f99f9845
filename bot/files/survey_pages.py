"""Reads the pages of a survey file in order, so that each condition can be checked against the questions before it."""

from dataclasses import dataclass, field

from bot.files.known import NOTHING_KNOWN, Known
from bot.files.local_text import Languages, Rule
from bot.files.nodes import Mapping, Position, Scalar, Sequence
from bot.files.problems import Findings, quoted
from bot.files.reachability import Paths, together
from bot.files.reader import Reader
from bot.files.survey_conditions import ConditionReader
from bot.files.survey_model import Mode, SurveyPage, SurveyQuestion, Type
from bot.files.survey_parts import KEY, KEY_RULE
from bot.files.survey_piping import refuse_pipes
from bot.files.survey_questions import QuestionReader, Survey

MAX_PAGES = 30
MAX_QUESTIONS = 60
PAGE_TITLE = Rule(longest=150)


@dataclass
class PagesReader:
    """Reads the pages in order; afterwards `places` says where each question stands."""

    top: Reader
    languages: Languages
    mode: Mode
    known: Known = NOTHING_KNOWN
    places: dict[str, Position] = field(default_factory=dict)
    page_places: dict[str, Position] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._paths = Paths()
        self._all_ids = frozenset(_all_ids(self.top))
        self._conditions = ConditionReader(self._findings, self._all_ids)
        self._survey = Survey(self.languages, self._conditions, self.mode, self.known)
        self._count = 0

    @property
    def _findings(self) -> Findings:
        return self.top.findings

    def pages(self) -> tuple[SurveyPage, ...]:
        """All pages, with every problem of theirs noted."""
        readers = self.top.each("pages", "page", required=True)
        at = self.top.at("pages")
        if self.top.has("pages") and not self.top.nodes("pages"):
            self.top.error("E213", at, "pages", "there are no pages. Write at least one page with a question.")
        if len(readers) > MAX_PAGES:
            self.top.error("E228", at, "pages", f"there are {len(readers)} pages; at most {MAX_PAGES} are possible.")
        pages = tuple(self._page(reader) for reader in readers[:MAX_PAGES])
        if self._count > MAX_QUESTIONS:
            message = f"there are {self._count} questions; at most {MAX_QUESTIONS} are possible. Shorter is kinder."
            self.top.error("E228", at, "pages", message)
        return pages

    def _page(self, reader: Reader) -> SurveyPage:
        key = reader.identifier("id", KEY, KEY_RULE)
        if key in self.page_places:
            message = f"the page {quoted(key)} is already in line {self.page_places[key][0]}. Give each its own id."
            reader.error("E202", reader.at("id"), "id", message)
        self.page_places.setdefault(key, reader.at("id"))
        title = self.languages.read(reader, "title", PAGE_TITLE)
        refuse_pipes(reader, "title", self._conditions)
        before = self._findings.count()
        show_if = self._conditions.read(reader.node("show_if"), "show_if")
        seen = True
        if show_if is not None and self._findings.count() == before and not self._paths.can_hold(show_if):
            seen = False
            message = f"nobody can ever reach page {key}: no answers make its show_if true."
            reader.error("E242", reader.at("show_if"), "show_if", message)
        questions: list[SurveyQuestion] = []
        readers = reader.each("questions", "question", required=True)
        if reader.has("questions") and not readers:
            reader.error("E213", reader.at("questions"), "questions", "this page has no questions. Add one.")
        room = max(0, MAX_QUESTIONS - self._count)
        self._count += len(readers)
        for inner in readers[:room]:
            questions.extend(self._question(inner, page=SurveyPage(key, (), title, show_if), reachable=seen))
        reader.close()
        return SurveyPage(key, tuple(questions), title, show_if)

    def _question(self, reader: Reader, *, page: SurveyPage, reachable: bool) -> list[SurveyQuestion]:
        question_reader = QuestionReader(reader, self._survey)
        asked = question_reader.read()
        self._remember(reader, asked)
        if asked is None:
            return []
        self._inside(asked, reader.at("id"))
        condition = together((page.show_if, asked.show_if))
        worth_a_look = reachable and asked.show_if is not None
        if worth_a_look and condition is not None and not self._paths.can_hold(condition):
            message = f"nobody can ever reach question {asked.id}: no answers make its show_if true."
            reader.error("E242", reader.at("show_if"), "show_if", message)
        more = question_reader.asked_for_words(asked)
        for question in (asked, *more):
            if question.id and question.kind is not Type.INFO:
                self._paths.add(question, together((page.show_if, question.show_if)))
        for question in more:
            self._known(question.id, reader.mapping.at, "ask_text", question)
        return [asked, *more]

    def _remember(self, reader: Reader, asked: SurveyQuestion | None) -> None:
        name = reader.mapping.get("id")
        if name is not None and isinstance(name.value, Scalar):
            self._known(
                name.value.text, name.value.at, "id", asked if asked is not None and _comparable(asked) else None
            )

    def _inside(self, question: SurveyQuestion, at: Position) -> None:
        """What a ranking or a matrix is asked as needs keys of its own."""
        for key in question.asked_as():
            if key != question.id and key in self._all_ids:
                message = (
                    f"{quoted(key)} is how Herald names a part of {question.id}. Give the other question another id."
                )
                self._findings.error("E202", at, "id", message)

    def _known(self, name: str, at: Position, where: str, question: SurveyQuestion | None) -> None:
        if name in self.places:
            message = f"the question {quoted(name)} is already in line {self.places[name][0]}. Give each its own id."
            self._findings.error("E202", at, where, message)
            return
        self.places[name] = at
        self._conditions.earlier[name] = question


def _comparable(question: SurveyQuestion) -> bool:
    """Whether its answers are known well enough to check a condition against them."""
    match question.kind:
        case Type.SINGLE | Type.MULTI | Type.RANK:
            return len(question.choices) > 0 and all(choice.value for choice in question.choices)
        case Type.SCALE:
            return len(question.points) > 0
        case _:
            return True


def _all_ids(top: Reader) -> list[str]:
    """The ids that the file gives to questions, to tell "comes later" from "does not exist"."""
    found = []
    for page in top.nodes("pages"):
        entry = page.get("questions") if isinstance(page, Mapping) else None
        questions = entry.value.items if entry is not None and isinstance(entry.value, Sequence) else ()
        for question in questions:
            name = question.get("id") if isinstance(question, Mapping) else None
            if name is not None and isinstance(name.value, Scalar):
                found.append(name.value.text)
    return found
