"""`herald backup` and `herald restore`: one portable file for SQLite and PostgreSQL."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

from bot.cli.shell import CannotDo, Shell
from bot.keyring import Keyring
from bot.opening import store_for
from bot.settings import Settings, SettingsProblems
from storage import schema
from storage.backup import (
    BackupProblem,
    Manifest,
    Restored,
    Verified,
    last_beat,
    make_backup,
    manifest_of,
    replace_file,
    restore_into,
    verify_backup,
)
from storage.backup.making import Progress
from storage.reach import reach
from storage.switches import LAST_BACKUP
from storage.unit_of_work import Store

STILL_RUNNING = timedelta(seconds=60)
PERCENT = 100


def sqlite_file(settings: Settings) -> Path | None:
    """The database's file; None for PostgreSQL."""
    scheme, _, path = settings.database_url.partition(":///")
    return Path(unquote(path.partition("?")[0])) if scheme.startswith("sqlite") else None


async def copy_beside(store: Store, settings: Settings, *, suffix: str, shell: Shell) -> Path:
    """A backup of what is there now, before it is changed: beside the SQLite file, or in the working folder."""
    there = sqlite_file(settings) or Path("herald")
    file = there.with_name(f"{there.name}.{suffix}-{shell.clock():%Y%m%dT%H%M%SZ}.backup")
    with _in_words(), _rows(shell, "Copying") as progress:
        await make_backup(store.engines, file, keyring=store.keyring, now=shell.clock(), progress=progress)
    return file


async def backup(shell: Shell) -> None:
    """Makes a backup, or checks one with --verify."""
    file = Path(shell.options.file)
    if shell.options.verify:
        await _verify(shell, file)
        return
    settings = shell.settings
    _must_exist(settings)
    store = store_for(settings, clock=shell.clock)
    try:
        await reach(store.engines)
        with _in_words(), _rows(shell, "Copying") as progress:
            manifest = await make_backup(
                store.engines, file, keyring=store.keyring, now=shell.clock(), progress=progress
            )
        await _note(store, manifest)
    finally:
        await store.close()
    _print(shell, file, manifest, f"{file}: {_contents(manifest)}, read again and whole.")
    shell.say("Keep HERALD_SECRET_KEY in another place: without it nobody can read the sealed answers in this backup.")


async def _note(store: Store, manifest: Manifest) -> None:
    """Lets `herald doctor` say how old the last backup is."""
    if manifest.schema != schema.newest():
        return
    async with store.transaction() as uow:
        await uow.switches.set(LAST_BACKUP, manifest.made_at)


async def _verify(shell: Shell, file: Path) -> None:
    with _in_words(), _rows(shell, "Checking") as progress:
        found: Verified = await verify_backup(
            file, keyring=_keyring_if_any(shell), clock=shell.clock, progress=progress
        )
    whole = f"{file} is whole: {_contents(found.manifest)}, made {found.manifest.made_at}."
    _print(shell, file, found.manifest, whole, ours=found.ours)
    if not found.ours:
        shell.say("The key it was made with is not here, so who made it was not checked; restoring needs that key.")


def _keyring_if_any(shell: Shell) -> Keyring | None:
    """A backup can be checked on a machine that has no settings of Herald."""
    try:
        return shell.settings.keyring
    except SettingsProblems:
        return None


def _print(shell: Shell, file: Path, manifest: Manifest, text: str, *, ours: bool = True) -> None:
    if shell.as_json:
        shell.data({"file": str(file), "bytes": file.stat().st_size, "ours": ours, **asdict(manifest)})
    else:
        shell.result(text)


def _contents(manifest: Manifest) -> str:
    return f"{manifest.people} people, {manifest.rows} rows of {manifest.database}, schema {manifest.schema}"


def _must_exist(settings: Settings) -> None:
    file = sqlite_file(settings)
    if file is not None and not file.is_file():
        raise CannotDo(f"There is no database at {file} yet. Run: herald migrate")


async def restore(shell: Shell) -> None:
    """Puts a backup in place of the database; ends sessions, revokes links, pauses sending."""
    file, settings = Path(shell.options.file), shell.settings
    await _nobody_works(settings, shell)
    with _in_words():
        manifest = manifest_of(file, keyring=settings.keyring)
    where = sqlite_file(settings) or "The PostgreSQL database"
    shell.confirm(f"{where} will be replaced by the backup of {manifest.made_at} ({_contents(manifest)}).")
    kept = await _kept(settings, shell)
    with _in_words():
        restored = await _restored(settings, shell, file)
    shell.result(f"Restored the backup of {manifest.made_at}. Sending is paused, everybody must sign in again.")
    if kept is not None:
        shell.say(f"The database as it was before: {kept}")
    if restored.resting:
        shell.say(f"{restored.resting} messages were waiting and may have left since: they rest on /ops/outbox.")
    shell.say("Look at /ops/outbox, then let sending go on there. Erase again who was erased since the backup.")


async def _nobody_works(settings: Settings, shell: Shell) -> None:
    file = sqlite_file(settings)
    if file is not None and not file.is_file():
        return
    store = store_for(settings, clock=shell.clock)
    try:
        await reach(store.engines)
        beat = await last_beat(store)
    finally:
        await store.close()
    if beat is not None and shell.clock() - beat < STILL_RUNNING:
        raise CannotDo("Herald is running on this database. Stop it, wait a minute, then try again.")


async def _kept(settings: Settings, shell: Shell) -> Path | None:
    """A backup of the database that will be replaced; None when there is nothing in it."""
    file = sqlite_file(settings)
    if file is not None and not file.is_file():
        return None
    store = store_for(settings, clock=shell.clock)
    try:
        if await schema.version(store.engines) is None:
            return None
        return await copy_beside(store, settings, suffix="replaced", shell=shell)
    finally:
        await store.close()


async def _restored(settings: Settings, shell: Shell, file: Path) -> Restored:
    """PostgreSQL takes all of it in one transaction; a SQLite file is made beside and takes the name at the end."""
    database = sqlite_file(settings)
    if database is None:
        return await _put(settings, shell, file)
    with tempfile.TemporaryDirectory(dir=database.resolve().parent, prefix=".herald-restore-") as folder:
        copy = Path(folder) / "copy.db"
        restored = await _put(replace(settings, database_url=f"sqlite:///{copy}"), shell, file)
        replace_file(database, copy)
    return restored


async def _put(settings: Settings, shell: Shell, file: Path) -> Restored:
    store = store_for(settings, clock=shell.clock)
    try:
        with _rows(shell, "Restoring") as progress:
            return await restore_into(store, file, progress=progress)
    finally:
        await store.close()


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except BackupProblem as problem:
        raise CannotDo(str(problem)) from problem


@contextmanager
def _rows(shell: Shell, what: str) -> Iterator[Progress]:
    """A bar over rows, of which the number is known only later."""
    with shell.progress(what, PERCENT) as advance:
        shown = 0

        def tell(done: int, total: int) -> None:
            nonlocal shown
            now = PERCENT * done // max(total, 1)
            advance(now - shown)
            shown = now

        yield tell
