"""The Slack app as data: its one command, its scopes, what it listens to (contract, Slack).

Every scope is a promise that an administrator must approve, so there is none to spare; `im:history` is only for the
bot's own direct messages.
"""

from typing import Any, Final

from bot.settings import Settings

SCOPES: Final = ("chat:write", "commands", "im:write", "im:history", "users:read", "users:read.email")
EVENTS: Final = ("app_home_opened", "message.im")
COMMAND: Final = "/herald"
NAME: Final = "Herald"
DESCRIPTION: Final = "Surveys, pledges, briefings, escalations and bulletins of your safeguarding partnership."
LONG_DESCRIPTION: Final = (
    "Herald keeps a safeguarding partnership in conversation with the people who protect children. It asks short "
    "surveys and shows what was said, books briefings, keeps pledges in mind, carries escalations between agencies and "
    "never lets them lie, and reminds people of deadlines. It reads only what people write to it in direct messages. "
    "If a child is in immediate danger, ring 999: Herald is not watched round the clock."
)


def by_socket(settings: Settings) -> bool:
    """Whether Socket Mode fits: an app token is set, or Slack could not reach the address, which has to be https."""
    chosen = settings.slack is not None and bool(settings.slack.app_token)
    return chosen or not settings.base_url.startswith("https://")


def manifest_for(settings: Settings, *, socket_mode: bool | None = None) -> dict[str, Any]:
    """The manifest of this installation: over HTTP or by Socket Mode, as asked, else as fits."""
    socket_mode = by_socket(settings) if socket_mode is None else socket_mode
    address = f"{settings.base_url}/slack/events"
    where: dict[str, Any] = {} if socket_mode else {"request_url": address}
    command = {
        "command": COMMAND,
        "description": "What needs you, and everything you can do",
        "usage_hint": "help, survey, pledge, escalate, book, cancel, my, deadlines",
        "should_escape": False,
        **({} if socket_mode else {"url": address}),
    }
    return {
        "display_information": {
            "name": NAME,
            "description": DESCRIPTION,
            "long_description": LONG_DESCRIPTION,
            "background_color": "#1f4e5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**where, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **where},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }
