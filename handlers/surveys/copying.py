"""Asking again: the file of a survey that was held, or of a shipped one, as the file of the next."""

from bot.files.library import NoSuchTemplate, template
from bot.files.survey import ID_RULE, SURVEY_ID
from bot.files.survey_copy import copy_of
from handlers.partnership import calendar_of
from handlers.surveys.reading import NoSuchSurvey
from storage.unit_of_work import UnitOfWork


class CannotCopy(Exception):
    """A copy that cannot be made; the text gives the reason and the remedy."""


async def copy_of_survey(uow: UnitOfWork, *, survey_id: str, new_id: str) -> str:
    """The text of the new file. Keeps nothing. Raises NoSuchSurvey, CannotCopy."""
    if not SURVEY_ID.fullmatch(new_id):
        raise CannotCopy(f"“{new_id}” cannot be an id. Use {ID_RULE}.")
    if await uow.surveys.get(new_id) is not None:
        raise CannotCopy(f"There is a survey {new_id} already. Choose another id, so that its results stay its own.")
    survey = await uow.surveys.get(survey_id)
    document = _shipped(survey_id) if survey is None else survey.document
    return copy_of(document, new_id=new_id, today=(await calendar_of(uow)).local(uow.now).date())


def _shipped(survey_id: str) -> str:
    try:
        return template(survey_id).text
    except NoSuchTemplate:
        raise NoSuchSurvey(survey_id) from None
