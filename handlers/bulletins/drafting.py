"""Beginning an edition in the browser: its front matter from a few fields, and a first story to write over."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.files.problems import FileProblems, Problem
from bot.files.values import moment
from handlers.apply import Applied, FileSource
from handlers.bulletins.applying import check, keep
from handlers.bulletins.naming import free_id
from handlers.partnership import calendar_of, partnership_of
from storage.tables.people import Person
from storage.turns import take_turns
from storage.unit_of_work import UnitOfWork

FIRST_STORY = """\
# Your first story
Write here. Each story begins with a heading like the one above.

# Dates for your diary
{{ briefings next=3 }}
"""


async def draft(uow: UnitOfWork, *, title: str, series_id: str, send_at: str, by: Person) -> Applied:
    """Keeps a new draft with an id of its own. Raises FileProblems with what is wrong in the fields."""
    zone = (await partnership_of(uow)).timezone
    when = local_time(send_at, zone)
    local = (await calendar_of(uow)).local(when or uow.now)
    await take_turns(uow)
    bulletin_id = await free_id(uow, series_id, title=title, near=local.date())
    text = front_matter(bulletin_id, title=title, series_id=series_id, send_at=local if when else None) + FIRST_STORY
    return await keep(uow, FileSource("bulletin", text, by=by), await check(uow, text, {}))


def front_matter(bulletin_id: str, *, title: str, series_id: str, send_at: datetime | None) -> str:
    """The first lines of a bulletin file; `send_at` is local time."""
    lines = [
        "---",
        "herald_bulletin: 1",
        f"id: {bulletin_id}",
        f"series: {series_id}",
        f"title: {json.dumps(title, ensure_ascii=False)}",  # a JSON text is a YAML text in double quotes
        f"audience: {{series: {series_id}}}",
    ]
    lines += [f"send_at: {send_at:%Y-%m-%dT%H:%M}"] if send_at else []
    return "\n".join([*lines, "---", ""])


def local_time(text: str, zone: ZoneInfo) -> datetime | None:
    """The instant of a local time that somebody typed; None for nothing. Raises FileProblems."""
    when = moment(text.replace(" ", "T"), zone) if text else None
    if text and when is None:
        message = f"“{text[:40]}” is not a date and time. Write it like 2026-12-01T09:00, or leave it empty."
        raise FileProblems([Problem("E208", 1, 1, "send_at", message)])
    return when
