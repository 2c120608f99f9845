"""`herald slack manifest`: the Slack app of this installation, ready to be pasted into Slack."""

import io
import json
from typing import Any

from ruamel.yaml import YAML

from bot.cli.shell import CannotDo, Shell
from bot.slack_manifest import by_socket, manifest_for


async def manifest(shell: Shell) -> None:
    """Prints the manifest. Raises CannotDo when Slack would refuse it."""
    settings = shell.settings
    via = shell.options.via
    socket_mode = by_socket(settings) if via is None else via == "socket"
    if not socket_mode and not settings.base_url.startswith("https://"):
        refused = f"Slack cannot reach {settings.base_url}: it wants an https address."
        raise CannotDo(f"{refused} Set HERALD_BASE_URL, or leave --via out.")
    made = manifest_for(settings, socket_mode=socket_mode)
    shell.result(json.dumps(made, indent=2) if shell.options.format == "json" else as_yaml(made))
    tell_next(shell, socket_mode=socket_mode)


def as_yaml(value: dict[str, Any]) -> str:
    """A manifest as YAML, as Slack's own page shows it."""
    out = io.StringIO()
    yaml = YAML()
    yaml.width = 4096  # one value, one line
    yaml.dump(value, out)
    return out.getvalue().rstrip()


def tell_next(shell: Shell, *, socket_mode: bool) -> None:
    """Says what to do with the manifest."""
    shell.say("Next: open https://api.slack.com/apps, choose “Create New App”, then “From a manifest”, and paste this.")
    if socket_mode:
        shell.say("Under “Basic Information”, “App-Level Tokens”, make a token with connections:write.")
        shell.say("Install the app, set HERALD_SLACK_BOT_TOKEN and HERALD_SLACK_APP_TOKEN, and start Herald again.")
        shell.say(
            "That is Socket Mode: Herald opens the connection, so nothing has to reach it. No signing secret is needed."
        )
    else:
        shell.say(
            "Install it, then set HERALD_SLACK_BOT_TOKEN and HERALD_SLACK_SIGNING_SECRET, and start Herald again."
        )
        shell.say("No way in from outside? herald slack manifest --via socket prints the app for Socket Mode.")
