"""The pages in a real Chromium at 320 pixels, without scripts, over real HTTP: nothing sticks out, nothing is refused."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright

from bot.demo.serving import address as where
from bot.demo.serving import listener, serving
from bot.keyring import Keyring
from bot.links import Purpose
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.web.conftest import LinkFor, settings_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing leaves this machine
]
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter(e => e.offsetParent && !e.closest('p, li:not(nav li), .skip, dd'))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.height < 24 || box.width < 24).map(([what]) => what)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: package `chromium`)"),
    pytest.mark.usefixtures("invented_subjects"),
]


@pytest.fixture
async def address(sqlite_store: Store, sqlite_url: str, keyring: Keyring, ada: Person) -> AsyncIterator[str]:
    """The site served on a port of its own."""
    bound = listener()
    settings = settings_for(sqlite_url, keyring, base_url=where(bound))
    async with serving(build_site(WebContext(sqlite_store, settings)), on=bound) as url:
        yield url


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(params=["light", "dark"])
async def phone(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[BrowserContext]:
    """A phone of 320 pixels whose owner has switched scripts off."""
    scheme = request.param
    context = await chromium.new_context(
        viewport={"width": 320, "height": 640}, java_script_enabled=False, color_scheme=scheme
    )
    yield context
    await context.close()


class Looks:
    """Checks each page that is passed and keeps a picture of it."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page = page
        self._folder = folder
        self._number = 0
        self.troubles: list[str] = []
        page.on("console", self._said)
        page.on("requestfailed", self._lost)

    def _said(self, message: ConsoleMessage) -> None:
        """Notes what the browser complains of, but not that wrong answers are answered with 422."""
        if message.type == "error" and "status of 422" not in message.text:
            self.troubles.append(message.text)

    def _lost(self, request: Request) -> None:
        """Notes what could not be fetched, but not what the next page made needless."""
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(request.url)

    async def at(self, name: str) -> None:
        """The page must fit and its targets be large enough."""
        self._number += 1
        await self._page.screenshot(path=self._folder / f"{self._number:02}-{name}.png", full_page=True)
        assert await self._page.evaluate(SIDEWAYS) == 0, name
        assert await self._page.evaluate(SMALL_TARGETS) == [], name


async def test_a_practitioner_signs_in_talks_and_changes_preferences_on_a_small_phone_without_scripts(
    address: str, phone: BrowserContext, ada: Person, sqlite_store: Store, link_for: LinkFor, tmp_path: Path
) -> None:
    page = await phone.new_page()
    looks = Looks(page, tmp_path)
    await page.goto(address)
    await looks.at("front")
    await page.get_by_role("link", name="Sign in", exact=True).click()
    await page.get_by_label("Your work e-mail address").fill("nonsense")
    await page.get_by_role("button", name="Send me a link").click()
    await page.get_by_role("heading", name="There is a problem").wait_for()
    await looks.at("wrong-address")
    await page.get_by_label("Your work e-mail address").fill(ada.email)
    await page.get_by_role("button", name="Send me a link").click()
    await page.get_by_role("heading", name="Look into your mail").wait_for()

    await page.goto(f"{address}/l/{link_for(ada)}")
    await looks.at("link")
    await page.get_by_role("button", name="Walk instead").click()
    await page.get_by_role("heading", name="Are you ready?").wait_for()
    await looks.at("first-step")
    await page.get_by_label("Yes").check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("Why this walk?").fill("Ring Kayleigh Smithson, NHS number 943 476 5919 " + "w" * 80)
    await page.get_by_label("How many miles?").fill("many")
    await page.get_by_role("button", name="Continue").click()
    await looks.at("errors")
    await page.get_by_label("Why this walk?").fill("For the fresh air " + "w" * 80)
    await page.get_by_label("How many miles?").fill("5")
    for part, value in (("Day", "9"), ("Month", "12"), ("Year", "2026")):
        await page.get_by_label(part, exact=True).fill(value)
    await page.get_by_label("Tea").check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("heading", name="Check your answers").wait_for()
    await looks.at("check")
    await page.get_by_role("button", name="Ask them along").click()
    await page.get_by_text("W-2026-0001").wait_for()
    await looks.at("receipt")

    async with sqlite_store.transaction() as uow:
        token = uow.signins.new_link(person_id=ada.id, browser=None)
    await page.goto(f"{address}/sign-in/{token}?next=/preferences")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Everything by e-mail").check()
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Your preferences are kept.").wait_for()
    await looks.at("preferences")
    for name in ("me", "privacy", "accessibility", "cookies", "help", "complaints", "welcome"):
        await page.goto(f"{address}/{name}")
        await looks.at(name)
    await page.goto(f"{address}/unsubscribe/{link_for(ada, Purpose.UNSUBSCRIBE, 'series:main')}")
    await looks.at("unsubscribe")
    assert looks.troubles == []
    await page.goto(f"{address}/nowhere")
    await looks.at("not-found")


async def test_the_keyboard_alone_reaches_everything_and_shows_where_it_is(
    address: str, chromium: Browser, ada: Person, link_for: LinkFor
) -> None:
    page = await chromium.new_page(viewport={"width": 320, "height": 640})
    await page.goto(f"{address}/l/{link_for(ada)}")
    seen: list[str] = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        where = await page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();"
            " return [e === document.body ? '' : e.textContent.trim(), s.outlineStyle, parseFloat(s.outlineWidth), b.bottom > 0 && b.top < innerHeight] }"
        )
        if where[0] in seen or not where[0]:
            break
        seen.append(where[0])
        assert where[1] == "solid", where
        assert where[2] >= 2, where
        assert where[3], where
    assert seen[0] == "Skip to the main content"
    assert [name for name in seen if name in ("Take the seat", "Leave it", "Walk instead")] == [
        "Take the seat",
        "Leave it",
        "Walk instead",
    ]
    assert "Complaints" in seen
    await page.close()


async def test_a_page_with_errors_begins_at_the_error_summary(address: str, chromium: Browser, ada: Person) -> None:
    page = await chromium.new_page()
    await page.goto(f"{address}/welcome")
    await page.get_by_role("button", name="Ask the coordinator").click()
    await page.get_by_role("heading", name="There is a problem").wait_for()
    assert await page.evaluate("() => document.activeElement.className") == "error-summary"
    await page.get_by_role("link", name="Enter an e-mail address").click()
    assert await page.evaluate("() => document.activeElement.id") == "email"
    assert (await page.title()).startswith("Error: ")
    await page.close()
