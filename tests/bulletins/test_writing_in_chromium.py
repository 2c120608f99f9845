"""A coordinator writes on a phone without scripts: nothing sticks out, nothing is too small, the story is in sight."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from bot.demo.serving import address as where
from bot.demo.serving import listener, serving
from bot.keyring import Keyring
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from tests.bulletins.conftest import ID, Office
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
    await sqlite_office.apply()
    async with sqlite_office.store.transaction() as uow:
        token = uow.signins.new_session(person_id=sqlite_office.author.id, signed_in=True)
    bound = listener()
    settings = settings_for(sqlite_url, keyring, base_url=where(bound))
    site = build_site(WebContext(sqlite_office.store, settings))
    async with serving(site, on=bound) as url, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await chromium.new_context(
            viewport={"width": 320, "height": 640}, java_script_enabled=False, base_url=url
        )
        await context.add_cookies([{"name": "herald", "value": token, "url": url}])
        yield await context.new_page()
        await chromium.close()


async def test_an_edition_is_written_on_a_phone(phone: Page, tmp_path: Path) -> None:
    for name in ("write", "text", "preview", "differences", "copy"):
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


async def _fits(page: Page, picture: Path) -> None:
    await page.screenshot(path=picture, full_page=True)
    assert await page.evaluate(SIDEWAYS) == 0, picture.name
    small = await page.evaluate(SMALL_TARGETS)
    # The button that a press of the return key means cannot be seen, reached or pressed by hand.
    assert [target for target in small if 'aria-hidden="true"' not in target] == [], picture.name
