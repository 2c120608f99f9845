"""`herald apply` and `herald attendance import`."""

from dataclasses import asdict
from pathlib import Path

from bot.cli.people import find
from bot.cli.shell import Shell, WrongFiles, naming, read_file
from bot.files.problems import FileProblems, render
from handlers.apply import Applied, FileSource
from handlers.bookings.register import import_attendance
from handlers.files import apply_file, in_order
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def apply(shell: Shell) -> None:
    """Loads files, all of them or none; what others refer to comes first."""
    names = list(dict.fromkeys(shell.options.files))
    files = [(name, read_file(name)) for name in names]
    problems = _unknown_kinds(files)
    if problems:
        raise WrongFiles(problems)

    async def work(uow: UnitOfWork) -> list[tuple[str, Applied]]:
        by = await find(uow, shell.options.by) if shell.options.by else None
        return await _apply_all(uow, in_order(files), by=by)

    _print(shell, await shell.change(work))


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
        shell.data([{"file": name, **asdict(one)} for name, one in applied])
    else:
        for _, one in applied:
            shell.result(f"{one.outcome} {one.kind} {one.id}{f' ({one.note})' if one.note else ''}")
    if shell.dry_run:
        shell.say("Nothing was changed (--dry-run).")


def _unknown_kinds(files: list[tuple[str, str]]) -> list[str]:
    lines = []
    for file in files:
        try:
            in_order([file])
        except FileProblems as problems:
            lines += render(problems.problems, file[0])
    return lines


async def _apply_all(uow: UnitOfWork, files: list[tuple[str, str]], *, by: Person | None) -> list[tuple[str, Applied]]:
    """Applies every file and collects the errors of all. Raises WrongFiles, so that nothing is kept."""
    applied: list[tuple[str, Applied]] = []
    wrong: list[str] = []
    for name, text in files:
        try:
            with naming(name):
                async with uow.part():
                    done = await apply_file(uow, name=name, text=text, by=by, folder=Path(name).parent)
            applied += [(name, one) for one in done]
        except WrongFiles as problems:
            wrong += problems.lines
    if wrong:
        raise WrongFiles(wrong)
    return applied
