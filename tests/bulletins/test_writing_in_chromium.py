"""A coordinator writes on a phone without scripts: nothing sticks out, nothing is too small, the story is in sight.

A publisher sends it there too, and is asked before anything leaves.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from bot.demo.serving import address as where
from bot.demo.serving import listener, serving
from bot.keyring import Keyring
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.tables.people import Person
from tests.bulletins.conftest import ID, Office
from tests.bulletins.test_asking_before_sending import SATURDAY, WITHOUT_A_TIME
from tests.web.conftest import settings_for
from tests.web.test_in_chromium import ARGUMENTS, CHROMIUM, SIDEWAYS, SMALL_TARGETS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: package `chromium`)"),
]
BASE = f"/ops/bulletins/{ID}"
IN_SIGHT = "() => document.querySelector(':target')?.getBoundingClientRect().top"


@pytest.fixture
async def phone(sqlite_office: Office, sqlite_url: str, keyring: Keyring) -> AsyncIterator[Page]:
    """The author's phone, signed in, at the site."""
    async with a_phone(sqlite_office, sqlite_office.author, sqlite_url, keyring) as page:
        yield page


@pytest.fixture
async def publishers_phone(sqlite_office: Office, sqlite_url: str, keyring: Keyring) -> AsyncIterator[Page]:
    """The publisher's."""
    async with a_phone(sqlite_office, sqlite_office.publisher, sqlite_url, keyring) as page:
        yield page


@asynccontextmanager
async def a_phone(office: Office, person: Person, sqlite_url: str, keyring: Keyring) -> AsyncIterator[Page]:
    """Somebody's phone, signed in, at the site, which has the December edition."""
    await office.apply()
    async with office.store.transaction() as uow:
        token = uow.signins.new_session(person_id=person.id, signed_in=True)
    bound = listener()
    settings = settings_for(sqlite_url, keyring, base_url=where(bound))
    site = build_site(WebContext(office.store, settings))
    async with serving(site, on=bound) as url, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await chromium.new_context(
            viewport={"width": 320, "height": 640}, java_script_enabled=False, base_url=url
        )
        await context.add_cookies([{"name": "herald", "value": token, "url": url}])
        yield await context.new_page()
        await chromium.close()


async def test_an_edition_is_written_on_a_phone(phone: Page, tmp_path: Path) -> None:
    for name in ("write", "text", "preview", "differences", "copy", "address"):
        await phone.goto(f"{BASE}/{name}")
        await _fits(phone, tmp_path / f"{name}.png")
    await phone.goto(f"{BASE}/write")
    await phone.fill("#story-2-text", "Soon.")
    await phone.locator("button[value='down:2']").click()
    await phone.wait_for_url("**/write?done=saved#story-3", wait_until="load")
    assert 0 <= await phone.evaluate(IN_SIGHT) < 640
    assert await phone.input_value("#story-3-text") == "Soon."
    await phone.fill("#story-2-text", "Sooner still.")
    await phone.locator(".save button").click()  # it is in sight wherever one writes
    await phone.wait_for_url("**/write?done=saved#story-2", wait_until="load")
    assert 0 <= await phone.evaluate(IN_SIGHT) < 640
    said = phone.locator(".save [role=status]")
    assert await said.inner_text() == "Saved. Nobody has received it."
    box = await said.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 640 - box["height"]
    await phone.screenshot(path=tmp_path / "saved.png")
    await phone.fill("#story-3-text", "<b>no</b>")
    await phone.locator(".save button").click()
    await phone.wait_for_load_state()
    assert "There is a problem" in await phone.inner_text(".error-summary")
    await _fits(phone, tmp_path / "wrong.png")
    await phone.goto(f"{BASE}/write")
    assert "This text is not finished" in await phone.inner_text("main")
    assert await phone.input_value("#story-3-text") == "<b>no</b>"


async def test_an_edition_is_sent_from_a_phone(publishers_phone: Page, sqlite_office: Office, tmp_path: Path) -> None:
    page, office = publishers_phone, sqlite_office
    await office.readers(3)
    await office.apply(WITHOUT_A_TIME)
    await office.approve()
    office.clock.set(SATURDAY)
    await page.goto(BASE)
    await _fits(page, tmp_path / "approved.png")
    assert await page.input_value("#at") == "2026-11-30T08:00"
    await page.check("input[name=when][value=now]")
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_load_state()
    await _fits(page, tmp_path / "asked.png")
    assert "Now is outside sending hours" in await page.inner_text("main")
    await page.get_by_role("link", name="Choose another time").click()
    await page.fill("#at", "2026-11-20T09:00")
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_load_state()
    await _fits(page, tmp_path / "past.png")
    await page.check("input[name=when][value=now]")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Send it now to 3 people").click()
    await page.wait_for_url("**/sending?done=scheduled", wait_until="load")
    assert await page.inner_text("h1") == "On its way"
    await _fits(page, tmp_path / "follow.png")


async def _fits(page: Page, picture: Path) -> None:
    await page.screenshot(path=picture, full_page=True)
    assert await page.evaluate(SIDEWAYS) == 0, picture.name
    small = await page.evaluate(SMALL_TARGETS)
    # The button that a press of the return key means cannot be seen, reached or pressed by hand.
    assert [target for target in small if 'aria-hidden="true"' not in target] == [], picture.name
