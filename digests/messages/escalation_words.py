"""What messages about escalations have in common: the line about danger, moments, a way to the record.

Every message has the facts `reference` and, where it is about a stage, `step` (its number) and `stage` (its label).
Moments are local: those that end in `_by` and `since` as ISO text, `until` in words already. `earlier` holds what it
took in while no way took anything, with moments in UTC (`handlers/escalations/merging.py`).
"""

from datetime import datetime

from bot.links import Button, Purpose
from digests.messages.kinds import Facts, Writing
from handlers.wording import moment_in_words


def danger_lines_of(writing: Writing) -> tuple[str, ...]:
    """What every message about an escalation repeats: whom to ring when a child is in danger."""
    return writing.partnership.front_door.danger_lines()


def moment_of(text: object) -> str:
    """A local moment, kept as ISO text, in words."""
    return moment_in_words(datetime.fromisoformat(str(text)))


def local_moment_of(text: object, writing: Writing) -> str:
    """A moment, kept in UTC, in words and local time."""
    return moment_in_words(datetime.fromisoformat(str(text)).astimezone(writing.partnership.timezone))


def open_button(facts: Facts, label: str = "Open it") -> Button:
    """The way to the record, after signing in."""
    return Button(label, Purpose.ALERT, f"{facts['reference']}/{facts.get('step', 0)}", "read")


def see_button(facts: Facts) -> Button:
    """The same way for the raiser's side, whatever stage it is at by then."""
    return Button("See where it stands", Purpose.ESCALATION, str(facts["reference"]), "read")
