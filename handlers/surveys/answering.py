"""Answering a survey: one talk, one reply for each person, changed as often as they like until it closes.

In confidential mode nothing that is kept beside the answers leads to the person. What a finished talk remembers of them
is a random receipt code, of which the reply holds only a keyed fingerprint; the reply has no person, time or surface.
"""

import secrets
from typing import Any

from bot.conversation.conditions import Answer, Answers
from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.files.survey_model import SurveyFile
from bot.flows.survey import NAME, minutes, survey_flow, who_sees
from handlers.acts import Act, ActPage, Done, Opens, Option, Press
from handlers.partnership import calendar_of
from handlers.surveys.reading import file_of, finished_by, is_open, parts_of, session_title
from handlers.talk import About, Ending, Talk
from handlers.wording import local_moment
from storage.surveys import CONFIDENTIAL, DRAFT, messages_about
from storage.tables.people import Person
from storage.tables.surveys import Survey, SurveyInvitation, SurveyResponse
from storage.unit_of_work import UnitOfWork

NOT_FOUND = Notice(
    "We cannot find this survey", ("It may have been taken away, or it may be meant for somebody else.",)
)
NOT_YET = Notice("This survey is not open yet", ("You will be told when it opens.",))
FULL = Notice("Thank you, we have enough replies", ("This survey is full now. What you wrote has not been sent.",))
RECEIPT_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that are taken for one another
RECEIPT_LENGTH = 12  # 60 bits: cannot be guessed


async def _asked(
    uow: UnitOfWork, person: Person, subject: str, *, lock: bool = False
) -> tuple[Survey, SurveyInvitation] | Notice:
    """The survey and the person's invitation, or why they cannot answer now."""
    survey_id, about = parts_of(subject)
    survey = await uow.surveys.get(survey_id)
    if survey is None:
        return NOT_FOUND
    invitation = await uow.surveys.invitation(survey_id, person_id=person.id, about=about, lock=lock)
    if invitation is None:
        return NOT_FOUND
    if survey.state == DRAFT:
        return NOT_YET
    if is_open(survey, uow.now) or await _begun_in_time(uow, person, subject, survey):
        return survey, invitation
    return _closed(invitation)


async def _begun_in_time(uow: UnitOfWork, person: Person, subject: str, survey: Survey) -> bool:
    """Whether somebody began before the end and the grace is not over: then what they wrote is still taken."""
    until = finished_by(survey)
    if until is None or uow.now >= until:
        return False
    return await uow.conversations.open_one(person_id=person.id, flow=NAME, subject=subject) is not None


def _closed(invitation: SurveyInvitation) -> Notice:
    if invitation.replied:
        return Notice("This survey has closed", ("Your reply is in. Thank you.",))
    return Notice("This survey has closed", ("No more replies are taken. Nothing that you wrote was sent.",))


async def _flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    found = await _asked(uow, about.person, about.subject)
    if isinstance(found, Notice):
        return found
    survey, invitation = found
    return survey_flow(file_of(survey), session=await session_title(uow, invitation.about))


async def _finish(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    found = await _asked(uow, about.person, about.subject, lock=True)
    if isinstance(found, Notice):
        return found
    survey, invitation = found
    file = file_of(survey)
    cuts = await _cuts(uow, file, about.person, ending.answers)
    if not invitation.replied and await _is_full(uow, survey, file, cuts):
        return FULL
    response, new = await uow.surveys.keep(
        survey, about.person.id, about=invitation.about, answers=ending.answers, cuts=cuts
    )
    if survey.mode == CONFIDENTIAL:
        reference = _receipt_code()
        response.receipt_mac = uow.surveys.receipt_mac(survey, reference)
        uow.audit.add("survey.answered", thing=survey.id)
    else:
        reference = await _name(uow, response, about.person, ending)
        uow.audit.add("survey.answered", thing=survey.id, by=about.person, detail={"reference": reference})
    invitation.replied = True
    await uow.surveys.flush()
    await uow.deliveries.supersede(about=messages_about(invitation))
    lines = await _receipt_lines(uow, survey, file, new=new)
    return Receipt("Thank you for your reply" if new else "Your reply is changed", reference, lines, NAME)


async def _name(uow: UnitOfWork, response: SurveyResponse, person: Person, ending: Ending) -> str:
    """Puts the person on a named reply; the reference stays when the reply is changed."""
    response.person_id = person.id
    response.surface = ending.surface
    response.changed_at = uow.now
    response.submitted_at = response.submitted_at or uow.now
    if response.reference is None:
        year = (await calendar_of(uow)).local(uow.now).year
        response.reference = await uow.conversations.next_reference("S", year=year)
    return response.reference


def _receipt_code() -> str:
    letters = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(RECEIPT_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, RECEIPT_LENGTH, 4))


async def _receipt_lines(uow: UnitOfWork, survey: Survey, file: SurveyFile, *, new: bool) -> tuple[str, ...]:
    lines = [str(file.end)]
    if is_open(survey, uow.now):
        until = "" if survey.closes_at is None else f", until {local_moment(survey.closes_at, await calendar_of(uow))}"
        lines.append(f"You can change your answers while the survey is open{until}: open it again.")
    if survey.mode == CONFIDENTIAL:
        lines.append(
            "Only you have this code; it stands nowhere beside your answers. With it you can have them erased."
        )
        if not new:
            lines.append("It takes the place of the code that you had before.")
    return tuple(lines)


async def _cuts(uow: UnitOfWork, file: SurveyFile, person: Person, answers: Answers) -> dict[str, Any]:
    """The coarse facts that results are broken down by, as they are now: later moves change nothing."""
    agency = await uow.people.agency(person.agency_id)
    roster = {
        "agency": person.agency_id or "",
        "sector": person.sector or ("" if agency is None else agency.sector),
        "area": person.area or "",
        "level": "" if person.level is None else str(person.level),
        "role_band": _role_band(person),
        "champion": person.champion,
    }
    return {
        cut.id: roster.get(cut.id, "") if cut.source == "roster" else _plain(answers.get(cut.question))
        for cut in file.privacy.cuts
    }


def _role_band(person: Person) -> str:
    return next((role for role in ("executive", "manager") if role in person.roles), "practitioner")


def _plain(answer: Answer | None) -> str:
    return "" if answer is None else str(answer)


async def _is_full(uow: UnitOfWork, survey: Survey, file: SurveyFile, cuts: dict[str, Any]) -> bool:
    """Whether the file's limits are reached. The survey's row is locked, so that two last replies are one."""
    limits = file.limits
    if limits.max_responses is None and not limits.quotas:
        return False
    await uow.surveys.get(survey.id, lock=True)
    kept = await uow.surveys.cuts(survey.id)
    if limits.max_responses is not None and len(kept) >= limits.max_responses:
        return True
    return any(
        cuts.get(quota.cut) == quota.value and sum(row.get(quota.cut) == quota.value for row in kept) >= quota.maximum
        for quota in limits.quotas
    )


async def _page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    found = await _asked(uow, person, about)
    if isinstance(found, Notice):
        return ActPage(found.title, found.lines)
    survey, invitation = found
    file = file_of(survey)
    session = await session_title(uow, invitation.about)
    rows = [("It takes", takes(file))]
    if survey.closes_at is not None:
        rows.append(("Open until", local_moment(survey.closes_at, await calendar_of(uow))))
    lines = (*((f"About “{session}”.",) if session else ()), str(file.purpose), *who_sees(file))
    label = "Change my answers" if invitation.replied else "Answer now"
    return ActPage(survey.title, lines, tuple(rows), (Option("start", label),))


async def _act(uow: UnitOfWork, press: Press) -> Done:
    """Opens the form; somebody who has replied finds their answers in it."""
    found = await _asked(uow, press.person, press.about)
    if isinstance(found, Notice):
        return found
    survey, invitation = found
    known = await uow.surveys.response(survey, press.person.id, about=invitation.about)
    return Opens(NAME, press.about, {} if known is None else uow.surveys.answers(known))


def takes(file: SurveyFile) -> str:
    """How long it takes, in words."""
    return "about a minute" if (number := minutes(file)) == 1 else f"about {number} minutes"


TALK = Talk(_flow, _finish)
ACT = Act(_page, _act)
