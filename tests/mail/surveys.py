"""A named survey that may be answered by e-mail, and what was kept of its answers."""

from typing import Any

from sqlalchemy import select

from handlers.files import apply_file
from handlers.surveys.opening import open_survey
from storage.tables.mail import InboundMail
from storage.tables.people import Person
from storage.tables.surveys import SurveyResponse
from tests.world import World

SURVEY = """herald_survey: 1
id: tea-views
version: 1
title: Tea views
purpose: To learn how people take their tea.
owner: coordinator
audience: {roles: [practitioner]}
schedule: {closes: 2026-12-08T17:00, reminders_after_days: [3, 7]}
privacy:
  mode: named
  min_group: 5
  retention_days: {replies: 365, invitations: 30, drafts: 14}
pages:
  - id: p1
    questions:
      - id: useful
        type: scale
        text: How useful is tea?
        required: true
        points: [{value: 1, label: Not at all}, {value: 5, label: Very}]
      - id: milk
        type: single
        text: How do you take it?
        required: true
        choices: [{value: milk, label: With milk}, {value: black, label: Black}]
  - id: p2
    questions:
      - id: why
        type: text_long
        text: What would make it better?
        max_length: 500
end: {text: Thank you.}
loop: {owner: coordinator, due_days: 28}
"""
CONFIDENTIAL = SURVEY.replace("mode: named", "mode: confidential")
ONLY_FORMS = SURVEY.replace("schedule:", "channels: [slack, web]\nschedule:")


async def asked(world: World, text: str = SURVEY, name: str = "Ada", **given: Any) -> Person:
    """Somebody who has the invitation in her mailbox."""
    ada = await world.person(name, **given)
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="survey.yaml", text=text)
        await open_survey(uow, survey_id="tea-views")
    await world.tick()
    return ada


async def answers(world: World) -> list[dict[str, Any]]:
    """All replies that were sent."""
    async with world.herald.store.reading() as uow:
        return [dict(reply.answers) for reply in await uow.surveys.replies("tea-views")]


async def responses(world: World) -> list[SurveyResponse]:
    """The rows of all replies."""
    async with world.herald.store.reading() as uow:
        return list((await uow.session.execute(select(SurveyResponse))).scalars())


async def records(world: World) -> list[tuple[str, str]]:
    """What was done with each mail that came in, and why."""
    async with world.herald.store.reading() as uow:
        rows = (await uow.session.execute(select(InboundMail).order_by(InboundMail.id))).scalars()
        return [(row.outcome, row.reason) for row in rows]
