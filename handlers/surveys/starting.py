"""Starting from a shipped survey: its text with an id, an audience and a close that only need to be looked over."""

import re
from datetime import date, timedelta

from bot.files.library import Template

OPEN_FOR = timedelta(days=14)


def copy_of(template: Template, *, today: date, taken: frozenset[str]) -> str:
    """The template's text as a survey of this partnership's own, opened by hand, closing two weeks from today."""
    wanted = f"{template.id}-{today:%Y-%m}"
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    new_id = wanted if wanted not in taken else next(name for name in numbered if name not in taken)
    text = re.sub(r"^id: .*$", f"id: {new_id}", template.text, count=1, flags=re.MULTILINE)
    more = (
        "audience: {everyone: true}\n"
        "schedule:\n"
        f"  closes: {today + OPEN_FOR:%Y-%m-%d}T17:00\n"
        "  reminders_after_days: [3, 7]\n"
    )
    return text.replace("privacy:\n", f"{more}privacy:\n", 1)
