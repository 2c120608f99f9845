"""Slack's payloads as typed values: who did what, where, and the key that makes twice into once (law 2)."""

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.rules.storable import storable
from storage.unit_of_work import UnitOfWork

Payload = Mapping[str, Any]
SOURCE = "slack"
LINK = re.compile(r"<(?:mailto:|tel:)?((?:https?://)?[^<>|@#!][^<>|]*)(?:\|([^<>]*))?>")
LONGEST_ID = 64
"""More than any of Slack's ids; they have no documented limit (docs.slack.dev: store them as they come)."""


class Where(StrEnum):
    """What the person has in front of them, which decides how they are answered."""

    COMMAND = "command"
    ACTION = "action"
    SUBMISSION = "submission"
    CLOSED = "closed"
    MESSAGE = "message"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that came in. `keys` are recorded in the transaction of its effect; `again` says Slack repeats it."""

    where: Where
    slack_id: str
    keys: tuple[str, ...]
    team_id: str = ""
    channel: str = ""
    trigger_id: str = ""
    text: str = ""
    action_id: str = ""
    value: str = ""
    message: Payload = field(default_factory=dict)
    view: Payload = field(default_factory=dict)
    again: bool = False


def read_command(body: Payload) -> Inbound:
    """A slash command."""
    return Inbound(
        Where.COMMAND,
        slack_id=_id(body.get("user_id")),
        keys=(_key("command", body),),
        team_id=_words(body.get("team_id")),
        channel=_words(body.get("channel_id")),
        trigger_id=_words(body.get("trigger_id")),
        text=_words(body.get("text")),
    )


def read_interaction(body: Payload, where: Where) -> Inbound:
    """A press, a submission, or a form that was closed."""
    user, container = _part(body, "user"), _part(body, "container")
    action = _first_action(body)
    return Inbound(
        where,
        slack_id=_id(user.get("id")),
        keys=(_key(where.value, body),),
        team_id=_words(_part(body, "view").get("app_installed_team_id") or _part(body, "team").get("id")),
        channel=_words(_part(body, "channel").get("id") or container.get("channel_id")),
        trigger_id=_words(body.get("trigger_id")),
        action_id=_words(action.get("action_id")),
        value=_words(action.get("value")),
        message={} if container.get("is_ephemeral") else _part(body, "message"),
        view=_part(body, "view"),
    )


def read_event(body: Payload, where: Where, *, again: bool) -> Inbound | None:
    """A direct message or a look at App Home; None for what is nobody's own words: bots, edits, deletions, channels.

    A message has two keys: Slack sends the same one under a new `event_id` at times (node-slack-sdk #2141).
    """
    event = _part(body, "event")
    slack_id = _id(event.get("user"))
    if not slack_id or event.get("bot_id") or event.get("subtype"):
        return None
    keys: tuple[str, ...] = (f"event:{_words(body.get('event_id'))}",)
    if where is Where.MESSAGE:
        if event.get("channel_type") != "im":
            return None
        keys = (*keys, f"message:{_words(event.get('channel'))}:{_words(event.get('ts'))}")
    return Inbound(
        where,
        slack_id=slack_id,
        keys=keys,
        team_id=_words(body.get("team_id")),
        channel=_words(event.get("channel")),
        text=_as_typed(_words(event.get("text"))),
        again=again,
    )


async def first_time(uow: UnitOfWork, inbound: Inbound) -> bool:
    """Records that this came in; False when any of its keys came before."""
    return all([await uow.conversations.first_time(SOURCE, key) for key in inbound.keys])


def _as_typed(text: str) -> str:
    """What the person wrote: Slack makes links of addresses and numbers, and escapes `&`, `<`, `>` (formatting)."""
    return html.unescape(LINK.sub(lambda link: link[2] or link[1], text))


def _id(given: object) -> str:
    """The id of a member, letters and digits; empty for anything else, which is then nobody's."""
    return given if isinstance(given, str) and given.isascii() and given.isalnum() and len(given) <= LONGEST_ID else ""


def _words(given: object) -> str:
    return storable(str(given or ""))


def _key(kind: str, body: Payload) -> str:
    """Slack's own id for this interaction: the trigger, since a form that only shows errors keeps its hash."""
    if body.get("trigger_id"):
        return f"{kind}:{_words(body['trigger_id'])}"
    view, action = _part(body, "view"), _first_action(body)
    state = json.dumps(view.get("state") or {}, sort_keys=True)
    said = f"{view.get('id')}:{view.get('hash')}:{action.get('action_ts')}:{body.get('response_url')}:{state}"
    return f"{kind}:{hashlib.sha256(storable(said).encode()).hexdigest()}"


def _first_action(body: Payload) -> Payload:
    return next((action for action in body.get("actions") or () if isinstance(action, Mapping)), {})


def _part(body: Payload, name: str) -> Payload:
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}
