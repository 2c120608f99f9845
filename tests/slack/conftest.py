"""Herald's Slack door under the stand-in Slack: a real Bolt app on a real port, a real database, people who press things."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import select

from bot.demo.serving import serving
from bot.demo.slack import Member, SlackPerson, StandIn, Workspace, running_stand_in
from bot.keyring import Keyring
from bot.links import Purpose
from bot.settings import Settings, SlackSettings
from digests.outbox import Drain, DrainSettings
from handlers import registry
from handlers.slack.door import SlackDoor, build_door
from storage.tables.deliveries import Delivery
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person
from tests.slack import tea

SIGNING_SECRET = "signing-secret-of-the-stand-in"
BASE_URL = "https://herald.example.org"
ADA = Member("U0ADA", "Ada Practitioner", "ada@example.org")
BEN = Member("U0BEN", "Ben Manager", "ben@example.org")
GIL = Member("U0GIL", "Gil Guest", "gil@elsewhere.example", guest=True)


@dataclass
class World:
    """The stand-in, the store behind the door, and the door."""

    stand_in: StandIn
    store: Store
    door: SlackDoor
    clock: MovingClock
    state_dir: Path

    @property
    def workspace(self) -> Workspace:
        return self.stand_in.workspace

    def person(self, name: str) -> SlackPerson:
        return self.stand_in.person(name)

    async def settled(self) -> None:
        """Waits for what the door does after its answers."""
        await self.door.context.afterwards.finished()

    async def deliver(self) -> None:
        """Lets the drain send what waits."""
        settings = DrainSettings(base_url=BASE_URL, mail=None, state_dir=self.state_dir, host="test")
        await Drain(self.store, settings, slack=self.door.context.slack.web).run_once()

    async def outbox(self) -> list[Delivery]:
        async with self.store.reading() as uow:
            return list((await uow.session.execute(select(Delivery).order_by(Delivery.id))).scalars())

    def methods(self) -> list[str]:
        return [call.method for call in self.workspace.log]


@asynccontextmanager
async def serving_door(door: SlackDoor) -> AsyncIterator[str]:
    site = FastAPI()

    @site.post("/slack/events")
    async def slack_events(request: Request) -> Response:
        answered = await door.hear(headers=dict(request.headers), body=await request.body())
        return Response(answered.body, answered.status, dict(answered.headers))

    async with serving(site) as url:
        yield url


@asynccontextmanager
async def a_world(
    store: Store, clock: MovingClock, keyring: Keyring, state_dir: Path, *, live: bool = True
) -> AsyncIterator[World]:
    workspace = Workspace([ADA, BEN, GIL], clock=clock)
    async with running_stand_in(workspace=workspace, signing_secret=SIGNING_SECRET) as stand_in:
        slack = SlackSettings(bot_token=stand_in.bot_token, signing_secret=SIGNING_SECRET, api_url=stand_in.api_url)
        settings = Settings(database_url="", base_url=BASE_URL, keyring=keyring, mail=None, slack=slack, live=live)
        door = build_door(store, settings)
        async with serving_door(door) as url:
            stand_in.door.url = url
            yield World(stand_in, store, door, clock, state_dir)
            await door.close()


async def people(store: Store) -> None:
    async with store.transaction() as uow:
        await a_partnership(uow)
        await a_person(uow, "Ada", slack_id="U0ADA")
        await a_person(uow, "Cora", roles=["coordinator"])


@pytest.fixture
def tea_time() -> Iterator[None]:
    """Puts the invented subject into the tables for the length of a test."""
    tables: tuple[tuple[dict[Any, Any], Any, Any], ...] = (
        (registry.TALKS, "tea", tea.TALK),
        (registry.ACTS, Purpose.OFFER, tea.ACT),
        (registry.WORDS, "book", tea.speak),
    )
    before = [dict(table) for table, _, _ in tables]
    for table, key, value in tables:
        table[key] = value
    yield
    for (table, _, _), held in zip(tables, before, strict=True):
        restore(table, held)


def restore(table: dict[Any, Any], held: Mapping[Any, Any]) -> None:
    table.clear()
    table.update(held)


@pytest.fixture
async def world(
    sqlite_store: Store, clock: MovingClock, keyring: Keyring, tmp_path: Path, tea_time: None
) -> AsyncIterator[World]:
    await people(sqlite_store)
    async with a_world(sqlite_store, clock, keyring, tmp_path) as made:
        yield made


@pytest.fixture
async def both_worlds(
    store: Store, clock: MovingClock, keyring: Keyring, tmp_path: Path, tea_time: None
) -> AsyncIterator[World]:
    """The same on both databases."""
    await people(store)
    async with a_world(store, clock, keyring, tmp_path) as made:
        yield made
