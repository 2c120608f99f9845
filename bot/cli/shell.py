"""What a command has in its hands: its options, the settings, where results go and where everything else goes."""

import argparse
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, TypeVar

from bot.clock import Clock, system_clock
from bot.environment import Environment, no_colour
from bot.files.problems import SHOWN_AT_ONCE, FileProblems, Problem, render
from bot.settings import Settings
from storage.unit_of_work import Store, UnitOfWork

T = TypeVar("T")
Advance = Callable[[int], None]


class CannotDo(Exception):
    """A command that cannot be done; the text gives the reason and the remedy (exit code 1)."""


class BadUsage(Exception):
    """A command that was not called as it must be (exit code 2)."""


class WrongFiles(Exception):
    """Files with errors: each line is one problem with its place (exit code 2)."""

    def __init__(self, lines: Iterable[str], problems: Iterable[tuple[str, Problem]] = ()) -> None:
        """Keeps the lines in the order of the files; `problems` are the same as data, each with its file's name."""
        self.lines = tuple(lines)
        self.problems = tuple(problems)
        super().__init__("\n".join(self.lines))


class _Rehearsed(Exception):
    """Rolls a dry run back; carries what would have happened."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__("dry run")


@dataclass(frozen=True)
class Shell:
    """One run of one command. Results go to `out`, everything else to `err`."""

    options: argparse.Namespace
    environment: Environment
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    clock: Clock = system_clock

    @property
    def settings(self) -> Settings:
        """The settings. Raises SettingsProblems."""
        return self.environment.settings()

    @property
    def as_json(self) -> bool:
        """Whether the result is wanted as JSON."""
        return bool(getattr(self.options, "json", False))

    @property
    def dry_run(self) -> bool:
        """Whether nothing may be changed."""
        return bool(getattr(self.options, "dry_run", False))

    def result(self, text: str) -> None:
        """Prints a result."""
        print(text, file=self.out)

    def data(self, value: Any) -> None:
        """Prints a result as JSON."""
        print(json.dumps(value, ensure_ascii=False, indent=2, default=str), file=self.out)

    def say(self, text: str) -> None:
        """Tells the person something that is not the result."""
        print(text, file=self.err)

    def confirm(self, question: str) -> None:
        """Asks before something is destroyed. Raises CannotDo for a no, BadUsage where nobody can answer."""
        if self.options.yes:
            return
        if not sys.stdin.isatty():
            raise BadUsage("Nobody is here to answer, and this cannot be undone. Add --yes if you are sure.")
        self.err.write(f"{question} Type yes to go on: ")
        self.err.flush()
        if sys.stdin.readline().strip().casefold() != "yes":
            raise CannotDo("Nothing was changed.")

    @contextlib.contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:
        """A bar with the time left on standard error, where that is a terminal; call what it gives for every step."""
        if not self.err.isatty() or total < 2:
            yield lambda _steps: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(file=self.err, no_color=no_colour())
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda steps: bar.advance(task, steps)

    @contextlib.asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The database of this installation. Raises what `open_store` raises."""
        from bot.opening import open_store

        store = await open_store(self.settings, clock=self.clock)
        try:
            yield store
        finally:
            await store.close()

    async def change(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Does one piece of work in one transaction; with `--dry-run` it is undone and its result still given."""
        async with self.store() as store:
            try:
                async with store.transaction() as uow:
                    done = await work(uow)
                    if self.dry_run:
                        raise _Rehearsed(done)
            except _Rehearsed as rehearsed:
                return rehearsed.value  # type: ignore[return-value]  # it is the value that `work` gave above
        return done

    async def look(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Reads something; nothing is changed."""
        async with self.store() as store, store.reading() as uow:
            return await work(uow)


def read_file(name: str) -> str:
    """The text of a file, or of standard input for `-`. Raises BadUsage with the reason."""
    try:
        if name == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
        return Path(name).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        message = "this is not UTF-8 text from here on. Save the file again as UTF-8."
        wrong = Problem("E109", line, 1, "file", message)
        raise WrongFiles(render([wrong], name), [(name, wrong)]) from problem
    except OSError as problem:
        raise BadUsage(f"{name} cannot be read ({problem.strerror}). Check the name and the folder.") from problem


@contextlib.contextmanager
def naming(name: str) -> Iterator[None]:
    """Turns the problems of a file into lines that begin with its name."""
    try:
        yield
    except FileProblems as problems:
        shown = [(name, problem) for problem in problems.problems[:SHOWN_AT_ONCE]]
        raise WrongFiles(render(problems.problems, name), shown) from problems
