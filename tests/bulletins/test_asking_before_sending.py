"""Nothing leaves by one press: a page says to how many and when, warns of the hour, and leads on to where it is followed.

A test goes the way the edition would go, and the page says which way that was.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.rules.edition_states import EditionState
from digests import bulletins as sweeps
from handlers.bulletins.releasing import send_test
from handlers.preferences import leave
from storage.bulletins import tests_about as about_tests
from storage.tables.deliveries import Channel
from tests.bulletins.conftest import ID, TEXT, Office, SignIn
from tests.factories import a_person
from tests.web.browser import Browser, Page

PAGE = f"/ops/bulletins/{ID}"
WITHOUT_A_TIME = TEXT.replace("send_at: 2026-12-01T09:00\n", "").replace("not_after: 2026-12-03T17:00\n", "")
SATURDAY = datetime(2026, 11, 28, 11, 48, tzinfo=UTC)


async def choose(browser: Browser, page: Page, **answers: str) -> Page:
    """Fills in when it is to leave and goes on; the form only asks, so it is one that gets."""
    form, _ = page.form_with("Continue")
    assert form["method"] == "get"
    return await browser.open(str(form["action"]), params={**dict(page.fields("Continue")), **answers})


async def approved(office: Office, text: str = WITHOUT_A_TIME) -> None:
    await office.apply(text)
    await office.approve()


async def test_now_on_a_saturday_is_said_before_anything_leaves(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    for name in ("Ben Reader", "Cy Reader"):
        await office.reader(name)
    gone = await office.reader("Lea Left")
    async with office.store.transaction() as uow:
        await leave(uow, person_id=gone.id, what="series:main")
    await approved(office, WITHOUT_A_TIME.replace("{series: main}", "{everyone: true}"))
    office.clock.set(SATURDAY)
    publisher = await signed_in(office.publisher)
    page = await publisher.open(PAGE)
    assert "approved; nobody has sent it yet" in page.text
    assert page.soup.select_one("input[name=at]")["type"] == "datetime-local"  # type: ignore[index]
    assert ("at", "2026-11-30T08:00") in page.fields("Continue"), (
        "outside the hours the next moment in them is proposed"
    )
    asked = await choose(publisher, page, when="now")
    assert asked.heading == "Send it now?"
    assert "This goes to 4 people . It leaves now ." in asked.text
    assert "1 is left out: 1 left this series." in asked.text
    assert "Now is outside sending hours" in asked.text
    assert "Monday 30 November 2026, 08:00" in asked.text
    assert await sweeps.release(office.store) == 0, "nothing has left by looking"
    back = asked.soup.find("a", string="Do not send it: back to the edition")
    assert back is not None
    assert back["href"] == PAGE
    await publisher.press(asked, "Send it now to 4 people")
    assert await sweeps.release(office.store) == 1


async def test_a_time_is_asked_about_in_words_and_leads_to_where_it_is_followed(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await approved(office)
    publisher = await signed_in(office.publisher)
    asked = await choose(publisher, await publisher.open(PAGE), when="at", at="2026-12-01T09:00")
    assert asked.heading == "Send it at this time?"
    assert "This goes to 1 person . It leaves on Tuesday 1 December 2026, 09:00 ." in asked.text
    assert "outside sending hours" not in asked.text
    followed = await publisher.press(asked, "Send it then to 1 person")
    assert followed.path.startswith(f"{PAGE}/sending")
    assert followed.heading == "Waiting for its time"
    assert "It leaves by itself on Tuesday 1 December 2026, 09:00." in followed.text
    assert "refresh" not in followed.response.headers, "nothing is on its way for a day"
    stands = await publisher.open(PAGE)
    assert "Nobody has to press anything." in stands.text
    assert stands.soup.find("a", string="Send it at another time") is not None
    office.clock.set(datetime(2026, 12, 1, 9, 0, 1, tzinfo=UTC))
    due = await (await signed_in(office.publisher)).open(f"{PAGE}/sending")
    assert (due.heading, due.response.headers["refresh"][:3]) == ("On its way", "10;")


async def test_after_sending_now_one_follows_it_and_is_not_asked_to_send_again(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await approved(office)
    publisher = await signed_in(office.publisher)
    asked = await choose(publisher, await publisher.open(PAGE), when="now")
    page = await publisher.press(asked, "Send it now to 1 person")
    assert page.path.startswith(f"{PAGE}/sending")
    assert page.heading == "On its way"
    assert page.response.headers["refresh"].startswith("10;")
    stands = await publisher.open(PAGE)
    assert "approved, and it leaves now" in stands.text
    assert not [each for each in stands.soup.find_all("button") if each.get_text(strip=True) == "Continue"]
    assert not stands.soup.find_all("a", href=f"{PAGE}/send")
    await sweeps.release(office.store)
    await office.send()
    done = await publisher.open(f"{PAGE}/sending")
    assert (done.heading, "refresh" in done.response.headers) == ("Sent", False)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"when": "at", "at": ""}, "Give the date and the time"),
        ({"when": "at", "at": "next week"}, "is not a date and time"),
        ({"when": "at", "at": "2026-11-29T09:00"}, "That time is past."),
    ],
)
async def test_a_time_that_cannot_be_is_said_at_its_field(
    sqlite_office: Office, signed_in: SignIn, answers: dict[str, str], said: str
) -> None:
    await approved(sqlite_office)
    publisher = await signed_in(sqlite_office.publisher)
    page = await choose(publisher, await publisher.open(PAGE), **answers)
    assert page.status == 422
    [(field, words)] = page.errors
    assert (field, said in words) == ("#at", True)
    assert page.soup.select_one("#at-error") is not None


async def test_a_text_that_changed_after_the_question_does_not_leave(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await approved(office)
    publisher = await signed_in(office.publisher)
    asked = await choose(publisher, await publisher.open(PAGE), when="now")
    await approved(office, WITHOUT_A_TIME.replace("Read it", "Read it twice"))
    page = await publisher.press(asked, "Send it now to 1 person")
    assert page.status == 409
    assert "The text has changed since you were asked." in page.text
    assert await sweeps.release(office.store) == 0


async def test_an_approval_that_would_send_at_once_asks_first(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.apply(TEXT.replace("send_at: 2026-12-01T09:00", "send_at: 2026-11-30T09:00"))
    publisher = await signed_in(office.publisher)
    page = await publisher.open(PAGE)
    assert not [each for each in page.soup.find_all("button") if each.get_text(strip=True) == "Approve this text"]
    link = page.soup.find("a", string="Approve this text")
    assert link is not None
    asked = await publisher.open(str(link["href"]))
    assert asked.heading == "Approve it, and so send it now?"
    assert (await office.status()).state == EditionState.DRAFT
    page = await publisher.press(asked, "Approve it and send it now to 1 person")
    assert page.path.startswith(f"{PAGE}/sending")
    assert await sweeps.release(office.store) == 1


async def test_a_coordinator_who_may_not_send_is_not_asked(sqlite_office: Office, signed_in: SignIn) -> None:
    await approved(sqlite_office)
    author = await signed_in(sqlite_office.author)
    assert (await author.open(f"{PAGE}/send?when=now")).status == 403
    assert (await author.open(f"{PAGE}/approve")).status == 403


@pytest.mark.parametrize(
    ("given", "channel"),
    [
        ({"slack_id": "U0TIM"}, Channel.EMAIL),  # found in Slack, but never chose it: bulletins come by e-mail
        ({"slack_id": "U0TIM", "prefers": "slack"}, Channel.SLACK),
        ({"prefers": "slack"}, Channel.EMAIL),
    ],
)
async def test_a_test_goes_the_way_the_edition_would_and_the_page_says_which(
    sqlite_office: Office, signed_in: SignIn, given: dict[str, Any], channel: Channel
) -> None:
    office = sqlite_office
    await office.apply()
    async with office.store.transaction() as uow:
        tim = await a_person(uow, "Tim Tester", roles=["coordinator"], **given)
    browser = await signed_in(tim)
    page = await browser.press(await browser.open(PAGE), "Send a test to me")
    async with office.store.reading() as uow:
        [row] = await uow.deliveries.about(about_tests(ID))
    assert row.channel == channel
    where = "in Slack." if channel is Channel.SLACK else f"by e-mail to {tim.email}."
    assert f"A test is on its way to you, {where}" in page.text


async def test_a_test_that_practice_holds_back_is_named(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.apply()
    ben = await office.reader("Ben Reader")
    office.store.sending = type(office.store.sending)(live=False, slack=True)
    async with office.store.transaction() as uow:
        assert (await send_test(uow, bulletin_id=ID, to=ben)).way == "practice"


async def test_whoever_may_not_approve_reads_whom_to_ask(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    async with office.store.transaction() as uow:
        await a_person(uow, "Quinn Publisher", roles=["publisher"])
        gone = await a_person(uow, "Gil Gone", roles=["publisher"])
        gone.left_at = uow.now - timedelta(days=1)
    await office.apply()
    author = await signed_in(office.author)
    page = await author.open(PAGE)
    assert "Ada Author is not a publisher. Ask Pat Publisher or Quinn Publisher to approve it." in page.text
    await office.apply(TEXT.replace("Read it", "Read it twice"), by=office.publisher)
    publisher = await signed_in(office.publisher)
    said = (await publisher.open(PAGE)).text
    assert "Pat Publisher wrote this text or changed it last. A second person has to approve it." in said
    assert "Ask Quinn Publisher to approve it." in said
