"""A mail is answered in a real Chromium: what it sends of its own accord, such as `Origin: null`, is no reason to refuse."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI
from playwright.async_api import async_playwright

from bot.demo.inbox import Inbox, Replies, inbox_router
from bot.demo.serving import serving
from bot.rendering.mime import wire_bytes
from tests.inbox.test_inbox import Taker
from tests.smtp.letters import a_letter
from tests.web.test_in_chromium import ARGUMENTS, SIDEWAYS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: package `chromium`)"),
]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[str, Taker]]:
    """The inbox on a port of its own with one mail that can be answered, and who takes the answer."""
    inbox, taker = Inbox(tmp_path / "inbox"), Taker()
    letter = replace(a_letter(), reply_to="reply+abc@northmere.example.org")
    inbox.deliver(envelope_from="bounce+x@example.org", recipients=[letter.to], raw=wire_bytes(letter))
    smtp = await asyncio.get_running_loop().create_server(lambda: SMTP(taker), "127.0.0.1", 0)
    site = FastAPI()
    site.include_router(inbox_router(inbox, Replies(smtp.sockets[0].getsockname()[1])))
    async with serving(site) as url:
        yield f"{url}/demo/inbox", taker
    smtp.close()


async def test_a_mail_is_answered_by_a_press_on_a_small_phone(demo: tuple[str, Taker], tmp_path: Path) -> None:
    address, taker = demo
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await chromium.new_page(viewport={"width": 320, "height": 640})
        await page.goto(f"{address}/1")
        assert await page.evaluate(SIDEWAYS) == 0
        await page.get_by_label("Your reply").fill("1. Lunchtime\n2. No")
        await page.screenshot(path=tmp_path / "reply-320.png", full_page=True)
        await page.get_by_role("button", name="Send the reply").click()
        await page.get_by_text("Herald has taken your reply").wait_for()
        await page.wait_for_load_state("load")
        assert await page.evaluate(SIDEWAYS) == 0
        await chromium.close()
    (sent,) = taker.taken
    assert bytes(sent.content or b"").partition(b"\r\n\r\n")[2].startswith(b"1. Lunchtime\r\n2. No\r\n")
