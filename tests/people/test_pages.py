"""The register on the operations pages, in a browser without scripts."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fastapi import FastAPI

from bot.keyring import Keyring
from bot.settings import Settings
from handlers.people_care import stranger_asks
from handlers.web.context import WebContext
from handlers.web.site import build_site
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.factories import a_partnership, a_person
from tests.web.browser import BASE_URL, Browser, Page

In = Callable[[Person], Awaitable[Browser]]
CSV = b"email,name,agency,roles\ncy@example.org,Cyrus,northmere-police,\ndi@example.org,<b>Di</b>,hilltop-school,manager\n"


@pytest.fixture
def site(sqlite_store: Store, sqlite_url: str, keyring: Keyring) -> FastAPI:
    settings = Settings(sqlite_url, BASE_URL, keyring, mail=None, slack=None, live=True)
    return build_site(WebContext(sqlite_store, settings))


@pytest.fixture
async def people(sqlite_store: Store) -> dict[str, Person]:
    """Ada coordinates, Bea is admin as well, Cy is a practitioner."""
    async with sqlite_store.transaction() as uow:
        await a_partnership(uow)
        return {
            "Ada": await a_person(uow, "Ada", roles=["coordinator"], agency_id="northmere-council"),
            "Bea": await a_person(uow, "Bea", roles=["admin", "coordinator"]),
            "Cy": await a_person(uow, "Cy", agency_id="northmere-police", job_title="Officer"),
        }


@pytest.fixture
async def sign_in(site: FastAPI, sqlite_store: Store) -> AsyncIterator[In]:
    browsers: list[Browser] = []

    async def sign_in(person: Person) -> Browser:
        async with sqlite_store.transaction() as uow:
            cookie = uow.signins.new_session(person_id=person.id, signed_in=True)
        browser = Browser(site)
        browser.http.cookies.set("herald", cookie)
        browsers.append(browser)
        return browser

    yield sign_in
    for browser in browsers:
        await browser.http.aclose()


async def upload(browser: Browser, data: bytes) -> Page:
    page = await browser.open("/ops/people/import")
    fields = dict(page.fields("Show what would change"))
    fields.pop("file", None)
    files = {"file": ("people.csv", data, "text/csv")}
    return Page(await browser.http.post("/ops/people/import", data=fields, files=files))


async def test_a_practitioner_finds_the_register_closed(people: dict[str, Person], sign_in: In) -> None:
    browser = await sign_in(people["Cy"])
    for path in ("/ops/people", "/ops/people/import", "/ops/people/add", f"/ops/people/{people['Ada'].id}"):
        assert (await browser.open(path)).status == 403


async def test_people_are_found_by_a_part_of_the_name(people: dict[str, Person], sign_in: In) -> None:
    page = await (await sign_in(people["Ada"])).open("/ops/people?q=cy")
    assert "Cy" in page.text
    assert "Bea" not in page.text
    assert "Nobody is called that" in (await (await sign_in(people["Ada"])).open("/ops/people?q=zzz")).text


async def test_an_import_shows_every_change_first_and_makes_them_when_confirmed(
    people: dict[str, Person], sign_in: In, sqlite_store: Store
) -> None:
    browser = await sign_in(people["Ada"])
    page = await upload(browser, CSV)
    assert page.heading == "Check the changes"
    assert "name: Cy → Cyrus" in page.text
    assert "<b>" not in str(page.soup.find("table"))
    async with sqlite_store.reading() as uow:
        assert await uow.people.by_email("di@example.org") is None
    done = await browser.press(page, "Make these changes")
    assert "1 added, 1 changed" in done.text
    async with sqlite_store.reading() as uow:
        cy = await uow.people.by_email("cy@example.org")
        assert cy is not None
        assert (cy.name, cy.job_title) == ("Cyrus", "Officer")
        entry = (await uow.audit.latest(limit=1, thing=f"person:{cy.id}"))[0]
    assert entry.actor_id == people["Ada"].id


async def test_confirming_twice_makes_the_changes_once(
    people: dict[str, Person], sign_in: In, sqlite_store: Store
) -> None:
    browser = await sign_in(people["Ada"])
    page = await upload(browser, CSV)
    await browser.press(page, "Make these changes")
    again = await browser.press(page, "Make these changes")
    assert "0 added, 0 changed, 2 as they were" in again.text
    async with sqlite_store.reading() as uow:
        assert len(await uow.people.everybody()) == 4


async def test_a_wrong_file_is_answered_with_its_lines_and_changes_nothing(
    people: dict[str, Person], sign_in: In, sqlite_store: Store
) -> None:
    browser = await sign_in(people["Ada"])
    page = await upload(browser, b"email,agency\ncy@example.org,nowhere\nnot an address,\n")
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert [words.partition(",")[0] for _, words in page.errors] == ["Line 2", "Line 3"]
    assert (await upload(browser, b"")).status == 422
    assert (await upload(browser, b"\xff\xfe\x00")).status == 422
    async with sqlite_store.reading() as uow:
        assert len(await uow.people.everybody()) == 3


async def test_a_stranger_waits_until_a_coordinator_adds_them(
    people: dict[str, Person], sign_in: In, sqlite_store: Store
) -> None:
    async with sqlite_store.transaction() as uow:
        await stranger_asks(uow, email="eve@example.org")
        await stranger_asks(uow, email="mallory@example.org")
    browser = await sign_in(people["Ada"])
    page = await browser.open("/ops/people")
    link = next(a["href"] for a in page.soup.find_all("a") if "eve" in str(a["href"]))
    form = await browser.open(str(link))
    wrong = await browser.press(form, "Add", name="")
    assert wrong.errors == [("#name", "Enter the name as colleagues know it")]
    added = await browser.press(wrong, "Add", name="Eve", agency="northmere-health")
    assert added.heading == "Eve"
    left = await browser.open("/ops/people")
    await browser.press(left, "Do not add")
    async with sqlite_store.reading() as uow:
        assert await uow.people.strangers_waiting() == []
        assert await uow.people.by_email("eve@example.org") is not None
        assert await uow.people.by_email("mallory@example.org") is None


async def test_only_an_admin_erases_and_only_after_being_asked(
    people: dict[str, Person], sign_in: In, sqlite_store: Store
) -> None:
    path = f"/ops/people/{people['Cy'].id}/erase"
    assert (await (await sign_in(people["Ada"])).open(path)).status == 403
    browser = await sign_in(people["Bea"])
    page = await browser.open(path)
    async with sqlite_store.reading() as uow:
        assert await uow.people.get(people["Cy"].id) is not None
    await browser.press(page, "Erase for good")
    async with sqlite_store.reading() as uow:
        assert await uow.people.get(people["Cy"].id) is None


async def test_the_last_admin_is_told_why_they_cannot_be_erased(people: dict[str, Person], sign_in: In) -> None:
    browser = await sign_in(people["Bea"])
    page = await browser.press(await browser.open(f"/ops/people/{people['Bea'].id}/erase"), "Erase for good")
    assert page.status == 409
    assert "last admin" in page.text


@pytest.mark.parametrize("path", ["/ops/people/999999", "/ops/people/99999999999999999999"])
async def test_somebody_who_does_not_exist_is_not_found(people: dict[str, Person], sign_in: In, path: str) -> None:
    assert (await (await sign_in(people["Ada"])).open(path)).status in (400, 404)
