"""The page in a real Chromium: a form by hand and keyboard, at 320 pixels, with the script under the strict policy."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from slack_bolt.app.async_app import AsyncApp

from bot.demo.slack import StandIn
from tests.demo_slack import showcase

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""

ARGUMENTS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing leaves this machine, pictures included
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: package `chromium`)"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


async def sideways(page: Page) -> int:
    """How many pixels the page can be scrolled to the side."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def test_a_survey_is_answered_with_the_keyboard_on_a_small_phone(
    browser: Browser, stand_in: StandIn, app: AsyncApp, tmp_path: Path
) -> None:
    heard = showcase.install(app)
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))

    await page.goto(f"{stand_in.url}/p/U0ADA/home")
    await page.get_by_role("button", name="Open Home").click()
    await page.get_by_text("Good morning, Ada").wait_for()
    assert await sideways(page) == 0
    await page.screenshot(path=tmp_path / "home-320.png", full_page=True)
    await page.get_by_role("button", name="Answer").click()
    dialog = page.get_by_role("dialog", name="Working together")
    await dialog.wait_for()
    await expect(page.locator("#dialog-title")).to_be_focused()
    await dialog.get_by_label("What is working well").fill("We know each other")
    await dialog.get_by_label("How many years").fill("seven")
    await page.screenshot(path=tmp_path / "modal-320.png", full_page=True)
    await page.keyboard.press("Enter")
    await dialog.get_by_text("Enter a number.").wait_for()
    await expect(page).to_have_title(re.compile("^Error: "))
    await page.screenshot(path=tmp_path / "error-320.png", full_page=True)
    await dialog.get_by_label("How many years").fill("7")
    await dialog.get_by_label("Rather").check()
    assert await sideways(page) == 0
    await dialog.get_by_role("button", name="Send").last.click()
    await page.get_by_text("Your reference is S-2026-0001.").wait_for()
    values = heard[-1]["view"]["state"]["values"]
    assert values["how-safe-do-you-feel"]["answer"]["selected_option"]["value"] == "rather"
    assert troubles == []


async def test_new_messages_appear_by_themselves_and_nothing_typed_is_lost(
    browser: Browser, stand_in: StandIn, app: AsyncApp, tmp_path: Path
) -> None:
    showcase.install(app)
    page = await browser.new_page(viewport={"width": 1100, "height": 800})
    await stand_in.person("U0ADA").say("show me")
    await page.goto(f"{stand_in.url}/p/U0ADA/messages")
    await page.screenshot(path=tmp_path / "messages-1100.png", full_page=True)
    await app.client.chat_postMessage(channel="U0ADA", text="By itself")
    await page.get_by_text("By itself").wait_for(timeout=6000)
    await page.get_by_label("Message Herald").fill("half a sentence")
    await app.client.chat_postMessage(channel="U0ADA", text="Another one")
    await page.get_by_text("Something is new. Show it").wait_for(timeout=6000)
    assert await page.get_by_label("Message Herald").input_value() == "half a sentence"
    await page.get_by_role("button", name="Send").click()
    await page.get_by_text("Another one").wait_for()


async def test_the_whole_page_works_with_javascript_switched_off(
    browser: Browser, stand_in: StandIn, app: AsyncApp, tmp_path: Path
) -> None:
    showcase.install(app)
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 1100, "height": 800})
    page = await context.new_page()
    await page.goto(stand_in.url)
    await page.get_by_label("Name, agency or job").fill("early")
    await page.keyboard.press("Enter")
    await page.get_by_text("1 person for").wait_for()
    await page.screenshot(path=tmp_path / "people-1100.png", full_page=True)
    await page.get_by_role("link", name="Ada Practitioner").click()
    await page.get_by_text("has not shown you a Home page yet").wait_for()
    await page.get_by_role("button", name="Messages").click()
    await page.get_by_label("Message Herald").fill("/herald survey")
    await page.keyboard.press("Enter")
    await page.get_by_label("What is working well").fill("Trust")
    await page.screenshot(path=tmp_path / "modal-1100.png")
    await page.get_by_role("dialog").get_by_role("button", name="Send").last.click()
    await page.get_by_text("Thank you.").wait_for()
    await context.close()
