"""Somebody has a question about what is kept of them: the notices say whom to write to, whoever reads them."""

from dataclasses import replace

import pytest

from bot.keyring import Keyring
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.factories import a_person
from tests.web.browser import Browser
from tests.web.conftest import SignIn, settings_for


@pytest.mark.parametrize("page", ["/privacy", "/complaints"])
async def test_who_has_signed_in_reads_the_coordinators_and_their_addresses(
    sqlite_store: Store, ada: Person, signed_in: SignIn, page: str
) -> None:
    async with sqlite_store.transaction() as uow:
        await a_person(uow, "Cy", roles=["coordinator"])
    notice = await (await signed_in(ada)).open(page)
    assert "Cy, cy@example.org" in notice.text
    assert notice.soup.find("a", href="mailto:cy@example.org")


@pytest.mark.parametrize("page", ["/privacy", "/complaints"])
async def test_anybody_else_reads_the_address_that_herald_writes_from(
    sqlite_store: Store, sqlite_url: str, keyring: Keyring, ada: Person, page: str
) -> None:
    async with sqlite_store.transaction() as uow:
        await a_person(uow, "Cy", roles=["coordinator"])
    settings = settings_for(sqlite_url, keyring)
    browser = Browser(build_site(WebContext(sqlite_store, settings)))
    notice = (await browser.open(page)).text
    assert "Write to herald@northmere.example.org" in notice
    assert "cy@example.org" not in notice, "addresses of people are not for the whole world"
    await browser.close()

    without_mail = Browser(build_site(WebContext(sqlite_store, replace(settings, mail=None))))
    assert "Write to the partnership’s coordinator. Sign in to see who that is." in (await without_mail.open(page)).text
    await without_mail.close()
