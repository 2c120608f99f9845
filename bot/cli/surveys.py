"""`herald survey …`."""

import json
from pathlib import Path

from bot.cli.shell import BadUsage, CannotDo, Shell
from handlers.surveys.copying import CannotCopy, copy_of_survey
from handlers.surveys.exporting import as_csv, as_html, as_xlsx
from handlers.surveys.opening import CannotClose, CannotOpen, Opened, close_survey, open_survey
from handlers.surveys.reading import NoSuchSurvey
from handlers.surveys.results import Json, Status, results_of, status_of
from storage.unit_of_work import UnitOfWork


async def open_one(shell: Shell) -> None:
    """Opens a survey and invites its audience; an open one stays as it is."""

    async def work(uow: UnitOfWork) -> tuple[Opened, Status]:
        opened = await open_survey(uow, survey_id=shell.options.id)
        await uow.surveys.flush()
        return opened, await status_of(uow, survey_id=shell.options.id)

    try:
        opened, status = await shell.change(work)
    except (NoSuchSurvey, CannotOpen) as reason:
        raise CannotDo(str(reason)) from reason
    if opened.practice:
        shell.say(f"Practice: {opened.practice} of {opened.invited} invitations are recorded and will not be sent.")
    if shell.as_json:
        shell.data({**status.as_json(), "newly_invited": opened.invited, "practice": opened.practice})
    else:
        shell.result(f"{status.id} is open: {opened.invited} newly invited, {status.invited} in all.")


async def close(shell: Shell) -> None:
    """Closes a survey; a closed one stays as it is."""

    async def work(uow: UnitOfWork) -> Status:
        await close_survey(uow, survey_id=shell.options.id)
        await uow.surveys.flush()
        return await status_of(uow, survey_id=shell.options.id)

    try:
        status = await shell.change(work)
    except (NoSuchSurvey, CannotClose) as reason:
        raise CannotDo(str(reason)) from reason
    _print(shell, status)


async def status(shell: Shell) -> None:
    """Says how a survey stands."""
    try:
        _print(shell, await shell.look(lambda uow: status_of(uow, survey_id=shell.options.id)))
    except NoSuchSurvey as reason:
        raise CannotDo(str(reason)) from reason


def _print(shell: Shell, status: Status) -> None:
    if shell.as_json:
        shell.data(status.as_json())
        return
    replied = f"fewer than {status.floor} replied" if status.replied is None else f"{status.replied} replied"
    shell.result(f"{status.id} is {status.state}: {status.invited} invited, {replied}.")


async def results(shell: Shell) -> None:
    """Prints the results, or writes them into a file."""
    try:
        found: Json = await shell.look(lambda uow: results_of(uow, survey_id=shell.options.id))
    except NoSuchSurvey as reason:
        raise CannotDo(str(reason)) from reason
    if shell.options.format == "json" and not shell.options.out:
        shell.data(found)
        return
    data = _as_file(found, shell.options.format)
    if not shell.options.out:
        if shell.options.format == "xlsx":
            raise BadUsage("A workbook cannot be shown here. Say where to write it: --out results.xlsx")
        shell.out.write(data.decode())
        return
    _write(shell.options.out, data)
    shell.say(f"Written to {shell.options.out}.")


async def copy(shell: Shell) -> None:
    """Prints the file of a survey as one to ask again, or writes it into a new file."""
    options = shell.options

    async def work(uow: UnitOfWork) -> str:
        return await copy_of_survey(uow, survey_id=options.id, new_id=options.new_id)

    try:
        text = await shell.look(work)
    except (NoSuchSurvey, CannotCopy) as reason:
        raise CannotDo(str(reason)) from reason
    if not options.out:
        shell.out.write(text)
        return
    _write_new(options.out, text.encode())
    shell.say(f"Written to {options.out}. Look over its dates, then: herald apply {options.out}")


def _write_new(name: str, data: bytes) -> None:
    if Path(name).exists():
        raise CannotDo(f"{name} is there already. Choose another name, so that nothing is overwritten.")
    _write(name, data)


def _write(name: str, data: bytes) -> None:
    try:
        Path(name).write_bytes(data)
    except OSError as problem:
        raise CannotDo(f"{name} cannot be written ({problem.strerror}). Check the folder.") from problem


def _as_file(found: Json, format_: str) -> bytes:
    match format_:
        case "csv":
            return as_csv(found).encode()
        case "html":
            return as_html(found).encode()
        case "xlsx":
            return as_xlsx(found)
        case _:
            return json.dumps(found, ensure_ascii=False, indent=2).encode()
