"""A world for each law, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.keyring import Keyring
from tests.clocks import MovingClock
from tests.drive import SURFACES
from tests.world import World, a_world


@pytest.fixture
async def world(database_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(database_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


@pytest.fixture(params=SURFACES, ids=lambda surface: surface.__name__)
def surface(request: pytest.FixtureRequest) -> type:
    """Each surface in turn."""
    chosen: type = request.param
    return chosen
