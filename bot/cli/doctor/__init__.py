"""`herald doctor`: looks at everything an installation needs; each cross comes with its remedy."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from bot.cli.doctor.check import Check
from bot.cli.doctor.contents import contents
from bot.cli.doctor.outside import outside
from bot.cli.shell import CannotDo, Shell
from bot.health import readiness, worker_health
from bot.opening import store_for
from bot.settings import NAMES, Settings, SettingsProblems
from storage.reach import DatabaseUnreachable, reach
from storage.resealing import left_to_reseal
from storage.unit_of_work import Store

LITTLE_DISK = 500_000_000  # bytes; a year of a partnership of 1,000 is far below 100 MB, a backup needs as much again
FEW_CHARACTERS = 12  # different ones in a secret of 32 or more; a random one has over 20


async def doctor(shell: Shell) -> None:
    """Prints the list; raises CannotDo when something does not work."""
    checks = [check async for check in _all(shell)]
    if shell.as_json:
        shell.data({"checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            mark = "✓" if check.good else ("✗" if check.blocking else "!")
            shell.result(f"{mark} {check.name}: {check.found}")
            if not check.good and check.remedy:
                shell.result(f"    {check.remedy}")
    crosses = sum(not check.good and check.blocking for check in checks)
    if crosses:
        raise CannotDo(f"{crosses} of {len(checks)} checks failed; what to do stands below each.")


async def _all(shell: Shell) -> AsyncIterator[Check]:
    for advice in shell.environment.advice:
        yield Check(".env", False, "may be read by others", advice, blocking=False)
    try:
        settings = shell.settings
    except SettingsProblems as problems:
        for problem in problems.problems:
            yield Check("settings", False, problem, "Correct it in .env or in the environment.")
        return
    yield Check("settings", True, f"{len(NAMES)} known, all given ones are good")
    for check in _addresses(settings):
        yield check
    async for check in outside(settings):
        yield check
    yield _disk(settings)
    store = store_for(settings, clock=shell.clock)
    try:
        async for check in database(store):
            yield check
    finally:
        await store.close()


def _addresses(settings: Settings) -> list[Check]:
    host = urlsplit(settings.base_url).hostname or ""
    public = host not in ("127.0.0.1", "localhost", "::1")
    secure = settings.base_url.startswith("https://")
    remedy = "Set HERALD_BASE_URL to the address that people open, with https."
    weak = sum(len(set(secret)) < FEW_CHARACTERS for secret in settings.keyring.secrets)
    several = len(settings.keyring.secrets)
    strong = f"{several} in use, each long and varied" if several > 1 else "long and varied"
    new = "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))', and see docs/how-to/rotate-keys.md"
    return [
        Check("public address", public and secure, settings.base_url, remedy, blocking=False),
        Check("secret key", not weak, f"{weak} easy to guess" if weak else strong, new, blocking=False),
        Check("mode", settings.live, "live" if settings.live else "practice", "HERALD_MODE=live goes live.", False),
    ]


def _disk(settings: Settings) -> Check:
    folder = settings.state_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(Path(folder)).free
    return Check(
        "disk", free > LITTLE_DISK, f"{free // 1_000_000} MB free", f"Make room below {folder}.", blocking=False
    )


def _older_keys(left: int, *, several: bool) -> Check:
    """Whether the newest key opens everything that is kept sealed."""
    texts = "1 text is" if left == 1 else f"{left} texts are"
    if left and not several:
        remedy = "Put the older secret back into HERALD_SECRET_KEY, after the newest one, with a comma between."
        return Check("older keys", False, f"{texts} sealed with a key that is not there", remedy)
    found = f"{texts} still sealed with an older one" if left else "everything is sealed with the newest one"
    remedy = (
        "Leave the older one in HERALD_SECRET_KEY: while Herald runs, what it sealed is sealed anew within minutes."
    )
    return Check("older keys", not left, found, remedy, blocking=False)


async def database(store: Store) -> AsyncIterator[Check]:
    """What the doctor sees of the database: whether it can be reached and written, what is in it, who works on it."""
    try:
        await reach(store.engines)
    except DatabaseUnreachable as problem:
        yield Check("database", False, str(problem), "Herald can do nothing without it.")
        return
    ready = await readiness(store)
    yield Check("database", ready.well, "; ".join(ready.problems) or f"schema {ready.facts['schema']}, can be written")
    if not ready.well:
        return
    async with store.reading() as uow:
        for check in await contents(uow):
            yield check
        audit = await uow.audit.verify()
        left = await left_to_reseal(uow)
    whole = f"{audit.sealed} entries chained" if audit.first_bad is None else f"broken at entry {audit.first_bad}"
    yield Check("audit log", audit.first_bad is None, whole, "Run: herald audit verify")
    yield _older_keys(left, several=bool(store.keyring.older))
    work = await worker_health(store)
    remedy = "Start: herald serve, or herald worker. Not needed before you begin."
    yield Check("background work", work.well, "; ".join(work.problems) or "goes round", remedy, blocking=False)
