"""Every edition in a real Chromium: axe-core finds nothing, in light, in dark, and with all its colours inverted.

Gmail inverts colours instead of asking the letter for its dark ones (reference/email-delivery.md, "Dark mode").
"""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, Route, sync_playwright

from bot.files.bulletin_model import BulletinFile
from bot.rendering.bulletin import Reader
from digests.compose import Addressee
from tests.bulletins.conftest import part, read_mail
from tests.bulletins.demo_editions import BASE_URL, WRITING, DemoEditions, copy_of
from tests.bulletins.test_every_edition import FILES, READERS, an_edition, own
from tests.bulletins.test_rendering import DESK

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage"]
WCAG_22_AA = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
COLOUR = re.compile(r"#([0-9a-fA-F]{6})\b")
WHITE = 0xFFFFFF
NOTHING = b"\x89PNG\r\n\x1a\n"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: package `chromium`)"),
]


@pytest.fixture(scope="module")
def chromium(demo_editions: DemoEditions) -> Iterator[Browser]:
    """One browser for all; the editions are told before it starts, since both bring a loop of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(chromium: Browser, demo_editions: DemoEditions) -> Iterator[Page]:
    """A page to which only the archive answers: nothing leaves this machine."""
    context = chromium.new_context(viewport={"width": 320, "height": 640})

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(BASE_URL).partition("#")[0]
        media_type, content = demo_editions.archive.get(path, ("image/png", NOTHING))
        route.fulfill(body=content, content_type=media_type)

    context.route("**/*", answer)
    yield context.new_page()
    context.close()


def assert_nobody_is_shut_out(page: Page) -> None:
    """No violation of WCAG 2.2 AA; contrast was judged; nothing sticks out at 320 pixels."""
    found: dict[str, Any] = Axe().run(page, options={"runOnly": WCAG_22_AA}).response
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]] == []
    assert "color-contrast" in {each["id"] for each in found["passes"]}
    assert page.evaluate(SIDEWAYS) == 0


def show(page: Page, html: str, scheme: Any = "light") -> None:
    """The letter as a mail program shows it."""
    page.emulate_media(color_scheme=scheme)
    page.set_content(html)


def inverted(html: str) -> str:
    """The letter after a mail program has inverted every colour, without its own dark ones."""
    plain = re.sub(r'<style data-css-inline="keep">.*?</style>', "", html, flags=re.DOTALL)
    return COLOUR.sub(lambda hit: f"#{WHITE - int(hit[1], 16):06x}", plain)


def letters(editions: DemoEditions) -> dict[str, str]:
    """The HTML of each edition for its reader with the most of their own."""
    return {copy.edition: part(read_mail(copy.raw), "html") for copy in editions.copies}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_letter_of_the_demo(page: Page, demo_editions: DemoEditions, scheme: str) -> None:
    for html in letters(demo_editions).values():
        show(page, html, scheme)
        assert_nobody_is_shut_out(page)


def test_colours_survive_being_inverted(page: Page, demo_editions: DemoEditions) -> None:
    html = inverted(letters(demo_editions)[WRITING])
    assert "#ffffff" not in re.findall(r'class="sheet"[^>]*', html)[0]
    show(page, html)
    assert_nobody_is_shut_out(page)


def test_axe_would_find_what_cannot_be_read(page: Page, demo_editions: DemoEditions) -> None:
    show(page, letters(demo_editions)[WRITING].replace("#1d2328", "#a0a0a0"))
    with pytest.raises(AssertionError, match="color-contrast"):
        assert_nobody_is_shut_out(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_archive(page: Page, demo_editions: DemoEditions, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for bulletin_id in demo_editions.ids[:3]:
        page.goto(f"{BASE_URL}/bulletins/{bulletin_id}")
        assert_nobody_is_shut_out(page)


class Drawn(str):
    """HTML that is not written out when a test fails: it is long, and assertions name the place."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"a letter of {len(self)} characters"


def html_of(drawn: tuple[BulletinFile, Reader]) -> Drawn:
    """The letter of a drawn edition for a drawn reader."""
    file, reader = drawn
    edition = an_edition(file)
    to = Addressee("ben@example.org", "Ben", 1, "U1", 0)
    return Drawn(part(read_mail(copy_of(edition, own(edition, reader), to=to, desk=DESK)), "html"))


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(html=st.tuples(FILES, READERS).map(html_of))
def test_axe_finds_nothing_whatever_an_edition_says(page: Page, html: Drawn) -> None:
    for scheme in ("light", "dark"):
        show(page, html, scheme)
        assert_nobody_is_shut_out(page)
