"""The Slack app as it is pasted into Slack: right for both ways, and within Slack's limits."""

import io
import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.cli.slack import as_yaml
from bot.keyring import Keyring
from bot.settings import Settings, SlackSettings
from bot.slack_manifest import manifest_for

Json = dict[str, Any]
BY_SOCKET = SlackSettings("xoxb-1", "", app_token="xapp-1")
BY_HTTP = SlackSettings("xoxb-1", "a secret")
SHAPE: Json = {
    "display_information": {"name": str, "description": str, "long_description": str, "background_color": str},
    "features": {
        "app_home": {"home_tab_enabled": bool, "messages_tab_enabled": bool, "messages_tab_read_only_enabled": bool},
        "bot_user": {"display_name": str, "always_online": bool},
        "slash_commands": list,
    },
    "oauth_config": {"scopes": {"bot": list}},
    "settings": {
        "event_subscriptions": {"bot_events": list},
        "interactivity": {"is_enabled": bool},
        "org_deploy_enabled": bool,
        "socket_mode_enabled": bool,
        "token_rotation_enabled": bool,
    },
}
"""docs.slack.dev, app manifest reference; `request_url` comes beside these over HTTP."""


def settings(base_url: str, slack: SlackSettings | None) -> Settings:
    return Settings(database_url="", base_url=base_url, keyring=Keyring(("s" * 40,)), mail=None, slack=slack)


def differences(made: Json, shape: Json, where: str = "") -> list[str]:
    """What is missing, unknown or of another type."""
    found = [f"{where}{key}" for key in made.keys() ^ shape.keys()]
    for key in made.keys() & shape.keys():
        inner = shape[key]
        if isinstance(inner, dict):
            found += differences(made[key], inner, f"{where}{key}.")
        elif type(made[key]) is not inner:
            found.append(f"{where}{key}")
    return found


WAYS = {
    "a laptop without tokens": ("http://127.0.0.1:8000", None, True),
    "an address and no tokens yet": ("https://herald.example.org", None, False),
    "an app token": ("https://herald.example.org", BY_SOCKET, True),
    "a signing secret": ("https://herald.example.org", BY_HTTP, False),
    "a long address": ("https://" + ".".join(["herald"] * 30) + ".example.org:8443", BY_HTTP, False),
}


@pytest.mark.parametrize(("base_url", "slack", "socket_mode"), WAYS.values(), ids=WAYS.keys())
def test_it_is_what_slack_accepts(base_url: str, slack: SlackSettings | None, socket_mode: bool) -> None:
    made = manifest_for(settings(base_url, slack))
    inside = made["settings"]
    urls = [part.pop("request_url", None) for part in (inside["event_subscriptions"], inside["interactivity"])]
    [command] = made["features"]["slash_commands"]
    urls.append(command.pop("url", None))
    assert urls == [None if socket_mode else f"{base_url}/slack/events"] * 3
    assert inside["socket_mode_enabled"] is socket_mode
    assert differences(made, SHAPE) == []
    shown = made["display_information"]
    assert 0 < len(shown["name"]) <= 35
    assert 0 < len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert len(made["features"]["bot_user"]["display_name"]) <= 80
    assert set(command) == {"command", "description", "usage_hint", "should_escape"}
    assert command["command"] == "/herald"
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000


@pytest.mark.parametrize("socket_mode", [True, False])
def test_it_asks_for_no_more_than_it_listens_to(socket_mode: bool) -> None:
    made = manifest_for(settings("https://herald.example.org", None), socket_mode=socket_mode)
    events = made["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(events) == ["app_home_opened", "message.im"]
    scopes = made["oauth_config"]["scopes"]["bot"]
    assert " ".join(sorted(scopes)) == "chat:write commands im:history im:write users:read users:read.email"
    assert [scope for scope in scopes if scope.endswith(":history")] == ["im:history"], "only its own direct messages"
    assert "user" not in made["oauth_config"]["scopes"]


def test_it_reads_the_same_as_yaml_and_as_json() -> None:
    made = manifest_for(settings("https://herald.example.org", BY_HTTP))
    assert json.loads(json.dumps(YAML(typ="safe").load(io.StringIO(as_yaml(made))))) == made
