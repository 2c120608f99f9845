"""What the templates need to draw Block Kit: filters from stored blocks to safe HTML and form names."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from bot.demo.slack import state
from bot.demo.slack.records import Message, OpenView
from bot.demo.slack.seen import Part
from bot.demo.slack.workspace import Workspace
from bot.rendering import slack_mrkdwn as mrkdwn
from bot.rendering.slack_limits.elements import options_of

LOCAL = ZoneInfo("Europe/London")


def environment(workspace: Workspace) -> Environment:
    """Templates with everything escaped by default. Optional keys of blocks may be missing, so undefined is falsy."""
    env = Environment(
        loader=PackageLoader("bot.demo.slack"),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def member_name(member: str) -> str:
        if member == workspace.app.bot_user:
            return workspace.app.name
        return next((m.name for m in workspace.members if m.id == member), member)

    env.filters |= {
        "groups_of": groups_of,
        "instant": lambda ts: _moment(ts).isoformat(),
        "label": lambda block, element: Part(block, element).label,
        "member_name": member_name,
        "mrkdwn": lambda text: mrkdwn.to_html(text, name_of=member_name),
        "options_of": options_of,
        "part_name": lambda block, element: part_name(Part(block, element)),
        "picture": picture,
        "plain_html": mrkdwn.plain_html,
        "rich_link": lambda e: Markup(mrkdwn.link(e["url"], e.get("text") or e["url"])),  # noqa: S704 - link() escapes
        "state_values": state_values,
        "when": lambda ts: _moment(ts).astimezone(LOCAL).strftime("%a %-d %b, %H:%M"),
    }
    return env


def part_name(part: Part) -> str:
    """The name of an element in a form: block and action id, each quoted, with a slash between."""
    return f"{quote(part.block_id, safe='')}/{quote(part.action_id, safe='')}"


def groups_of(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options of a menu in their groups; one group without a label when there are none."""
    groups = element.get("option_groups")
    if not groups:
        return [{"label": "", "options": list(element.get("options", ()))}]
    return [{"label": group["label"]["text"], "options": group["options"]} for group in groups]


def picture(address: str) -> str:
    """The address of a picture; anything but http(s) is not fetched."""
    return html.unescape(address) if address.startswith(("http://", "https://")) else ""


def state_values(place: Message | OpenView) -> dict[str, Any]:
    """What stands in the controls of a message or view at the moment."""
    return state.values(place.blocks, place.typed)


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
