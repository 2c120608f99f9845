"""The Web API's chat, conversations and people methods. Each takes the arguments and returns the answer's body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.demo.slack.messages import message_json
from bot.demo.slack.records import Json, Member, Message, SlackRefusal
from bot.demo.slack.workspace import Workspace
from bot.rendering.slack_limits import MESSAGE_CHARACTERS_REFUSED, message_characters, problems_in_blocks

Arguments = Mapping[str, Any]


def auth_test(workspace: Workspace, _given: Arguments) -> Json:
    """Who the token belongs to."""
    app, team = workspace.app, workspace.team
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": app.name.lower(),
        "team_id": team.id,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def post_message(workspace: Workspace, given: Arguments) -> Json:
    """chat.postMessage into a member's direct messages; `channel` may be the channel or the member."""
    member = _reachable(workspace, _required(given, "channel"))
    text, blocks = content_of(given)
    message = workspace.messages.post(member.channel, workspace.app.bot_user, text, blocks=blocks)
    answer: Json = {"channel": member.channel, "ts": message.ts, "message": _shown(workspace, message)}
    if blocks and not text:
        answer |= {
            "warning": "missing_text_in_message",
            "response_metadata": {"warnings": ["missing_text_in_message"]},
        }
    return answer


def update(workspace: Workspace, given: Arguments) -> Json:
    """chat.update of one of the app's own messages."""
    member = workspace.in_channel(_required(given, "channel"))
    message = workspace.messages.find(member.channel, _required(given, "ts"))
    if message.author != workspace.app.bot_user:
        raise SlackRefusal("cant_update_message")
    text, blocks = content_of(given)
    changed = workspace.messages.update(
        message,
        text=text if "text" in given else None,
        blocks=blocks if "blocks" in given else None,
    )
    return {
        "channel": member.channel,
        "ts": changed.ts,
        "text": changed.text,
        "message": _shown(workspace, changed),
    }


def post_ephemeral(workspace: Workspace, given: Arguments) -> Json:
    """chat.postEphemeral: only this member sees it, and it is not kept."""
    member = _reachable(workspace, _required(given, "channel"))
    if workspace.member(_required(given, "user")) != member:
        raise SlackRefusal("user_not_in_channel")
    text, blocks = content_of(given)
    posted = workspace.messages.post(member.channel, workspace.app.bot_user, text, blocks=blocks, only_for=member.id)
    return {"message_ts": posted.ts}


def open_conversation(workspace: Workspace, given: Arguments) -> Json:
    """conversations.open with one member; group messages are not part of the stand-in."""
    names = [name.strip() for name in str(given.get("users", "")).split(",") if name.strip()]
    if given.get("channel"):
        member = workspace.in_channel(str(given["channel"]))
    elif not names:
        raise SlackRefusal("users_list_not_supplied")
    elif len(names) > 1:
        raise SlackRefusal("method_not_supported_for_channel_type")
    else:
        member = workspace.member(names[0])
    if member.deactivated:
        raise SlackRefusal("user_disabled")
    return {"channel": {"id": member.channel, "is_im": True, "user": member.id}}


def history(workspace: Workspace, given: Arguments) -> Json:
    """conversations.history of the app's own direct messages, newest first."""
    member = workspace.in_channel(_required(given, "channel"))
    oldest, latest = _instant(given, "oldest", 0.0), _instant(given, "latest", float("inf"))
    shown = [
        message
        for message in reversed(workspace.messages.channels[member.channel])
        if not message.ephemeral_for and oldest < float(message.ts) <= latest
    ]
    page, cursor = _page(shown, given, most=999)
    return {
        "messages": [_shown(workspace, message) for message in page],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def users_info(workspace: Workspace, given: Arguments) -> Json:
    """users.info by member id."""
    return {"user": _profile(workspace, workspace.member(_required(given, "user", code="user_not_found")))}


def lookup_by_email(workspace: Workspace, given: Arguments) -> Json:
    """users.lookupByEmail; strangers and deactivated members are `users_not_found`."""
    member = workspace.by_email(_required(given, "email"))
    if member is None or member.deactivated:
        raise SlackRefusal("users_not_found")
    return {"user": _profile(workspace, member)}


def users_list(workspace: Workspace, given: Arguments) -> Json:
    """users.list in pages."""
    page, cursor = _page(workspace.members, given, most=1000)
    return {
        "members": [_profile(workspace, member) for member in page],
        "response_metadata": {"next_cursor": cursor},
    }


def content_of(given: Arguments) -> tuple[str, Sequence[Json]]:
    """Text and blocks of a message. Raises SlackRefusal `no_text`, `invalid_blocks` or `msg_blocks_too_long`."""
    blocks = given.get("blocks")
    text = given.get("text")
    if text is not None and not isinstance(text, str):
        raise SlackRefusal("invalid_arguments", messages=("[ERROR] must be a string [json-pointer:/text]",))
    if blocks is not None and not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    if blocks:
        problems = problems_in_blocks(blocks, "message")
        if problems:
            said = tuple(f"[ERROR] {p.words} [json-pointer:{p.pointer}]" for p in problems)
            raise SlackRefusal("invalid_blocks", messages=said)
        if message_characters(blocks) > MESSAGE_CHARACTERS_REFUSED:
            raise SlackRefusal("msg_blocks_too_long")
    elif not (text or "").strip():
        raise SlackRefusal("no_text")
    return text or "", blocks or []


def _reachable(workspace: Workspace, channel: str) -> Member:
    member = workspace.in_channel(channel)
    if member.deactivated:
        raise SlackRefusal("is_inactive")
    return member


def _required(given: Arguments, key: str, *, code: str = "invalid_arguments") -> str:
    value = given.get(key)
    if not value:
        raise SlackRefusal(code, messages=(f"[ERROR] missing required field: {key}",))
    return str(value)


def _instant(given: Arguments, key: str, default: float) -> float:
    try:
        return float(given.get(key) or default)
    except (TypeError, ValueError) as broken:
        raise SlackRefusal(f"invalid_ts_{key}") from broken


def _page(things: Sequence[Any], given: Arguments, *, most: int) -> tuple[Sequence[Any], str]:
    limit, cursor = str(given.get("limit") or most), str(given.get("cursor") or "0")
    if not re.fullmatch(r"\d{1,6}", limit):
        raise SlackRefusal("invalid_limit")
    if not re.fullmatch(r"\d{1,9}", cursor):
        raise SlackRefusal("invalid_cursor")
    start = int(cursor)
    end = start + max(1, min(int(limit), most))
    return things[start:end], str(end) if end < len(things) else ""


def _shown(workspace: Workspace, message: Message) -> Json:
    return message_json(message, bot=workspace.bot_json, team=workspace.team.id)


def _profile(workspace: Workspace, member: Member) -> Json:
    return {
        "id": member.id,
        "team_id": workspace.team.id,
        "name": member.handle,
        "deleted": member.deactivated,
        "real_name": member.name,
        "tz": member.timezone,
        "profile": {
            "real_name": member.name,
            "display_name": member.name,
            "email": member.email,
            "title": member.job_title,
        },
        "is_admin": False,
        "is_bot": False,
        "is_restricted": member.guest,
        "is_ultra_restricted": member.guest,
        "is_email_confirmed": True,
    }
