"""Every command of `herald`, group by group, as data."""

from bot.cli.command import Command
from bot.cli.commands import bulletins, care, files, people, start, surveys, workshop

GROUPS = {
    "people": "the register: import, export, show, erase",
    "survey": "open, close, read and copy surveys",
    "bulletin": "preview, test, approve, send and follow bulletins",
    "attendance": "registers of past briefings",
    "audit": "the audit log",
    "slack": "the Slack app",
}

COMMANDS: tuple[Command, ...] = (
    *start.COMMANDS,
    *files.COMMANDS,
    *people.COMMANDS,
    *surveys.COMMANDS,
    *bulletins.COMMANDS,
    *care.COMMANDS,
    *workshop.COMMANDS,
)
