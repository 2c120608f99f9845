"""`herald migrate` and `herald audit verify`."""

from bot.cli.backup import copy_beside
from bot.cli.shell import CannotDo, Shell
from bot.opening import store_for
from storage import schema
from storage.audit import Verified
from storage.reach import reach
from storage.unit_of_work import UnitOfWork


async def migrate(shell: Shell) -> None:
    """Brings the database to this program's schema; a backup is made first when there is something in it."""
    store = store_for(shell.settings, clock=shell.clock)
    try:
        await reach(store.engines)
        before, wanted = await schema.version(store.engines), schema.newest()
        if shell.dry_run or before == wanted:
            there = "The database is at this program's version already."
            would = there if before == wanted else f"Would go from {before or 'empty'} to {wanted}."
            _migrated(shell, would, before=before, after=before, wanted=wanted)
            return
        copied = None if before is None else await copy_beside(store, shell.settings, suffix="before", shell=shell)
        await schema.migrate(store.engines)
    finally:
        await store.close()
    _migrated(shell, f"Migrated from {before or 'empty'} to {wanted}.", before=before, after=wanted, wanted=wanted)
    if copied is not None:
        shell.say(f"The database as it was before: {copied}")


def _migrated(shell: Shell, text: str, *, before: str | None, after: str | None, wanted: str | None) -> None:
    if shell.as_json:
        shell.data({"before": before, "after": after, "wanted": wanted})
    else:
        shell.result(text)


async def verify(shell: Shell) -> None:
    """Checks the audit chain. Raises CannotDo naming the first bad entry."""

    async def work(uow: UnitOfWork) -> Verified:
        return await uow.audit.verify()

    found = await shell.look(work)
    if shell.as_json:
        facts = {"sealed": found.sealed, "unsealed": found.unsealed, "first_bad": found.first_bad}
        shell.data({**facts, "good": found.first_bad is None, "reason": found.reason})
    if found.first_bad is not None:
        raise CannotDo(
            f"The audit log is broken at entry {found.first_bad}: {found.reason}. The {found.sealed} entries before it "
            "are as they were written. Keep this database as it is and compare it with a backup."
        )
    if not shell.as_json:
        shell.result(f"The audit log is whole: {found.sealed} entries chained, {found.unsealed} waiting to be.")
