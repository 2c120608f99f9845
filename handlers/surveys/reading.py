"""The file behind a survey, and whether it can be answered now."""

from datetime import datetime, timedelta
from functools import lru_cache

from bot.files.survey import parse_survey
from bot.files.survey_model import SurveyFile
from storage.surveys import CLOSED, OPEN
from storage.tables.surveys import Survey
from storage.unit_of_work import UnitOfWork

SESSION = "session"
"""The breakdown of an evaluation by what it is about; a cut of the file cannot have this id."""


class NoSuchSurvey(LookupError):
    """There is no survey of that id; the text says what to do."""

    def __init__(self, survey_id: str) -> None:
        super().__init__(f"There is no survey {survey_id}. Load its file first: herald apply FILE.")


def file_of(survey: Survey) -> SurveyFile:
    """What the survey's file says."""
    return parsed(survey.document)


@lru_cache(maxsize=64)
def parsed(document: str) -> SurveyFile:
    """What a survey file says; read once for each text."""
    return parse_survey(document).value


async def survey_of(uow: UnitOfWork, survey_id: str, *, lock: bool = False) -> Survey:
    """One survey. Raises NoSuchSurvey."""
    survey = await uow.surveys.get(survey_id, lock=lock)
    if survey is None:
        raise NoSuchSurvey(survey_id)
    return survey


def subject_of(survey_id: str, about: str) -> str:
    """What a talk, a button or a link about an invitation carries: `survey` or `survey/session`."""
    return f"{survey_id}/{about}" if about else survey_id


def parts_of(subject: str) -> tuple[str, str]:
    """The survey's id and what it is about."""
    survey_id, _, about = subject.partition("/")
    return survey_id, about


def is_open(survey: Survey, now: datetime) -> bool:
    """Whether a reply may be begun now. The closing time counts, also before the sweep has come round."""
    return survey.state == OPEN and (survey.closes_at is None or now < survey.closes_at)


def ended_at(survey: Survey) -> datetime | None:
    """The instant at which no reply could be begun any more, or None while it has not ended."""
    if survey.state == CLOSED:
        return survey.closed_at
    return survey.closes_at if survey.state == OPEN else None


def finished_by(survey: Survey) -> datetime | None:
    """Until when a reply that was begun in time is still taken: the end and the file's grace."""
    end = ended_at(survey)
    return None if end is None else end + timedelta(minutes=file_of(survey).schedule.grace_minutes)


def state_of(survey: Survey, now: datetime) -> str:
    """draft, open or closed; open only while it can really be answered."""
    return CLOSED if survey.state == OPEN and not is_open(survey, now) else survey.state


async def session_title(uow: UnitOfWork, about: str) -> str:
    """What an evaluation is about, in words: the title of the briefing."""
    briefing = await uow.briefings.get(about) if about else None
    return about if briefing is None else briefing.title
