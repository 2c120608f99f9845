"""What Slack sends, signed and ready to go: the forms of a talk filled in by many people, and a bare command."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from benchmarks.load import post
from benchmarks.servers import SIGNING_SECRET

EVENTS = "/slack/events"
TEAM = {"id": "T0BENCH", "domain": "northmere"}
WRITTEN = "More time to talk to each other before a meeting, and the papers a day earlier."


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that somebody has in front of them."""

    slack_id: str
    view: Mapping[str, Any]


def submissions(forms: Sequence[OpenForm]) -> list[bytes]:
    """Each form filled in and sent by its person. Signed now: good for five minutes."""
    return [_signed({"payload": json.dumps(_submission(form, number))}) for number, form in enumerate(forms)]


def commands(count: int) -> list[bytes]:
    """As many `/herald` commands."""
    return [_signed(_command(number)) for number in range(count)]


def filled_in(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """The view as Slack sends it back: the first choice everywhere, and something written in every other box."""
    values = {
        block["block_id"]: {block["element"]["action_id"]: FILLED[block["element"]["type"]](block["element"])}
        for block in view["blocks"]
        if block["type"] == "input"
    }
    return {**view, "state": {"values": values}}


def _chosen(element: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": element["type"], "selected_option": element["options"][0]}


def _ticked(element: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": element["type"], "selected_options": element["options"][:1]}


def _counted(element: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": element["type"], "value": "7"}


def _written(element: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": element["type"], "value": WRITTEN}


FILLED: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "radio_buttons": _chosen,
    "static_select": _chosen,
    "checkboxes": _ticked,
    "number_input": _counted,
    "plain_text_input": _written,
}


def _signed(fields: Mapping[str, str]) -> bytes:
    body = urlencode(fields).encode()
    stamp = str(int(time.time()))
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=stamp, body=body)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": str(signature),
    }
    return post(EVENTS, body, headers)


def _submission(form: OpenForm, number: int) -> Mapping[str, Any]:
    return {
        "type": "view_submission",
        "team": TEAM,
        "user": {"id": form.slack_id, "username": "ada", "name": "ada", "team_id": TEAM["id"]},
        "api_app_id": "A0BENCH",
        "token": "",
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": f"{number:08d}.{form.slack_id}.{time.monotonic_ns()}",
        "view": {
            **filled_in(form.view),
            "id": f"V{number:08d}",
            "hash": f"{number:08d}.bench",
            "team_id": TEAM["id"],
            "app_id": "A0BENCH",
            "bot_id": "B0BENCH",
            "app_installed_team_id": TEAM["id"],
        },
        "response_urls": [],
    }


def _command(number: int) -> Mapping[str, str]:
    return {
        "token": "",
        "team_id": TEAM["id"],
        "team_domain": TEAM["domain"],
        "channel_id": "D0BENCH",
        "channel_name": "directmessage",
        "user_id": f"U{number:08d}",
        "user_name": "ada",
        "command": "/herald",
        "text": "help",
        "api_app_id": "A0BENCH",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0BENCH/1/bench",
        "trigger_id": f"{number:08d}.command",
    }
