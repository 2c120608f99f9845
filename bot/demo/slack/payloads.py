"""What Slack sends to an app: events, slash commands and interactions, in Slack's own shapes.

Sources: docs.slack.dev reference/interaction-payloads (block_actions, view_submission, view_closed), apis/events-api,
interactivity/implementing-slash-commands.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping
from typing import Any

from bot.demo.slack import state
from bot.demo.slack.messages import message_json
from bot.demo.slack.records import Json, Member, Message, OpenView
from bot.demo.slack.seen import Part
from bot.demo.slack.view_methods import view_json
from bot.demo.slack.workspace import Workspace


def escaped(text: str) -> str:
    """Typed words as Slack passes them on: exactly &, < and > are escaped."""
    return html.escape(text, quote=False)


def event(workspace: Workspace, inner: Mapping[str, Any], *, event_id: str = "") -> Json:
    """An Events API envelope around one event."""
    app, team = workspace.app, workspace.team
    return {
        "token": app.verification_token,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": dict(inner),
        "type": "event_callback",
        "event_id": event_id or f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(workspace.clock().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team.id,
                "user_id": app.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_urlsafe(12)}",
    }


def message_event(workspace: Workspace, member: Member, message: Message) -> Json:
    """A direct message to the app (`message.im`)."""
    words = {"type": "text", "text": html.unescape(message.text)}
    section = {"type": "rich_text_section", "elements": [words]}
    return event(
        workspace,
        {
            "type": "message",
            "user": member.id,
            "ts": message.ts,
            "client_msg_id": secrets.token_hex(16),
            "text": message.text,
            "team": workspace.team.id,
            "blocks": [{"type": "rich_text", "block_id": workspace.new_id(), "elements": [section]}],
            "channel": member.channel,
            "event_ts": message.ts,
            "channel_type": "im",
        },
    )


def app_home_opened(workspace: Workspace, member: Member, *, tab: str) -> Json:
    """Somebody looks at the app: tab `home` or `messages`. A home that was published before comes along."""
    inner: Json = {
        "type": "app_home_opened",
        "user": member.id,
        "channel": member.channel,
        "tab": tab,
        "event_ts": workspace.messages.timestamp(),
    }
    home = workspace.views.homes.get(member.id)
    if home is not None and tab == "home":
        inner["view"] = view_json(workspace, home)
    return event(workspace, inner)


def command(workspace: Workspace, member: Member, *, name: str, text: str) -> dict[str, str]:
    """The form fields of a slash command given in the app's direct messages."""
    app, team = workspace.app, workspace.team
    return {
        "token": app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": member.channel,
        "channel_name": "directmessage",
        "user_id": member.id,
        "user_name": member.handle,
        "command": name,
        "text": text,
        "api_app_id": app.id,
        "is_enterprise_install": "false",
        "response_url": _response_url(workspace, member),
        "trigger_id": workspace.triggers.issue(member.id),
    }


def block_actions(workspace: Workspace, member: Member, *, part: Part, chosen: Json, place: Message | OpenView) -> Json:
    """A press or a choice in a message, a modal or App Home."""
    if isinstance(place, OpenView):
        modal = place.definition["type"] == "modal"
        about: Json = {
            "container": {"type": "view", "view_id": place.id},
            "view": view_json(workspace, place),
            "trigger_id": workspace.triggers.issue(member.id, view=place.id if modal else ""),
        }
    else:
        about = _about_message(workspace, member, place)
    return {
        "type": "block_actions",
        **_who(workspace, member),
        **about,
        "actions": [_action(workspace, part, chosen)],
    }


def view_submission(workspace: Workspace, member: Member, view: OpenView) -> Json:
    """The answers of a modal."""
    return {
        "type": "view_submission",
        **_who(workspace, member),
        "trigger_id": workspace.triggers.issue(member.id, view=view.id),
        "view": view_json(workspace, view),
        "response_urls": [],
    }


def view_closed(workspace: Workspace, member: Member, view: OpenView, *, is_cleared: bool) -> Json:
    """A modal was closed without sending; only for views that asked with `notify_on_close`."""
    return {
        "type": "view_closed",
        **_who(workspace, member),
        "view": view_json(workspace, view),
        "is_cleared": is_cleared,
    }


def _who(workspace: Workspace, member: Member) -> Json:
    team = workspace.team
    return {
        "team": {"id": team.id, "domain": team.domain},
        "user": {"id": member.id, "username": member.handle, "name": member.handle, "team_id": team.id},
        "api_app_id": workspace.app.id,
        "token": workspace.app.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _about_message(workspace: Workspace, member: Member, message: Message) -> Json:
    private = bool(message.ephemeral_for)
    about: Json = {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": private,
        },
        "channel": {"id": message.channel, "name": "directmessage"},
        "state": {"values": state.values(message.blocks, message.typed)},
        "response_url": _response_url(workspace, member, message=message.ts),
        "trigger_id": workspace.triggers.issue(member.id),
    }
    if not private:
        about["message"] = message_json(message, bot=workspace.bot_json, team=workspace.team.id)
    return about


def _action(workspace: Workspace, part: Part, chosen: Json) -> Json:
    element = part.element
    action: Json = {
        "type": element["type"],
        "action_id": part.action_id,
        "block_id": part.block_id,
        "action_ts": workspace.messages.timestamp(),
        **{key: element[key] for key in ("text", "value", "url", "style") if key in element},
    }
    return action | {key: value for key, value in chosen.items() if key != "type"}


def _response_url(workspace: Workspace, member: Member, *, message: str = "") -> str:
    key = workspace.messages.address(member.channel, member.id, message=message)
    return f"{workspace.base_url.rstrip('/')}/response/{key}"
