"""What `herald doctor` finds out about the tokens, from Slack itself."""

from collections.abc import AsyncIterator

import pytest

from bot.demo.slack import ServerError, StandIn, Workspace, running_stand_in
from bot.settings import SlackSettings
from bot.slack_manifest import SCOPES
from handlers.slack.checks import Found, ask_slack
from tests.clocks import MovingClock
from tests.slack.conftest import ADA, SIGNING_SECRET


@pytest.fixture
async def stand_in(clock: MovingClock) -> AsyncIterator[StandIn]:
    async with running_stand_in(workspace=Workspace([ADA], clock=clock), signing_secret=SIGNING_SECRET) as running:
        yield running


async def asked(stand_in: StandIn, *, bot_token: str = "", app_token: str = "", api_url: str = "") -> list[Found]:
    slack = SlackSettings(
        bot_token or stand_in.bot_token, "", app_token or stand_in.app_token, api_url or stand_in.api_url
    )
    return await ask_slack(slack, scopes=SCOPES)


async def test_good_tokens_are_good(stand_in: StandIn) -> None:
    bot, app = await asked(stand_in)
    assert (bot.good, bot.found) == (True, "let into the workspace Stand-in workspace")
    assert (app.good, app.found) == (True, "Socket Mode: a connection may be opened")
    assert stand_in.sockets.opened == 0, "only asked"


async def test_a_token_that_slack_refuses_says_what_to_do(stand_in: StandIn) -> None:
    bot, app = await asked(stand_in, bot_token="xoxb-old", app_token="xapp-old")
    assert [one.found for one in (bot, app)] == ["Slack says no (invalid_auth)"] * 2
    assert "HERALD_SLACK_BOT_TOKEN" in bot.remedy
    assert "connections:write" in app.remedy
    assert "old" not in str((bot, app))


async def test_tokens_that_were_swapped_are_found_out(stand_in: StandIn) -> None:
    _, app = await asked(stand_in, app_token=stand_in.bot_token)
    assert app.found == "Slack says no (not_allowed_token_type)"


async def test_a_slack_that_cannot_be_reached_says_nothing_about_a_token(stand_in: StandIn) -> None:
    found = await asked(stand_in, api_url="http://127.0.0.1:9/api/")
    assert [(one.good, one.reached) for one in found] == [(False, False)] * 2
    stand_in.workspace.faults.order("*", ServerError(503), times=2)
    assert not any(one.good for one in await asked(stand_in))
