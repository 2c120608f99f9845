"""A command of `herald` as data: its words, its arguments, and where the function is that does it.

Nothing here or in `bot/cli/commands` imports more than argparse, so that `--help` answers at once; the function is
looked up by name when its command is run.
"""

import argparse
import importlib
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the shell reads settings, which `--help` does not need
    from bot.cli.shell import Shell

Do = Callable[["Shell"], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, as argparse takes it: its names and everything else that is said about it."""

    names: tuple[str, ...]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `does` is `module:function`; `examples` stand below its help; `stays` runs until it is stopped.

    `fails_as` is the exit code of every failure, where whoever calls the command knows only codes of its own.
    """

    words: tuple[str, ...]
    help: str
    does: str
    arguments: tuple[Argument, ...] = ()
    examples: tuple[str, ...] = ()
    stays: bool = False
    fails_as: int | None = None

    def load(self) -> Do:
        """The function that does it."""
        module, _, name = self.does.partition(":")
        found: Do = getattr(importlib.import_module(module), name)
        return found


def argument(*names: str, **said: Any) -> Argument:
    """An argument, written as in argparse."""
    return Argument(names, said)


AS_JSON = argument("--json", action="store_true", help="print the result as JSON")
DRY_RUN = argument("--dry-run", action="store_true", help="show what would change and change nothing")
YES = argument("--yes", action="store_true", help="do not ask; needed where nobody can answer")


def parser_for(commands: Iterable[Command], groups: Mapping[str, str]) -> argparse.ArgumentParser:
    """The parser of all commands; `groups` explains the first words that several commands share."""
    parser = argparse.ArgumentParser(
        prog="herald",
        description="Keeps a safeguarding partnership in conversation with its practitioners.",
        epilog="To look around, with everything invented: herald demo. To begin for real: herald init.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--traceback", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(command=None)
    top = parser.add_subparsers(metavar="COMMAND", title="commands")
    inner: dict[str, Any] = {}
    for command in commands:
        first, *rest = command.words
        if rest and first not in inner:
            group = top.add_parser(first, help=groups[first], description=_sentence(groups[first]))
            inner[first] = group.add_subparsers(metavar="COMMAND", title="commands", required=True)
        place = inner[first] if rest else top
        _add(place, command)
    return parser


def _add(place: Any, command: Command) -> None:
    examples = "\n".join(f"  {example}" for example in command.examples)
    parser = place.add_parser(
        command.words[-1],
        help=command.help,
        description=_sentence(command.help),
        epilog=f"examples:\n{examples}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for one in command.arguments:
        parser.add_argument(*one.names, **one.said)
    parser.set_defaults(command=command)


def _sentence(help_text: str) -> str:
    return f"{help_text[:1].upper()}{help_text[1:]}."
