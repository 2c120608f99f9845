"""The Web API as slack_sdk meets it: tokens, codes, limits, faults, pace."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import (
    App,
    Hang,
    Pace,
    RateLimited,
    Refuses,
    Reset,
    ServerError,
    StandIn,
    Workspace,
    running_stand_in,
)
from tests.demo_slack.conftest import ADA, LEE, SECRET, MovableClock

Json = dict[str, Any]


def home(text: str = "Hello") -> Json:
    return {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}


async def code(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_the_token_says_who_the_app_is(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["team_id"]) == ("U0HERALD1", "T0HERALD1")


async def test_without_a_token_with_a_wrong_one_and_with_a_revoked_one(stand_in: StandIn) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{stand_in.api_url}auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"
    assert await code(AsyncWebClient("xoxb-other", base_url=stand_in.api_url).auth_test()) == "invalid_auth"
    stand_in.workspace.revoke_tokens()
    known = AsyncWebClient(stand_in.bot_token, base_url=stand_in.api_url)
    assert await code(known.auth_test()) == "token_revoked"


async def test_a_scope_that_was_not_granted_is_missing(clock: MovableClock) -> None:
    workspace = Workspace([ADA], clock=clock, app=App(scopes=frozenset({"chat:write"})))
    async with running_stand_in(workspace=workspace, signing_secret=SECRET) as stand_in:
        client = AsyncWebClient(stand_in.bot_token, base_url=stand_in.api_url)
        assert await code(client.users_info(user=ADA.id)) == "missing_scope"


async def test_people_are_found_by_mail_address_in_any_case(client: AsyncWebClient) -> None:
    found = await client.users_lookupByEmail(email="ADA@example.org")
    assert (found["user"]["id"], found["user"]["profile"]["email"]) == ("U0ADA", "ada@example.org")
    assert await code(client.users_lookupByEmail(email="nobody@example.org")) == "users_not_found"
    assert await code(client.users_lookupByEmail(email=LEE.email)) == "users_not_found"
    assert await code(client.users_info(user="U0NOBODY")) == "user_not_found"
    assert (await client.users_info(user="U0GIL"))["user"]["is_restricted"] is True


async def test_the_list_of_people_comes_in_pages(client: AsyncWebClient) -> None:
    first = await client.users_list(limit=3)
    rest = await client.users_list(limit=3, cursor=first["response_metadata"]["next_cursor"])
    assert [len(first["members"]), len(rest["members"])] == [3, 1]
    assert rest["response_metadata"]["next_cursor"] == ""
    assert rest["members"][0]["deleted"] is True


async def test_a_conversation_is_opened_written_to_and_read(client: AsyncWebClient) -> None:
    channel = (await client.conversations_open(users="U0ADA"))["channel"]["id"]
    posted = await client.chat_postMessage(channel=channel, text="Good morning")
    await client.chat_postMessage(channel="U0ADA", text="By member id")
    history = await client.conversations_history(channel=channel)
    assert [message["text"] for message in history["messages"]] == ["By member id", "Good morning"]
    assert history["messages"][1]["ts"] == posted["ts"]
    assert await code(client.chat_postMessage(channel="C0GENERAL", text="x")) == "channel_not_found"
    assert await code(client.conversations_open(users="U0LEE")) == "user_disabled"
    assert await code(client.chat_postMessage(channel="U0LEE", text="x")) == "is_inactive"


async def test_an_update_keeps_blocks_that_are_not_mentioned(client: AsyncWebClient, stand_in: StandIn) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Block"}}]
    posted = await client.chat_postMessage(channel="U0ADA", text="Text", blocks=blocks)
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Other")
    (message,) = stand_in.person("U0ADA").messages()
    assert (message.text, message.words, message.edited) == ("Other", "Block", True)
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Other", blocks=[])
    assert stand_in.person("U0ADA").messages()[0].words == "Other"
    assert await code(client.chat_update(channel=posted["channel"], ts="1.000001", text="x")) == "message_not_found"


async def test_only_one_person_sees_an_ephemeral_message(client: AsyncWebClient, stand_in: StandIn) -> None:
    await client.chat_postEphemeral(channel=ADA.channel, user="U0ADA", text="Only you")
    ada = stand_in.person("U0ADA")
    assert [message.words for message in ada.ephemeral()] == ["Only you"]
    assert ada.messages() == []
    assert (await client.conversations_history(channel=ADA.channel))["messages"] == []
    outside = client.chat_postEphemeral(channel=ADA.channel, user="U0BEN", text="x")
    assert await code(outside) == "user_not_in_channel"


async def test_a_message_without_words_and_one_with_too_many(client: AsyncWebClient) -> None:
    assert await code(client.api_call("chat.postMessage", json={"channel": "U0ADA"})) == "no_text"
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 5
    assert await code(client.chat_postMessage(channel="U0ADA", text="Words", blocks=long)) == "msg_blocks_too_long"


async def test_wrong_blocks_are_named_with_a_pointer(client: AsyncWebClient) -> None:
    wrong = [{"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}, {"type": "banner"}]
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="U0ADA", text="Words", blocks=wrong)
    answer = refused.value.response
    assert answer["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/0/text/text]" in answer["response_metadata"]["messages"][0]
    assert "unsupported type: banner" in answer["response_metadata"]["messages"][1]


async def test_forms_and_json_are_both_understood(stand_in: StandIn) -> None:
    blocks = [{"type": "divider"}]
    fields = {"channel": "U0ADA", "text": "As a form", "blocks": json.dumps(blocks), "token": stand_in.bot_token}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{stand_in.api_url}chat.postMessage", data=fields) as answer:
            assert (await answer.json())["ok"] is True
        async with session.post(f"{stand_in.api_url}chat.postMessage", data={**fields, "blocks": "["}) as answer:
            assert (await answer.json())["error"] == "invalid_blocks_format"
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {stand_in.bot_token}"}
        async with session.post(f"{stand_in.api_url}auth.test", data=b"{nonsense", headers=headers) as answer:
            assert (await answer.json())["error"] == "invalid_json"
        async with session.post(f"{stand_in.api_url}files.upload", data=fields) as answer:
            assert (await answer.json())["error"] == "unknown_method"


async def test_app_home_is_guarded_by_its_hash(client: AsyncWebClient) -> None:
    first = await client.views_publish(user_id="U0ADA", view=home())
    second = await client.views_publish(user_id="U0ADA", view=home("Again"), hash=first["view"]["hash"])
    assert second["view"]["id"] == first["view"]["id"]
    stale = client.views_publish(user_id="U0ADA", view=home("Late"), hash=first["view"]["hash"])
    assert await code(stale) == "hash_conflict"


async def test_a_view_must_be_right_and_must_exist(client: AsyncWebClient) -> None:
    assert await code(client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": []})) == "invalid_arguments"
    assert await code(client.views_open(trigger_id="1.2.3", view=home())) == "invalid_arguments"
    heavy = {"type": "home", "blocks": home()["blocks"], "private_metadata": "x" * 250_000}
    assert await code(client.views_publish(user_id="U0ADA", view=heavy)) == "view_too_large"
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "Hi"}, "blocks": home()["blocks"]}
    assert await code(client.views_open(trigger_id="1.2.3", view=modal)) == "invalid_trigger_id"
    assert await code(client.views_update(view_id="V0", view=modal)) == "not_found"


async def test_a_trigger_is_exchanged_once_and_lives_three_seconds(
    client: AsyncWebClient, workspace: Workspace, clock: MovableClock
) -> None:
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "Hi"}, "blocks": home()["blocks"]}
    trigger = workspace.triggers.issue("U0ADA")
    await client.views_open(trigger_id=trigger, view=modal)
    assert await code(client.views_open(trigger_id=trigger, view=modal)) == "exchanged_trigger_id"
    late = workspace.triggers.issue("U0ADA")
    clock.move(seconds=3.5)
    assert await code(client.views_open(trigger_id=late, view=modal)) == "expired_trigger_id"


async def test_ordered_faults_strike_once_each_and_in_order(client: AsyncWebClient, workspace: Workspace) -> None:
    workspace.faults.order("chat.postMessage", RateLimited(retry_after=7))
    workspace.faults.order("chat.postMessage", Refuses("messages_tab_disabled"), only={"channel": "U0ADA"})
    workspace.faults.order("chat.postMessage", ServerError())
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="U0BEN", text="x")
    assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (429, "7")
    with pytest.raises(SlackApiError) as broken:
        await client.chat_postMessage(channel="U0BEN", text="x")
    assert broken.value.response.status_code == 500
    assert await code(client.chat_postMessage(channel="U0ADA", text="x")) == "messages_tab_disabled"
    assert (await client.chat_postMessage(channel="U0ADA", text="x"))["ok"]
    assert [call.ok for call in workspace.calls("chat.postMessage")] == [False, False, False, True]


@pytest.mark.parametrize("done", [True, False])
async def test_a_broken_connection_leaves_the_app_uncertain(
    client: AsyncWebClient, stand_in: StandIn, done: bool
) -> None:
    stand_in.workspace.faults.order("chat.postMessage", Reset(done=done), times=2)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="U0ADA", text="Did you get this?")
    assert stand_in.person("U0ADA").sees("Did you get this?") is done


async def test_slack_may_be_silent_for_longer_than_the_app_waits(stand_in: StandIn) -> None:
    hasty = AsyncWebClient(stand_in.bot_token, base_url=stand_in.api_url, timeout=1)
    stand_in.workspace.faults.order("auth.test", Hang(seconds=1.5))
    with pytest.raises(TimeoutError):
        await hasty.auth_test()
    assert (await hasty.auth_test())["ok"]


async def test_slack_takes_one_message_a_second_and_channel_when_the_pace_is_on(
    client: AsyncWebClient, workspace: Workspace, clock: MovableClock
) -> None:
    workspace.limit_pace(Pace(burst=2))
    for _ in range(2):
        await client.chat_postMessage(channel="U0ADA", text="x")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="U0ADA", text="x")
    assert (limited.value.response["error"], limited.value.response.headers["Retry-After"]) == ("ratelimited", "1")
    await client.chat_postMessage(channel="U0BEN", text="another channel")
    clock.move(seconds=1)
    await client.chat_postMessage(channel="U0ADA", text="x")


async def test_the_retry_handler_of_slack_sdk_waits_as_told(client: AsyncWebClient, stand_in: StandIn) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler())
    stand_in.workspace.faults.order("chat.postMessage", RateLimited(retry_after=1))
    await client.chat_postMessage(channel="U0ADA", text="In the end")
    assert stand_in.person("U0ADA").sees("In the end")


async def test_a_person_can_wait_for_what_the_app_sends_later(client: AsyncWebClient, stand_in: StandIn) -> None:
    async def later() -> None:
        await asyncio.sleep(0.05)
        await client.chat_postMessage(channel="U0ADA", text="Later")

    sending = asyncio.create_task(later())
    ada = stand_in.person("U0ADA")
    assert await ada.will_see("Later")
    assert not await ada.will_see("Never", within=0.05)
    await sending
