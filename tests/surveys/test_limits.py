"""When a survey has enough answers: kindly said, nothing kept, nobody reminded, and never one too many."""

import asyncio

from bot.conversation.prompt import Notice, Receipt
from digests.surveys import remind
from handlers.surveys.showing import surveys_of
from storage.tables.conversations import Conversation
from storage.unit_of_work import Store
from tests.surveys.asking import SURVEY, a_register, answer, invitations, opened, responses, rows

TWO_AT_MOST = SURVEY.replace("pages:\n", "limits: {max_responses: 2}\npages:\n", 1)
ONE_POLICE = SURVEY.replace(
    "pages:\n", "limits: {quotas: [{cut: agency, value: northmere-police, max: 1}]}\npages:\n", 1
)
ONE_MANAGER = SURVEY.replace("pages:\n", "limits: {quotas: [{cut: role, value: manager, max: 1}]}\npages:\n", 1)
AGENCIES = ("northmere-police", "northmere-health")


async def test_the_third_is_told_before_the_first_question(store: Store) -> None:
    people = await a_register(store, 3)
    await opened(store, TWO_AT_MOST)
    for person in people[:2]:
        assert isinstance(await answer(store, person), Receipt)
    shown = await answer(store, people[2])
    assert isinstance(shown, Notice)
    assert shown.title == "Thank you, we have enough answers"
    async with store.reading() as uow:
        assert await surveys_of(uow, people[2]) == ()
    assert isinstance(await answer(store, people[0], one_word="changed"), Receipt), "a reply can always be changed"


async def test_many_at_once_are_never_one_too_many(store: Store) -> None:
    people = await a_register(store, 6)
    await opened(store, TWO_AT_MOST)
    shown = await asyncio.gather(*(answer(store, person) for person in people))
    assert sum(isinstance(each, Receipt) for each in shown) == 2
    assert len(await responses(store)) == 2


async def test_a_group_that_has_said_enough_is_thanked_and_others_are_still_asked(store: Store) -> None:
    police, health, more_police = await a_register(store, 3, agencies=(*AGENCIES, AGENCIES[0]))
    await opened(store, ONE_POLICE)
    assert isinstance(await answer(store, police), Receipt)
    shown = await answer(store, more_police)
    assert isinstance(shown, Notice)
    assert shown.title == "Thank you, we have enough answers from Northmere Police"
    assert isinstance(await answer(store, health), Receipt)


async def test_a_quota_known_only_from_an_answer_is_judged_when_it_is_sent(store: Store) -> None:
    people = await a_register(store, 2)
    await opened(store, ONE_MANAGER)
    await answer(store, people[0], role="manager")
    shown = await answer(store, people[1], role="manager")
    assert isinstance(shown, Notice)
    assert "from “I manage a team”" in shown.title
    assert len(await responses(store)) == 1
    turned_away = next(row for row in await invitations(store) if row["person_id"] == people[1].id)
    assert (turned_away["replied"], turned_away["reminders_sent"]) == (False, 99), "closed without a reply"
    assert [row["status"] for row in await rows(store, Conversation)] == ["finished", "cancelled"]
    async with store.reading() as uow:
        assert await surveys_of(uow, people[1]) == ()
    assert await remind(store) == 0
