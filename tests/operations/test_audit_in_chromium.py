"""The audit log in a real Chromium without scripts, small and wide: nothing sticks out, and a phone is not scrolled for ever."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from bot.demo.serving import address as where
from bot.demo.serving import listener, serving
from bot.keyring import Keyring
from handlers import audit_log
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.unit_of_work import Store
from tests.factories import a_person
from tests.web.conftest import settings_for
from tests.web.test_in_chromium import ARGUMENTS, CHROMIUM, SIDEWAYS, SMALL_TARGETS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: package `chromium`)"),
]

WIDTHS = (320, 1280)
TALL = "() => document.documentElement.scrollHeight"
A_PHONE_IS_SCROLLED = 25_000
"""Pixels at 320: fifty entries, each a card of five lines."""


@pytest.fixture
async def address(sqlite_store: Store, sqlite_url: str, keyring: Keyring) -> AsyncIterator[str]:
    """The site on a port of its own, with a log of two pages."""
    async with sqlite_store.transaction() as uow:
        ada = await a_person(uow, "Ada Ashworth")
        for number in range(audit_log.ON_A_PAGE + 10):
            uow.audit.add(
                "escalation.taken-on", thing=f"E-2026-{number:04}", by=ada, detail={"step": 2, "state": "open"}
            )
        await uow.session.flush()
        await uow.audit.seal()
    bound = listener()
    settings = settings_for(sqlite_url, keyring, base_url=where(bound))
    async with serving(build_site(WebContext(sqlite_store, settings)), on=bound) as url:
        yield url


@pytest.fixture
async def page(sqlite_store: Store, address: str) -> AsyncIterator[Page]:
    """An auditor's browser; scripts of pages are off."""
    async with sqlite_store.transaction() as uow:
        ira = await a_person(uow, "Ira", roles=["auditor"])
        token = uow.signins.new_session(person_id=ira.id, signed_in=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(java_script_enabled=False)
        await context.add_cookies([{"name": "herald", "value": token, "url": address}])
        yield await context.new_page()
        await browser.close()


async def test_an_auditor_proves_the_log_and_walks_through_it_on_any_screen(
    page: Page, address: str, tmp_path: Path
) -> None:
    await page.goto(f"{address}/ops/audit?since=2020-01-01")
    await looked_at(page, tmp_path, "newest")
    await page.get_by_role("button", name="Prove the whole log now").click()
    await page.get_by_text("was whole", exact=True).wait_for()
    await looked_at(page, tmp_path, "proved")
    await page.get_by_role("link", name="Older").click()
    await page.get_by_text("E-2026-0000").wait_for()
    assert await page.get_by_label("First day").input_value() == "2020-01-01"
    await looked_at(page, tmp_path, "older")


async def looked_at(page: Page, folder: Path, name: str) -> None:
    """Pictures stay beside the test."""
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 640})
        await page.screenshot(path=str(folder / f"{name}-{width}.png"), full_page=True)
        assert await page.evaluate(SIDEWAYS) <= 0, (name, width)
        assert await page.evaluate(SMALL_TARGETS) == [], (name, width)
        assert await page.evaluate(TALL) < A_PHONE_IS_SCROLLED, (name, width)
