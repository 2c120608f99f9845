"""`herald serve` as real processes that hold a socket each: killed in the middle of a talk, stopped by a signal."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.clock import system_clock
from bot.demo.slack import Member, SlackPerson, StandIn, Workspace, running_stand_in
from bot.keyring import Keyring
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store
from tests.campaigns.process import Running
from tests.databases import PostgresTemplate
from tests.factories import a_partnership, a_person
from tests.ports import free_port
from tests.slack.conftest import SIGNING_SECRET

SECRET = "the secret of processes that hold a socket each"


@pytest.fixture
def url(postgres_template: PostgresTemplate) -> Iterator[str]:
    with postgres_template.fresh() as fresh:
        yield fresh


@dataclass
class Processes:
    """Some `herald serve` on one database, behind one Slack."""

    stand_in: StandIn
    settings: dict[str, str]
    folder: Path
    running: list[Running] = field(default_factory=list)

    async def start(self, number: int) -> list[Running]:
        """Starts so many at once; waits until all are connected."""
        self.running = [
            Running(("serve", "--no-worker"), self.settings, self.folder, port=free_port()) for _ in range(number)
        ]
        await asyncio.gather(*(process.start() for process in self.running))
        await self.connected(number)
        return self.running

    async def connected(self, sockets: int) -> None:
        hub = self.stand_in.sockets
        assert await self.stand_in.workspace.until(lambda: len(hub.connections) == sockets, within=20)

    def ada(self) -> SlackPerson:
        return self.stand_in.person("ada@example.org")


@pytest.fixture
async def processes(url: str, tmp_path: Path) -> AsyncIterator[Processes]:
    store = Store(url, clock=system_clock, keyring=Keyring((SECRET,)), sending=SendingPolicy(live=True, slack=True))
    async with store.transaction() as uow:
        await a_partnership(uow)
        await a_person(uow, "Ada", slack_id="U0ADA", agency_id="northmere-health")
    await store.close()
    workspace = Workspace([Member("U0ADA", "Ada", "ada@example.org")], clock=system_clock)
    async with running_stand_in(workspace=workspace, signing_secret=SIGNING_SECRET) as stand_in:
        stand_in.sockets.on = True
        settings = {
            "HERALD_DATABASE_URL": url,
            "HERALD_SECRET_KEY": SECRET,
            "HERALD_SLACK_BOT_TOKEN": stand_in.bot_token,
            "HERALD_SLACK_APP_TOKEN": stand_in.app_token,
            "HERALD_SLACK_API_URL": stand_in.api_url,
            "HERALD_STATE_DIR": str(tmp_path / "state"),
        }
        made = Processes(stand_in, settings, tmp_path)
        try:
            yield made
        finally:
            for process in made.running:
                await process.kill()


async def test_one_of_two_processes_is_killed_in_the_middle_of_a_talk_and_the_other_goes_on(
    processes: Processes,
) -> None:
    first, second = await processes.start(2)
    ada = processes.ada()
    assert (await ada.command("/herald", "pledge")).ok
    assert ada.sees("Step 1")
    await first.kill()
    await processes.connected(1)
    ada.fill(block(ada, "pick"), "Something else, in my own words")
    sent = await ada.submit()
    assert sent is not None
    assert sent.ok
    ada.fill(block(ada, "own"), "Ask the young person first what they want from the meeting")
    sent = await ada.submit()
    assert sent is not None
    assert sent.ok
    assert ada.errors() == []
    code, seconds = await second.stop()
    assert code == 0
    assert seconds < 10
    await processes.connected(0)
    assert second.errors == []
    assert "xapp" not in second.log.read_text()
    assert "ticket=" not in second.log.read_text()


def block(person: SlackPerson, key: str) -> str:
    """The box of a question, by the key of the question."""
    view = person.modal()
    assert view is not None, person.errors()
    return next(str(one["block_id"]) for one in view.blocks if str(one.get("block_id", "")).startswith(f"{key}:"))
