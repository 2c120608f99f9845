"""Takes the screenshots of the documentation: starts a fresh demo, visits its main pages, writes small PNG files.

    .venv/bin/python docs/screenshots/take.py

Needs Chromium (/usr/bin/chromium, or another in CHROMIUM) and the packages of the test extra.
"""

import asyncio
import os
import re
import sys
import tempfile
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ("--no-sandbox", "--disable-lcd-text", "--hide-scrollbars")
LARGEST = 150_000  # bytes of one picture
SIZES = {"phone": (390, 844), "small": (320, 640), "desk": (1100, 800)}
TALL = 1050  # no picture is longer than this

Step = Callable[[Page, str], Awaitable[None]]


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the size of the window, how to get there, whether the whole page is shown."""

    name: str
    size: str
    steps: tuple[Step, ...]
    whole: bool = True


def look(path: str) -> Step:
    """Opens a page."""

    async def step(page: Page, url: str) -> None:
        await page.goto(f"{url}{path}")

    return step


def press(words: str) -> Step:
    """Presses the first button with these words."""

    async def step(page: Page, _url: str) -> None:
        await page.get_by_role("button", name=words, exact=True).first.click()
        await page.wait_for_load_state("networkidle")

    return step


def follow(words: str) -> Step:
    """Follows the first link with these words in it."""

    async def step(page: Page, _url: str) -> None:
        await page.get_by_role("link", name=re.compile(words)).first.click()
        await page.wait_for_load_state("networkidle")

    return step


def go(words: str) -> tuple[Step, ...]:
    """From the demo's first page by one of its buttons."""
    return (look("/demo"), press(words))


SHOTS = (
    Shot("demo", "desk", (look("/demo"),), whole=False),
    Shot("slack-home", "phone", go("Answer a survey as Ffion Griffiths")),
    Shot("slack-survey", "phone", (*go("Answer a survey as Ffion Griffiths"), press("Answer")), whole=False),
    Shot("me-champion", "small", go("Take the seat you are offered as Callum Reid")),
    Shot("pledge", "phone", go("Make a pledge as Callum Reid")),
    Shot("escalation-alert", "phone", go("Answer an escalation as Bernadette Osei")),
    Shot("escalate", "phone", go("Raise an escalation as Dev Malhotra")),
    Shot("briefings", "phone", go("Book a briefing as Dev Malhotra")),
    Shot("ops-today", "desk", go("See the whole day as Ada Whitcombe")),
    Shot("ops-briefing", "desk", (*go("Take a register as Ada Whitcombe"), follow("Signs of Safety"))),
    Shot("ops-deadlines", "desk", go("Follow the deadlines as Ada Whitcombe")),
    Shot("ops-survey-results", "desk", (*go("Read results as Tom Ashworth"), follow("Sharing information"))),
    Shot("ops-bulletin", "desk", (*go("Release a bulletin as Priya Nair"), follow("e-bulletin"))),
    Shot("bulletin-archive", "phone", (look("/bulletins"), follow(r"^[A-Z][a-z]+ e-bulletin$"))),
    Shot("inbox-bulletin", "desk", (look("/demo/inbox?q=callum"), follow("Resources of"))),
)


def packed(png: bytes) -> bytes:
    """The same picture deflated as hard as zlib can: browsers encode fast rather than small (PNG, 5.3 and 10)."""
    signature, at, kept, pixels = png[:8], 8, [], b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        pixels += content if kind == b"IDAT" else b""
        if kind != b"IDAT":
            kept.append((kind, content))
        at += 12 + length
    kept.insert(-1, (b"IDAT", zlib.compress(zlib.decompress(pixels), 9)))
    return signature + b"".join(
        len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
        for kind, content in kept
    )


async def take(browser: Browser, url: str, shot: Shot) -> None:
    """Takes one picture. Raises ValueError when it is too large for a repository."""
    width, height = SIZES[shot.size]
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    page = await context.new_page()
    page.set_default_timeout(20_000)
    for step in shot.steps:
        await step(page, url)
    await page.wait_for_timeout(300)
    full = await page.evaluate("document.documentElement.scrollHeight")
    tall = min(full, TALL) if shot.whole else height
    await page.set_viewport_size({"width": width, "height": tall})
    path = HERE / f"{shot.name}.png"
    await page.screenshot(path=path)
    await context.close()
    path.write_bytes(packed(path.read_bytes()))
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes. Show less of the page.")


async def main() -> None:
    """Starts the demo, takes every picture, ends the demo."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bot", "demo", "--port", "0", "--data", f"{folder}/data"]
        demo = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=HERE.parents[1])
        try:
            if demo.stdout is None:
                return
            url = (await demo.stdout.readline()).decode().strip().removeprefix("Open ").removesuffix("/demo")
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                for shot in SHOTS:
                    await take(browser, url, shot)
                    sys.stdout.write(f"{shot.name}\n")
                await browser.close()
        finally:
            if demo.returncode is None:
                demo.terminate()
                await demo.wait()


if __name__ == "__main__":
    asyncio.run(main())
