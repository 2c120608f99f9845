"""`herald slack manifest`: the Slack app of this installation, ready to be pasted into Slack."""

import io
import json
from typing import Any

from ruamel.yaml import YAML

from bot.cli.shell import Shell
from bot.settings import Settings
from bot.slack_manifest import manifest_for


async def manifest(shell: Shell) -> None:
    """Prints the manifest."""
    made = manifest_for(shell.settings)
    shell.result(json.dumps(made, indent=2) if shell.options.format == "json" else as_yaml(made))
    tell_next(shell, shell.settings)


def as_yaml(value: dict[str, Any]) -> str:
    """A manifest as YAML, as Slack's own page shows it."""
    out = io.StringIO()
    yaml = YAML()
    yaml.width = 4096  # one value, one line
    yaml.dump(value, out)
    return out.getvalue().rstrip()


def tell_next(shell: Shell, settings: Settings) -> None:
    """Says what to do with the manifest."""
    shell.say("Next: open https://api.slack.com/apps, choose “Create New App”, then “From a manifest”, and paste this.")
    shell.say("Install it, then set HERALD_SLACK_BOT_TOKEN and HERALD_SLACK_SIGNING_SECRET, and start Herald again.")
    if not settings.base_url.startswith("https://"):
        advice = "make an app-level token (connections:write) and set HERALD_SLACK_APP_TOKEN"
        shell.say(f"Slack cannot reach {settings.base_url}. Give Herald an https address, or {advice}: Socket Mode.")
