"""A real web door over a real database, and browsers to use it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from bot.keyring import Keyring
from bot.links import Link, Purpose, make_link
from bot.settings import MailSettings, Settings
from handlers.registry import ACTS, TALKS
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.tables.base import Table
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person
from tests.web import invented
from tests.web.browser import BASE_URL, Browser

SignIn = Callable[[Person], Awaitable[Browser]]
LinkFor = Callable[..., str]
Dump = Callable[[], Awaitable[dict[str, list[tuple[Any, ...]]]]]


def settings_for(url: str, keyring: Keyring, *, base_url: str = BASE_URL, live: bool = True) -> Settings:
    """Settings of an installation without Slack."""
    mail = MailSettings(smtp_url="smtp://127.0.0.1:1", sender="herald@northmere.example.org")
    return Settings(database_url=url, base_url=base_url, keyring=keyring, mail=mail, slack=None, live=live)


@pytest.fixture
def invented_subjects() -> Iterator[None]:
    """The invented talk and act, beside those of the product."""
    before = ACTS.get(Purpose.HANDOVER)
    TALKS[invented.NAME] = invented.WALK
    ACTS[Purpose.HANDOVER] = invented.BENCH
    yield
    del TALKS[invented.NAME]
    if before is None:
        del ACTS[Purpose.HANDOVER]
    else:
        ACTS[Purpose.HANDOVER] = before


@pytest.fixture
async def ada(sqlite_store: Store) -> Person:
    """A practitioner of Northmere, which is set up."""
    async with sqlite_store.transaction() as uow:
        await a_partnership(uow)
        return await a_person(uow, "Ada")


@pytest.fixture
def site(sqlite_store: Store, sqlite_url: str, keyring: Keyring, ada: Person, invented_subjects: None) -> FastAPI:
    """The web site of Northmere."""
    return build_site(WebContext(sqlite_store, settings_for(sqlite_url, keyring)))


@pytest.fixture
async def browser(site: FastAPI) -> AsyncIterator[Browser]:
    """A browser that nobody has signed in with."""
    opened = Browser(site)
    yield opened
    await opened.close()


@pytest.fixture
async def signed_in(site: FastAPI, sqlite_store: Store) -> AsyncIterator[SignIn]:
    """Gives somebody a browser in which they have signed in."""
    opened: list[Browser] = []

    async def sign_in(person: Person) -> Browser:
        browser = Browser(site)
        opened.append(browser)
        async with sqlite_store.transaction() as uow:
            token = uow.signins.new_session(person_id=person.id, signed_in=True)
        browser.http.cookies.set("herald", token)
        return browser

    yield sign_in
    for browser in opened:
        await browser.close()


@pytest.fixture
def link_for(keyring: Keyring, clock: MovingClock) -> LinkFor:
    """Makes a link as a message would carry it."""

    def make(person: Person, purpose: Purpose = Purpose.HANDOVER, about: str = "bench-1", **lasts: float) -> str:
        link = Link(purpose, person.id, about, person.link_epoch, clock() + timedelta(**(lasts or {"days": 14})))
        return make_link(link, keyring=keyring)

    return make


@pytest.fixture
def dump(sqlite_store: Store) -> Dump:
    """Every row of every table, to compare."""

    async def everything() -> dict[str, list[tuple[Any, ...]]]:
        async with sqlite_store.engines.reading() as session:
            return {
                table.name: sorted((tuple(row) for row in await session.execute(table.select())), key=repr)
                for table in Table.metadata.sorted_tables
            }

    return everything
