"""Between what a talk asks and what a file asks: a ranking is several single choices in the talk and one answer in the
file, a matrix one scale for each row. Pure; `fold` makes the answers that are kept, `unfold` those of the talk.
"""

from collections.abc import Mapping

from bot.conversation.conditions import Answer, Answers
from bot.files.survey_model import NOT_APPLICABLE, PREFER_NOT, SurveyFile, SurveyQuestion, Type

NOT_NOW = "not_now"
"""The choice of somebody who makes no pledge or books no seat now: as good as no answer."""
PICK, OWN, DECLARED = "pick", "own", "declared"
ROW = ":"  # ids of rows have no colon, so `row:value` is read back in one way only


def fold(survey: SurveyFile, answers: Answers) -> dict[str, Answer]:
    """One answer for each question of the file: a ranking as the values in their order, a matrix as `row:value` each.

    What belongs to no question of the file, such as the language, is left out.
    """
    folded = ((question.id, _folded(question, answers)) for question in survey.questions())
    return {key: answer for key, answer in folded if answer is not None}


def unfold(survey: SurveyFile, kept: Answers) -> dict[str, Answer]:
    """The answers of the talk in which these would have been given. Pledges and bookings are not made twice."""
    found: dict[str, Answer] = {}
    for question in survey.questions():
        if question.id in kept:
            found |= _unfolded(question, kept[question.id])
    return found


def by_row(question: SurveyQuestion, answer: Answer) -> Mapping[str, str]:
    """The values of a matrix by the ids of its rows."""
    rows = {row.id for row in question.rows}
    pairs = (item.partition(ROW) for item in (answer if isinstance(answer, tuple) else ()))
    return {row: value for row, _, value in pairs if row in rows}


def _folded(question: SurveyQuestion, answers: Answers) -> Answer | None:
    match question.kind:
        case Type.RANK:
            return _ranking([str(answers[key]) for key in question.asked_as() if key in answers])
        case Type.MATRIX:
            given = zip(question.rows, question.asked_as(), strict=True)
            return tuple(f"{row.id}{ROW}{answers[key]}" for row, key in given if key in answers) or None
        case Type.PLEDGE | Type.BOOKING:
            picked = answers.get(question.asked_as()[0])
            return None if picked in (None, NOT_NOW) else (str(picked),)
        case _:
            return answers.get(question.id)


def _ranking(places: list[str]) -> Answer | None:
    """Places that were left open close up, and nothing stands in two places."""
    apart = next((value for value in places if value in (NOT_APPLICABLE, PREFER_NOT)), None)
    return apart or tuple(dict.fromkeys(places)) or None


def _unfolded(question: SurveyQuestion, answer: Answer) -> Mapping[str, Answer]:
    match question.kind:
        case Type.RANK:
            places = answer if isinstance(answer, tuple) else (str(answer),)
            return dict(zip(question.asked_as(), places, strict=False))
        case Type.MATRIX:
            said = by_row(question, answer)
            given = zip(question.rows, question.asked_as(), strict=True)
            return {key: said[row.id] for row, key in given if row.id in said}
        case Type.PLEDGE | Type.BOOKING:
            return {}
        case _:
            return {question.id: answer}
