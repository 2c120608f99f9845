"""Herald's Slack door behind sockets: the same world as `conftest.py` makes, without an address or a signing secret."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.demo.slack import StandIn, Workspace, running_stand_in
from bot.keyring import Keyring
from bot.settings import Settings, SlackSettings
from handlers.connections import Light, lights
from handlers.slack.door import SlackDoor, build_door
from handlers.slack.socket import Patience, SlackSocket
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.slack.conftest import ADA, BASE_URL, BEN, GIL, SIGNING_SECRET, World

QUICK = Patience(
    ping_s=0.02,
    silent=timedelta(seconds=30),
    idle=timedelta(minutes=30),
    open_s=1.0,
    first_wait_s=0.02,
    longest_wait_s=0.1,
    steady_s=0.02,
    show_s=0.02,
    finish_s=1.0,
)


class SocketWorld(World):
    """A world whose Slack reaches Herald by socket."""

    async def connected(self, sockets: int = 1) -> None:
        """Waits until so many sockets are open."""
        hub = self.stand_in.sockets
        assert await self.workspace.until(lambda: len(hub.connections) == sockets), f"{len(hub.connections)} are open"

    async def lights(self) -> tuple[Light, ...]:
        """What is known everywhere about the sockets."""
        async with self.store.reading() as uow:
            return await lights(uow)

    async def connected_anew(self) -> None:
        """Waits for a connection after those that there have been."""
        hub, before = self.stand_in.sockets, self.stand_in.sockets.opened
        assert await self.workspace.until(lambda: hub.opened > before)


@asynccontextmanager
async def listening(door: SlackDoor, patience: Patience = QUICK) -> AsyncIterator[SlackSocket]:
    """One process's socket."""
    settings, stop = door.context.settings.slack, asyncio.Event()
    assert settings is not None
    held = SlackSocket(door.bolt, store=door.context.store, settings=settings, patience=patience)
    running = asyncio.create_task(held.run(stop))
    try:
        yield held
    finally:
        stop.set()
        await running


def door_for(stand_in: StandIn, store: Store, keyring: Keyring, *, app_token: str = "") -> SlackDoor:
    """The Slack door of a process that has an app token only."""
    slack = SlackSettings(
        bot_token=stand_in.bot_token,
        signing_secret="",
        app_token=app_token or stand_in.app_token,
        api_url=stand_in.api_url,
    )
    settings = Settings(database_url="", base_url=BASE_URL, keyring=keyring, mail=None, slack=slack, live=True)
    return build_door(store, settings)


@asynccontextmanager
async def a_socket_world(
    store: Store, clock: MovingClock, keyring: Keyring, state_dir: Path, *, patience: Patience = QUICK
) -> AsyncIterator[SocketWorld]:
    """One process that holds one socket."""
    workspace = Workspace([ADA, BEN, GIL], clock=clock)
    async with running_stand_in(workspace=workspace, signing_secret=SIGNING_SECRET) as stand_in:
        stand_in.sockets.on = True
        door = door_for(stand_in, store, keyring)
        async with listening(door, patience):
            world = SocketWorld(stand_in, store, door, clock, state_dir)
            await world.connected()
            while not await world.lights():  # noqa: ASYNC110 - written down by a background task
                await asyncio.sleep(0.005)
            workspace.log.clear()
            yield world
        await door.close()
