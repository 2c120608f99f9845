"""Keeping a survey file: free to change while it is a draft, frozen piece by piece once people are asked."""

import hashlib
from dataclasses import asdict, replace
from typing import Any

from bot.files.survey import parse_survey
from bot.files.survey_model import SurveyFile
from handlers.apply import Applied, FileSource, outcome_of
from handlers.known import known_names
from handlers.surveys.advising import advice_on_cuts
from handlers.surveys.freezing import refuse_what_is_frozen
from storage.surveys import DRAFT
from storage.tables.people import Person
from storage.tables.surveys import Survey
from storage.unit_of_work import UnitOfWork

KIND = "survey"


async def apply_survey(uow: UnitOfWork, source: FileSource) -> list[Applied]:
    """Keeps a survey file; the same file again changes nothing.

    Raises FileProblems: for a wrong file, E307 or E308 for a change that comes too late.
    """
    parsed = parse_survey(source.text, await known_names(uow))
    done = await keep(uow, parsed.value, document=source.text, by=source.by, minor=source.minor)
    problems = (*parsed.warnings, *await advice_on_cuts(uow, parsed.value, source.text))
    return [replace(done, problems=tuple(sorted(problems, key=lambda problem: problem.place)))]


async def keep(
    uow: UnitOfWork, survey: SurveyFile, *, document: str, by: Person | None = None, minor: bool = False
) -> Applied:
    """Keeps what a file says, as a new draft or in the place of what was said before. Raises FileProblems.

    `minor`: the file only mends spelling, which is allowed after the first reply.
    """
    known = await uow.surveys.get(survey.id, lock=True)
    content = fingerprint(survey)
    detail: dict[str, Any] = {"version": survey.version, "mode": survey.privacy.mode}
    if known is None:
        row = Survey(id=survey.id, state=DRAFT)
        _write(row, survey, document, content, uow)
        await uow.surveys.add(row)
    elif known.content_hash == content:
        return Applied(KIND, survey.id, "unchanged")
    else:
        if known.state != DRAFT:
            mended = await refuse_what_is_frozen(uow, known, survey, document=document, minor=minor)
            detail |= {"reworded": [asdict(change) for change in mended]} if mended else {}
        _write(known, survey, document, content, uow)
    outcome = outcome_of(known=known is not None, changed=True)
    uow.audit.add(f"survey.{outcome}", thing=survey.id, by=by, detail=detail)
    return Applied(KIND, survey.id, outcome)


def fingerprint(survey: SurveyFile) -> str:
    """The same for two files that say the same, whatever their layout."""
    return hashlib.sha256(repr(survey).encode()).hexdigest()


def _write(row: Survey, survey: SurveyFile, document: str, content: str, uow: UnitOfWork) -> None:
    row.version = survey.version
    row.title = str(survey.title)
    row.mode = survey.privacy.mode
    row.document = document
    row.content_hash = content
    row.opens_at = survey.schedule.opens
    row.closes_at = survey.schedule.closes
    row.owner = survey.owner
    row.applied_at = uow.now
