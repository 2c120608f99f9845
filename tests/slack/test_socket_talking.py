"""The tests of the Slack door once more, with a socket in place of signed requests: nobody may notice a difference."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.keyring import Keyring
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.slack import test_acts_in_slack, test_home, test_people_in_slack, test_talking, test_words_in_slack
from tests.slack.conftest import people
from tests.slack.socket_world import SocketWorld, a_socket_world

Story = Callable[[SocketWorld], Awaitable[None]]
SUBJECTS = (test_talking, test_acts_in_slack, test_home, test_people_in_slack, test_words_in_slack)


def told_to(*fixtures: tuple[str, ...]) -> list[Story]:
    """Every test of the subjects that asks for nothing but a world."""
    found: list[Story] = []
    for subject in SUBJECTS:
        for name, story in vars(subject).items():
            if name.startswith("test_") and story.__code__.co_varnames[: story.__code__.co_argcount] in fixtures:
                found.append(story)
    return found


STORIES = [story for story in told_to(("world",), ("both_worlds",)) if not getattr(story, "pytestmark", None)]


@pytest.fixture
async def socket_world(
    sqlite_store: Store, clock: MovingClock, keyring: Keyring, tmp_path: Path, tea_time: None
) -> AsyncIterator[SocketWorld]:
    await people(sqlite_store)
    async with a_socket_world(sqlite_store, clock, keyring, tmp_path) as made:
        yield made


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_")[:60])
async def test_the_same_story_through_a_socket(socket_world: SocketWorld, story: Story) -> None:
    await story(socket_world)
    assert socket_world.stand_in.sockets.unacknowledged == 0
    assert socket_world.stand_in.sockets.strange == []
