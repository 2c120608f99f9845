"""The site over the store of the story, and browsers in which somebody has signed in."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from bot.keyring import Keyring
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.escalations.test_escalations import Cast, the_cast
from tests.web.browser import Browser
from tests.web.conftest import settings_for


@pytest.fixture
async def cast(sqlite_store: Store) -> Cast:
    """The people of the story."""
    return await the_cast(sqlite_store)


@pytest.fixture
def site(sqlite_store: Store, sqlite_url: str, keyring: Keyring) -> FastAPI:
    """The web site over the store of the story."""
    return build_site(WebContext(sqlite_store, settings_for(sqlite_url, keyring)))


class SignedIn:
    """Browsers in which somebody has signed in."""

    def __init__(self, site: FastAPI, store: Store) -> None:
        self._site, self._store = site, store
        self.opened: list[Browser] = []

    async def as_(self, person: Person) -> Browser:
        browser = Browser(self._site)
        self.opened.append(browser)
        async with self._store.transaction() as uow:
            token = uow.signins.new_session(person_id=person.id, signed_in=True)
        browser.http.cookies.set("herald", token)
        return browser


@pytest.fixture
async def browsers(site: FastAPI, sqlite_store: Store) -> AsyncIterator[SignedIn]:
    """Signs people in."""
    found = SignedIn(site, sqlite_store)
    yield found
    for browser in found.opened:
        await browser.close()
