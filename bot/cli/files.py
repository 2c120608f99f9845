"""`herald apply` and `herald attendance import`."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bot.cli.people import find
from bot.cli.shell import CannotDo, Shell, WrongFiles, naming, read_file
from bot.files.problems import SHOWN_AT_ONCE, FileProblems, Problem, render
from handlers.apply import Applied, FileSource
from handlers.bookings.register import import_attendance
from handlers.files import apply_file, in_order
from storage.unit_of_work import UnitOfWork


async def apply(shell: Shell) -> None:
    """Loads files, all of them or none; what others refer to comes first. With `--strict` advice stops it as well."""
    names = list(dict.fromkeys(shell.options.files))
    try:
        files = [(name, read_file(name)) for name in names]
        _refuse_unknown_kinds(files)
        applied = await shell.change(lambda uow: _apply_all(uow, shell, in_order(files)))
    except WrongFiles as wrong:
        if shell.as_json:
            shell.data([_problem_json(name, problem) for name, problem in wrong.problems])
        raise
    except _Strict as strict:
        _print_advice(shell, strict.applied)
        if shell.as_json:
            shell.data([_applied_json(name, one) for name, one in strict.applied])
        raise CannotDo("Nothing was kept: with --strict every piece of advice has to be followed first.") from strict
    _print_advice(shell, applied)
    _print(shell, applied)


class _Strict(Exception):
    """Rolls everything back because of advice."""

    def __init__(self, applied: list[tuple[str, Applied]]) -> None:
        self.applied = applied
        super().__init__("advice")


async def attendance(shell: Shell) -> None:
    """Reads registers of past briefings; nothing is kept unless every line is right."""
    name = shell.options.file
    source = FileSource(name, read_file(name))

    async def work(uow: UnitOfWork) -> list[Applied]:
        return await import_attendance(uow, source)

    with naming(name):
        _print(shell, [(name, one) for one in await shell.change(work)])


def _print(shell: Shell, applied: list[tuple[str, Applied]]) -> None:
    if shell.as_json:
        shell.data([_applied_json(name, one) for name, one in applied])
    else:
        for _, one in applied:
            shell.result(f"{one.outcome} {one.kind} {one.id}{f' ({one.note})' if one.note else ''}")
    if shell.dry_run:
        shell.say("Nothing was changed (--dry-run).")


def _print_advice(shell: Shell, applied: list[tuple[str, Applied]]) -> None:
    for name, one in applied:
        for line in render(one.problems, name):
            shell.say(line)


def _applied_json(name: str, one: Applied) -> dict[str, Any]:
    problems = [_problem_json(name, problem) for problem in one.problems[:SHOWN_AT_ONCE]]
    return {"file": name, **asdict(replace(one, problems=())), "problems": problems}


def _problem_json(name: str, problem: Problem) -> dict[str, Any]:
    return {"file": name, **asdict(problem)}


def _refuse_unknown_kinds(files: list[tuple[str, str]]) -> None:
    lines: list[str] = []
    found: list[tuple[str, Problem]] = []
    for file in files:
        try:
            in_order([file])
        except FileProblems as problems:
            lines += render(problems.problems, file[0])
            found += [(file[0], problem) for problem in problems.problems]
    if lines:
        raise WrongFiles(lines, found)


async def _apply_all(uow: UnitOfWork, shell: Shell, files: list[tuple[str, str]]) -> list[tuple[str, Applied]]:
    """Applies every file and collects the errors of all. Raises WrongFiles, so that nothing is kept."""
    by = await find(uow, shell.options.by) if shell.options.by else None
    applied: list[tuple[str, Applied]] = []
    lines: list[str] = []
    found: list[tuple[str, Problem]] = []
    for name, text in files:
        try:
            with naming(name):
                async with uow.part():
                    folder = Path(name).parent
                    minor = shell.options.minor
                    done = await apply_file(uow, name=name, text=text, by=by, folder=folder, minor=minor)
            applied += [(name, one) for one in done]
        except WrongFiles as problems:
            lines += problems.lines
            found += problems.problems
    if lines:
        raise WrongFiles(lines, found)
    if shell.options.strict and any(one.problems for _, one in applied):
        raise _Strict(applied)
    return applied
