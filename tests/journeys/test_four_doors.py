"""One survey with all thirteen types of question, answered through each of the four doors: the same answers are kept."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from sqlalchemy import func, select

from handlers.files import apply_file
from handlers.surveys.opening import open_survey
from storage.tables.people import Person
from storage.tables.pledges import Pledge
from tests.bookings.sessions import apply as sessions_applied
from tests.drive import Answer, ByEmail, OnDirectMessage, OnSlack, OnTheWeb
from tests.surveys.every_type import ID, KEPT, SESSION, TEXT
from tests.world import World

OWN_WORDS = "Something else, in my own words"
STEPS: tuple[dict[str, Answer], ...] = (
    {"role": "Something else"},
    {"role_other": "I cook", "helps": ["Time", "Training"]},
    {
        "again": "I would rather not say",
        "useful": "4",
        "recommend": "9",
        "together__sharing": "3",
        "together__meeting": "Does not apply to me",
        "order__1": "Neglect",
        "order__2": "The voice of the child",
        "order__3": "Life online",
    },
    {"years": "7", "since": "27 March 2019", "one_word": "steady"},
    {"more": "More time"},
    {"promise__pick": OWN_WORDS},
    {"promise__own": "I will ring first.", "seat__session": "Signs of Safety"},
)
"""The steps of the talk, with the words that a person chooses or types."""
SINCE = date(2019, 3, 27)


async def asked(world: World, *, in_slack: bool) -> Person:
    """Somebody whom the survey asks."""
    ada = await world.person("Ada", slack=in_slack, agency_id="northmere-health")
    await sessions_applied(world.herald.store, {"id": SESSION, "title": "Signs of Safety", "capacity": 20})
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="every-type.yaml", text=TEXT)
        await open_survey(uow, survey_id=ID)
    return ada


async def by_form(talk: OnSlack | OnTheWeb, steps: tuple[dict[str, Answer], ...]) -> None:
    for step in steps:
        if "since" in step:
            await with_a_date(talk, step)
        else:
            await talk.answer(**_offered(step))


async def with_a_date(talk: OnSlack | OnTheWeb, step: dict[str, Answer]) -> None:
    """The boxes of a date differ: three on the web, one in Slack."""
    if isinstance(talk, OnSlack):
        await talk.answer(**{**step, "since": SINCE.isoformat()})
        return
    parts = {"since.day": str(SINCE.day), "since.month": str(SINCE.month), "since.year": str(SINCE.year)}
    await talk.answer(**{key: value for key, value in step.items() if key != "since"}, **parts)


def _offered(step: dict[str, Answer]) -> dict[str, Answer]:
    """A session is offered with its day, so it is chosen by its value."""
    return {key: SESSION if key == "seat__session" else value for key, value in step.items()}


async def in_slack(world: World, ada: Person) -> None:
    await in_forms(world, OnSlack(world, ada))


async def on_the_web(world: World, ada: Person) -> None:
    await in_forms(world, OnTheWeb(world, ada))


async def in_forms(world: World, talk: OnSlack | OnTheWeb) -> None:
    await world.tick()
    await talk.act("Answer")
    await by_form(talk, STEPS[:3])
    await world.restart()
    await by_form(talk, STEPS[3:])
    await talk.send()
    assert talk.sees("Thank you")


async def in_a_direct_message(world: World, ada: Person) -> None:
    talk = OnDirectMessage(world, ada)
    await world.tick()
    await talk.start("survey")
    for number, step in enumerate(STEPS):
        if number == 3:
            await world.restart()
        await talk.answer(**step)
    await talk.send()
    assert talk.sees("Thank you"), talk.last()


async def by_e_mail(world: World, ada: Person) -> None:
    await world.tick()
    talk = ByEmail(world, ada)
    for number, step in enumerate(STEPS):
        if number == 3:
            await world.restart()
        await talk.answer(*(", ".join(said) if isinstance(said, list) else said for said in step.values()))
    await talk.reply("send")
    assert talk.sees("Thank you")


DOORS: tuple[Callable[[World, Person], Awaitable[None]], ...] = (in_slack, on_the_web, in_a_direct_message, by_e_mail)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
async def test_answers_through_all_four_doors_are_equal_in_the_store(
    world: World, door: Callable[[World, Person], Awaitable[None]]
) -> None:
    """Each door's stored reply equals the one same value, to the letter; the pledge is made and the seat taken."""
    ada = await asked(world, in_slack=door is not by_e_mail)
    await door(world, ada)
    async with world.herald.store.reading() as uow:
        (reply,) = await uow.surveys.replies(ID)
        assert (await uow.session.execute(select(func.count()).select_from(Pledge))).scalar_one() == 1
    assert dict(reply.answers) == KEPT
