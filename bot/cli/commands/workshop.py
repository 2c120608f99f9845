"""Commands for setting up Slack and for trying things out."""

from bot.cli.command import Command, argument

COMMANDS = (
    Command(
        ("slack", "manifest"),
        "print the Slack app manifest for this installation",
        "bot.cli.slack:manifest",
        (
            argument("--format", choices=("yaml", "json"), default="yaml", help="(%(default)s)"),
            argument("--via", choices=("socket", "http"), help="how Slack reaches Herald (what fits the settings)"),
        ),
    ),
    Command(
        ("try",),
        "play a conversation in the terminal; nothing is kept",
        "bot.cli.rehearse:rehearse",
        (
            argument("flow", metavar="FLOW", help="pledge, escalate, book:BRIEFING, survey:ID, or a survey's file"),
            argument(
                "--as", dest="person", metavar="EMAIL", help="as this person; otherwise as the first in the register"
            ),
        ),
        ("herald try pledge", "herald try missing-children.yaml"),
    ),
)
