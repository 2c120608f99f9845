"""A survey with every type of question, the people who are asked, and ways to answer it."""

from typing import Any

from bot.conversation.prompt import Receipt, Shown
from bot.conversation.reading import Raw
from handlers.files import apply_file
from handlers.surveys.opening import Opened, open_survey
from handlers.surveys.results import Json, results_of
from storage.tables.deliveries import Delivery
from storage.tables.people import Person
from storage.tables.surveys import SurveyInvitation, SurveyResponse
from storage.unit_of_work import Store
from tests.factories import a_partnership, a_person
from tests.talking import talk

SURVEY = """\
herald_survey: 1
id: autumn
version: 1
title: How is it going?
purpose: To hear from the front line what helps.
owner: coordinator
audience: {everyone: true}
channels: [slack, web]
schedule:
  closes: 2026-12-11T17:00
  grace_minutes: 60
  reminders_after_days: [3, 7]
privacy:
  mode: confidential
  min_group: 5
  min_group_comments: 10
  cuts:
    - {id: agency, source: roster}
    - {id: role, source: question, question: role, not_given: true}
  retention_days: {replies: 365, invitations: 30, drafts: 14}
pages:
  - id: p1
    title: Your work
    questions:
      - id: welcome
        type: info
        text: Please leave out names of children.
      - id: role
        type: single
        text: What do you do?
        choices:
          - {value: frontline, label: I work with families}
          - {value: manager, label: I manage a team}
          - {value: other, label: Something else, ask_text: role_other}
      - id: helps
        type: multi
        text: What helps?
        choices:
          - {value: time, label: Time}
          - {value: team, label: My team}
  - id: p2
    questions:
      - id: useful
        type: scale
        text: How useful was it?
        required: true
        not_applicable: true
        points: [{value: 1, label: Not at all}, {value: 5, label: Very}]
      - id: why
        type: text_long
        text: What would make it more useful?
        show_if: {question: useful, at_most: 3}
      - id: again
        type: yes_no
        text: Would you come again?
        prefer_not: true
      - id: years
        type: number
        text: For how many years have you done this?
        min: 0
        max: 60
      - id: since
        type: date
        text: Since when have you worked here?
      - id: one_word
        type: text_short
        text: One word for it?
end: {text: Thank you for telling us.}
loop: {owner: coordinator, due_days: 28}
"""
NAMED = SURVEY.replace("mode: confidential", "mode: named").replace("id: autumn", "id: named-autumn")
FULL_ANSWERS: dict[str, Raw] = {
    "role": "frontline",
    "helps": ["time", "team"],
    "useful": "4",
    "again": "yes",
    "years": "7",
    "since": "27 3 2019",
    "one_word": "steady",
}


async def a_register(
    store: Store, people: int = 12, *, agencies: tuple[str, ...] = ("northmere-police",)
) -> list[Person]:
    """Northmere with so many practitioners, spread over the agencies in turn."""
    async with store.transaction() as uow:
        if await uow.partnership.document() is None:
            await a_partnership(uow)
        return [
            await a_person(uow, f"Ada {number}", agency_id=agencies[number % len(agencies)]) for number in range(people)
        ]


async def applied(store: Store, text: str = SURVEY) -> list[str]:
    """Loads a survey file; what became of it."""
    async with store.transaction() as uow:
        return [one.outcome for one in await apply_file(uow, name="survey.yaml", text=text)]


async def opened(store: Store, text: str = SURVEY, survey_id: str = "autumn") -> Opened:
    """Loads a survey file and opens it."""
    await applied(store, text)
    async with store.transaction() as uow:
        return await open_survey(uow, survey_id=survey_id)


async def answer(store: Store, person: Person, *, subject: str = "autumn", **answers: Raw) -> Shown:
    """Holds the whole talk, with harmless answers where none are given."""
    return await talk(store, person, "survey", subject=subject, **{**FULL_ANSWERS, **answers})


async def answered(store: Store, people: list[Person], *, subject: str = "autumn", **answers: Raw) -> None:
    """Lets each of them reply."""
    for person in people:
        assert isinstance(await answer(store, person, subject=subject, **answers), Receipt)


async def results(store: Store, survey_id: str = "autumn") -> Json:
    """The results as the command and the page get them."""
    async with store.reading() as uow:
        return await results_of(uow, survey_id=survey_id)


def figure(found: Json, question: str) -> Any:
    """One question of the results."""
    return next(each for each in found["questions"] if each["id"] == question)


def cell(found: Json, cut: str, value: str) -> Any:
    """One group of the results."""
    cells = next(each["cells"] for each in found["cuts"] if each["id"] == cut)
    return next(each for each in cells if each["value"] == value)


async def rows(store: Store, table: Any) -> list[Any]:
    """Every row of a table."""
    async with store.engines.reading() as session:
        return list((await session.execute(table.__table__.select())).mappings())


async def invitations(store: Store) -> list[Any]:
    return await rows(store, SurveyInvitation)


async def responses(store: Store) -> list[Any]:
    return await rows(store, SurveyResponse)


async def messages(store: Store, kind: str) -> list[Any]:
    """Every delivery of a kind."""
    return [row for row in await rows(store, Delivery) if row["kind"] == kind]
