"""`herald backup` and `herald restore`, for the SQLite database."""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

from bot.cli.shell import CannotDo, Shell
from bot.opening import open_store, store_for
from bot.settings import Settings
from storage import schema
from storage.backup import BackupProblem, last_beat, make_backup, replace_database, unpack, verify_backup
from storage.switches import PAUSED, SENDING

STILL_RUNNING = timedelta(seconds=60)


def sqlite_path(settings: Settings) -> Path:
    """The database file. Raises CannotDo for PostgreSQL, which has tools of its own."""
    scheme, _, path = settings.database_url.partition(":///")
    if not scheme.startswith("sqlite"):
        raise CannotDo(
            "This is for SQLite. Copy PostgreSQL with: pg_dump --format=custom, put back: pg_restore --clean"
        )
    return Path(unquote(path.partition("?")[0]))


def copy_database(settings: Settings, *, suffix: str, shell: Shell) -> Path:
    """A backup beside the database, under its name with a suffix. Raises CannotDo."""
    database = sqlite_path(settings)
    file = database.with_name(f"{database.name}.{suffix}.backup")
    try:
        make_backup(database, file, now=shell.clock())
    except BackupProblem as problem:
        raise CannotDo(str(problem)) from problem
    return file


async def backup(shell: Shell) -> None:
    """Makes a backup, or checks one with --verify."""
    file = Path(shell.options.file)
    try:
        if shell.options.verify:
            manifest = verify_backup(file)
            shell.result(f"{file} is whole: {manifest.people} people, schema {manifest.schema}, {manifest.made_at}.")
            return
        database = sqlite_path(shell.settings)
        with shell.progress("Copying", 100) as advance:
            done = 0

            def tell(pages: int, total: int) -> None:
                nonlocal done
                now_done = 100 * pages // max(total, 1)
                advance(now_done - done)
                done = now_done

            manifest = make_backup(database, file, now=shell.clock(), progress=tell)
    except BackupProblem as problem:
        raise CannotDo(str(problem)) from problem
    shell.result(f"{file}: {manifest.people} people, {manifest.bytes} bytes of database, checked.")
    shell.say("Keep HERALD_SECRET_KEY in another place: without it nobody can read the sealed answers in this backup.")


async def restore(shell: Shell) -> None:
    """Puts a backup in place of the database; ends sessions, revokes links, pauses sending."""
    file, database = Path(shell.options.file), sqlite_path(shell.settings)
    beat = last_beat(database)
    if beat is not None and shell.clock() - beat < STILL_RUNNING:
        raise CannotDo("Herald is running on this database. Stop it, wait a minute, then try again.")
    with tempfile.TemporaryDirectory(dir=database.resolve().parent, prefix=".herald-restore-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            manifest = unpack(file, copy)
        except BackupProblem as problem:
            raise CannotDo(str(problem)) from problem
        shell.confirm(f"{database} will be replaced by the backup of {manifest.made_at} ({manifest.people} people).")
        await _prepare(shell.settings, shell, copy)
        suffix = f"replaced-{shell.clock():%Y%m%dT%H%M%SZ}"
        kept = copy_database(shell.settings, suffix=suffix, shell=shell) if database.is_file() else None
        replace_database(database, copy)
    shell.result(f"Restored the backup of {manifest.made_at}. Sending is paused, everybody must sign in again.")
    if kept is not None:
        shell.say(f"The database as it was before: {kept}")
    shell.say("Messages that the backup holds as waiting may have left since. Look at /ops/outbox before you resume.")


async def _prepare(settings: Settings, shell: Shell, copy: Path) -> None:
    """Makes the copy harmless before it takes the database's place: schema, sessions, links, sending."""
    settings = replace(settings, database_url=f"sqlite:///{copy}")
    store = store_for(settings, clock=shell.clock)
    try:
        await schema.migrate(store.engines)
    finally:
        await store.close()
    store = await open_store(settings, clock=shell.clock)
    try:
        async with store.transaction() as uow:
            await uow.signins.end_sessions()
            await uow.signins.forget_links()
            await uow.people.revoke_links()
            await uow.switches.set(SENDING, PAUSED)
            uow.audit.add("database.restored", thing="database", actor="command line")
    finally:
        await store.close()
