"""What may still change once people were asked (reference/surveys-pledges.md 4.4): E307 and E308 say what may not.

After the opening the privacy block is fixed, and content changes with a new version. After the first reply a survey may
close later, remind on other days, and have its spelling mended (`--minor`); the audit log keeps the old text.
"""

from dataclasses import replace

from bot.files.problems import FileProblems, Problem, quoted
from bot.files.survey_changes import Reworded, reworded, same_build
from bot.files.survey_model import Schedule, SurveyFile
from bot.files.survey_places import Places
from handlers.surveys.reading import file_of
from storage.surveys import CLOSED
from storage.tables.surveys import Survey
from storage.unit_of_work import UnitOfWork

MINOR = "If only spelling is mended, apply it with --minor."


async def refuse_what_is_frozen(
    uow: UnitOfWork, known: Survey, survey: SurveyFile, *, document: str, minor: bool
) -> tuple[Reworded, ...]:
    """What was reworded with `minor`, for the log. Raises FileProblems for what may no longer change."""
    before, places = file_of(known), Places(document)
    _, replied = await uow.surveys.counts(known.id)
    problems, mended = [], tuple[Reworded, ...]()
    if survey.privacy != before.privacy:
        message = "people were asked under the rules they read. Take the change back."
        problems.append(_problem("E307", places, message, "privacy"))
    if known.state == CLOSED:
        message = f"survey {known.id} has closed. Give this one an id of its own, so that both results stay readable."
        problems.append(_problem("E308", places, message, "id"))
    elif survey.audience != before.audience:
        message = "the invitations have gone out. Ask other people in a survey with an id of its own."
        problems.append(_problem("E308", places, message, "audience"))
    elif _content(survey, before) != _content(before, before):
        if replied and minor and same_build(replace(survey, privacy=before.privacy), before):
            mended = reworded(before, replace(survey, privacy=before.privacy))
        problems += _late_content(known, before, survey, places, replied=bool(replied), mended=mended)
    problems += _late_schedule(before.schedule, survey.schedule, places, replied=bool(replied))
    if problems:
        raise FileProblems(problems)
    return mended


def _late_content(
    known: Survey,
    before: SurveyFile,
    survey: SurveyFile,
    places: Places,
    *,
    replied: bool,
    mended: tuple[Reworded, ...],
) -> list[Problem]:
    if mended:
        return [_not_spelling(places, change) for change in mended if not change.is_spelling]
    if replied:
        hint = f" {MINOR}" if same_build(replace(survey, privacy=before.privacy), before) else ""
        message = f"somebody has replied already. Give the changed survey an id of its own.{hint}"
        return [_problem("E308", places, message, "pages")]
    if survey.version <= known.version:
        message = f"the survey is open and its content changed. Write version: {known.version + 1}."
        return [_problem("E308", places, message, "version")]
    return []


def _not_spelling(places: Places, change: Reworded) -> Problem:
    message = (
        f"{quoted(change.before)} became {quoted(change.after)}, which is more than spelling; somebody has replied. "
        "Keep the old text, or give the changed survey an id of its own."
    )
    return Problem("E308", *places.words(change.after), change.where, message)


def _late_schedule(before: Schedule, after: Schedule, places: Places, *, replied: bool) -> list[Problem]:
    found = []
    if before.closes is not None and (after.closes is None or after.closes < before.closes):
        message = f"people were told {before.closes:%Y-%m-%d %H:%M} (UTC). It may close later, never earlier."
        found.append(_problem("E308", places, message, "schedule", "closes"))
    for key in ("opens", "timezone", "grace_minutes") if replied else ():
        if getattr(before, key) != getattr(after, key):
            message = f"somebody has replied already; only closes and reminders_after_days may change. Put {key} back."
            found.append(_problem("E308", places, message, "schedule", key))
    return found


def _content(survey: SurveyFile, before: SurveyFile) -> SurveyFile:
    """The file without what may differ: its version, its schedule, and the privacy block, which is judged apart."""
    return replace(survey, version=0, schedule=Schedule(), privacy=before.privacy)


def _problem(code: str, places: Places, message: str, *path: str) -> Problem:
    return Problem(code, *places.key(*path), path[-1], message)
