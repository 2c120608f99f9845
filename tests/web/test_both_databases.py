"""The same talk on SQLite and on PostgreSQL, with many hands at once and the characters that databases refuse."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.keyring import Keyring
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.factories import a_partnership, a_person
from tests.web.browser import Browser, Page
from tests.web.conftest import settings_for
from tests.web.test_talk import PLAN, at_the_plan

pytestmark = pytest.mark.usefixtures("invented_subjects")


@pytest.fixture
async def bea(store: Store) -> Person:
    async with store.transaction() as uow:
        await a_partnership(uow)
        return await a_person(uow, "Bea")


@pytest.fixture
async def bea_browser(store: Store, database_url: str, keyring: Keyring, bea: Person) -> AsyncIterator[Browser]:
    browser = Browser(build_site(WebContext(store, settings_for(database_url, keyring))))
    async with store.transaction() as uow:
        token = uow.signins.new_link(person_id=bea.id, browser=None)
    page = await browser.press(await browser.open(f"/sign-in/{token}"), "Sign in")
    assert page.path == "/me"
    yield browser
    await browser.close()


async def test_many_presses_at_once_send_once(store: Store, bea: Person, bea_browser: Browser) -> None:
    page = await bea_browser.press(await at_the_plan(store, bea, bea_browser), "Continue", **PLAN)
    sent = await asyncio.gather(*(bea_browser.send(page, "Ask them along") for _ in range(10)))
    assert {Page(response).heading for response in sent} == {"You have asked them along"}
    async with store.reading() as uow:
        assert [e.thing for e in await uow.audit.latest() if e.action == "walk.asked"] == ["W-2026-0001"]


async def test_different_answers_at_once_keep_everybodys_words(store: Store, bea: Person, bea_browser: Browser) -> None:
    page = await at_the_plan(store, bea, bea_browser)
    words = [f"Reason number {place}" for place in range(6)]
    sent = await asyncio.gather(*(bea_browser.send(page, "Continue", **{**PLAN, "q__why": why}) for why in words))
    assert all(why in response.text for why, response in zip(words, sent, strict=True))
    assert sorted(response.status_code for response in sent) == [200, 409, 409, 409, 409, 409]


async def test_characters_that_a_database_refuses_are_no_error(store: Store, bea: Person, bea_browser: Browser) -> None:
    page = await at_the_plan(store, bea, bea_browser)
    page = await bea_browser.press(
        page,
        "Continue",
        **{**PLAN, "q__why": "nul\x00 and \ud83d half".encode("utf-8", "surrogatepass").decode("utf-8", "replace")},
    )
    assert page.heading == "Check your answers"
    for path in ("/talk/%00", "/talk/x%00y/plan", "/l/%00", "/sign-in?next=%00", "/talk/%ff%fe"):
        assert (await bea_browser.open(path)).status in (400, 404)
