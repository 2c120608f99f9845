"""The stand-in's Socket Mode, judged by Slack's own client: what works here works in Slack."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import Refuses, StandIn

Json = dict[str, Any]


@pytest.fixture
async def by_socket(stand_in: StandIn, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=stand_in.workspace.team.id, bot_token=stand_in.bot_token)

    bolt = AsyncApp(authorize=authorize, process_before_response=True, client=client)
    handler = AsyncSocketModeHandler(bolt, stand_in.app_token, ping_interval=0.1)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left this one without types
    yield bolt
    await handler.close_async()  # type: ignore[no-untyped-call]  # as above


async def opened(stand_in: StandIn, client: AsyncWebClient) -> aiohttp.ClientWebSocketResponse:
    answer = await client.apps_connections_open(app_token=stand_in.app_token)
    session = aiohttp.ClientSession()
    ws = await session.ws_connect(str(answer["url"]), autoping=False)
    SESSIONS.append(session)
    return ws


SESSIONS: list[aiohttp.ClientSession] = []


@pytest.fixture(autouse=True)
async def sessions() -> AsyncIterator[None]:
    yield
    while SESSIONS:
        await SESSIONS.pop().close()


async def test_slacks_own_client_hears_and_answers_everything(stand_in: StandIn, by_socket: AsyncApp) -> None:
    heard: list[str] = []

    @by_socket.command("/herald")
    async def command(ack: Any, body: Json) -> None:
        heard.append(body["text"])
        await ack(text="Heard you")

    @by_socket.event("message")
    async def message(body: Json) -> None:
        heard.append(body["event"]["text"])

    ada = stand_in.person("ada@example.org")
    assert (await ada.command("/herald", "help")).ok
    assert ada.sees("Heard you")
    assert (await ada.say("good morning")).ok
    assert heard == ["help", "good morning"]
    assert stand_in.sockets.unacknowledged == 0


async def test_slacks_own_client_comes_back_and_gets_what_it_had_not_acknowledged(
    stand_in: StandIn, by_socket: AsyncApp
) -> None:
    heard: list[str] = []

    @by_socket.event("message")
    async def message(body: Json) -> None:
        heard.append(body["event"]["text"])

    stand_in.sockets.drop()
    assert await stand_in.workspace.until(lambda: not stand_in.sockets.connections)
    assert (await stand_in.person("ada@example.org").say("anybody there?")).ok
    assert heard == ["anybody there?"]
    assert stand_in.sockets.opened == 2


async def test_only_an_app_token_opens_a_socket(stand_in: StandIn, client: AsyncWebClient) -> None:
    for token, code in (("xapp-wrong", "invalid_auth"), (stand_in.bot_token, "not_allowed_token_type")):
        with pytest.raises(SlackApiError) as refused:
            await client.apps_connections_open(app_token=token)
        assert refused.value.response["error"] == code
    stand_in.workspace.faults.order("apps.connections.open", Refuses("internal_error"))
    with pytest.raises(SlackApiError):
        await client.apps_connections_open(app_token=stand_in.app_token)
    assert str((await client.apps_connections_open(app_token=stand_in.app_token))["url"]).startswith("ws://127.0.0.1:")


async def test_an_address_is_for_one_socket_and_eleven_are_too_many(stand_in: StandIn, client: AsyncWebClient) -> None:
    sockets = [await opened(stand_in, client) for _ in range(10)]
    hellos = [await ws.receive_json() for ws in sockets]
    assert [hello["num_connections"] for hello in hellos] == list(range(1, 11))
    assert {hello["type"] for hello in hellos} == {"hello"}
    eleventh = await opened(stand_in, client)
    assert (await eleventh.receive_json())["reason"] == "too_many_websockets"
    assert (await eleventh.receive()).type is aiohttp.WSMsgType.CLOSE
    for ws in sockets:
        await ws.close()
    answer = await client.apps_connections_open(app_token=stand_in.app_token)
    async with aiohttp.ClientSession() as session:
        await session.ws_connect(str(answer["url"]))
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(str(answer["url"]))


async def test_an_envelope_that_is_not_acknowledged_goes_to_another_socket_and_says_how_often(
    stand_in: StandIn, client: AsyncWebClient
) -> None:
    stand_in.sockets.again_after_s = 0.02
    lazy, busy = await opened(stand_in, client), await opened(stand_in, client)
    await lazy.receive_json()
    await busy.receive_json()
    saying = asyncio.create_task(stand_in.person("ada@example.org").say("hello"))
    first = await lazy.receive_json()
    second = await busy.receive_json()
    assert (first["retry_attempt"], second["retry_attempt"], second["retry_reason"]) == (0, 1, "timeout")
    assert first["envelope_id"] == second["envelope_id"]
    assert first["payload"]["event"]["text"] == "hello"
    await busy.send_json({"envelope_id": second["envelope_id"]})
    assert (await saying).ok


async def test_what_was_pressed_is_given_up_after_slacks_patience(stand_in: StandIn, client: AsyncWebClient) -> None:
    stand_in.door.patience = 0.05
    ws = await opened(stand_in, client)
    await ws.receive_json()
    ada = stand_in.person("ada@example.org")
    assert (await ada.command("/herald", "help")).trouble == "operation_timeout"
    assert "operation_timeout" in ada.errors()[0]
    assert stand_in.sockets.unacknowledged == 0


async def test_pings_are_answered_until_the_socket_goes_deaf(stand_in: StandIn, client: AsyncWebClient) -> None:
    ws = await opened(stand_in, client)
    await ws.receive_json()
    await ws.ping(b"there?")
    answer = await ws.receive()
    assert (answer.type, bytes(answer.data)) == (aiohttp.WSMsgType.PONG, b"there?")
    stand_in.sockets.deafen()
    await ws.ping(b"still there?")
    with pytest.raises(TimeoutError):
        await ws.receive(timeout=0.1)
    assert len(stand_in.sockets.connections) == 1, "Slack has not noticed"
    stand_in.sockets.drop()
    assert await stand_in.workspace.until(lambda: not stand_in.sockets.connections)
