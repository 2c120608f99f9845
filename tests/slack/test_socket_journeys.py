"""The journeys of a person in Slack once more, with all of Herald behind a socket: no address, no signing secret."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bot.keyring import Keyring
from tests.clocks import MovingClock
from tests.drive import OnSlack
from tests.journeys import test_booking, test_deadline, test_escalation, test_pledge, test_survey
from tests.world import World, a_world

Journey = Callable[[World, type], Awaitable[None]]
JOURNEYS: tuple[Journey, ...] = (
    test_pledge.test_a_pledge_made_anywhere_is_the_same_pledge,
    test_pledge.test_six_weeks_later_one_press_answers,
    test_survey.test_a_survey_answered_anywhere_is_the_same_answer,
    test_booking.test_a_seat_booked_anywhere_is_the_same_seat_with_a_calendar_entry,
    test_escalation.test_danger_comes_first_everywhere_and_nothing_of_it_is_kept,
    test_escalation.test_from_the_worry_to_i_have_this,
    test_deadline.test_done_by_one_press_after_a_restart,
)


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path, socket_mode=True) as made:
        yield made


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__.removeprefix("test_")[:50])
async def test_the_same_journey_through_a_socket(world: World, journey: Journey) -> None:
    await journey(world, OnSlack)
    assert world.stand_in.workspace.complaints == []
    assert world.stand_in.sockets.strange == []


async def test_nothing_can_be_posted_to_a_herald_that_slack_reaches_by_socket(world: World) -> None:
    async with httpx.AsyncClient(base_url=world.settings.base_url) as forger:
        answer = await forger.post("/slack/events", json={"type": "url_verification", "challenge": "c"})
    assert answer.status_code == 404
    assert answer.text.startswith("Slack reaches this Herald by Socket Mode.")
