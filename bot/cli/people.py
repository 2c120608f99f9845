"""`herald people …` and `herald signin`."""

from dataclasses import asdict
from typing import TextIO

from bot.cli.shell import CannotDo, Shell, WrongFiles, naming, read_file
from bot.files.people import PeopleFile, parse_people
from bot.files.problems import FileProblems, Problem, render
from handlers.known import known_names
from handlers.people import Imported, import_people
from handlers.people_care import Refused, erase_person, everything_about, export_people
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def import_file(shell: Shell) -> None:
    """Reads people.csv; nothing is imported unless all lines are good, or --skip-bad."""
    name = shell.options.file
    text = read_file(name)

    async def work(uow: UnitOfWork) -> tuple[PeopleFile, Imported]:
        parsed = parse_people(text, await known_names(uow))
        rows = parsed.rows if shell.options.skip_bad else parsed.all_good()
        try:
            with shell.progress("Importing", len(rows)) as advance:
                return parsed, await import_people(uow, rows=rows, advance=advance)
        except FileProblems as problems:
            raise FileProblems([*parsed.problems, *problems.problems]) from problems

    with naming(name):
        parsed, imported = await shell.change(work)
    _tell_problems(shell, name, (*parsed.problems, *imported.warnings))
    _print_import(shell, imported, skipped=len({problem.line for problem in parsed.errors}))


def _tell_problems(shell: Shell, name: str, problems: tuple[Problem, ...]) -> None:
    for line in render(problems, name):
        shell.say(line)


def _print_import(shell: Shell, imported: Imported, *, skipped: int) -> None:
    counts = {word: imported.count(word) for word in ("created", "changed", "unchanged")}
    if shell.as_json:
        people = [asdict(change) for change in imported.changes if change.outcome != "unchanged"]
        shell.data({**counts, "skipped": skipped, "dry_run": shell.dry_run, "people": people})
        return
    for change in imported.changes:
        if change.outcome == "unchanged" and not change.notes:
            continue
        fields = [
            f"{field.field}: {field.before or 'nothing'} -> {field.after or 'nothing'}" for field in change.fields
        ]
        what = "; ".join([*(fields if change.outcome == "changed" else []), *change.notes])
        shell.result(f"{change.outcome} {change.email}{f' ({what})' if what else ''}")
    done = "Nothing was changed (--dry-run); it would be" if shell.dry_run else "Done"
    left_out = f", {skipped} lines left out" if skipped else ""
    shell.say(f"{done}: {', '.join(f'{number} {word}' for word, number in counts.items())}{left_out}.")


async def export(shell: Shell) -> None:
    """Prints the register."""
    if shell.as_json:

        async def everybody(uow: UnitOfWork) -> list[dict[str, object]]:
            return [_as_dict(person) for person in await uow.people.everybody()]

        shell.data(await shell.look(everybody))
        return
    _write(shell.out, await shell.look(export_people))


def _write(out: TextIO, text: str) -> None:
    out.write(text.replace("\r\n", "\n"))


def _as_dict(person: Person) -> dict[str, object]:
    return {column.name: getattr(person, column.key) for column in Person.__table__.columns}


async def show(shell: Shell) -> None:
    """Prints everything that Herald keeps about somebody."""

    async def work(uow: UnitOfWork) -> dict[str, list[dict[str, object]]]:
        return await everything_about(uow, await find(uow, shell.options.email))

    found = await shell.look(work)
    if shell.as_json:
        shell.data(found)
        return
    for table, rows in found.items():
        for row in rows if isinstance(rows, list) else [rows]:
            facts = ", ".join(f"{name}: {value}" for name, value in row.items() if value not in (None, "", [], {}))
            shell.result(f"{table}: {facts}")


async def erase(shell: Shell) -> None:
    """Takes somebody out for good."""
    email = shell.options.email

    async def exists(uow: UnitOfWork) -> str:
        return (await find(uow, email)).name

    name = await shell.look(exists)
    shell.confirm(f"{name} ({email}) and everything that is theirs alone will be gone for good.")

    async def work(uow: UnitOfWork) -> None:
        await erase_person(uow, person=await find(uow, email))

    try:
        await shell.change(work)
    except Refused as refused:
        raise CannotDo(f"{email} cannot be erased. {refused}") from refused
    if shell.as_json:
        shell.data({"email": email, "erased": True})
    shell.say(f"{email} is erased. Backups keep what they hold until they are thrown away.")


async def signin(shell: Shell) -> None:
    """Prints a sign-in link that works once, in any browser, for 10 minutes."""

    async def work(uow: UnitOfWork) -> str:
        person = await find(uow, shell.options.email)
        if person.left_at is not None:
            raise CannotDo(f"{person.email} has left. Import them again with a later leaves_on, or none.")
        uow.audit.add("signin.printed", thing=f"person:{person.id}", actor="command line")
        return uow.signins.new_link(person_id=person.id, browser=None)

    link = f"{shell.settings.base_url}/sign-in/{await shell.change(work)}"
    if shell.as_json:
        shell.data({"link": link, "minutes": 10})
    else:
        shell.result(link)


async def find(uow: UnitOfWork, email: str) -> Person:
    """The person with this address. Raises CannotDo."""
    person = await uow.people.by_email(email)
    if person is None:
        raise CannotDo(
            f"{email} is not in the register. Look with: herald people export, add with: herald people import FILE.csv"
        )
    return person


__all__ = ["WrongFiles", "erase", "export", "find", "import_file", "show", "signin"]
