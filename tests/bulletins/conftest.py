"""An editor, a publisher, readers, and everything that a bulletin needs to go out through a real relay."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import StandIn
from bot.keyring import Keyring
from bot.settings import MailSettings, Settings
from digests import bulletins as sweeps
from digests.outbox import Drain, DrainSettings
from handlers.apply import Applied
from handlers.bulletins.releasing import approve, schedule
from handlers.bulletins.status import Status, status_of
from handlers.files import apply_file
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.tables.briefings import Briefing
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.bulletins.demo_editions import DemoEditions
from tests.bulletins.demo_editions import demo_editions as told
from tests.clocks import MovingClock
from tests.databases import SqliteTemplate
from tests.digests.conftest import QUICK
from tests.factories import a_partnership, a_person
from tests.smtp_sink import Sink, running_sink
from tests.web.browser import Browser

SignIn = Callable[[Person], Awaitable[Browser]]

BASE_URL = "https://herald.example.org"
ID = "2026-12-main"
TEXT = """\
---
herald_bulletin: 1
id: 2026-12-main
series: main
title: December e-bulletin
audience: {series: main}
send_at: 2026-12-01T09:00
not_after: 2026-12-03T17:00
---
Welcome to the **December** edition.

# Signs of Safety: what changed
The partnership has a [new guide](https://www.example.org/guide).

- Read it
- Talk about it

# Dates for your diary
{{ briefings next=3 }}

# Your turn
{{ surveys }} {{ deadlines }}
{{ pledge p1 }}

# Earlier editions
{{ previous }}
"""


def a_picture(width: int = 1200, height: int = 600) -> bytes:
    """A small real PNG of one grey."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def read_mail(raw: bytes) -> EmailMessage:
    """A message as a mail program reads it."""
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(mail: EmailMessage, kind: str) -> str:
    """The text of the part of a kind: `plain` or `html`."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@dataclass
class Office:
    """The people who make bulletins, and the way out."""

    store: Store
    clock: MovingClock
    sink: Sink
    state_dir: Path
    author: Person
    publisher: Person
    slack: StandIn | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    async def reader(self, name: str, *, series: str = "main", **given: Any) -> Person:
        """Somebody who receives the series."""
        async with self.store.transaction() as uow:
            person = await a_person(uow, name, **given)
            await uow.people.subscribe(person_id=person.id, series_id=series)
            return person

    async def readers(self, number: int) -> list[Person]:
        """Reader 000, Reader 001 and so on, who receive the main series."""
        async with self.store.transaction() as uow:
            people = [await a_person(uow, f"Reader {each:03}") for each in range(number)]
            for person in people:
                await uow.people.subscribe(person_id=person.id, series_id="main")
            return people

    async def apply(self, text: str = TEXT, *, folder: Path | None = None, by: Person | None = None) -> Applied:
        """Applies a bulletin's text, as the author."""
        async with self.store.transaction() as uow:
            [applied] = await apply_file(uow, name="b.md", text=text, by=by or self.author, folder=folder)
            return applied

    async def approve(self, bulletin_id: str = ID, *, by: Person | None = None) -> None:
        """The second person says yes."""
        async with self.store.transaction() as uow:
            await approve(uow, bulletin_id=bulletin_id, by=by or self.publisher)

    async def released(self, text: str = TEXT) -> None:
        """Applied, approved, and begun now."""
        await self.apply(text)
        await self.approve()
        async with self.store.transaction() as uow:
            await schedule(uow, bulletin_id=ID)
        assert await sweeps.release(self.store) == 1

    async def status(self, bulletin_id: str = ID) -> Status:
        """The figures."""
        async with self.store.reading() as uow:
            row = await uow.bulletins.get(bulletin_id)
            assert row is not None
            return await status_of(uow, row)

    def drain(self, **changes: Any) -> Drain:
        """The real drain with the real writers."""
        mail = MailSettings(
            smtp_url=self.sink.url,
            connections=3,
            sender="Northmere partnership <herald@herald.example.org>",
            domain="herald.example.org",
        )
        given = {"base_url": BASE_URL, "mail": mail, "state_dir": self.state_dir, "host": "test", "timeouts": QUICK}
        quick = {"poll_s": 0.05, "slack_timeout_s": 1.0, "grace_s": 3.0}
        client = AsyncWebClient(self.slack.bot_token, base_url=self.slack.api_url) if self.slack else None
        return Drain(self.store, DrainSettings(**{**given, **quick, **self.settings, **changes}), slack=client)

    async def taken(self, mails: int) -> None:
        """Waits until the relay has so many messages."""
        async with asyncio.timeout(15):
            while len(self.sink.mails) < mails:  # noqa: ASYNC110 - the relay is another's; it has no event to wait for
                await asyncio.sleep(0.02)

    async def send(self) -> None:
        """Drains once and closes what is finished."""
        await self.drain().run_once()
        await sweeps.end(self.store)


async def a_briefing(uow: UnitOfWork, briefing_id: str, *, days: int, **given: Any) -> Briefing:
    """A session that can be booked now."""
    starts = uow.now + timedelta(days=days)
    values: dict[str, Any] = {
        "id": briefing_id,
        "title": briefing_id.replace("-", " ").capitalize(),
        "kind": "briefing",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=1),
        "place": "Online",
        "capacity": 20,
        "per_agency": None,
        "levels": [],
        "priority": None,
        "booking_opens_at": uow.now - timedelta(days=1),
        "booking_closes_at": starts - timedelta(hours=1),
        "evaluation": "",
        "content_hash": "x",
        "applied_at": uow.now,
    }
    briefing = Briefing(**{**values, **given})
    uow.briefings.add(briefing)
    await uow.briefings.flush()
    return briefing


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """A relay."""
    async with running_sink() as running:
        yield running


async def an_office(store: Store, clock: MovingClock, sink: Sink, tmp_path: Path) -> Office:
    """Northmere with an author and a publisher, three sessions to book."""
    clock.set(datetime(2026, 11, 30, 10, 0, tzinfo=UTC))
    async with store.transaction() as uow:
        await a_partnership(uow)
        author = await a_person(uow, "Ada Author", roles=["coordinator"])
        publisher = await a_person(uow, "Pat Publisher", roles=["publisher"])
        for number, name in enumerate(("levels-of-need", "signs-of-safety", "core-groups", "one-too-many"), 1):
            await a_briefing(uow, name, days=number + 1)
    return Office(store, clock, sink, tmp_path / "state", author, publisher)


@pytest.fixture
async def office(store: Store, clock: MovingClock, sink: Sink, tmp_path: Path) -> Office:
    """On both databases."""
    return await an_office(store, clock, sink, tmp_path)


@pytest.fixture
async def sqlite_office(sqlite_store: Store, clock: MovingClock, sink: Sink, tmp_path: Path) -> Office:
    """Where the database does not matter."""
    return await an_office(sqlite_store, clock, sink, tmp_path)


@pytest.fixture
def site(sqlite_office: Office, sqlite_url: str, keyring: Keyring) -> FastAPI:
    """The web site of Northmere."""
    mail = MailSettings(smtp_url="smtp://127.0.0.1:1", sender="herald@herald.example.org", domain="herald.example.org")
    settings = Settings(
        database_url=sqlite_url,
        base_url="https://herald.example.org",
        keyring=keyring,
        mail=mail,
        slack=None,
        live=True,
    )
    return build_site(WebContext(sqlite_office.store, settings))


@pytest.fixture
async def signed_in(site: FastAPI, sqlite_office: Office) -> AsyncIterator[SignIn]:
    """Gives somebody a browser in which they have signed in."""
    opened: list[Browser] = []

    async def sign_in(person: Person) -> Browser:
        browser = Browser(site, base_url=BASE_URL)
        opened.append(browser)
        async with sqlite_office.store.transaction() as uow:
            token = uow.signins.new_session(person_id=person.id, signed_in=True)
        browser.http.cookies.set("__Host-herald", token)
        return browser

    yield sign_in
    for browser in opened:
        await browser.close()


@pytest.fixture
async def stranger(site: FastAPI) -> AsyncIterator[Browser]:
    """Somebody who never signed in."""
    browser = Browser(site, base_url=BASE_URL)
    yield browser
    await browser.close()


@pytest.fixture(scope="session")
def demo_editions(sqlite_template: SqliteTemplate, keyring: Keyring) -> DemoEditions:
    """The editions of the demo; told in a thread, so that no loop of a test is in the way."""
    with sqlite_template.fresh() as url, ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, told(url, keyring)).result()
