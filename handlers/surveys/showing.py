"""Surveys as people meet them: what waits for an answer, what can still be changed, and the word `survey`."""

from dataclasses import dataclass
from datetime import timedelta

from bot.conversation.prompt import Notice
from bot.flows.survey import NAME
from bot.links import Button, Purpose
from handlers.acts import Listing, Need, Opens
from handlers.partnership import calendar_of
from handlers.surveys.answering import takes
from handlers.surveys.limits import full_before
from handlers.surveys.reading import file_of, session_title, subject_of
from handlers.wording import local_moment
from storage.surveys import CLOSED_WITHOUT_REPLY, Invited
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

EVALUATION_WAITS = timedelta(days=28)
"""After this an evaluation that nobody answered is no longer held out; it can still be answered by its link."""
NOTHING_OPEN = Notice(
    "No survey waits for you", ("You will be told when your view is asked for. Thank you for looking.",)
)


@dataclass(frozen=True, slots=True)
class MySurvey:
    """A survey that somebody is asked, in words."""

    subject: str
    title: str
    line: str
    replied: bool
    begun: bool

    def as_need(self) -> Need:
        """What waits, or what can be changed, with its button."""
        label = "Change my answers" if self.replied else "Answer"
        return Need(self.title, self.line, (Button(label, Purpose.SURVEY, self.subject, "start"),))


async def surveys_of(uow: UnitOfWork, person: Person) -> tuple[MySurvey, ...]:
    """Everything that this person is asked and can answer or change now."""
    return tuple(
        [
            await _mine(uow, person, invited)
            for invited in await uow.surveys.invitations_of(person.id)
            if invited.invitation.replied or not (_past(uow, invited) or await _full(uow, person, invited))
        ]
    )


def _past(uow: UnitOfWork, invited: Invited) -> bool:
    return bool(invited.invitation.about) and uow.now >= invited.invitation.invited_at + EVALUATION_WAITS


async def _full(uow: UnitOfWork, person: Person, invited: Invited) -> bool:
    """Whether the survey has enough answers without this person's."""
    if invited.invitation.reminders_sent == CLOSED_WITHOUT_REPLY:
        return True
    return await full_before(uow, invited.survey, file_of(invited.survey), person) is not None


async def _mine(uow: UnitOfWork, person: Person, invited: Invited) -> MySurvey:
    survey, invitation = invited.survey, invited.invitation
    subject = subject_of(survey.id, invitation.about)
    session = await session_title(uow, invitation.about)
    until = ""
    if survey.closes_at is not None:
        until = f"Open until {local_moment(survey.closes_at, await calendar_of(uow))}."
    file = file_of(survey)
    mode = "Your name stays with your answers." if survey.mode == "named" else "Confidential."
    said = "You have replied. Thank you." if invitation.replied else f"It takes {takes(file)}. {mode}"
    draft = await uow.conversations.open_one(person_id=person.id, flow=NAME, subject=subject)
    begun = draft is not None and bool(draft.trail) and draft.expires_at > uow.now
    title = f"{survey.title} ({session})" if session else survey.title
    return MySurvey(subject, title, " ".join(part for part in (said, until) if part), invitation.replied, begun)


async def needs(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Surveys that wait for an answer. One that was begun already stands among the begun talks."""
    return tuple(mine.as_need() for mine in await surveys_of(uow, person) if not (mine.replied or mine.begun))


async def mine(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Replies that can still be changed."""
    return tuple(mine.as_need() for mine in await surveys_of(uow, person) if mine.replied and not mine.begun)


async def words(uow: UnitOfWork, person: Person, _rest: str) -> Opens | Listing | Notice:
    """`survey`: opens the one that waits, lists several, says so when there is none."""
    every = await surveys_of(uow, person)
    waiting = [mine for mine in every if not mine.replied]
    if len(waiting) == 1:
        return Opens(NAME, waiting[0].subject)
    if waiting:
        return Listing("Surveys for you", tuple(mine.as_need() for mine in waiting))
    if every:
        return Listing("No survey waits for you", tuple(mine.as_need() for mine in every))
    return NOTHING_OPEN
