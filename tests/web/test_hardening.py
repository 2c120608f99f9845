"""What holds on every page: headers, the CSRF check, limits, no open redirect, no server error."""

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from bot.keyring import Keyring
from handlers.web.limiter import MOST_ADDRESSES, Limiter
from handlers.web.middleware import HSTS
from handlers.web.shell import WebContext, safe_path
from handlers.web.site import build_site
from storage.retention import schedule
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.web.browser import TOP_LEVEL, Browser
from tests.web.conftest import Dump, SignIn, settings_for
from tests.web.routes import POSTS, ROUTES

STRICT = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'")


def assert_guarded(response: httpx.Response) -> None:
    headers = response.headers
    assert all(part in headers["content-security-policy"] for part in STRICT)
    assert "unsafe" not in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "noindex" in headers["x-robots-tag"]
    assert "strict-transport-security" not in headers


def is_archive(pattern: str, response: httpx.Response) -> bool:
    """The public archive of bulletins is the same for everybody, so it may be kept (and sets no cookie)."""
    return pattern == "/bulletins" and response.status_code == 200 and "set-cookie" not in response.headers


async def test_every_answer_carries_the_security_headers(site: FastAPI, ada: Person, signed_in: SignIn) -> None:
    browser = await signed_in(ada)
    for route in ROUTES:
        for method in {"GET", "HEAD", "OPTIONS", "POST", "DELETE", route.method}:
            response = await browser.http.request(method, route.path, follow_redirects=False)
            assert_guarded(response)
            assert response.status_code < 500
            if "text/html" in response.headers.get("content-type", "") and not is_archive(route.pattern, response):
                assert response.headers["cache-control"] == "no-store"
    for path in ("/nowhere", "/static/herald.css", "/static/nothing", "/openapi.json", "/%00", "/?q=%00"):
        assert_guarded(await browser.http.get(path))


async def test_pages_have_no_script_no_inline_style_and_nothing_from_elsewhere(
    site: FastAPI, ada: Person, signed_in: SignIn
) -> None:
    browser = await signed_in(ada)
    for route in ROUTES:
        if route.method == "GET" and route.pattern != "/l/{token}":
            page = await browser.open(route.path)
            assert page.soup.find(["script", "style", "iframe", "object", "embed", "base"]) is None, route
            for tag in page.soup.find_all(True):
                assert not [name for name in tag.attrs if name == "style" or name.startswith("on")], (route, tag)
            for tag in page.soup.find_all(["img", "link"]):
                assert str(tag.get("src") or tag.get("href")).startswith(("/", "data:")), (route, tag)


@pytest.mark.parametrize("route", [route for route in POSTS if not route.pattern.startswith("/unsubscribe/")], ids=str)
async def test_every_post_wants_its_token_and_our_own_page(
    site: FastAPI, ada: Person, signed_in: SignIn, dump: Dump, route: object
) -> None:
    from tests.web.routes import Route

    assert isinstance(route, Route)
    browser = await signed_in(ada)
    token = dict((await browser.open("/welcome")).fields("Ask the coordinator"))["csrf"]
    other = Browser(site)
    foreign = dict((await other.open("/welcome")).fields("Ask the coordinator"))["csrf"]
    await other.close()
    before = await dump()
    wrong: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": "0" * 64}, {}),
        ({"csrf": "é"}, {}),
        ({"csrf": foreign}, {}),
        ({"csrf": token}, {"sec-fetch-site": "cross-site"}),
        ({"csrf": token}, {"sec-fetch-site": "same-site"}),
        ({"csrf": token}, {"origin": "https://evil.example"}),
        ({"csrf": token}, {"origin": "https://herald.example.org.evil.example"}),
    ]
    for data, headers in wrong:
        response = await browser.http.request(route.method, route.path, data=data, headers=headers)
        assert response.status_code == 403, (data, headers)
        assert_guarded(response)
        assert "Please send this again" in response.text
    assert await dump() == before


async def test_a_form_without_its_cookie_shows_the_words_again_but_never_to_another_site(browser: Browser) -> None:
    typed = {"email": "words that took long to write"}
    ours = await browser.http.post("/welcome", data=typed)
    assert "words that took long" in ours.text
    theirs = await browser.http.post("/welcome", data=typed, headers={"sec-fetch-site": "cross-site"})
    assert "words that took long" not in theirs.text


async def test_browsers_that_send_no_fetch_metadata_are_served(site: FastAPI, ada: Person) -> None:
    browser = Browser(site)
    for name in TOP_LEVEL:
        del browser.http.headers[name]
    for origin in ("null", "http://herald.example.org"):
        browser.http.headers["origin"] = origin
        page = await browser.press(await browser.open("/welcome"), "Ask the coordinator", email="x@example.org")
        assert page.heading == "Thank you"
    await browser.close()


async def test_a_rotated_key_refuses_no_open_page(sqlite_store: Store, sqlite_url: str, ada: Person) -> None:
    old, new = "an old secret that is long enough", "a new secret that is long enough too"
    before = Browser(build_site(WebContext(sqlite_store, settings_for(sqlite_url, Keyring((old,))))))
    page = await before.open("/welcome")
    after = Browser(build_site(WebContext(sqlite_store, settings_for(sqlite_url, Keyring((new, old))))))
    after.http.cookies = before.http.cookies
    assert (await after.press(page, "Ask the coordinator", email="x@example.org")).heading == "Thank you"
    await before.close()
    await after.close()


async def test_https_gives_secure_host_cookies_and_hsts(
    sqlite_store: Store, sqlite_url: str, keyring: Keyring, ada: Person
) -> None:
    base = "https://herald.example.org"
    site = build_site(WebContext(sqlite_store, settings_for(sqlite_url, keyring, base_url=base)))
    browser = Browser(site, base_url=base)
    async with sqlite_store.transaction() as uow:
        token = uow.signins.new_link(person_id=ada.id, browser=None)
    page = await browser.open(f"/sign-in/{token}")
    response = await browser.send(page, "Sign in", follow=False)
    cookies = [*page.response.headers.get_list("set-cookie"), *response.headers.get_list("set-cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-herald", "__Host-herald-browser"}
    assert all("; Secure" in cookie and "; HttpOnly" in cookie and "Domain" not in cookie for cookie in cookies)
    assert response.headers["strict-transport-security"] == HSTS
    assert (await browser.open("/me")).path == "/me"
    await browser.close()


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_a_megabyte_is_refused_with_its_own_page(browser: Browser, announced: bool) -> None:
    async def trickle():  # type: ignore[no-untyped-def]  # an async generator for httpx
        for _ in range(30):
            yield b"x" * 50_000

    content = b"x" * 1_500_000 if announced else trickle()
    response = await browser.http.post(
        "/welcome", content=content, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code == 413
    assert "too large" in response.text
    assert_guarded(response)


async def test_a_form_of_too_many_fields_or_a_broken_one_is_no_server_error(browser: Browser) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await browser.http.post("/welcome", content="a=b&" * 5000, headers=headers)).status_code == 400
    broken = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"--x\r\nnonsense", b"", b"--y--", b"\xff" * 100):
        assert (await browser.http.post("/welcome", content=body, headers=broken)).status_code in (400, 403)
    assert (
        await browser.http.post("/welcome", content=b"{", headers={"content-type": "application/json"})
    ).status_code == 403


async def test_practice_says_so_on_every_page(
    sqlite_store: Store, sqlite_url: str, keyring: Keyring, ada: Person
) -> None:
    site = build_site(WebContext(sqlite_store, settings_for(sqlite_url, keyring, live=False)))
    browser = Browser(site)
    assert "Practice" in (await browser.open("/")).response.text
    await browser.close()


async def test_before_the_partnership_file_is_applied_pages_still_come(
    sqlite_store: Store, sqlite_url: str, keyring: Keyring
) -> None:
    browser = Browser(build_site(WebContext(sqlite_store, settings_for(sqlite_url, keyring))))
    for path in ("/", "/help", "/privacy", "/sign-in", "/welcome", "/nowhere"):
        assert (await browser.open(path)).status in (200, 404)
    await browser.close()


async def test_the_privacy_notice_names_every_period_that_the_sweep_carries_out(
    sqlite_store: Store, sqlite_url: str, keyring: Keyring
) -> None:
    browser = Browser(build_site(WebContext(sqlite_store, settings_for(sqlite_url, keyring))))
    notice = (await browser.open("/privacy")).text
    for record, keep, _then, why in schedule():
        assert f"{record} {keep.days} day" in notice
        assert why in notice
    await browser.close()


@given(st.text(st.sampled_from("/\\%2fF.:?=&evil\t\n\r @#;~-_a\u2028\u00e9"), max_size=30))
def test_a_safe_path_stays_on_this_site(wanted: str) -> None:
    path = safe_path(wanted)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert "//" not in path
    assert httpx.URL("https://herald.example.org").join(path).host == "herald.example.org"
    assert path.isascii()
    assert path.isprintable()


@pytest.mark.parametrize(
    "good", ["/me", "/ops/people", "/briefings/levels-of-need-2026-12", "/briefings?q=signs+of+safety"]
)
def test_paths_of_our_own_are_kept(good: str) -> None:
    assert safe_path(good) == good


def test_the_limiter_forgets_addresses(clock: MovingClock) -> None:
    limiter = Limiter(most=1)
    assert limiter.allows("a", now=clock())
    assert not limiter.allows("a", now=clock())
    for number in range(MOST_ADDRESSES + 5):
        limiter.allows(str(number), now=clock())
    assert len(limiter._tries) <= MOST_ADDRESSES
