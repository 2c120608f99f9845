"""The survey templates that Herald ships, as files that a coordinator can copy and change."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.files.problems import did_you_mean
from bot.files.survey import parse_survey
from bot.files.survey_model import SurveyFile


@dataclass(frozen=True, slots=True)
class Template:
    """A shipped survey: its id, the text of its file, and what the file says."""

    id: str
    text: str
    survey: SurveyFile


class NoSuchTemplate(LookupError):
    """There is no shipped survey of that name; the message names those there are."""


@cache
def templates() -> tuple[Template, ...]:
    """All shipped surveys, in the order of their ids. They name no audience and no dates: whoever opens one does."""
    found = sorted(entry.name for entry in files(__name__).iterdir() if entry.name.endswith(".yaml"))
    texts = [files(__name__).joinpath(name).read_text(encoding="utf-8") for name in found]
    surveys = [parse_survey(text).value for text in texts]
    return tuple(Template(survey.id, text, survey) for survey, text in zip(surveys, texts, strict=True))


def template(id: str) -> Template:
    """The shipped survey of that id. Raises NoSuchTemplate."""
    for found in templates():
        if found.id == id:
            return found
    raise NoSuchTemplate(f"There is no survey template {id}.{did_you_mean(id, [found.id for found in templates()])}")
