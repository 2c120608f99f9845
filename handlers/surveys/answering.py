"""Answering a survey: one talk, one reply for each person, changed as often as they like until it closes.

In confidential mode nothing that is kept beside the answers leads to the person. What a finished talk remembers of them
is a random receipt code, of which the reply holds only a keyed fingerprint; the reply has no person, time or surface.
"""

import secrets
from functools import lru_cache

from bot.conversation.conditions import Answers
from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.files.survey_model import SurveyFile
from bot.flows.survey import NAME, survey_flow
from bot.flows.survey_folding import fold, unfold
from bot.flows.survey_words import minutes, who_sees
from bot.links import Button, Purpose
from handlers.acts import Act, ActPage, Done, Opens, Option, Press
from handlers.partnership import calendar_of
from handlers.surveys.limits import cuts_of, full_before, full_for, turn_away
from handlers.surveys.making import make, makes, offers_for
from handlers.surveys.reading import file_of, finished_by, is_open, parsed, parts_of, session_title
from handlers.talk import About, Ending, Talk
from handlers.wording import local_moment
from storage.surveys import CONFIDENTIAL, DRAFT, messages_about
from storage.tables.people import Person
from storage.tables.surveys import Survey, SurveyInvitation, SurveyResponse
from storage.unit_of_work import UnitOfWork

NOT_FOUND = Notice(
    "We cannot find this survey", ("It may have been taken away, or it may be meant for somebody else.",)
)
CHANGE = "Change my answers"
NOT_YET = Notice("This survey is not open yet", ("You will be told when it opens.",))
RECEIPT_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that are taken for one another
RECEIPT_LENGTH = 12  # 60 bits: cannot be guessed


async def _asked(
    uow: UnitOfWork, person: Person, subject: str, *, lock: bool = False
) -> tuple[Survey, SurveyInvitation] | Notice:
    """The survey and the person's invitation, or why they cannot answer now."""
    survey_id, about = parts_of(subject)
    found = await uow.surveys.asked(survey_id, person_id=person.id, about=about, lock=lock)
    if found is None:
        return NOT_FOUND
    survey, invitation = found.survey, found.invitation
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
    file = file_of(survey)
    if not invitation.replied and (full := await full_before(uow, survey, file, about.person)):
        return full
    kept = await _kept(uow, survey, about.person, invitation) if makes(file) else {}
    offers = await offers_for(uow, file, about.person, kept)
    session = await session_title(uow, invitation.about)
    for_everybody = _for_everybody(survey.document, session)
    if not for_everybody.follows_answers and not makes(file):
        return for_everybody
    return survey_flow(file, session=session, answers=about.answers, offers=offers)


@lru_cache(maxsize=64)
def _for_everybody(document: str, session: str) -> Flow:
    """The talk as it is before anything is answered, built once: most surveys ask everybody the same (decision 9)."""
    return survey_flow(parsed(document), session=session)


async def _kept(uow: UnitOfWork, survey: Survey, person: Person, invitation: SurveyInvitation) -> Answers:
    """What somebody has replied before; nothing when they have not."""
    known = await uow.surveys.response(survey, person.id, about=invitation.about)
    return {} if known is None else uow.surveys.answers(known)


async def _finish(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    found = await _asked(uow, about.person, about.subject, lock=True)
    if isinstance(found, Notice):
        return found
    survey, invitation = found
    file = file_of(survey)
    folded = fold(file, ending.answers)
    cuts = await cuts_of(uow, file, about.person, folded)
    if not invitation.replied and (full := await full_for(uow, survey, file, cuts)):
        await turn_away(uow, invitation, conversation_id=ending.conversation_id)
        return full
    made = await make(uow, file, about, ending, await _kept(uow, survey, about.person, invitation))
    response, new = await uow.surveys.keep(
        survey, about.person.id, about=invitation.about, answers={**folded, **made.answers}, cuts=cuts
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
    title = "Thank you for your reply" if new else "Your reply is changed"
    again = Button(CHANGE, Purpose.SURVEY, about.subject, "start", quiet=True)
    buttons = (again,) if is_open(survey, uow.now) else ()
    return Receipt(title, reference, (*lines, *made.lines), NAME, buttons)


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
        lines.append(f"You can change your answers while the survey is open{until}.")
    if survey.mode == CONFIDENTIAL:
        lines.append(
            "Note this code: it stands nowhere beside your answers. Whoever gives it to the operations team can have "
            "them erased, without saying who they are."
        )
        if not new:
            lines.append("It takes the place of the code that you had before.")
    return tuple(lines)


async def _page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    found = await _asked(uow, person, about)
    if isinstance(found, Notice):
        return ActPage(found.title, found.lines)
    survey, invitation = found
    file = file_of(survey)
    if not invitation.replied and (full := await full_before(uow, survey, file, person)):
        return ActPage(full.title, full.lines)
    session = await session_title(uow, invitation.about)
    rows = [("It takes", takes(file))]
    if survey.closes_at is not None:
        rows.append(("Open until", local_moment(survey.closes_at, await calendar_of(uow))))
    lines = (*((f"About “{session}”.",) if session else ()), str(file.purpose), *who_sees(file))
    label = CHANGE if invitation.replied else "Answer now"
    return ActPage(survey.title, lines, tuple(rows), (Option("start", label),))


async def _act(uow: UnitOfWork, press: Press) -> Done:
    """Opens the form; somebody who has replied finds their answers in it."""
    found = await _asked(uow, press.person, press.about)
    if isinstance(found, Notice):
        return found
    survey, invitation = found
    kept = await _kept(uow, survey, press.person, invitation)
    return Opens(NAME, press.about, unfold(file_of(survey), kept))


def takes(file: SurveyFile) -> str:
    """How long it takes, in words."""
    return "about a minute" if (number := minutes(file)) == 1 else f"about {number} minutes"


TALK = Talk(_flow, _finish)
ACT = Act(_page, _act)
