"""When a survey has enough answers: in all, or from one group. Judged in the transaction that records the reply.

The survey's row is locked first, on both databases, so that two last replies are one. A reply that is only changed is
always taken: nobody loses what they have said.
"""

from typing import Any

from bot.conversation.conditions import Answer, Answers
from bot.conversation.prompt import Notice
from bot.files.survey_model import Cut, Limits, SurveyFile
from bot.flows.survey_words import offered
from storage.surveys import messages_about
from storage.tables.people import Person
from storage.tables.surveys import Survey, SurveyInvitation
from storage.unit_of_work import UnitOfWork

NOT_SENT = "Nothing that you wrote was sent, and nothing of it is kept. You will not be reminded."
EVERYBODY = Notice("Thank you, we have enough answers", ("This survey has as many replies as it can use.", NOT_SENT))


async def cuts_of(uow: UnitOfWork, file: SurveyFile, person: Person, answers: Answers) -> dict[str, Any]:
    """The coarse facts that results are broken down by, as they are now: later moves change nothing."""
    roster = await roster_facts(uow, person)
    return {
        cut.id: roster.get(cut.id, "") if cut.source == "roster" else _plain(answers.get(cut.question))
        for cut in file.privacy.cuts
    }


async def roster_facts(uow: UnitOfWork, person: Person) -> dict[str, str]:
    """What the register says of somebody, by the ids of the cuts that it can make."""
    agency = await uow.people.agency(person.agency_id)
    return {
        "agency": person.agency_id or "",
        "sector": person.sector or ("" if agency is None else agency.sector),
        "area": person.area or "",
        "level": "" if person.level is None else str(person.level),
        "role_band": _role_band(person),
        "champion": person.champion,
    }


def _role_band(person: Person) -> str:
    return next((role for role in ("executive", "manager") if role in person.roles), "practitioner")


def _plain(answer: Answer | None) -> str:
    return "" if answer is None else str(answer)


async def full_for(uow: UnitOfWork, survey: Survey, file: SurveyFile, cuts: dict[str, Any]) -> Notice | None:
    """The kind answer to somebody whose reply would be one too many; None while there is room. Locks the survey."""
    if file.limits == Limits():
        return None
    await uow.surveys.get(survey.id, lock=True)
    return await _judged(uow, survey, file, cuts)


async def full_before(uow: UnitOfWork, survey: Survey, file: SurveyFile, person: Person) -> Notice | None:
    """The same before the first question, from what the register says. Locks nothing: the sending judges again."""
    if file.limits == Limits():
        return None
    return await _judged(uow, survey, file, await cuts_of(uow, file, person, {}))


async def _judged(uow: UnitOfWork, survey: Survey, file: SurveyFile, cuts: dict[str, Any]) -> Notice | None:
    most, count = file.limits.max_responses, uow.surveys.number_of_replies
    if most is not None and await count(survey.id) >= most:
        return EVERYBODY
    for quota in (each for each in file.limits.quotas if cuts.get(each.cut) == each.value):
        if await count(survey.id, cut=quota.cut, value=quota.value) >= quota.maximum:
            cut = next(cut for cut in file.privacy.cuts if cut.id == quota.cut)
            title = f"Thank you, we have enough answers from {await _group(uow, file, cut, quota.value)}"
            return Notice(title, ("We still look for others, so that everybody is heard.", NOT_SENT))
    return None


async def _group(uow: UnitOfWork, file: SurveyFile, cut: Cut, value: str) -> str:
    """A group in words."""
    if cut.source == "question":
        asked = next(question for question in file.questions() if question.id == cut.question)
        return f"“{dict(offered(asked)).get(value, value)}”"
    agency = await uow.people.agency(value) if cut.id == "agency" else None
    return value if agency is None else agency.name


async def turn_away(uow: UnitOfWork, invitation: SurveyInvitation, *, conversation_id: str) -> None:
    """Closes the invitation of somebody whose reply was one too many: no reminder, and the talk forgets its answers."""
    uow.surveys.remind_no_more(invitation)
    await uow.deliveries.supersede(about=messages_about(invitation))
    conversation = await uow.conversations.get(conversation_id, lock=True)
    if conversation is not None:
        uow.conversations.finish(conversation, status="cancelled", reference=None, outcome=None)
