"""`herald init`: asks what a new installation needs, writes `.env` and `partnership.yaml`, says what comes next."""

import os
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.cli.shell import BadUsage, CannotDo, Shell
from bot.cli.slack import as_yaml
from bot.environment import parse_env_file
from bot.files.partnership import parse_partnership
from bot.files.problems import FileProblems
from bot.files.values import email, phone, slug_of
from bot.rules.relay_presets import ANY, preset_for
from bot.settings import DEFAULT_BASE_URL, Settings, SettingsProblems, SlackSettings
from bot.slack_manifest import manifest_for

ENV = """\
# Herald's settings; see deploy/.env.example for all of them. Keep this file secret.
HERALD_BASE_URL={base_url}
HERALD_DATABASE_URL=sqlite:///herald.db
HERALD_SECRET_KEY={secret}
HERALD_MAIL_FROM={sender}
{smtp}{slack}HERALD_MODE=practice
"""

WAYS = ("none", "http", "socket")
TO_FILL_IN = {
    "none": "",
    "http": "# HERALD_SLACK_BOT_TOKEN=xoxb-...\n# HERALD_SLACK_SIGNING_SECRET=...\n",
    "socket": "# HERALD_SLACK_BOT_TOKEN=xoxb-...\n# HERALD_SLACK_APP_TOKEN=xapp-...\n",
}
"""What the app in Slack gives once it is made from the manifest: lines of `.env` to be completed."""

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
# An example, needs approval: any number of stages, in your own words, with your own times. Once they are agreed add
# approved_by and approved_on; until then they work in practice mode only.
escalation_policy:
  version: example-1
  stages:
    - {{id: practitioners, label: Practitioners, who: practitioner, acknowledge: 4h, respond: 1d, urgent: 4h}}
    - {{id: managers, label: First-line managers, who: manager, acknowledge: 4h, respond: 2d, urgent: 4h}}
    - {{id: senior, label: Senior managers, who: manager, acknowledge: 1d, respond: 2d, urgent: 24h}}
    - {{id: panel, label: Partnership panel, who: executive, acknowledge: 1d, respond: 5d, urgent: 24h}}
    - {{id: partners, label: Lead partners, who: executive, acknowledge: 1d, respond: 5d, urgent: 24h, final: true}}
"""


Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered at the terminal, by options, or line by line on standard input."""

    name: str
    area: str
    agency: str
    door: str
    phone: str
    base_url: str
    sender: str
    smtp_url: str = field(repr=False)
    slack: str = "none"


async def init(shell: Shell) -> None:
    """Asks, checks, writes. Nothing is ever overwritten: a lost secret key closes sealed answers for good."""
    files = (Path(".env"), Path("partnership.yaml"))
    there = [str(file) for file in files if _exists(file)]
    if there:
        raise CannotDo(f"{' and '.join(there)} exist already, and init never overwrites. Move them away first.")
    answers = _ask(shell)
    env, partnership = env_file(answers), partnership_file(answers)
    settings = _checked(env, partnership)
    _write(files[0], env, mode=0o600)
    _write(files[1], partnership, mode=0o644)
    _show_manifest(shell, settings, answers.slack)  # a page long, so it comes before what is to be read and done
    shell.say(
        "Wrote .env (only you may read it) and partnership.yaml (yours to complete: agencies, stages, priorities)."
    )
    _say_preset(shell, settings)
    _say_slack(shell, answers.slack)
    shell.say(
        "Next: herald migrate && herald apply partnership.yaml && herald people import people.csv && herald serve"
    )


def _say_preset(shell: Shell, settings: Settings) -> None:
    """What is known of the relay, so that nobody has to look its limits up."""
    known = preset_for(settings.mail.smtp_url) if settings.mail is not None else ANY
    if known is not ANY:
        shell.say(f"The relay is {known.name}. {known.note} Herald keeps to that; HERALD_SMTP_RATE changes it.")


def _show_manifest(shell: Shell, settings: Settings, way: str) -> None:
    shell.say("The Slack app, if you want one (again later with: herald slack manifest):")
    if way == "socket":  # the manifest differs, though the token is made only after the app
        settings = replace(settings, slack=SlackSettings("", "", app_token="later"))  # noqa: S106 - stands for one
    shell.result(as_yaml(manifest_for(settings)))
    shell.out.flush()  # or it would come last wherever both streams go to one file


def _say_slack(shell: Shell, way: str) -> None:
    """What is left to do in Slack; nothing where it is not wanted."""
    if way != "none":
        where = "at https://api.slack.com/apps from the manifest above"
        shell.say(f"Make the app {where}, then complete the HERALD_SLACK_ lines in .env.")
    if way == "socket":
        shell.say("The app token: Basic Information, App-Level Tokens, with the scope connections:write.")


def _exists(file: Path) -> bool:
    return file.exists()


@dataclass(frozen=True, slots=True)
class Question:
    """A question of `herald init`. `option` answers it on the command line; `check` says whether an answer will do."""

    option: str
    text: str
    default: str = ""
    check: Check | None = None
    hint: str = ""


def _ask(shell: Shell) -> Answers:
    name = _answer(shell, Question("name", "Name of the partnership", "Northmere Safeguarding Children Partnership"))
    area = _answer(shell, Question("area", "Its area", name.split()[0]))
    written = Question("phone", "Their telephone number", "", _is_phone, "Write it like 01632 960001.")
    sender = Question("mail_from", "The address that e-mails come from", "", _is_email, "Like herald@example.org.")
    relay = "The mail relay (smtp://user:pass@host:port?tls=starttls; empty: later)"
    ways = "How Slack reaches Herald (none: not at all; http: at its address; socket: Herald calls Slack)"
    return Answers(
        name=name,
        area=area,
        agency=_answer(shell, Question("agency", "The agency that leads it", f"{area} Council")),
        door=_answer(shell, Question("door", "Whom to ring when a child may be at risk", f"{area} MASH")),
        phone=_answer(shell, written),
        base_url=_answer(
            shell, Question("base_url", "The address under which people will open Herald", DEFAULT_BASE_URL)
        ),
        sender=_answer(shell, sender),
        smtp_url=_answer(shell, Question("smtp_url", relay)),
        slack=_answer(
            shell, Question("slack", ways, WAYS[0], lambda given: given in WAYS, f"One of: {', '.join(WAYS)}.")
        ),
    )


def _answer(shell: Shell, question: Question) -> str:
    """What the option says, else what is typed; where nobody types, the default."""
    option = f"--{question.option.replace('_', '-')}"
    given = getattr(shell.options, question.option)
    if given is not None:
        if question.check is not None and not question.check(given):
            raise BadUsage(f"{option} will not do. {question.hint}")
        return " ".join(given.split())
    while True:
        shell.err.write(f"{question.text}{f' [{question.default}]' if question.default else ''}: ")
        shell.err.flush()
        line = sys.stdin.readline()
        answer = " ".join(line.split()) or question.default
        if question.check is None or question.check(answer):
            return answer
        if not line:
            raise BadUsage(f"Nobody answered “{question.text}”, so nothing was written. Give it with {option}.")
        shell.say(question.hint)


def _is_phone(text: str) -> bool:
    return phone(text) is not None


def _is_email(text: str) -> bool:
    return email(text) is not None


def env_file(answers: Answers) -> str:
    """The text of `.env`, with a new secret key."""
    smtp = f"HERALD_SMTP_URL={answers.smtp_url}\n" if answers.smtp_url else ""
    return ENV.format(
        base_url=answers.base_url,
        secret=secrets.token_urlsafe(32),
        sender=answers.sender,
        smtp=smtp,
        slack=TO_FILL_IN[answers.slack],
    )


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
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
