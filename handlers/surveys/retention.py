"""How long replies and invitations are kept: as the survey's file promised, counted from its close, or until asked."""

from datetime import timedelta

from handlers.surveys.reading import file_of, survey_of
from handlers.surveys.results import live_results
from storage.surveys import CLOSED
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def forget_what_is_old(uow: UnitOfWork, *, survey_id: str) -> int:
    """Deletes what a closed survey no longer needs. The figures are kept first, as they stand. Returns rows deleted."""
    survey = await survey_of(uow, survey_id, lock=True)
    if survey.state != CLOSED or survey.closed_at is None:
        return 0
    keep = file_of(survey).privacy.retention_days
    invitations_over = uow.now >= survey.closed_at + timedelta(days=keep.invitations)
    replies_over = uow.now >= survey.closed_at + timedelta(days=keep.replies)
    invited, replied = await uow.surveys.rows(survey.id)
    if not (invitations_over and invited) and not (replies_over and replied):
        return 0
    if survey.results is None:
        survey.results = (await live_results(uow, survey=survey)).as_json()
    forgotten = await uow.survey_retention.forget_invitations(survey.id) if invitations_over else 0
    forgotten += await uow.survey_retention.forget_replies(survey.id) if replies_over else 0
    uow.audit.add("survey.forgotten", thing=survey.id, detail={"rows": forgotten})
    return forgotten


async def erase_reply(uow: UnitOfWork, *, survey_id: str, code: str, by: Person) -> bool:
    """Erases one reply for whoever gives its receipt code or reference; nobody has to say who they are.

    Returns False when no reply has that code. Raises NoSuchSurvey.
    """
    survey = await survey_of(uow, survey_id, lock=True)
    erased = await uow.survey_retention.forget_reply(survey, code.strip().upper())
    if erased:
        uow.audit.add("survey.reply-erased", thing=survey.id, by=by)
    return erased


async def forget_old_sessions(uow: UnitOfWork, *, survey_id: str) -> int:
    """Evaluations stay open, so theirs is counted from the end of each session. Returns rows deleted."""
    survey = await survey_of(uow, survey_id, lock=True)
    keep = file_of(survey).privacy.retention_days
    briefings = await uow.briefings.by_ids(await uow.survey_retention.sessions(survey_id))
    forgotten = 0
    for briefing in briefings.values():
        if uow.now < briefing.ends_at + timedelta(days=keep.invitations):
            continue
        replies = uow.now >= briefing.ends_at + timedelta(days=keep.replies)
        forgotten += await uow.survey_retention.forget_session(survey_id, about=briefing.id, replies=replies)
    if forgotten:
        uow.audit.add("survey.forgotten", thing=survey.id, detail={"rows": forgotten})
    return forgotten
