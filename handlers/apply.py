"""What every kind of file gives back when it is applied. The table of the kinds is in `handlers/files.py`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.files.problems import Problem
from storage.tables.people import Person

Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one thing in a file. `note` says what a person should know about it, such as a lost approval.

    `problems` is advice about the file, each with its place; nothing of it stands in the way.
    """

    kind: str
    id: str
    outcome: Outcome
    note: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file as it came in: its name for messages, its text, its folder (for images beside it), who brings it.

    `by` is None on the command line; `folder` is None when the file was uploaded alone. `minor` says that it only mends
    spelling.
    """

    name: str
    text: str
    folder: Path | None = None
    by: Person | None = None
    minor: bool = False


def outcome_of(*, known: bool, changed: bool) -> Outcome:
    """The word for what became of a thing that was known before or not."""
    if not known:
        return "created"
    return "changed" if changed else "unchanged"
