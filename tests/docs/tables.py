"""The reference tables of `docs/`, made from the program itself.

A page holds `<!-- table: NAME -->` and `<!-- end -->`; what stands between is one of these. `python -m tests.docs.tables`
writes them anew; `test_reference.py` fails while a page says something else than the program.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.app import build
from bot.cli.command import Argument, Command
from bot.cli.commands import COMMANDS
from bot.rules.deadline_kinds import KINDS as DEADLINE_KINDS
from bot.rules.deadline_kinds import Months, Rule, WorkingDays
from bot.rules.nudge_ladder import LONG, SHORT, Count, Tread
from bot.settings import NAMES, Settings
from bot.slack_events import PATH as SLACK_EVENTS
from digests.messages import KINDS as MESSAGE_KINDS
from digests.timetable import FACTORIES, SWEEPS, Tools
from handlers.permissions import RULES, Open, Who, who_may
from handlers.web.site import ROUTERS
from storage.retention import schedule
from storage.tables.base import Table

DOCS = Path(__file__).resolve().parents[2] / "docs"
PLACE = re.compile(r"(<!-- table: (?P<name>[a-z-]+) -->\n)(?P<table>.*?)(<!-- end -->)", re.DOTALL)


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in body]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Every command with its options."""
    return rows(("command", "does"), ((f"`{_called(command)}`", command.help) for command in COMMANDS))


def _called(command: Command) -> str:
    return " ".join(("herald", *command.words, *(_argument(one) for one in command.arguments)))


def _argument(one: Argument) -> str:
    name, said = one.names[0], one.said
    if not name.startswith("-"):
        metavar = str(said.get("metavar", name.upper()))
        return f"{metavar}..." if said.get("nargs") == "+" else metavar
    if said.get("action") == "store_true":
        return f"[{name}]"
    choices = said.get("choices")
    value = "|".join(choices) if choices else str(said.get("metavar", name.strip("-").upper()))
    return f"{name} {value}" if said.get("required") else f"[{name} {value}]"


def settings() -> str:
    """Every setting."""
    return rows(("setting", "what it is"), ((f"`{name}`", meaning) for name, meaning in NAMES.items()))


def routes() -> str:
    """Every page, with who may look and who may act."""
    found: dict[str, set[str]] = {}
    for router in ROUTERS:
        for route in router.routes:
            found.setdefault(str(getattr(route, "path", "")), set()).update(getattr(route, "methods", None) or ())
    return rows(
        ("address", "methods", "who may look", "who may act"),
        ((f"`{path}`", ", ".join(sorted(methods)), *_who_of(path, methods)) for path, methods in sorted(found.items())),
    )


def _who_of(path: str, methods: set[str]) -> tuple[str, str]:
    look = _who(who_may(path, "GET")) if "GET" in methods else ""
    return look, _who(who_may(path, "POST")) if "POST" in methods else ""


def _who(who: Who) -> str:
    return str(who.value) if isinstance(who, Open) else ", ".join(sorted(who)) or "nobody"


def machine_routes() -> str:
    """What programs ask, beside the pages."""
    keys = {"HERALD_SECRET_KEY": "s" * 32, "HERALD_SLACK_BOT_TOKEN": "x", "HERALD_SLACK_SIGNING_SECRET": "x"}
    site = build(Settings.from_env(keys)).site
    pages = {str(getattr(route, "path", "")) for router in ROUTERS for route in router.routes}
    own = {
        str(getattr(route, "path", "")): ", ".join(sorted((getattr(route, "methods", None) or {"GET"}) - {"HEAD"}))
        for route in site.routes
    }
    own[SLACK_EVENTS] = "POST"  # answered before there is a route to look for
    return rows(("address", "methods"), ((f"`{path}`", own[path]) for path in sorted(own) if path not in pages | {""}))


def permissions() -> str:
    """The table of `handlers/permissions.py`, as it stands there."""
    return rows(
        ("pages", "who may look", "who may act"),
        ((f"`{pages}`", _who(rule.look), _who(rule.act or rule.look)) for pages, rule in RULES.items()),
    )


def retention() -> str:
    """The retention table."""
    lines = ((record, _days(keep), then, why) for record, keep, then, why in schedule())
    return rows(("what", "kept for", "then", "why"), lines)


def _days(span: timedelta) -> str:
    return "1 day" if span.days == 1 else f"{span.days} days"


def sweeps() -> str:
    """The timetable."""
    tools = Tools(slack=AsyncWebClient(token="xoxb-asked-nothing"), alarm_webhook="https://alarm.example.org")
    made = (sweep for factory in FACTORIES for sweep in factory(tools))
    return rows(("sweep", "every"), ((sweep.name, _seconds(sweep.every_s)) for sweep in (*SWEEPS, *made)))


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def schema() -> str:
    """Every table of the database, with what its class says of it."""
    mapped = sorted((mapper.class_ for mapper in Table.registry.mappers), key=lambda made: made.__tablename__)
    return rows(("table", "what a row is"), ((f"`{one.__tablename__}`", _first_line(one)) for one in mapped))


def _first_line(thing: type) -> str:
    return (thing.__doc__ or "").strip().split("\n")[0]


def messages() -> str:
    """Every kind of message, without its meaning: the page says that, and the test compares the names."""
    return ", ".join(f"`{kind}`" for kind in MESSAGE_KINDS) + "\n"


def deadline_kinds() -> str:
    """The kinds of deadline, their anchors and steps."""
    return rows(
        ("kind", "counts from", "steps", "statutory"),
        (
            (
                f"`{key}`",
                kind.anchor_label,
                "; ".join(f"{step.label}: {_rule(step.rule)}" for step in kind.steps if step.label) or "its own date",
                "yes" if kind.statutory else "no",
            )
            for key, kind in DEADLINE_KINDS.items()
        ),
    )


def _rule(rule: Rule) -> str:
    match rule:
        case WorkingDays(days):
            return f"{days} working days"
        case Months(months, 0):
            return f"{months} months"
        case Months(months, ahead):
            return f"{ahead} working days before {months} months"
        case _:
            return "on the date"


def nudges() -> str:
    """The ladders of reminders."""
    ladders = (("long", LONG), ("short", SHORT))
    lines = ((name, _when(tread), ", ".join(tread.whom)) for name, ladder in ladders for tread in ladder)
    return rows(("ladder", "when", "who is told"), lines)


def _when(tread: Tread) -> str:
    if tread.count is Count.HALF_WAY:
        return "half-way"
    if tread.days == 0:
        return "on the day"
    unit = str(tread.count) if abs(tread.days) > 1 else str(tread.count).removesuffix("s")
    return f"{abs(tread.days)} {unit} {'before' if tread.days < 0 else 'after'}"


TABLES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "routes": routes,
    "machine-routes": machine_routes,
    "permissions": permissions,
    "retention": retention,
    "sweeps": sweeps,
    "schema": schema,
    "messages": messages,
    "deadline-kinds": deadline_kinds,
    "nudges": nudges,
}


def pages() -> list[Path]:
    """Every page of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def brought_up_to_date(text: str) -> str:
    """The page with every table as the program has it now. Raises KeyError for a table that there is not."""
    return PLACE.sub(lambda found: f"{found[1]}{TABLES[found['name']]()}{found[4]}", text)


def main() -> None:
    """Writes every page whose tables have changed."""
    argparse.ArgumentParser(prog="python -m tests.docs.tables", description=main.__doc__).parse_args()
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = brought_up_to_date(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(page.relative_to(DOCS))


if __name__ == "__main__":
    main()
