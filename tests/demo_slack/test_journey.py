"""A whole conversation through a real Bolt app: command, modal, errors, redraw, message, App Home."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.demo.slack import StandIn, Workspace
from tests.demo_slack.conftest import MovableClock

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def briefing_form(**more: Any) -> Json:
    choices = [{"text": plain(name), "value": name.lower()} for name in ("Signs of Safety", "Levels of need")]
    return {
        "type": "modal",
        "callback_id": "booking",
        "title": plain("Book a briefing"),
        "submit": plain("Book"),
        "private_metadata": "conversation-1:0",
        "blocks": [
            {
                "type": "input",
                "block_id": "which",
                "label": plain("Which briefing?"),
                "element": {"type": "radio_buttons", "action_id": "answer", "options": choices},
            },
            {
                "type": "input",
                "block_id": "needs",
                "label": plain("Anything we should know?"),
                "optional": True,
                "element": {"type": "plain_text_input", "action_id": "answer", "multiline": True},
            },
        ],
        **more,
    }


def booking_app(app: AsyncApp) -> list[Json]:
    """Opens the form on /herald book, refuses "Levels of need" because it is full, and confirms anything else."""
    heard: list[Json] = []

    @app.command("/herald")
    async def book(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=briefing_form())
        await ack()

    @app.view("booking")
    async def submitted(ack: Any, body: Json, view: Json) -> None:
        heard.append(body)
        chosen = view["state"]["values"]["which"]["answer"]["selected_option"]["value"]
        if chosen == "levels of need":
            await ack(response_action="errors", errors={"which": "This briefing is full. Choose another."})
            return
        done = {"type": "section", "text": {"type": "mrkdwn", "text": "You are booked: *B-2026-0001*"}}
        await ack(
            response_action="update",
            view={"type": "modal", "title": plain("Booked"), "blocks": [done]},
        )

    return heard


async def test_a_person_books_a_briefing_after_choosing_a_full_one(stand_in: StandIn, app: AsyncApp) -> None:
    heard = booking_app(app)
    ada = stand_in.person("ada@example.org")

    assert (await ada.command("/herald", "book signs of safety")).ok
    form = ada.modal()
    assert form is not None
    assert form.sees("Which briefing?")

    assert await ada.submit() is None
    assert ada.errors() == ["Please complete this required field."]

    ada.fill("Which briefing?", "Levels of need")
    ada.fill("Anything we should know?", "I use a wheelchair")
    await ada.submit()
    assert ada.errors() == ["This briefing is full. Choose another."]

    ada.fill("Which briefing?", "Signs of Safety")
    await ada.submit()
    booked = ada.modal()
    assert booked is not None
    assert booked.title == "Booked"
    assert ada.sees("You are booked: B-2026-0001")

    values = heard[-1]["view"]["state"]["values"]
    assert values["needs"]["answer"] == {"type": "plain_text_input", "value": "I use a wheelchair"}
    assert heard[-1]["view"]["private_metadata"] == "conversation-1:0"
    assert heard[-1]["view"]["root_view_id"] == form.root
    await ada.close()
    assert ada.modal() is None


async def test_a_form_opened_after_three_seconds_is_refused(
    stand_in: StandIn, app: AsyncApp, clock: MovableClock
) -> None:
    seen: list[str] = []

    @app.command("/herald")
    async def slow(ack: Any, body: Json, client: Any) -> None:
        clock.move(seconds=4)
        await client.views_open(trigger_id=body["trigger_id"], view=briefing_form())

    @app.error
    async def note(error: Any) -> None:
        seen.append(error.response["error"])

    ada = stand_in.person("ada@example.org")
    assert (await ada.command("/herald")).status == 500
    assert seen == ["expired_trigger_id"]
    assert ada.modal() is None


async def test_words_said_to_the_app_arrive_escaped_and_the_answer_is_seen(stand_in: StandIn, app: AsyncApp) -> None:
    heard: list[Json] = []

    @app.event("message")
    async def answer(event: Json, client: Any) -> None:
        heard.append(event)
        await client.chat_postMessage(channel=event["channel"], text="Try `/herald help`.")

    ada = stand_in.person("ada@example.org")
    assert (await ada.say("What <now> & then?")).ok
    assert heard[0]["text"] == "What &lt;now&gt; &amp; then?"
    assert heard[0]["channel_type"] == "im"
    assert ada.sees("What <now> & then?")
    assert ada.sees("Try /herald help.")


async def test_a_button_in_a_message_is_pressed_and_the_message_changes(stand_in: StandIn, app: AsyncApp) -> None:
    heard: list[Json] = []

    @app.action("acknowledge")
    async def acknowledge(ack: Any, body: Json, client: Any) -> None:
        heard.append(body)
        channel, ts = body["channel"]["id"], body["message"]["ts"]
        await client.chat_update(channel=channel, ts=ts, text="Acknowledged", blocks=[])
        await ack()

    button = {"type": "button", "action_id": "acknowledge", "text": plain("I have seen this"), "value": "E-1"}
    ben = stand_in.person("ben@example.org")
    await app.client.chat_postMessage(
        channel=ben.member.id, text="An escalation", blocks=[{"type": "actions", "elements": [button]}]
    )
    assert (await ben.press("I have seen this")).ok
    assert [message.words for message in ben.messages()] == ["Acknowledged"]

    body = heard[0]
    assert body["container"]["type"] == "message"
    assert body["actions"][0]["value"] == "E-1"
    assert body["actions"][0]["text"]["text"] == "I have seen this"
    assert body["response_url"].startswith(stand_in.url)
    with pytest.raises(LookupError, match="finds no 'I have seen this'"):
        await ben.press("I have seen this")


async def test_app_home_is_published_and_a_choice_in_it_is_reported_at_once(stand_in: StandIn, app: AsyncApp) -> None:
    heard: list[Json] = []

    @app.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        choices = [{"text": plain(name), "value": name} for name in ("Slack", "E-mail")]
        radio = {"type": "radio_buttons", "action_id": "how", "options": choices}
        home = {"type": "home", "blocks": [{"type": "actions", "block_id": "b", "elements": [radio]}]}
        await client.views_publish(user_id=event["user"], view=home)

    @app.action("how")
    async def how(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack()

    ada = stand_in.person("U0ADA")
    await ada.open_home()
    assert ada.sees("E-mail")
    await ada.choose("how", "E-mail")
    assert heard[0]["actions"][0]["selected_option"]["value"] == "E-mail"
    assert heard[0]["view"]["state"]["values"]["b"]["how"]["selected_option"]["value"] == "E-mail"
    assert heard[0]["container"] == {"type": "view", "view_id": heard[0]["view"]["id"]}


async def test_an_app_that_says_nothing_is_reported_and_nothing_typed_is_lost(
    stand_in: StandIn, app: AsyncApp, workspace: Workspace
) -> None:
    booking_app(app)
    ada = stand_in.person("ada@example.org")
    await ada.command("/herald")
    ada.fill("which", "Signs of Safety")
    stand_in.door.url = "http://127.0.0.1:9"
    await ada.submit()
    form = ada.modal()
    assert form is not None
    assert form.typed["which", "answer"]["selected_option"]["value"] == "signs of safety"
    assert ada.errors() == ["We had some trouble connecting. Try again?"]
    assert "http_error" in workspace.complaints[0]
    await ada.command("/herald", "help")
    assert 'failed with the error "dispatch_failed"' in ada.errors()[0]


async def test_three_views_stand_on_each_other_and_a_fourth_does_not(stand_in: StandIn, app: AsyncApp) -> None:
    refused: list[str] = []

    @app.command("/herald")
    async def first(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=deeper())
        await ack()

    @app.action("deeper")
    async def push(ack: Any, body: Json, client: Any) -> None:
        await client.views_push(trigger_id=body["trigger_id"], view=deeper())
        await ack()

    @app.error
    async def note(error: Any) -> None:
        refused.append(error.response["error"])

    def deeper() -> Json:
        button = {"type": "button", "action_id": "deeper", "text": plain("Deeper")}
        return {"type": "modal", "title": plain("A step"), "blocks": [{"type": "actions", "elements": [button]}]}

    ada = stand_in.person("ada@example.org")
    await ada.command("/herald")
    root = ada.modal()
    assert root is not None
    for _ in range(3):
        await ada.press("Deeper")
    assert refused == ["push_limit_reached"]
    third = ada.modal()
    assert third is not None
    assert (third.root, third.previous != "") == (root.id, True)
    await ada.close()
    await ada.close()
    assert ada.modal() is root
