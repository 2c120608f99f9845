"""`herald doctor`: looks at everything an installation needs; each cross comes with its remedy."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.cli.shell import CannotDo, Shell
from bot.health import readiness, worker_health
from bot.opening import store_for
from bot.rules.relay import parse_smtp_url
from bot.settings import NAMES, Settings, SettingsProblems
from bot.slack_manifest import SCOPES
from handlers.partnership import NotSetUp, partnership_of
from handlers.policies import policy_from_facts
from handlers.reachability import agencies_without_anybody
from handlers.slack.checks import ask_slack
from storage.reach import DatabaseUnreachable, reach
from storage.unit_of_work import Store, UnitOfWork

REACH_WITHIN_S = 5
LITTLE_DISK = 500_000_000  # bytes; a year of a partnership of 1,000 is far below 100 MB, a backup needs as much again


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. `remedy` says what to do; `blocking` is false for advice that stops nothing."""

    name: str
    good: bool
    found: str
    remedy: str = ""
    blocking: bool = True


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
    for check in (*_addresses(settings), *await _slack(settings)):
        yield check
    yield await _relay(settings)
    for check in _replies(settings):
        yield check
    yield _disk(settings)
    store = store_for(settings, clock=shell.clock)
    try:
        async for check in _database(store):
            yield check
    finally:
        await store.close()


def _addresses(settings: Settings) -> list[Check]:
    host = urlsplit(settings.base_url).hostname or ""
    public = host not in ("127.0.0.1", "localhost", "::1")
    secure = settings.base_url.startswith("https://")
    remedy = "Set HERALD_BASE_URL to the address that people open, with https."
    return [
        Check("public address", public and secure, settings.base_url, remedy, blocking=False),
        Check("mode", settings.live, "live" if settings.live else "practice", "HERALD_MODE=live goes live.", False),
    ]


async def _slack(settings: Settings) -> list[Check]:
    slack = settings.slack
    if slack is None:
        how = "Run: herald slack manifest, make the app in Slack, then set the tokens that it names."
        return [Check("Slack", False, "not set up; everything works by e-mail and on the web", how, blocking=False)]
    ways = ["Socket Mode"] if slack.app_token else []
    ways += [f"{settings.base_url}/slack/events"] if slack.signing_secret else []
    reachable = bool(slack.app_token) or settings.base_url.startswith("https://")
    how = "Slack wants an https address: set HERALD_BASE_URL, or HERALD_SLACK_APP_TOKEN for Socket Mode."
    asked = await ask_slack(slack, scopes=SCOPES)
    return [
        Check("Slack", reachable, f"reaches Herald by {' and '.join(ways)}", how, blocking=False),
        *(Check(one.name, one.good, one.found, one.remedy) for one in asked),
    ]


async def _relay(settings: Settings) -> Check:
    if settings.mail is None:
        return Check("mail relay", False, "not set", "Set HERALD_SMTP_URL; until then e-mails wait.", blocking=False)
    relay = parse_smtp_url(settings.mail.smtp_url)
    remedy = "Check HERALD_SMTP_URL, and that a firewall lets this machine out to the relay."
    try:
        context = ssl.create_default_context(cafile=relay.ca_file or None) if relay.tls == "tls" else None
        async with asyncio.timeout(REACH_WITHIN_S):
            reader, writer = await asyncio.open_connection(relay.host, relay.port, ssl=context)
            greeting = (await reader.readline()).decode("ascii", "replace").strip()
            writer.close()
    except (OSError, TimeoutError) as problem:
        return Check("mail relay", False, f"{relay} does not answer ({problem or 'no time left'})", remedy)
    if relay.exposes_password:
        advice = "Write tls=starttls or tls=tls at the end of HERALD_SMTP_URL."
        return Check("mail relay", False, f"{relay} would be given the password in the clear", advice, blocking=False)
    return Check("mail relay", greeting.startswith("220"), f"{relay} answers", remedy)


def _replies(settings: Settings) -> list[Check]:
    """Whether answers to messages can come in, and how: an address that swallows them must not be offered."""
    if settings.mail is None:
        return []
    domain, listen = settings.mail.domain, settings.mail.listen
    if not settings.mail.inbound:
        advice = "To have replies read, set HERALD_MAIL_DOMAIN and HERALD_MAIL_LISTEN (docs/how-to/connect-mail.md)."
        return [Check("replies by e-mail", False, f"go to {settings.mail.sender}, to be read by people", advice, False)]
    if not listen:
        advice = f"Set HERALD_MAIL_LISTEN, or let your mail server pipe mail for {domain} to: herald receive"
        return [Check("replies by e-mail", False, f"read only if {domain} is piped to Herald", advice, blocking=False)]
    return [Check("replies by e-mail", True, f"{domain}, taken in at {listen} while herald serve runs")]


def _disk(settings: Settings) -> Check:
    folder = settings.state_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(Path(folder)).free
    return Check(
        "disk", free > LITTLE_DISK, f"{free // 1_000_000} MB free", f"Make room below {folder}.", blocking=False
    )


async def _database(store: Store) -> AsyncIterator[Check]:
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
        for check in await _contents(uow):
            yield check
        audit = await uow.audit.verify()
    whole = f"{audit.sealed} entries chained" if audit.first_bad is None else f"broken at entry {audit.first_bad}"
    yield Check("audit log", audit.first_bad is None, whole, "Run: herald audit verify")
    work = await worker_health(store)
    remedy = "Start: herald serve, or herald worker. Not needed before you begin."
    yield Check("background work", work.well, "; ".join(work.problems) or "goes round", remedy, blocking=False)


async def _contents(uow: UnitOfWork) -> list[Check]:
    try:
        partnership = await partnership_of(uow)
    except NotSetUp:
        return [Check("partnership", False, "no file has been applied", "Run: herald apply partnership.yaml")]
    people = await uow.people.present()
    admins = sum("admin" in person.roles for person in people)
    publishers = sum("publisher" in person.roles for person in people)
    empty = [agency.id for agency in agencies_without_anybody(people, await uow.people.agencies())]
    spec = partnership.escalation_policy
    facts = None if spec is None else await uow.partnership.policy(spec.version)
    approved = facts is not None and policy_from_facts(facts).approved
    return [
        Check("partnership", True, partnership.name),
        Check("people", bool(people), f"{len(people)} in the register", "Run: herald people import people.csv"),
        Check("admins", admins > 1, f"{admins} hold the role admin", "Give it to a second person.", blocking=False),
        Check("publishers", publishers > 0, f"{publishers} may release bulletins", "Give somebody that role.", False),
        Check(
            "agencies",
            not empty,
            f"nobody can be alerted at: {', '.join(empty)}" if empty else "each has somebody to alert",
            "Give somebody the role manager, or add role_mailbox to the partnership file.",
            blocking=False,
        ),
        Check(
            "escalation policy",
            approved,
            "approved" if approved else "not approved, or none",
            "Add approved_by and approved_on to escalation_policy once it is agreed; live mode needs them.",
            blocking=False,
        ),
    ]
