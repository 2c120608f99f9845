"""The three questions after a session: most of those who came answer within a few days."""

from datetime import datetime, timedelta
from typing import Final

from bot.demo.story.stage import Play, Scene, Stage, person
from handlers.surveys.opening import invite
from handlers.surveys.reading import subject_of
from storage.unit_of_work import UnitOfWork

FEEDBACK: Final = "briefing-feedback"
BETTER: Final = (
    "Half an hour more for questions.",
    "",
    "A one-page summary to share with my team.",
    "",
    "An example from a school would help.",
)
ANSWERING: Final = 3
"""Three of four who came answer."""


def evaluated(briefing_id: str, came: list[str], *, asked: datetime) -> list[Scene]:
    """The question (UTC instant `asked`) and the answers of one session."""
    answering = [email for at, email in enumerate(came) if at % (ANSWERING + 1) != ANSWERING]
    later = asked + timedelta(hours=20)
    return [Scene(asked, _ask(briefing_id, came)), Scene(later, _answer_all(briefing_id, answering))]


def _ask(briefing_id: str, came: list[str]) -> Play:
    async def ask(uow: UnitOfWork) -> None:
        people = [await person(uow, email) for email in came]
        await invite(uow, survey_id=FEEDBACK, people=people, about=briefing_id)

    async def play(stage: Stage) -> None:
        await stage.work(ask)

    return play


def _answer_all(briefing_id: str, answering: list[str]) -> Play:
    async def play(stage: Stage) -> None:
        for at, email in enumerate(answering):
            answers = {
                "useful": str((5, 4, 5, 3, 4)[at % 5]),
                "will_use": "not_sure" if at % 5 == 3 else "yes",
                "better": BETTER[at % len(BETTER)],
            }
            await stage.talk(email, "survey", subject_of(FEEDBACK, briefing_id), answers=answers)

    return play
