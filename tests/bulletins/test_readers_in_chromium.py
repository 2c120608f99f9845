"""A reader on a phone without scripts: the page opens at the story that was tapped, thanks there, nothing sticks out."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright

from bot.demo.serving import address as where
from bot.demo.serving import listener, serving
from bot.keyring import Keyring
from bot.links import Link, Purpose, make_link
from bot.rules.opinions import OPEN_FOR
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from tests.bulletins.conftest import ID, Office
from tests.bulletins.test_opinions import TOLD
from tests.bulletins.test_opinions_reported import said
from tests.web.conftest import settings_for
from tests.web.test_in_chromium import ARGUMENTS, CHROMIUM, SIDEWAYS, SMALL_TARGETS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: package `chromium`)"),
]
WORDS = "Knowing whom to ring helps most, so every agency has one number for professionals. " * 6
LONG = TOLD.replace("- Talk about it", f"- Talk about it\n\n{WORDS}")
SIZES: tuple[tuple[int, Literal["light", "dark"]], ...] = ((1200, "dark"), (320, "light"))
SEEN = "() => document.querySelector(':target')?.getBoundingClientRect().top"


@pytest.fixture
async def address(sqlite_office: Office, sqlite_url: str, keyring: Keyring) -> AsyncIterator[str]:
    """The site served on a port of its own; the December edition has gone out and has some figures."""
    for number in range(12):
        await sqlite_office.reader(f"Reader {number}")
    await sqlite_office.released(LONG)
    await said(sqlite_office, ID, s1=(9, 1), s2=(3, 4), s3=(2, 0))
    bound = listener()
    settings = settings_for(sqlite_url, keyring, base_url=where(bound))
    async with serving(build_site(WebContext(sqlite_office.store, settings)), on=bound) as url:
        yield url


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A phone of 320 pixels without scripts."""
    async with async_playwright() as playwright:
        chromium: Browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
        yield await context.new_page()
        await chromium.close()


async def test_the_page_opens_at_the_tapped_story_and_thanks_there(
    sqlite_office: Office, address: str, page: Page, keyring: Keyring, tmp_path: Path
) -> None:
    office = sqlite_office
    async with office.store.reading() as uow:
        ben = await uow.people.by_email("reader.1@example.org")
    assert ben is not None
    link = Link(Purpose.OPINION, ben.id, ID, ben.link_epoch, office.clock() + OPEN_FOR)
    await page.goto(f"{address}/opinions/{make_link(link, keyring=keyring)}#story-3")
    assert 0 <= await page.evaluate(SEEN) < 640
    await _looked_at(page, tmp_path, "tapped")
    await page.locator("#story-3 button").first.click()
    await page.wait_for_url(f"{address}/bulletins/{ID}/opinions#story-3", wait_until="load")
    assert 0 <= await page.evaluate(SEEN) < 640
    assert "Thank you" in await page.locator("#story-3").inner_text()
    await _looked_at(page, tmp_path, "thanked")


async def test_the_archive_and_its_search_fit_everywhere(address: str, page: Page, tmp_path: Path) -> None:
    for name, path in {
        "list": "/bulletins",
        "edition": f"/bulletins/{ID}#story-2",
        "search": "/bulletins?q=guide+number",
        "nothing": "/bulletins?q=seahorse",
    }.items():
        await page.goto(f"{address}{path}")
        await _looked_at(page, tmp_path, name)
    await page.goto(f"{address}/bulletins/{ID}")
    await page.emulate_media(media="print")
    assert not await page.locator("nav.contents").is_visible()
    assert await page.locator("h2#story-1").is_visible()
    await page.screenshot(path=str(tmp_path / "printed.png"), full_page=True)


async def test_the_report_fits_everywhere(sqlite_office: Office, address: str, page: Page, tmp_path: Path) -> None:
    async with sqlite_office.store.transaction() as uow:
        token = uow.signins.new_session(person_id=sqlite_office.author.id, signed_in=True)
    await page.context.add_cookies([{"name": "herald", "value": token, "url": address}])
    await page.goto(f"{address}/ops/bulletins/{ID}/opinions")
    assert await page.locator("h1").inner_text() == "What readers thought"
    await _looked_at(page, tmp_path, "report")


async def _looked_at(page: Page, folder: Path, name: str) -> None:
    """Small and light, wide and dark: nothing sticks out, nothing is too small to tap. Pictures stay beside the test."""
    for width, scheme in SIZES:
        await page.set_viewport_size({"width": width, "height": 640})
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=str(folder / f"{name}-{width}.png"), full_page=True)
        assert await page.evaluate(SIDEWAYS) <= 0, (name, width)
        assert await page.evaluate(SMALL_TARGETS) == [], (name, width)
    await page.set_viewport_size({"width": 320, "height": 640})
