"""Leaving is one press, in the mail program or on our page, years later too; choosing and coming back need no sign-in."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import httpx
import pytest
from fastapi import FastAPI

from bot.links import Link, Purpose, make_link
from bot.mail_addresses import read_tagged
from bot.settings import MailSettings
from handlers.mail.meaning import leaves
from handlers.mail.receiving import Arrived, MailContext, receive
from storage.deliveries import Message
from storage.tables.deliveries import Channel, Delivery, Lane
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork
from tests.bulletins.conftest import BASE_URL, Office, read_mail
from tests.factories import PARTNERSHIP, a_person
from tests.web.browser import Browser

SERIES = """series:
  - {id: main, title: Northmere e-bulletin, cadence: monthly, from_name: Northmere partnership}
  - {id: training, title: Training bulletin, cadence: monthly, from_name: Northmere partnership}
  - {id: resources, title: Resources bulletin, cadence: fortnightly, from_name: Northmere partnership}
"""
MAIL = MailSettings(smtp_url="", sender="herald@herald.example.org", domain="herald.example.org")
BOUNDARY = "FormBoundaryvp62"
MULTIPART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--{BOUNDARY}--\r\n'
)
VECTORS = {
    "multipart, as in RFC 8058 section 8.1": (f"multipart/form-data; boundary={BOUNDARY}", MULTIPART),
    "urlencoded, as in RFC 8058 section 8.2": ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
    "without a body": ("application/x-www-form-urlencoded", ""),
    "multipart that is broken": (f"multipart/form-data; boundary={BOUNDARY}", "--other\r\nnothing"),
    "of a type that nobody knows": ("text/plain", "List-Unsubscribe=One-Click"),
}


@pytest.fixture
async def reader(sqlite_office: Office) -> Person:
    """Somebody who receives two of three series."""
    async with sqlite_office.store.transaction() as uow:
        await uow.partnership.save(re.sub(r"series:\n.*?\n(?=escalation)", SERIES, PARTNERSHIP, flags=re.DOTALL))
    person = await sqlite_office.reader("Ben Reader")
    async with sqlite_office.store.transaction() as uow:
        await uow.people.subscribe(person_id=person.id, series_id="training")
    sqlite_office.clock.move(minutes=1)
    return person


@pytest.fixture
async def letter(sqlite_office: Office, reader: Person) -> EmailMessage:
    """The edition in the reader's mailbox."""
    await sqlite_office.released()
    await sqlite_office.send()
    [taken] = sqlite_office.sink.to(reader.email)
    return read_mail(taken.raw)


@pytest.fixture
async def robot(site: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A mail provider's machine: no cookies, no browser's headers, no following."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(site), base_url=BASE_URL, follow_redirects=False, headers={"user-agent": "robot"}
    ) as client:
        yield client


def one_click(letter: EmailMessage) -> str:
    """The one https address of the header."""
    [address] = re.findall(r"<(https:[^>]+)>", str(letter["List-Unsubscribe"]))
    return str(address)


def link_to(office: Office, person: Person, about: str, *, days: int = 30) -> str:
    link = Link(Purpose.UNSUBSCRIBE, person.id, about, person.link_epoch, office.clock() + timedelta(days=days))
    return f"/unsubscribe/{make_link(link, keyring=office.store.keyring)}"


async def receives(office: Office, person: Person) -> set[str]:
    async with office.store.reading() as uow:
        return {row.series_id for row in await uow.people.subscriptions_of(person.id) if row.left_at is None}


@pytest.mark.parametrize("vector", VECTORS)
async def test_the_button_of_a_mail_program_leaves_at_once(
    sqlite_office: Office, reader: Person, letter: EmailMessage, robot: httpx.AsyncClient, vector: str
) -> None:
    kind, body = VECTORS[vector]
    assert letter.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    looked = await robot.get(one_click(letter))
    assert (looked.status_code, await receives(sqlite_office, reader)) == (200, {"main", "training"})
    robot.cookies.clear()
    for _ in range(2):
        answer = await robot.post(one_click(letter), content=body, headers={"content-type": kind})
        assert (answer.status_code, "location" in answer.headers) == (200, False)
        assert await receives(sqlite_office, reader) == {"training"}


async def test_it_works_after_years_and_when_links_were_revoked_but_opens_nothing_then(
    sqlite_office: Office, reader: Person, letter: EmailMessage, robot: httpx.AsyncClient, stranger: Browser
) -> None:
    sqlite_office.clock.move(days=3 * 365)
    async with sqlite_office.store.transaction() as uow:
        await uow.people.revoke_links()
    page = await stranger.open(one_click(letter))
    assert "sign in to your preferences" in page.text
    page = await stranger.press(page, "Stop Northmere e-bulletin")
    assert page.heading == "You will no longer receive Northmere e-bulletin"
    assert await receives(sqlite_office, reader) == {"training"}
    assert (await stranger.open("/preferences")).path.startswith("/sign-in")


async def test_a_page_from_before_the_links_were_revoked_leads_to_signing_in(
    sqlite_office: Office, reader: Person, stranger: Browser
) -> None:
    page = await stranger.open(link_to(sqlite_office, reader, "series:main"))
    async with sqlite_office.store.transaction() as uow:
        await uow.people.revoke_links()
    assert (await stranger.press(page, "Choose")).path.startswith("/sign-in")
    assert await receives(sqlite_office, reader) == {"main", "training"}


async def test_a_mail_to_the_other_address_of_the_header_leaves_too(
    sqlite_office: Office, reader: Person, letter: EmailMessage
) -> None:
    async with sqlite_office.store.reading() as uow:
        [row] = [each for each in await uow.deliveries.about("bulletin:2026-12-main") if each.person_id == reader.id]
    context = MailContext(sqlite_office.store, MAIL, no_buttons)
    [address] = re.findall(r"<mailto:([^>?]+)\?subject=leave>", str(letter["List-Unsubscribe"]))
    tagged = read_tagged(address, keyring=sqlite_office.store.keyring)
    assert tagged is not None
    assert tagged.delivery_id == row.id
    mail = b"From: robot@provider.example.org\r\nSubject: leave\r\nMessage-ID: <1@provider.example.org>\r\n\r\n"
    [done] = await receive(context, Arrived(mail, (address.upper(),), "robot@provider.example.org"))
    assert done.outcome.value == "left"
    assert await receives(sqlite_office, reader) == {"training"}


async def no_buttons(_uow: UnitOfWork, _row: Delivery) -> tuple[str, tuple[()]]:
    return "", ()


async def test_leaving_on_the_page_can_be_taken_back_at_once(
    sqlite_office: Office, reader: Person, letter: EmailMessage, stranger: Browser
) -> None:
    page = await stranger.open(one_click(letter))
    page = await stranger.press(page, "Stop Northmere e-bulletin")
    assert page.path.startswith("/preferences?left=main")
    assert "You will no longer receive Northmere e-bulletin" in page.text
    assert await receives(sqlite_office, reader) == {"training"}
    page = await stranger.press(page, "Undo: I want to receive this")
    assert "Saved" in page.text
    assert await receives(sqlite_office, reader) == {"main", "training"}


async def test_all_bulletins_are_left_and_those_that_came_before_come_back(
    sqlite_office: Office, reader: Person, letter: EmailMessage, stranger: Browser
) -> None:
    page = await stranger.press(await stranger.open(one_click(letter)), "Stop all bulletins")
    assert await receives(sqlite_office, reader) == set()
    async with sqlite_office.store.reading() as uow:
        assert await uow.bulletins.left_series("resources", person_ids=[reader.id]) == {reader.id}
    await stranger.press(page, "Undo: I want to receive this")
    assert await receives(sqlite_office, reader) == {"main", "training"}


async def subscriptions(office: Office, person: Person) -> dict[str, tuple[datetime, datetime | None]]:
    """Everything that is remembered of which series somebody receives, or has left, and since when."""
    async with office.store.reading() as uow:
        return {row.series_id: (row.since, row.left_at) for row in await uow.people.subscriptions_of(person.id)}


@pytest.mark.parametrize(("button", "left"), [("Stop Northmere e-bulletin", 1), ("Stop all bulletins", 2)])
async def test_undo_makes_no_subscriber_of_somebody_who_received_it_by_sector(
    sqlite_office: Office, reader: Person, stranger: Browser, button: str, left: int
) -> None:
    """And leaves alone what they had left long ago: everything is as it was."""
    office = sqlite_office
    async with office.store.transaction() as uow:
        cy = await a_person(uow, "Cy Reader")
        await uow.people.unsubscribe(person_id=cy.id, series_id="resources")
    office.clock.move(days=3)
    async with office.store.transaction() as uow:
        await uow.people.subscribe(person_id=cy.id, series_id="training")
    office.clock.move(days=3)
    before = await subscriptions(office, cy)
    assert set(before) == {"resources", "training"}
    page = await stranger.press(await stranger.open(link_to(office, cy, "series:main")), button)
    async with office.store.reading() as uow:
        assert await uow.bulletins.left_series("main", person_ids=[cy.id]) == {cy.id}
    assert len(page.soup.select("input[name=what]")) == left
    await stranger.press(page, "Undo: I want to receive this")
    assert await subscriptions(office, cy) == before
    page = await stranger.press(await stranger.open(link_to(office, cy, "series:main")), button)
    page = await stranger.press(await stranger.open(link_to(office, cy, "series:main")), "Stop Northmere e-bulletin")
    await stranger.press(page, "Undo: I want to receive this")
    assert "main" not in await subscriptions(office, cy), "left twice, taken back once: as before the first time"


async def test_less_is_chosen_series_by_series_without_signing_in(
    sqlite_office: Office, reader: Person, letter: EmailMessage, stranger: Browser
) -> None:
    body = letter.get_body(("plain",))
    assert body is not None
    assert f"{one_click(letter)}#choose" in re.sub(r"\s", "", str(body.get_content()))
    page = await stranger.press(await stranger.open(one_click(letter)), "Choose")
    assert (page.path, page.heading) == ("/preferences", "Preferences")
    assert "Comes every two weeks." in page.text
    assert "What cannot be switched off" in page.text
    page = await stranger.press(page, "Save", series=["training", "resources"], nudges="no")
    assert await receives(sqlite_office, reader) == {"training", "resources"}
    assert "You left it on 30 November 2026." in page.text
    assert (await stranger.open("/me")).path.startswith("/sign-in"), "the link opens the preferences alone"


async def test_slack_instead_for_those_who_are_there(sqlite_office: Office, reader: Person, stranger: Browser) -> None:
    path = link_to(sqlite_office, reader, "series:main")
    assert "in Slack instead" not in (await stranger.open(path)).text
    async with sqlite_office.store.transaction() as uow:
        person = await uow.people.get(reader.id)
        assert person is not None
        person.slack_id = "U123"
    page = await stranger.press(await stranger.open(path), "Send me everything in Slack instead")
    assert "Saved" in page.text
    async with sqlite_office.store.reading() as uow:
        person = await uow.people.get(reader.id)
        assert person is not None
        assert person.prefers == "slack"


async def test_a_page_of_somebody_elses_can_make_a_browser_leave_and_nothing_more(
    sqlite_office: Office, reader: Person, robot: httpx.AsyncClient
) -> None:
    path = link_to(sqlite_office, reader, "series:main")
    for wanted in ("choose", "slack", "email"):
        answer = await robot.post(path, data={"do": wanted, "csrf": "forged"})
        assert (answer.status_code, answer.cookies.get("__Host-herald")) == (403, None)
    for wanted in ("leave", "all"):
        answer = await robot.post(path, data={"do": wanted, "csrf": "forged"})
        assert (answer.status_code, answer.cookies.get("__Host-herald")) == (200, None)
    assert await receives(sqlite_office, reader) == set()


async def test_reminders_have_the_same_way_out_and_alerts_have_none(sqlite_office: Office, reader: Person) -> None:
    async with sqlite_office.store.transaction() as uow:
        person = await uow.people.get(reader.id)
        assert person is not None
        for kind, lane in (("deadline.tried", Lane.ROUTINE), ("escalation.alert", Lane.ALERT)):
            await uow.deliveries.tell(person, Message(kind, f"{kind}:1", lane), channels=(Channel.EMAIL,))
        rows = {row.lane: row for row in (await uow.deliveries.about(""))}
        assert await leaves(uow, rows["routine"]) == "nudges"
        assert await leaves(uow, rows["alert"]) == ""


async def test_the_page_of_reminders_stops_reminders(sqlite_office: Office, reader: Person, stranger: Browser) -> None:
    page = await stranger.open(link_to(sqlite_office, reader, "nudges"))
    assert "Stop all bulletins" not in page.text
    page = await stranger.press(page, "Stop reminders")
    assert "You will no longer receive reminders" in page.text
    await stranger.press(page, "Undo: I want to receive this")
    async with sqlite_office.store.reading() as uow:
        person = await uow.people.get(reader.id)
        assert person is not None
        assert person.nudges is True
