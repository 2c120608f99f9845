"""`herald init`: asks what a new installation needs, writes `.env` and `partnership.yaml`, says what comes next."""

import os
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.cli.shell import BadUsage, CannotDo, Shell
from bot.cli.slack import as_yaml
from bot.environment import parse_env_file
from bot.files.partnership import parse_partnership
from bot.files.problems import FileProblems
from bot.files.values import email, phone, slug_of
from bot.settings import Settings, SettingsProblems
from bot.slack_manifest import manifest_for

ENV = """\
# Herald's settings; see deploy/.env.example for all of them. Keep this file secret.
HERALD_BASE_URL={base_url}
HERALD_DATABASE_URL=sqlite:///herald.db
HERALD_SECRET_KEY={secret}
HERALD_MAIL_FROM={sender}
{smtp}HERALD_MODE=practice
"""

PARTNERSHIP = """\
herald_partnership: 1
name: {name}
short_name: {short}
areas: [{area}]
timezone: Europe/London
holidays: {{country: GB, subdivision: ENG, closures: []}}
office_hours: {{from: "09:00", to: "17:00"}}
front_door: {{name: {door}, phone: "{phone}"}}
sectors: [police, health, children's services, schools, early years, voluntary sector]
agencies:
  - {{id: {agency_id}, name: {agency}, sector: children's services}}
series:
  - {{id: main, title: {title}, cadence: monthly, from_name: {name}}}
escalation_policy:            # an example until your partnership has agreed it: then add approved_by and approved_on
  version: example-1
  stages:
    - {{id: practitioners, label: Practitioners, who: practitioner, acknowledge: 4h, respond: 1d, urgent: 4h}}
    - {{id: managers, label: Line managers, who: manager, acknowledge: 4h, respond: 2d, urgent: 4h}}
    - {{id: executive, label: Executive, who: executive, acknowledge: 1d, respond: 5d, urgent: 24h, final: true}}
"""


Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered at the terminal."""

    name: str
    area: str
    agency: str
    door: str
    phone: str
    base_url: str
    sender: str
    smtp_url: str = field(repr=False)


async def init(shell: Shell) -> None:
    """Asks, checks, writes. Nothing is overwritten without --force."""
    files = (Path(".env"), Path("partnership.yaml"))
    there = [str(file) for file in files if _exists(file)]
    if there and not shell.options.force:
        raise CannotDo(f"{' and '.join(there)} exist already. Move them away, or add --force to overwrite them.")
    if not sys.stdin.isatty():
        raise BadUsage(
            "herald init asks questions, so it needs a terminal. Elsewhere copy deploy/.env.example to .env."
        )
    answers = _ask(shell)
    env, partnership = env_file(answers), partnership_file(answers)
    settings = _checked(env, partnership)
    _write(files[0], env, mode=0o600)
    _write(files[1], partnership, mode=0o644)
    shell.say(
        "Wrote .env (only you may read it) and partnership.yaml (yours to complete: agencies, stages, priorities)."
    )
    shell.say("The Slack app, if you want one (again later with: herald slack manifest):")
    shell.result(as_yaml(manifest_for(settings)))
    shell.say(
        "Next: herald migrate && herald apply partnership.yaml && herald people import people.csv && herald serve"
    )


def _exists(file: Path) -> bool:
    return file.exists()


def _ask(shell: Shell) -> Answers:
    name = _question(shell, "Name of the partnership", "Northmere Safeguarding Children Partnership")
    area = _question(shell, "Its area", name.split()[0])
    return Answers(
        name=name,
        area=area,
        agency=_question(shell, "The agency that leads it", f"{area} Council"),
        door=_question(shell, "Whom to ring when a child may be at risk", f"{area} MASH"),
        phone=_question(shell, "Their telephone number", "", check=_is_phone, hint="Write it like 01632 960001."),
        base_url=_question(shell, "The address under which people will open Herald", "http://127.0.0.1:8000"),
        sender=_question(
            shell, "The address that e-mails come from", "", check=_is_email, hint="Like herald@example.org."
        ),
        smtp_url=_question(shell, "The mail relay (smtp://user:pass@host:port?tls=starttls; empty: later)", ""),
    )


def _question(shell: Shell, text: str, default: str, *, check: Check | None = None, hint: str = "") -> str:
    while True:
        shell.err.write(f"{text}{f' [{default}]' if default else ''}: ")
        shell.err.flush()
        line = sys.stdin.readline()
        if not line:
            raise CannotDo("The questions were not answered to the end, so nothing was written.")
        given = " ".join(line.split()) or default
        if check is None or check(given):
            return given
        shell.say(hint)


def _is_phone(text: str) -> bool:
    return phone(text) is not None


def _is_email(text: str) -> bool:
    return email(text) is not None


def env_file(answers: Answers) -> str:
    """The text of `.env`, with a new secret key."""
    smtp = f"HERALD_SMTP_URL={answers.smtp_url}\n" if answers.smtp_url else ""
    return ENV.format(base_url=answers.base_url, secret=secrets.token_urlsafe(32), sender=answers.sender, smtp=smtp)


def partnership_file(answers: Answers) -> str:
    """The text of `partnership.yaml`: a beginning that works, to be completed."""
    short = re.split(r"\s", answers.name)[0][:40]
    return PARTNERSHIP.format(
        name=_quoted(answers.name),
        short=_quoted(short),
        title=_quoted(f"{short} e-bulletin"),
        area=_quoted(answers.area),
        door=_quoted(answers.door),
        phone=answers.phone,
        agency=_quoted(answers.agency),
        agency_id=slug_of(answers.agency, "-"),
    )


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 '().-]*", text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return text if plain else f'"{escaped}"'


def _checked(env: str, partnership: str) -> Settings:
    try:
        parse_partnership(partnership)
        return Settings.from_env(parse_env_file(env))
    except SettingsProblems as problems:
        raise CannotDo("Nothing was written. " + " ".join(problems.problems)) from problems
    except FileProblems as problems:
        words = " ".join(problem.message for problem in problems.problems)
        raise CannotDo(f"Nothing was written. {words}") from problems


def _write(path: Path, text: str, *, mode: int) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
