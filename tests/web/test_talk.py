"""A talk on the web, page by page, with an invented flow."""

import asyncio

import pytest

from bot.conversation.flow import Surface
from bot.links import Purpose
from handlers import conversations
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_person
from tests.web.browser import Browser, Page
from tests.web.conftest import Dump, LinkFor, SignIn


async def begin(store: Store, person: Person) -> str:
    """Opens the invented talk; returns its first path."""
    async with store.transaction() as uow:
        shown = await conversations.start(uow, person=person, flow="walk", surface=Surface.WEB)
    assert isinstance(shown, conversations.Prompt)
    return f"/talk/{shown.conversation_id}"


async def at_the_plan(store: Store, person: Person, browser: Browser) -> Page:
    page = await browser.open(await begin(store, person))
    return await browser.press(page, "Continue", q__ready="yes")


PLAN = {"q__why": "To talk in peace", "q__day__day": "9", "q__day__month": "12", "q__day__year": "2026"}


async def test_a_whole_talk_ends_with_a_reference_on_a_page_that_can_be_bookmarked(
    sqlite_store: Store, ada: Person, signed_in: SignIn
) -> None:
    browser = await signed_in(ada)
    page = await browser.open(await begin(sqlite_store, ada))
    assert page.heading == "Are you ready?"
    assert "Step 1 of 2" in page.text
    page = await browser.press(page, "Continue", q__ready="yes")
    assert (page.heading, page.path.rsplit("/", 1)[-1]) == ("The plan", "plan")
    page = await browser.press(page, "Continue", **PLAN, q__bring=["tea", "dog"], q__miles="5")
    assert page.heading == "Check your answers"
    assert "9 December 2026" in page.text
    assert "Tea, The dog" in page.text
    page = await browser.press(page, "Ask them along")
    assert page.heading == "You have asked them along"
    assert "W-2026-0001" in page.text
    again = await browser.open(page.path)
    assert "W-2026-0001" in again.text
    assert again.path.endswith("/done")


async def test_wrong_answers_stay_in_their_boxes_and_each_error_leads_to_its_field(
    sqlite_store: Store, ada: Person, signed_in: SignIn
) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    wrong = {**PLAN, "q__day__day": "31", "q__day__month": "2", "q__miles": "many", "q__bring": ["map"]}
    page = await browser.press(page, "Continue", **wrong)
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert [href for href, _ in page.errors] == ["#q-day", "#q-miles"]
    for href, words in page.errors:
        assert page.soup.select_one(href) is not None
        assert words
    sent = dict(page.fields("Continue"))
    assert (sent["q.why"], sent["q.miles"], sent["q.bring"]) == ("To talk in peace", "many", "map")
    assert (sent["q.day.day"], sent["q.day.month"], sent["q.day.year"]) == ("31", "2", "2026")


async def test_a_date_can_be_given_with_the_month_in_words(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    page = await browser.press(page, "Continue", **{**PLAN, "q__day__month": "december"})
    assert page.heading == "Check your answers"


async def test_back_and_change_show_what_was_answered(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    back = page.soup.select_one("a.back")
    assert back is not None
    first = await browser.open(str(back["href"]))
    assert dict(first.fields("Continue"))["q.ready"] == "yes"
    page = await browser.press(page, "Continue", **PLAN)
    change = page.soup.select(".change a")[1]
    plan = await browser.open(str(change["href"]))
    assert dict(plan.fields("Continue"))["q.why"] == "To talk in peace"
    page = await browser.press(plan, "Continue", q__why="To see the river")
    assert page.heading == "Check your answers"
    assert "To see the river" in page.text


async def test_two_quick_presses_send_once(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    browser = await signed_in(ada)
    page = await browser.press(await at_the_plan(sqlite_store, ada, browser), "Continue", **PLAN)
    both = await asyncio.gather(*(browser.send(page, "Ask them along") for _ in range(8)))
    assert {Page(response).heading for response in both} == {"You have asked them along"}
    assert {"W-2026-0001" in response.text for response in both} == {True}
    async with sqlite_store.reading() as uow:
        assert len([e for e in await uow.audit.latest() if e.action == "walk.asked"]) == 1


async def test_two_quick_presses_of_a_wrong_answer_both_show_the_words_again(
    sqlite_store: Store, ada: Person, signed_in: SignIn
) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    wrong = {**PLAN, "q__day__year": "1999"}
    for response in [await browser.send(page, "Continue", **wrong), await browser.send(page, "Continue", **wrong)]:
        assert response.status_code == 422
        assert "To talk in peace" in response.text


async def test_an_old_page_keeps_its_words_and_says_that_they_are_not_saved(
    sqlite_store: Store, ada: Person, signed_in: SignIn
) -> None:
    browser = await signed_in(ada)
    old = await at_the_plan(sqlite_store, ada, browser)
    await browser.press(old, "Continue", **PLAN)
    page = await browser.press(await browser.open(old.path), "Continue", **{**PLAN, "q__why": "Second thoughts"})
    stale = await browser.press(old, "Continue", **{**PLAN, "q__why": "Words typed in the old tab"})
    assert page.heading == "Check your answers"
    assert stale.status == 409
    assert "not saved" in stale.text
    assert dict(stale.fields("Continue"))["q.why"] == "Words typed in the old tab"
    saved = await browser.press(stale, "Continue")
    assert "Words typed in the old tab" in saved.text


async def test_words_that_may_identify_a_child_are_shown_and_not_kept_until_they_are_out(
    sqlite_store: Store, ada: Person, signed_in: SignIn, dump: Dump
) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    typed = "We talked about the case, NHS number 943 476 5919, at length."
    page = await browser.press(page, "Continue", **{**PLAN, "q__why": typed})
    assert page.status == 422
    assert "943 476 5919" in " ".join(mark.get_text() for mark in page.soup.find_all("mark"))
    assert dict(page.fields("Continue"))["remove"] == "no"
    assert dict(page.fields("Continue"))["q.why"] == typed
    page = await browser.press(page, "Continue", remove="yes")
    assert page.heading == "Check your answers"
    assert "943" not in page.text
    assert "We talked about the case" in page.text


async def test_a_stop_step_shows_what_to_do_and_keeps_nothing(
    sqlite_store: Store, ada: Person, signed_in: SignIn, dump: Dump
) -> None:
    browser = await signed_in(ada)
    page = await browser.open(await begin(sqlite_store, ada))
    page = await browser.press(page, "Continue", q__ready="fire")
    assert (page.path, page.heading) == ("/done", "Ring the fire brigade")
    assert "Ring 999 now." in page.text
    assert "Ring 999 now." in (await browser.open("/done")).text
    after = await dump()
    assert after["conversation"] == []
    assert after["audit_entry"] == []
    async with sqlite_store.reading() as uow:
        assert await uow.conversations.counted("walk:fire") == 1


async def test_stopping_sends_nothing(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    stopped = await browser.press(page, "Stop and do not send")
    assert stopped.heading == "Stopped"
    assert (await browser.open(page.path)).heading == "This has ended"


async def test_a_refusal_at_the_end_keeps_the_answers_and_leads_back(
    sqlite_store: Store, ada: Person, signed_in: SignIn
) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    page = await browser.press(page, "Continue", **{**PLAN, "q__why": "to be refused"})
    refused = await browser.press(page, "Ask them along")
    assert refused.heading == "The path is closed"
    back = await browser.open(str(refused.soup.find("a", string="Go back to your answers")["href"]))  # type: ignore[index]  # it is there
    assert "to be refused" in back.text


async def test_another_person_sees_nothing_of_it(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    path = await begin(sqlite_store, ada)
    async with sqlite_store.transaction() as uow:
        ben = await a_person(uow, "Ben")
    page = await (await signed_in(ben)).open(path)
    assert page.status == 404
    assert page.heading == "We cannot find this"


async def test_looking_at_every_page_of_a_talk_changes_nothing(
    sqlite_store: Store, ada: Person, signed_in: SignIn, dump: Dump
) -> None:
    browser = await signed_in(ada)
    page = await browser.press(await at_the_plan(sqlite_store, ada, browser), "Continue", **PLAN)
    talk = page.path.rsplit("/", 1)[0]
    before = await dump()
    for step in ("", "/ready", "/plan", "/check-answers", "/done", "/fire", "/unheard-of"):
        for method in ("GET", "HEAD", "OPTIONS"):
            await browser.http.request(method, f"{talk}{step}")
    assert await dump() == before


async def test_a_busy_database_answers_kindly_and_sends_the_same_form_again(
    sqlite_store: Store, ada: Person, signed_in: SignIn, sqlite_url: str
) -> None:
    import sqlite3

    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    busy = await browser.press(page, "Continue", **PLAN, q__bring=["tea", "map"])
    assert busy.status == 503
    assert busy.response.headers["retry-after"]
    assert "To talk in peace" in busy.response.text
    other.execute("ROLLBACK")
    other.close()
    page = await browser.press(busy, "Try again")
    assert page.heading == "Check your answers"
    assert "Tea, A map" in page.text


async def test_signed_out_in_the_middle_the_words_are_shown_to_copy(
    sqlite_store: Store, ada: Person, signed_in: SignIn, clock: MovingClock
) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    clock.move(minutes=31)
    out = await browser.press(page, "Continue", **PLAN)
    assert out.status == 403
    assert out.heading == "You have been signed out"
    assert "To talk in peace" in out.response.text


async def test_a_link_session_opens_its_talk_and_nothing_else(
    browser: Browser, ada: Person, link_for: LinkFor, sqlite_store: Store
) -> None:
    page = await browser.open(f"/l/{link_for(ada)}")
    page = await browser.press(page, "Walk instead")
    assert page.heading == "Are you ready?"
    page = await browser.press(page, "Continue", q__ready="yes")
    assert page.heading == "The plan"
    assert (await browser.open("/me")).path.startswith("/sign-in")
    assert (await browser.open("/talk/another-one")).path.startswith("/sign-in")


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "\u202eevil\u202c and \u200bhidden",
        "first\r\nSubject: second",
        "nul\x00byte",
        "{{ 7*7 }} {% raw %}",
        "x" * 100_000,
    ],
)
async def test_hostile_text_is_harmless(sqlite_store: Store, ada: Person, signed_in: SignIn, typed: str) -> None:
    browser = await signed_in(ada)
    page = await at_the_plan(sqlite_store, ada, browser)
    page = await browser.press(page, "Continue", **{**PLAN, "q__why": typed})
    assert page.soup.find("script") is None
    if len(typed) > 500:
        assert page.status == 422
        assert dict(page.fields("Continue"))["q.why"] == typed
        return
    assert page.heading == "Check your answers"
    assert not {"\u202e", "\u200b", "\x00"} & set(page.response.text)
    sent = await browser.press(page, "Ask them along")
    assert sent.heading == "You have asked them along"


async def test_a_talk_about_something_sensitive_offers_a_quick_way_out(
    sqlite_store: Store, ada: Person, signed_in: SignIn
) -> None:
    browser = await signed_in(ada)
    page = await browser.open(await begin(sqlite_store, ada))
    assert page.soup.find("a", string="Exit this page") is not None


async def test_a_purpose_without_an_act_is_refused_kindly(browser: Browser, ada: Person, link_for: LinkFor) -> None:
    page = await browser.open(f"/l/{link_for(ada, Purpose.SIGN_IN, 'nonsense')}")
    assert (page.status, page.heading) == (404, "This link does not work")
