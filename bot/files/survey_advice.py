"""Advice on the wording and the length of a survey: warnings that stop nothing (reference/surveys-pledges.md 4.4)."""

import re

from bot.files.nodes import Position
from bot.files.problems import Findings
from bot.files.survey_model import SurveyFile, SurveyQuestion, Type

LONG_SURVEY = 12
SECONDS = {Type.TEXT_LONG: 45, Type.TEXT_SHORT: 20, Type.MULTI: 15, Type.INFO: 5, Type.PLEDGE: 45, Type.BOOKING: 20}
USUAL_SECONDS = 10
TWO_THINGS = re.compile(r"\band(/or)?\b", re.IGNORECASE)
LEADING = re.compile(
    r"\b(surely|obviously|clearly|of course|everyone knows|don['’]t you|wouldn['’]t you|isn['’]t it|"
    r"do you agree|would you agree|how (great|excellent|good|wonderful|bad|terrible|helpful was our))\b",
    re.IGNORECASE,
)
RATED = frozenset({Type.SCALE, Type.SINGLE, Type.YES_NO, Type.MATRIX, Type.RANK})


def seconds(question: SurveyQuestion) -> int:
    """How long a question takes to answer, each place of a ranking and each row of a matrix counted."""
    parts = len(question.asked_as()) if question.kind in (Type.RANK, Type.MATRIX) else 1
    return parts * SECONDS.get(question.kind, USUAL_SECONDS)


def advise(survey: SurveyFile, places: dict[str, Position], findings: Findings, pages_at: Position) -> None:
    """W201, W202, W203 and W204."""
    asked = [question for question in survey.questions() if question.kind is not Type.INFO and not question.belongs_to]
    if len(asked) > LONG_SURVEY:
        minutes = max(1, round(sum(map(seconds, survey.questions())) / 60))
        message = f"{len(asked)} questions take about {minutes} minutes. Fewer than {LONG_SURVEY + 1} get more replies."
        findings.warn("W201", pages_at, "pages", message)
    if len(asked) > 1 and all(question.required for question in asked):
        message = "every question is required. People who cannot answer one leave; let most of them be open."
        findings.warn("W204", pages_at, "pages", message)
    for question in asked:
        _advise_on_words(question, places.get(question.id, pages_at), findings)


def _advise_on_words(question: SurveyQuestion, at: Position, findings: Findings) -> None:
    words = dict(question.text.texts).get("en", "")
    if question.kind in RATED and TWO_THINGS.search(words):
        message = f"{question.id} may ask two things at once (“and”). Ask them one by one, or leave one out."
        findings.warn("W202", at, "text", message)
    leading = LEADING.search(words)
    if leading:
        message = f"{question.id} may lead people with “{leading[0]}”. Ask it so that every answer is equally easy."
        findings.warn("W203", at, "text", message)
