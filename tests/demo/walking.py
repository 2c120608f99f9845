"""Walks every page of the web in a real Chromium, signed in as this person and that, with axe-core at each of them."""

import re
import shutil
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from axe_playwright_python.async_playwright import Axe
from bs4 import BeautifulSoup, Tag
from fastapi import FastAPI
from playwright.async_api import Page, Route, async_playwright

from tests.web.routes import ROUTES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage"]
STANDARDS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""WCAG 2.2 AA, and axe's own advice, which is where landmarks (`region`) and the order of headings are looked at."""
LETTER: Final = "/ops/bulletins/{bulletin_id}/preview/email"
"""A letter in a frame and not a page; axe looks at letters in `tests/bulletins/test_in_every_mailbox.py`."""
TALK_BUTTON: Final = 'main form[action^="/talk/"] button'
ROWS: Final = 8
BASE_URL: Final = "http://herald.example.org"
BROWSER: Final = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}
PAGES: Final = tuple(
    sorted((route.pattern for route in ROUTES if route.method == "GET"), key=lambda each: (each.count("{"), each))
)
"""Patterns of addresses; those without parameters first, so that `/ops/people/add` is not taken for a person."""


def pattern_of(path: str) -> str | None:
    """The page of the site that an address reaches."""
    for pattern in PAGES:
        if re.fullmatch(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(pattern)), path):
            return pattern
    return None


class Walk:
    """What was met on the way: the pages that were looked at, and what axe found on them."""

    def __init__(self, site: FastAPI, page: Page) -> None:
        self._page = page
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url=BASE_URL, headers=BROWSER)
        self._shown = ""
        self.seen: set[str] = set()
        self.found: list[tuple[str, str, Sequence[str]]] = []

    async def as_person(self, cookies: Mapping[str, str], *, begin: Iterable[str], again: Iterable[str] = ()) -> None:
        """Follows links from page to page, one address of each page that nobody has shown yet.

        `again` are pages that look different to each person.
        """
        self._http.cookies = httpx.Cookies(dict(cookies))
        self.seen -= set(again)
        waiting = deque(begin)
        while waiting:
            path = urlsplit(waiting.popleft()).path
            pattern = pattern_of(path)
            if pattern is None or pattern in self.seen:
                continue
            answer = await self._http.get(path, follow_redirects=True)
            landed = pattern_of(answer.url.path)
            if answer.status_code != 200 or landed is None or landed in self.seen:
                continue
            self.seen.add(landed)
            if "html" in answer.headers["content-type"] and landed != LETTER:
                await self._look(landed, answer.text)
                links = BeautifulSoup(answer.text, "html.parser").find_all("a", href=True)
                waiting += [str(link["href"]) for link in links if str(link["href"]).startswith("/")]

    async def press(self, path: str, button: str, *, through: bool = False) -> None:
        """Presses a button and looks at the page that follows; `through` goes on to the end of the talk that began."""
        page = BeautifulSoup((await self._http.get(path, follow_redirects=True)).text, "html.parser")
        pressed = next((each for each in page.find_all("button") if each.get_text(strip=True) == button), None)
        while pressed is not None:
            form = pressed.find_parent("form")
            assert form is not None
            given = {**_filled_in(form), str(pressed.get("name") or "do"): str(pressed.get("value", ""))}
            answer = await self._http.post(str(form.get("action") or path), data=given, follow_redirects=True)
            landed = pattern_of(answer.url.path)
            assert landed is not None, answer.url
            assert answer.status_code in (200, 422), (answer.url, answer.text)
            self.seen.add(landed)
            await self._look(f"{landed} by “{pressed.get_text(strip=True)}” from {path}", answer.text)
            page = BeautifulSoup(answer.text, "html.parser")
            pressed = page.select_one(TALK_BUTTON) if through else None

    async def close(self) -> None:
        await self._http.aclose()

    async def _look(self, name: str, html: str) -> None:
        self._shown = _shortened(html)
        await self._page.goto(f"{BASE_URL}/page")
        options = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
        found: dict[str, Any] = (await Axe().run(self._page, options=options)).response
        for each in found["violations"]:
            self.found.append((name, each["id"], [node["html"][:120] for node in each["nodes"]]))

    async def answer(self, route: Route) -> None:
        """What the browser asks for: the page that is being looked at, and its style and pictures."""
        path = urlsplit(route.request.url).path
        if path == "/page":
            await route.fulfill(body=self._shown, content_type="text/html; charset=utf-8")
        else:
            answer = await self._http.get(path)
            await route.fulfill(body=answer.content, content_type=answer.headers["content-type"])


def _filled_in(form: Tag) -> dict[str, str]:
    """What somebody in a hurry sends: words into boxes, the first of everything that can be chosen."""
    given: dict[str, str] = {}
    for control in form.find_all(["input", "textarea", "select"]):
        kind, value = str(control.get("type", control.name)), str(control.get("value", ""))
        if kind == "select":
            options = [str(option.get("value", "")) for option in control.find_all("option")]
            value = next(filter(None, options), "")
        elif kind in ("text", "textarea") and not value:
            value = {"d": "14", "m": "12", "y": "2026"}.get(str(control["name"])[-1], "") or "Ask once more"
        if control.get("name"):
            given.setdefault(str(control["name"]), value)
    return given


def _shortened(html: str) -> str:
    """The page with the first rows of its tables: the others are built alike, and axe needs seconds for two hundred."""
    soup = BeautifulSoup(html, "html.parser")
    for body in soup.find_all("tbody"):
        for row in body.find_all("tr", recursive=False)[ROWS:]:
            row.decompose()
    return str(soup)


@asynccontextmanager
async def walking(site: FastAPI) -> AsyncIterator[Walk]:
    """A browser of a phone's width; every page comes from the site, nothing leaves this machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 320, "height": 640})
        walk = Walk(site, page)
        await page.route("**/*", walk.answer)
        yield walk
        await walk.close()
        await browser.close()
