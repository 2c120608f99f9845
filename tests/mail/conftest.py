"""A world with a listener for mail. Most of what is asked here does not depend on the database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.keyring import Keyring
from tests.clocks import MovingClock
from tests.world import World, a_world


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    """Northmere on SQLite."""
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


@pytest.fixture
async def any_world(database_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    """Northmere on each database."""
    async with a_world(database_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made
