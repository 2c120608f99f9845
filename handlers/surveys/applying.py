"""Keeping a survey file: free to change while it is a draft, frozen piece by piece once people are asked."""

import hashlib
from dataclasses import replace

from bot.files.problems import FileProblems, Problem
from bot.files.survey import parse_survey
from bot.files.survey_model import Privacy, Schedule, SurveyFile
from handlers.apply import Applied, FileSource, outcome_of
from handlers.known import known_names
from handlers.surveys.reading import file_of
from storage.surveys import CLOSED, DRAFT
from storage.tables.people import Person
from storage.tables.surveys import Survey
from storage.unit_of_work import UnitOfWork

KIND = "survey"


async def apply_survey(uow: UnitOfWork, source: FileSource) -> list[Applied]:
    """Keeps a survey file; the same file again changes nothing.

    Raises FileProblems: for a wrong file, E307 or E308 for a change that comes too late.
    """
    parsed = parse_survey(source.text, await known_names(uow))
    advice = "; ".join(f"{warning.code} line {warning.line}: {warning.message}" for warning in parsed.warnings)
    return [await keep(uow, parsed.value, document=source.text, by=source.by, note=advice)]


async def keep(
    uow: UnitOfWork, survey: SurveyFile, *, document: str, by: Person | None = None, note: str = ""
) -> Applied:
    """Keeps what a file says, as a new draft or in the place of what was said before. Raises FileProblems."""
    known = await uow.surveys.get(survey.id, lock=True)
    content = fingerprint(survey)
    if known is None:
        row = Survey(id=survey.id, state=DRAFT)
        _write(row, survey, document, content, uow)
        await uow.surveys.add(row)
    elif known.content_hash == content:
        return Applied(KIND, survey.id, "unchanged", note)
    else:
        if known.state != DRAFT:
            await _refuse_what_is_frozen(uow, known, survey, document)
        _write(known, survey, document, content, uow)
    outcome = outcome_of(known=known is not None, changed=True)
    uow.audit.add(
        f"survey.{outcome}", thing=survey.id, by=by, detail={"version": survey.version, "mode": survey.privacy.mode}
    )
    return Applied(KIND, survey.id, outcome, note)


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


async def _refuse_what_is_frozen(uow: UnitOfWork, known: Survey, survey: SurveyFile, document: str) -> None:
    """What may no longer change (reference/surveys-pledges.md 4.4): the privacy block, then the content."""
    before = file_of(known)
    problems: list[Problem] = []
    if survey.privacy != before.privacy:
        problems.append(
            _problem("E307", document, "privacy", "people were asked under the rules they read. Take it back.")
        )
    if known.state == CLOSED:
        message = f"survey {known.id} has closed. Give this one an id of its own, so that both results stay readable."
        problems.append(_problem("E308", document, "id", message))
    elif _content(survey, privacy=before.privacy) != _content(before, privacy=before.privacy):
        problems += await _late_content(uow, known, survey, document)
    problems += _late_schedule(before.schedule, survey.schedule, document)
    if problems:
        raise FileProblems(problems)


async def _late_content(uow: UnitOfWork, known: Survey, survey: SurveyFile, document: str) -> list[Problem]:
    if survey.audience != file_of(known).audience:
        message = "the invitations have gone out. Ask other people in a survey with an id of its own."
        return [_problem("E308", document, "audience", message)]
    _, replied = await uow.surveys.counts(known.id)
    if replied:
        message = "somebody has replied already. Give the changed survey an id of its own."
        return [_problem("E308", document, "pages", message)]
    if survey.version <= known.version:
        message = f"the survey is open and its content changed. Write version: {known.version + 1}."
        return [_problem("E308", document, "version", message)]
    return []


def _late_schedule(before: Schedule, after: Schedule, document: str) -> list[Problem]:
    if before.closes is not None and (after.closes is None or after.closes < before.closes):
        message = f"people were told {before.closes:%Y-%m-%d %H:%M} (UTC). It may close later, never earlier."
        return [_problem("E308", document, "closes", message)]
    return []


def _content(survey: SurveyFile, *, privacy: Privacy) -> SurveyFile:
    """The file without what may differ: its version, its schedule, and the privacy block, which is judged apart."""
    return replace(survey, version=0, schedule=Schedule(), privacy=privacy)


def _problem(code: str, document: str, where: str, message: str) -> Problem:
    lines = enumerate(document.splitlines(), start=1)
    line = next((number for number, text in lines if text.lstrip().startswith(f"{where}:")), 1)
    return Problem(code, line, 1, where, message)
