"""Signing in by a one-time link, and the way in for strangers."""

import re

import pytest
from fastapi import FastAPI

from bot.keyring import Keyring
from digests.compose import Addressee, Desk, compose
from digests.messages.kinds import Writing
from handlers.partnership import partnership_of
from handlers.signin import looks_like_email
from storage.tables.deliveries import Delivery
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_person
from tests.web.browser import BASE_URL, Browser, Page
from tests.web.conftest import Dump, SignIn, settings_for


async def ask(browser: Browser, email: str, path: str = "/sign-in") -> Page:
    return await browser.press(await browser.open(path), "Send me a link", email=email)


async def mails(store: Store) -> list[Delivery]:
    async with store.reading() as uow:
        people = await uow.people.present()
        return [each for person in people for each in await uow.deliveries.about(f"person:{person.id}")]


async def mailed_link(store: Store, person: Person, keyring: Keyring, clock: MovingClock) -> str:
    """The path of the link in the newest sign-in mail, as it is written when it is sent."""
    newest = max(await mails(store), key=lambda row: row.id)
    async with store.reading() as uow:
        writing = Writing(await partnership_of(uow), clock(), BASE_URL)
    mail = settings_for("", keyring).mail
    assert mail is not None
    to = Addressee(person.email, person.name, person.id, epoch=person.link_epoch)
    composed = compose(newest.kind, newest.facts, to=to, desk=Desk(writing, mail, keyring, live=True))
    [link] = re.findall(rf"{BASE_URL}(/l/\S+)", composed.mail.letter.text)
    return str(link)


async def test_a_mailed_link_signs_in_where_it_was_asked_for_and_goes_on_to_the_page(
    browser: Browser, ada: Person, sqlite_store: Store, keyring: Keyring, clock: MovingClock
) -> None:
    asked = await ask(browser, "ADA@example.org ", path="/preferences")
    assert asked.heading == "Look into your mail"
    page = await browser.open(await mailed_link(sqlite_store, ada, keyring, clock))
    assert page.heading == "Sign in"
    page = await browser.press(page, "Sign in")
    assert (page.path, page.heading) == ("/preferences", "Preferences")


async def test_the_token_cannot_be_read_off_the_database(
    browser: Browser, ada: Person, sqlite_store: Store, keyring: Keyring, clock: MovingClock, dump: Dump
) -> None:
    await ask(browser, ada.email)
    page = await browser.open(await mailed_link(sqlite_store, ada, keyring, clock))
    token = page.path.removeprefix("/sign-in/").partition("?")[0]
    assert len(token) == 43
    assert token not in repr(await dump())


async def test_a_link_works_once(
    browser: Browser, ada: Person, sqlite_store: Store, keyring: Keyring, clock: MovingClock
) -> None:
    await ask(browser, ada.email)
    page = await browser.open(await mailed_link(sqlite_store, ada, keyring, clock))
    await browser.press(page, "Sign in")
    again = await browser.press(page, "Sign in")
    assert again.status == 410
    assert "used already" in again.text


async def test_a_link_is_bound_to_the_browser_that_asked(
    browser: Browser, site: FastAPI, ada: Person, sqlite_store: Store, keyring: Keyring, clock: MovingClock
) -> None:
    await ask(browser, ada.email)
    path = await mailed_link(sqlite_store, ada, keyring, clock)
    thief = Browser(site)
    page = await thief.press(await thief.open(path), "Sign in")
    assert "same browser" in page.text
    assert (await thief.open("/me")).path.startswith("/sign-in")
    page = await browser.press(await browser.open(path), "Sign in")
    assert page.path == "/me"
    await thief.close()


async def test_a_printed_link_works_in_any_browser_for_ten_minutes(
    browser: Browser, ada: Person, sqlite_store: Store, clock: MovingClock
) -> None:
    async with sqlite_store.transaction() as uow:
        early, late = (uow.signins.new_link(person_id=ada.id, browser=None) for _ in range(2))
    page = await browser.press(await browser.open(f"/sign-in/{early}"), "Sign in")
    assert page.path == "/me"
    clock.move(minutes=10)
    page = await browser.open(f"/sign-in/{late}")
    assert "run out" in (await browser.press(page, "Sign in")).text


async def test_a_scanner_that_opens_the_link_ten_times_uses_nothing_up(
    browser: Browser, site: FastAPI, ada: Person, sqlite_store: Store, keyring: Keyring, clock: MovingClock, dump: Dump
) -> None:
    await ask(browser, ada.email)
    path = await mailed_link(sqlite_store, ada, keyring, clock)
    before = await dump()
    scanner = Browser(site)
    for _ in range(10):
        for method in ("GET", "HEAD", "OPTIONS"):
            await scanner.http.request(method, path, headers={"user-agent": "Mozilla/5.0 SafeLinks"})
    await scanner.close()
    assert await dump() == before
    assert (await browser.press(await browser.open(path), "Sign in")).path == "/me"


async def test_a_stranger_reads_the_same_answer_after_the_same_time(
    browser: Browser, ada: Person, sqlite_store: Store
) -> None:
    known = await ask(browser, ada.email)
    unknown = await ask(browser, "nobody.at.all@example.org")
    assert known.text == unknown.text
    assert known.status == unknown.status
    first, second = (page.response.history[0].elapsed.total_seconds() for page in (known, unknown))
    assert min(first, second) >= 0.3
    assert abs(first - second) < 0.15
    assert len(await mails(sqlite_store)) == 1


async def test_nobody_gets_more_than_five_mails_an_hour(
    browser: Browser, ada: Person, sqlite_store: Store, clock: MovingClock
) -> None:
    for _ in range(7):
        assert (await ask(browser, ada.email)).heading == "Look into your mail"
    assert len(await mails(sqlite_store)) == 5
    clock.move(minutes=61)
    await ask(browser, ada.email)
    assert len(await mails(sqlite_store)) == 6


async def test_somebody_who_left_gets_no_link_and_loses_the_session(
    browser: Browser, ada: Person, sqlite_store: Store, signed_in: SignIn, clock: MovingClock
) -> None:
    inside = await signed_in(ada)
    assert (await inside.open("/me")).path == "/me"
    async with sqlite_store.transaction() as uow:
        person = await uow.people.get(ada.id)
        assert person is not None
        person.leaves_on = clock().date()
    assert (await inside.open("/me")).path == "/me"  # the last day still counts
    clock.move(hours=14, minutes=1)
    assert (await inside.open("/me")).path.startswith("/sign-in")
    await ask(browser, ada.email)
    assert await mails(sqlite_store) == []


async def test_a_session_idles_out_after_half_an_hour_and_ends_after_twelve(
    ada: Person, signed_in: SignIn, clock: MovingClock
) -> None:
    browser = await signed_in(ada)
    for _ in range(29):
        clock.move(minutes=24)
        assert (await browser.open("/me")).path == "/me"
    clock.move(minutes=25)
    assert (await browser.open("/me")).path.startswith("/sign-in")
    other = await signed_in(ada)
    clock.move(minutes=31)
    assert (await other.open("/me")).path.startswith("/sign-in")


async def test_signing_in_gives_a_new_session_and_signing_out_ends_it(
    browser: Browser, ada: Person, sqlite_store: Store
) -> None:
    async with sqlite_store.transaction() as uow:
        first, second = (uow.signins.new_link(person_id=ada.id, browser=None) for _ in range(2))
    await browser.press(await browser.open(f"/sign-in/{first}"), "Sign in")
    before = browser.http.cookies["herald"]
    await browser.press(await browser.open(f"/sign-in/{second}"), "Sign in")
    after = browser.http.cookies["herald"]
    assert before != after
    page = await browser.press(await browser.open("/me"), "Sign out")
    assert page.path == "/"
    for stolen in (before, after):
        browser.http.cookies.set("herald", stolen)
        assert (await browser.open("/me")).path.startswith("/sign-in")
        browser.http.cookies.delete("herald")


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(
    browser: Browser, ada: Person, sqlite_store: Store
) -> None:
    async with sqlite_store.transaction() as uow:
        token = uow.signins.new_link(person_id=ada.id, browser=None)
    page = await browser.open(f"/sign-in/{token}")
    response = await browser.send(page, "Sign in", follow=False)
    cookie = next(each for each in response.headers.get_list("set-cookie") if each.startswith("herald="))
    assert re.search("HttpOnly", cookie)
    assert re.search("SameSite=lax", cookie, re.IGNORECASE)
    assert "Path=/" in cookie


@pytest.mark.parametrize("wrong", ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b@example.org", "x" * 300])
async def test_what_is_no_address_is_asked_for_again(browser: Browser, wrong: str) -> None:
    page = await ask(browser, wrong)
    assert page.status == 422
    assert page.errors == [("#email", "Enter an e-mail address like name@example.org")]
    assert dict(page.fields("Send me a link"))["email"] == wrong


@pytest.mark.parametrize(
    "tricky", ["a@example.org\r\nBcc: b@example.org", "a@example.org\n", "a\x0b@example.org", "a\u2028@e.org"]
)
def test_an_address_with_line_breaks_is_none(tricky: str) -> None:
    assert not looks_like_email(tricky)


@pytest.mark.parametrize(
    "evil",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example", "/%2f%2fevil.example",
     "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "/.//evil.example", "///evil.example", "\\\\evil"],
)  # fmt: skip
async def test_signing_in_never_leads_to_another_site(
    browser: Browser, ada: Person, sqlite_store: Store, evil: str
) -> None:
    async with sqlite_store.transaction() as uow:
        token = uow.signins.new_link(person_id=ada.id, browser=None)
    page = await browser.open(f"/sign-in/{token}", params={"next": evil})
    response = await browser.send(page, "Sign in", follow=False, next=evil)
    assert response.headers["location"] == "/me"


async def test_somebody_tries_too_often_and_is_asked_to_wait(browser: Browser, ada: Person, clock: MovingClock) -> None:
    page = await browser.open("/welcome")
    statuses = [(await browser.send(page, "Ask the coordinator", email="no")).status_code for _ in range(61)]
    assert statuses == [422] * 60 + [429]
    clock.move(minutes=11)
    assert (await browser.send(page, "Ask the coordinator", email="no")).status_code == 422


async def test_a_stranger_reads_whom_to_ring_and_the_coordinator_is_told_once(
    browser: Browser, sqlite_store: Store, ada: Person
) -> None:
    async with sqlite_store.transaction() as uow:
        await a_person(uow, "Cy", roles=["coordinator"])
    page = await browser.open("/welcome")
    assert "01632 960001" in page.text
    for _ in range(2):
        asked = await browser.press(await browser.open("/welcome"), "Ask the coordinator", email="new@example.org")
        assert asked.heading == "Thank you"
    known = await browser.press(page, "Ask the coordinator", email=ada.email)
    assert known.text == asked.text
    async with sqlite_store.reading() as uow:
        assert [each.email for each in await uow.people.strangers_waiting()] == ["new@example.org"]
        assert len(await uow.deliveries.about("strangers")) == 1
