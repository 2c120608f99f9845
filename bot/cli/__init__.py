"""The `herald` command: finds out what is wanted, does it, and turns every failure into words and an exit code.

0 done, 1 could not be done, 2 bad usage or a file with errors, 130 stopped by the person.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.cli.command import Command, parser_for
from bot.cli.commands import COMMANDS, GROUPS

if TYPE_CHECKING:  # not at run time: `--help` answers without it
    import asyncio

DONE, FAILED, WRONG, STOPPED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    parser = parser_for(COMMANDS, GROUPS)
    options = parser.parse_args(argv)
    if options.version:
        from importlib.metadata import version

        print(version("herald-bot"))  # noqa: T201 - the result of this command
        return DONE
    if options.command is None:
        parser.print_help(sys.stderr)
        return WRONG
    try:
        code = _run(options.command, options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`herald people export | head`); Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        _tell(["Stopped."])
        return STOPPED
    return code


def _run(command: Command, options: argparse.Namespace) -> int:
    from bot.cli.failures import explained

    with_traceback = bool(options.traceback)
    try:
        _do(command, options)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as problem:
        if with_traceback:
            raise
        code, lines = explained(problem)
        _tell(lines)
        return code if command.fails_as is None else command.fails_as
    return DONE


def _do(command: Command, options: argparse.Namespace) -> None:
    import asyncio

    from bot.cli.shell import Shell
    from bot.environment import read_environment

    environment = read_environment()
    _tell(environment.advice)
    do = command.load()
    with asyncio.Runner(loop_factory=_fast_loop if command.stays else None) as runner:
        runner.run(do(Shell(options, environment)))


def _fast_loop() -> "asyncio.AbstractEventLoop":
    import uvloop

    return uvloop.new_event_loop()


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201 - this is how a command speaks
