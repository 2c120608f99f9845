"""A relay, a stand-in Slack, and drains with short patience, over the invented partnership of Northmere."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import Member, StandIn, Workspace, running_stand_in
from bot.settings import MailSettings
from digests.letters import Writers
from digests.mailer import Timeouts
from digests.outbox import Drain, DrainSettings
from storage.deliveries import Message
from storage.tables.deliveries import Channel, Delivery, Lane
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.digests.kinds import KINDS
from tests.factories import a_partnership, a_person
from tests.smtp_sink import Sink, running_sink

QUICK = Timeouts(connect=1.0, command=1.0, final=1.0, goodbye=0.2)


@dataclass
class House:
    """The outbox with everything around it."""

    store: Store
    sink: Sink
    clock: MovingClock
    state_dir: Path
    slack: StandIn | None = None
    rate: str = ""
    relay_url: str = ""
    connections: int = 3
    settings: dict[str, Any] = field(default_factory=dict)
    writers: Writers = field(default_factory=lambda: Writers(KINDS, {}))

    @property
    def mail(self) -> MailSettings:
        """How mail leaves here."""
        return MailSettings(
            smtp_url=self.relay_url or self.sink.url,
            connections=self.connections,
            rate=self.rate,
            sender="Northmere partnership <herald@herald.example.org>",
            domain="herald.example.org",
        )

    def drain(self, **changes: Any) -> Drain:
        """A drain of its own, as a second worker would be."""
        given = {
            "base_url": "https://herald.example.org",
            "mail": self.mail,
            "state_dir": self.state_dir,
            "host": "test",
            "timeouts": QUICK,
            "poll_s": 0.05,
            "slack_timeout_s": 1.0,
            "grace_s": 3.0,
        }
        client = AsyncWebClient(self.slack.bot_token, base_url=self.slack.api_url) if self.slack else None
        return Drain(
            self.store, DrainSettings(**{**given, **self.settings, **changes}), slack=client, writers=self.writers
        )

    async def person(self, name: str = "Ada", **given: Any) -> Person:
        """Somebody new in the register."""
        async with self.store.transaction() as uow:
            return await a_person(uow, name, **given)

    async def tell(
        self, person: Person, key: str = "hello:1", *, channels: tuple[Channel, ...] | None = None, **given: Any
    ) -> None:
        """Queues a message for somebody."""
        message = Message(**{"kind": "hello", "ledger_key": key, "about": key, **given})
        async with self.store.transaction() as uow:
            await uow.deliveries.tell(person, message, channels=channels)

    async def rows(self, about: str = "hello:1") -> list[Delivery]:
        """The outbox rows about something, the first first."""
        async with self.store.reading() as uow:
            return sorted(await uow.deliveries.about(about), key=lambda row: row.id)

    async def row(self, about: str = "hello:1") -> Delivery:
        """The only one."""
        [row] = await self.rows(about)
        return row

    async def outcomes(self, row: Delivery) -> list[str]:
        """What every try came to."""
        async with self.store.reading() as uow:
            return [attempt.outcome for attempt in await uow.deliveries.attempts_of(row.id)]

    async def alert(self, person: Person, key: str = "E-2026-0001", **given: Any) -> None:
        """Queues an alert over both channels."""
        await self.tell(person, key, kind="alert", lane=Lane.ALERT, channels=(Channel.SLACK, Channel.EMAIL), **given)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with running_sink() as running:
        yield running


@pytest.fixture
async def house(store: Store, clock: MovingClock, sink: Sink, tmp_path: Path) -> House:
    """The outbox with a relay, on both databases."""
    return await _house(store, clock, sink, tmp_path)


@pytest.fixture
async def sqlite_house(sqlite_store: Store, clock: MovingClock, sink: Sink, tmp_path: Path) -> House:
    """The outbox with a relay, where the database does not matter."""
    return await _house(sqlite_store, clock, sink, tmp_path)


@pytest.fixture
async def slack(clock: MovingClock) -> AsyncIterator[StandIn]:
    """A stand-in Slack in which Ada and Ben can be found."""
    members = [Member("U0ADA", "Ada", "ada@example.org"), Member("U0BEN", "Ben", "ben@example.org")]
    workspace = Workspace(members, clock=clock)
    async with running_stand_in(workspace=workspace, signing_secret="a secret of the stand-in") as running:
        yield running


async def _house(store: Store, clock: MovingClock, sink: Sink, tmp_path: Path) -> House:
    async with store.transaction() as uow:
        await a_partnership(uow)
    return House(store, sink, clock, tmp_path / "state")


Told = Callable[[str], Person]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def slack_house(sqlite_house: House, slack: StandIn) -> House:
    """The outbox of Northmere on SQLite, with Slack."""
    sqlite_house.slack = slack
    return sqlite_house


@pytest.fixture
async def ada(slack_house: House) -> Person:
    """Somebody who is found in Slack."""
    return await slack_house.person("Ada", slack_id="U0ADA")
