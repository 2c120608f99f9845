"""What an app posts to a `response_url`: a private answer, a message, or a new text for the message it came from."""

from __future__ import annotations

import json

from bot.demo.slack.chat import content_of
from bot.demo.slack.records import Json, SlackRefusal
from bot.demo.slack.workspace import Workspace


def use_response_address(workspace: Workspace, key: str, body: bytes) -> None:
    """Acts on one post. Raises SlackRefusal as Slack does: used up, expired, unreadable, or wrong blocks."""
    address = workspace.messages.use_address(key)
    try:
        given: Json = json.loads(body)
    except ValueError as broken:
        raise SlackRefusal("invalid_payload", status=400) from broken
    messages = workspace.messages
    if given.get("delete_original"):
        messages.remove(address.channel, address.message)
        return
    text, blocks = content_of(given)
    original = next((m for m in messages.channels[address.channel] if m.ts == address.message), None)
    if original is not None and given.get("replace_original"):
        messages.update(original, text=text, blocks=blocks)
        return
    private = given.get("response_type", "ephemeral") == "ephemeral"
    messages.post(
        address.channel, workspace.app.bot_user, text, blocks=blocks, only_for=address.member if private else ""
    )
