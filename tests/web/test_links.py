"""Links in messages, buttons on `/me`, leaving."""

import asyncio

import pytest
from fastapi import FastAPI

from bot.links import Purpose
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_person
from tests.web.browser import TOP_LEVEL, Browser
from tests.web.conftest import Dump, LinkFor, SignIn


async def test_a_link_shows_and_a_press_acts_and_the_token_leaves_the_address(
    browser: Browser, ada: Person, link_for: LinkFor, sqlite_store: Store
) -> None:
    page = await browser.open(f"/l/{link_for(ada)}?choice=leave")
    assert page.heading == "A seat on the bench"
    assert "Under the oak" in page.text
    assert next(b.get_text(strip=True) for b in page.soup.select("main button")) == "Leave it"
    page = await browser.press(page, "Take the seat")
    assert (page.path, page.heading) == ("/done", "The seat is yours")
    assert "W-2026-0001" in page.text
    assert "W-2026-0001" in (await browser.open("/done")).text
    async with sqlite_store.reading() as uow:
        assert await uow.switches.value("bench:bench-1") == "take"


async def test_scanners_that_open_a_link_change_nothing(
    browser: Browser, ada: Person, link_for: LinkFor, dump: Dump
) -> None:
    paths = [f"/l/{link_for(ada)}", f"/unsubscribe/{link_for(ada, Purpose.UNSUBSCRIBE, 'nudges')}"]
    before = await dump()
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            for _ in range(3):
                await browser.http.request(method, path)
    assert await dump() == before


async def test_pressing_twice_at_once_takes_one_seat(
    browser: Browser, ada: Person, link_for: LinkFor, sqlite_store: Store
) -> None:
    page = await browser.open(f"/l/{link_for(ada)}")
    both = await asyncio.gather(*(browser.send(page, "Take the seat") for _ in range(5)))
    assert {response.status_code for response in both} == {200}
    async with sqlite_store.reading() as uow:
        assert len([each for each in await uow.audit.latest() if each.action == "bench.taken"]) == 1


async def test_a_damaged_link_says_what_to_do(browser: Browser, ada: Person, link_for: LinkFor, dump: Dump) -> None:
    token = link_for(ada)
    before = await dump()
    for place in range(0, len(token), 7):
        flipped = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        page = await browser.open(f"/l/{flipped}")
        assert (page.status, page.heading) == (404, "This link does not work")
    for odd in ("", "x", "survey", "survey.", "%00", "..%2f..%2fetc"):
        assert (await browser.open(f"/l/{odd}")).status in (400, 404)
    assert await dump() == before


async def test_a_link_of_one_purpose_opens_no_other(browser: Browser, ada: Person, link_for: LinkFor) -> None:
    signed = link_for(ada).partition(".")[2]
    for purpose in Purpose:
        if purpose is not Purpose.HANDOVER:
            assert (await browser.open(f"/l/{purpose.value}.{signed}")).status == 404
            assert (await browser.open(f"/unsubscribe/{purpose.value}.{signed}")).status == 404


async def test_a_revoked_link_and_one_of_somebody_who_left_do_nothing(
    browser: Browser, ada: Person, link_for: LinkFor, sqlite_store: Store
) -> None:
    page = await browser.open(f"/l/{link_for(ada)}")
    async with sqlite_store.transaction() as uow:
        await uow.people.revoke_links()
    assert (await browser.open(page.path)).heading == "This link does not work"
    assert (await browser.press(page, "Take the seat")).heading == "This link does not work"
    async with sqlite_store.reading() as uow:
        assert await uow.switches.value("bench:bench-1") is None


async def test_an_expired_link_offers_a_fresh_one_to_the_same_address_only(
    browser: Browser, ada: Person, link_for: LinkFor, sqlite_store: Store, clock: MovingClock
) -> None:
    token = link_for(ada, days=1)
    clock.move(days=2)
    page = await browser.open(f"/l/{token}")
    assert (page.status, page.heading) == (410, "This link has run out")
    for _ in range(3):
        sent = await browser.press(page, "Send me a new link")
        assert sent.heading == "We have sent a new link"
    async with sqlite_store.reading() as uow:
        [delivery] = await uow.deliveries.about("bench-1")
    assert (delivery.person_id, delivery.kind, delivery.facts["purpose"]) == (ada.id, "link.fresh", "handover")


async def test_an_act_that_breaks_changes_nothing_and_says_so_without_the_words(
    browser: Browser, ada: Person, link_for: LinkFor, dump: Dump, caplog: pytest.LogCaptureFixture
) -> None:
    page = await browser.open(f"/l/{link_for(ada)}")
    before = await dump()
    broken = await browser.send(page, "Take the seat", choice="break")
    assert broken.status_code == 500
    assert "went wrong on our side" in broken.text
    assert broken.headers["content-security-policy"]
    assert await dump() == before
    assert "RuntimeError" in caplog.text
    assert "Ada" not in caplog.text
    assert link_for(ada) not in caplog.text


async def test_a_signed_in_person_presses_the_same_button_without_a_link(
    ada: Person, signed_in: SignIn, sqlite_store: Store
) -> None:
    browser = await signed_in(ada)
    page = await browser.open("/preferences")
    csrf = dict(page.fields("Save"))["csrf"]
    body = {"csrf": csrf, "key": "k" * 20, "purpose": "handover", "about": "bench-9", "choice": "take"}
    assert "The seat is yours" in (await browser.http.post("/act", data=body)).text
    assert "does not work" in (await browser.http.post("/act", data={**body, "purpose": "nonsense"})).text
    async with sqlite_store.reading() as uow:
        assert await uow.switches.value("bench:bench-9") == "take"


async def test_a_link_session_does_not_sign_anybody_out(ada: Person, signed_in: SignIn, link_for: LinkFor) -> None:
    browser = await signed_in(ada)
    page = await browser.press(await browser.open(f"/l/{link_for(ada)}"), "Walk instead")
    assert page.heading == "Are you ready?"
    assert (await browser.open("/me")).path == "/me"


async def test_a_link_of_another_person_takes_over_the_browser(
    ada: Person, signed_in: SignIn, link_for: LinkFor, sqlite_store: Store
) -> None:
    async with sqlite_store.transaction() as uow:
        ben = await a_person(uow, "Ben")
    browser = await signed_in(ada)
    page = await browser.open(f"/l/{link_for(ben)}")
    assert "For Ben" in page.text
    page = await browser.press(page, "Walk instead")
    assert page.heading == "Are you ready?"
    assert (await browser.open("/me")).path.startswith("/sign-in")


@pytest.mark.parametrize("cookies", [True, False])
async def test_one_press_in_the_mail_program_leaves_a_series(
    site: FastAPI, ada: Person, link_for: LinkFor, sqlite_store: Store, cookies: bool
) -> None:
    async with sqlite_store.transaction() as uow:
        await uow.people.subscribe(person_id=ada.id, series_id="main")
    robot = Browser(site)
    robot.http.headers = {name: value for name, value in robot.http.headers.items() if name not in TOP_LEVEL}  # type: ignore[assignment]  # httpx takes any mapping
    path = f"/unsubscribe/{link_for(ada, Purpose.UNSUBSCRIBE, 'series:main', days=1)}"
    if cookies:
        assert "Northmere e-bulletin" in (await robot.open(path)).text
    for _ in range(2):
        response = await robot.http.post(path, data={"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
    await robot.close()
    async with sqlite_store.reading() as uow:
        [row] = await uow.people.subscriptions_of(ada.id)
    assert row.left_at is not None


async def test_leaving_works_years_later_and_from_a_revoked_link(
    browser: Browser, ada: Person, link_for: LinkFor, sqlite_store: Store, clock: MovingClock
) -> None:
    path = f"/unsubscribe/{link_for(ada, Purpose.UNSUBSCRIBE, 'nudges', days=1)}"
    clock.move(days=900)
    async with sqlite_store.transaction() as uow:
        await uow.people.revoke_links()
    page = await browser.open(path)
    assert page.heading == "Stop receiving reminders?"
    page = await browser.press(page, "Stop reminders")
    assert page.heading == "You will no longer receive reminders"
    async with sqlite_store.reading() as uow:
        person = await uow.people.get(ada.id)
    assert person is not None
    assert person.nudges is False


async def test_preferences_are_kept(ada: Person, signed_in: SignIn, sqlite_store: Store) -> None:
    browser = await signed_in(ada)
    page = await browser.open("/preferences")
    page = await browser.press(page, "Save", prefers="email", nudges="no", series=["main", "unheard-of"])
    assert "Saved" in page.text
    fields = page.fields("Save")
    assert [value for name, value in fields if name in ("prefers", "nudges", "series")] == ["main", "email", "no"]
    page = await browser.press(page, "Save", series=None, prefers="")
    async with sqlite_store.reading() as uow:
        [row] = await uow.people.subscriptions_of(ada.id)
        person = await uow.people.get(ada.id)
    assert row.left_at is not None
    assert person is not None
    assert person.prefers is None


async def test_nothing_needs_you_now(ada: Person, signed_in: SignIn) -> None:
    page = await (await signed_in(ada)).open("/")
    assert (page.path, page.heading) == ("/me", "What needs you")
    assert "Nothing needs you now." in page.text
