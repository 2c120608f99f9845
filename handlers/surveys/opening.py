"""Asking: a survey opens and its audience is invited, once each; it closes, and nobody is asked any more."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.conversation import engine
from bot.conversation.flow import Surface
from bot.conversation.prompt import prompt_for
from bot.conversation.typed import step_in_words
from bot.files.library import NoSuchTemplate, template
from bot.files.survey_model import SurveyFile, Type
from bot.flows.survey import minutes, survey_flow, who_sees
from handlers.audience import people_in
from handlers.surveys.applying import keep
from handlers.surveys.reading import NoSuchSurvey, file_of, session_title, subject_of, survey_of
from storage.deliveries import Message, Told
from storage.surveys import CLOSED, DRAFT, OPEN, messages_about
from storage.tables.deliveries import Lane
from storage.tables.people import Person
from storage.tables.surveys import Survey, SurveyInvitation
from storage.turns import take_turns
from storage.unit_of_work import UnitOfWork


class CannotOpen(Exception):
    """A survey that cannot be opened; the text gives the reason and the remedy."""


class CannotClose(Exception):
    """A survey that cannot be closed; the text gives the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening did: how many people were newly invited, and of how many practice mode held the message back."""

    survey: Survey
    invited: int = 0
    practice: int = 0


async def open_survey(uow: UnitOfWork, *, survey_id: str, by: Person | None = None) -> Opened:
    """Opens a survey and invites its audience; an open one stays as it is. Raises NoSuchSurvey, CannotOpen."""
    survey = await survey_of(uow, survey_id, lock=True)
    if survey.state == OPEN:
        return Opened(survey)
    people = await _audience(uow, survey)
    _begin(uow, survey, by=by)
    invited, told = await _ask(uow, survey, people, about="")
    uow.audit.add("survey.invited", thing=survey.id, by=by, detail={"invited": invited})
    return Opened(survey, invited, told.practice)


async def why_not_open(uow: UnitOfWork, survey: Survey) -> str:
    """Why a survey could not be opened now, for the person who looks at it; empty when it could."""
    try:
        await _audience(uow, survey)
    except CannotOpen as reason:
        return str(reason)
    return ""


async def _audience(uow: UnitOfWork, survey: Survey) -> list[Person]:
    if survey.state == CLOSED:
        raise CannotOpen(f"Survey {survey.id} has closed. To ask again, load its file with a new id.")
    if survey.closes_at is not None and survey.closes_at <= uow.now:
        raise CannotOpen(
            f"Survey {survey.id} should have closed already. Give it a later “closes”, load it and open it."
        )
    audience = file_of(survey).audience
    if audience is None:
        raise CannotOpen(f"Survey {survey.id} does not say whom it asks. Add for example: audience: {{everyone: true}}")
    people = await people_in(uow, audience)
    if not people:
        raise CannotOpen(
            f"The audience of survey {survey.id} is nobody in the register. Change it and load the file again."
        )
    return people


def _begin(uow: UnitOfWork, survey: Survey, *, by: Person | None) -> None:
    survey.state = OPEN
    survey.opened_at = uow.now
    uow.audit.add("survey.opened", thing=survey.id, by=by, detail={"mode": survey.mode, "version": survey.version})


async def close_survey(uow: UnitOfWork, *, survey_id: str, by: Person | None = None) -> Survey:
    """Closes a survey; a closed one stays as it is. What was begun may be finished within the file's grace.

    Closed by the clock, the end is the announced time, however late this runs. Raises NoSuchSurvey, CannotClose.
    """
    survey = await survey_of(uow, survey_id, lock=True)
    if survey.state == CLOSED:
        return survey
    if survey.state == DRAFT:
        raise CannotClose(f"Survey {survey.id} is not open. Open it first: herald survey open {survey.id}")
    survey.state = CLOSED
    survey.closed_at = uow.now if survey.closes_at is None else min(uow.now, survey.closes_at)
    await uow.surveys.withdraw_messages(survey.id)
    uow.audit.add("survey.closed", thing=survey.id, by=by)
    return survey


async def invite(uow: UnitOfWork, *, survey_id: str, people: Iterable[Person], about: str) -> int:
    """Asks people about one thing, such as the session they came to, each of them once. Returns how many are new.

    A shipped survey that was not loaded yet is loaded, and one that is not open yet is opened, without any audience of
    its own. A closed one asks nobody. Raises NoSuchSurvey.
    """
    survey = await uow.surveys.get(survey_id, lock=True) or await _shipped(uow, survey_id)
    if survey.state == CLOSED or (survey.closes_at is not None and survey.closes_at <= uow.now):
        return 0
    if survey.state == DRAFT:
        _begin(uow, survey, by=None)
    invited, _ = await _ask(uow, survey, list(people), about=about)
    if invited:
        uow.audit.add("survey.invited", thing=survey.id, detail={"invited": invited, "about": about})
    return invited


async def _shipped(uow: UnitOfWork, survey_id: str) -> Survey:
    try:
        shipped = template(survey_id)
    except NoSuchTemplate:
        raise NoSuchSurvey(survey_id) from None
    await take_turns(uow)  # two sessions may end at once, and two workers ask about them
    await keep(uow, shipped.survey, document=shipped.text)
    return await survey_of(uow, survey_id, lock=True)


async def _ask(uow: UnitOfWork, survey: Survey, people: list[Person], *, about: str) -> tuple[int, Told]:
    new = await uow.surveys.invite(survey.id, people, about=about)
    by_id = {person.id: person for person in people}
    title = await session_title(uow, about)
    rows = []
    for invitation in new:
        person = by_id[invitation.person_id]
        message = invitation_message(survey, invitation, session=title)
        rows.append(uow.deliveries.row(message, channel=uow.deliveries.channel_for(person), person=person))
    return len(new), await uow.deliveries.queue(rows)


def invitation_message(survey: Survey, invitation: SurveyInvitation, *, session: str, reminder: int = 0) -> Message:
    """The invitation, or the reminder of that number. Neither leaves after the survey has closed."""
    file = file_of(survey)
    kind = "survey.reminder" if reminder else "survey.invitation"
    step, by_mail = first_step_by_mail(file, session=session)
    return Message(
        kind=kind,
        ledger_key=f"{kind}:{invitation.id}{f':{reminder}' if reminder else ''}",
        lane=Lane.ROUTINE,
        about=messages_about(invitation),
        facts={
            "subject": subject_of(survey.id, invitation.about),
            "title": survey.title,
            "session": session,
            "purpose": str(file.purpose),
            "minutes": minutes(file),
            "closes": "" if survey.closes_at is None else survey.closes_at.isoformat(),
            "privacy": list(who_sees(file)),
            "first_step": step,
            "by_mail": list(by_mail),
        },
        not_after=survey.closes_at,
    )


def first_step_by_mail(file: SurveyFile, *, session: str) -> tuple[str, tuple[str, ...]]:
    """The first step and its words, where the survey may be answered by e-mail: its invitation is its first question.

    Who sees the answers stands in the invitation anyway, so it is not said twice.
    """
    flow = survey_flow(file, session=session)
    asks_for_a_seat = any(question.kind is Type.BOOKING for question in file.pages[0].questions)
    if Surface.EMAIL not in flow.surfaces or asks_for_a_seat:  # which sessions are open depends on person and day
        return "", ()
    prompt = prompt_for(flow, engine.begin(flow), conversation_id="", revision=1)
    return prompt.step, step_in_words(replace(prompt, intro=()))
