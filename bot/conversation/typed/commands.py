"""The words that steer a talk instead of answering it: on every typed surface, in every kind of question."""

from enum import StrEnum

from bot.conversation.reading import clean

LONGEST = 40


class Command(StrEnum):
    """What a person can write besides an answer.

    `send` counts only at the check of answers and `keep` only where an answer already stands; elsewhere both are text.
    """

    BACK = "back"
    SKIP = "skip"
    SAVE = "save"
    STOP = "stop"
    HELP = "help"
    RESTART = "restart"
    CONTINUE = "continue"
    KEEP = "keep"
    SEND = "send"


BY_WORD = {command.value: command for command in Command}


def command_in(text: str) -> Command | None:
    """The command that a whole text is, or None. Case, spaces around it and dots or marks after it do not matter."""
    if len(text) > LONGEST:
        return None
    return BY_WORD.get(clean(text).casefold().strip(" \t\n.!“”\"'‘’*_"))
