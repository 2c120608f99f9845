"""One message, one form and one home with everything the stand-in can draw, and an app that shows them."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def choices(*names: str) -> list[Json]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def question(label: str, kind: str, **more: Any) -> Json:
    block_id = label.lower().replace(" ", "-")
    element = {"type": kind, "action_id": "answer", **more}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, "optional": True}


SURE = {"title": plain("Cancel your place?"), "text": mrkdwn("Somebody on the list is *offered* it.")}
CONFIRM = {**SURE, "confirm": plain("Yes, cancel"), "deny": plain("Keep it")}

RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "Rich "},
                {"type": "text", "text": "words", "style": {"bold": True}},
                {"type": "link", "url": "https://example.org/guide", "text": " and a link"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "A point"}]}],
        },
    ],
}

MESSAGE = [
    {"type": "header", "text": plain("Two briefings have places")},
    {
        "type": "section",
        "text": mrkdwn("*Signs of Safety*\nThursday 10 December, 12:00 at <https://example.org/hall|the town hall>"),
        "accessory": button("Book a place", "book", style="primary", value="sos"),
    },
    {"type": "section", "fields": [mrkdwn("*Seats*\n2 of 30"), mrkdwn("*For*\nLevels 2 and 3")]},
    {"type": "divider"},
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            button("Cancel my place", "cancel", style="danger", confirm=CONFIRM),
            button("Read more", "more", url="https://example.org/more"),
            {
                "type": "static_select",
                "action_id": "pick",
                "placeholder": plain("Another date"),
                "options": choices("Mon", "Tue"),
            },
            {"type": "overflow", "action_id": "dots", "options": choices("Not for me", "Ask later")},
        ],
    },
    {
        "type": "section",
        "text": mrkdwn("How shall we reach you?"),
        "accessory": {"type": "radio_buttons", "action_id": "how", "options": choices("Slack", "E-mail")},
    },
    RICH,
    {
        "type": "image",
        "image_url": "https://example.org/map.png",
        "alt_text": "A map of the town hall",
        "title": plain("Where it is"),
    },
    {"type": "context", "elements": [mrkdwn("Sent by _Herald_ &amp; the operations team <script>alert(1)</script>")]},
]

FORM = {
    "type": "modal",
    "callback_id": "survey",
    "title": plain("Working together"),
    "submit": plain("Send"),
    "close": plain("Not now"),
    "blocks": [
        {"type": "section", "text": mrkdwn("Two minutes. Your answers are confidential.")},
        {
            **question("What is working well", "plain_text_input", multiline=True),
            "optional": False,
            "hint": plain("No names, please."),
        },
        question("How many years", "number_input", is_decimal_allowed=False, min_value="0"),
        question("Your sector", "static_select", options=choices("Health", "Police", "Schools")),
        question("Topics", "multi_static_select", options=choices("Housing", "Learning")),
        question("How safe do you feel", "radio_buttons", options=choices("Very", "Rather", "Not")),
        question("What helped", "checkboxes", options=choices("Supervision", "Training")),
        question("Since when", "datepicker"),
        question("At what time", "timepicker"),
        question("Your e-mail", "email_text_input"),
        {"type": "actions", "block_id": "back", "elements": [button("Back", "back")]},
    ],
}

HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Good morning, Ada")},
        {"type": "section", "text": mrkdwn("*2 things need you*")},
        {
            "type": "section",
            "text": mrkdwn("Survey: working together"),
            "accessory": button("Answer", "answer", style="primary"),
        },
        {"type": "actions", "elements": [button("Book a briefing", "book"), button("Make a pledge", "pledge")]},
    ],
}


def install(app: AsyncApp) -> list[Json]:
    """`/herald` opens the form, App Home is published, a message is answered with everything; notes what it hears."""
    heard: list[Json] = []

    @app.command("/herald")
    async def start(ack: Any, body: Json, client: Any) -> None:
        if body["text"] == "help":
            await ack("Write `survey`, `book` or `pledge`.")
            return
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        await ack()

    @app.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        await client.views_publish(user_id=event["user"], view=HOME)

    @app.event("message")
    async def message(event: Json, client: Any) -> None:
        await client.chat_postMessage(channel=event["channel"], text="Two briefings", blocks=MESSAGE)

    @app.action("answer")
    async def answer(ack: Any, body: Json, client: Any) -> None:
        heard.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        await ack()

    @app.action(re.compile(""))
    async def pressed(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack()

    @app.view("survey")
    async def sent(ack: Any, body: Json) -> None:
        heard.append(body)
        words = body["view"]["state"]["values"]["what-is-working-well"]["answer"]["value"]
        if "child" in words:
            await ack(response_action="errors", errors={"what-is-working-well": "Please leave out the name."})
            return
        done = {"type": "section", "text": mrkdwn("Thank you. Your reference is *S-2026-0001*.")}
        await ack(response_action="update", view={"type": "modal", "title": plain("Sent"), "blocks": [done]})

    return heard
