"""Applies a file to what Herald remembers, whatever its kind: the explicit table of kinds, and the one way in.

Applying is idempotent: a second time everything is `unchanged`. The caller commits, or rolls back for a dry run.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.files.kinds import FileKind, kind_of
from handlers.apply import Applied, FileSource
from handlers.bookings.applying import apply_briefings
from handlers.bulletins.applying import apply_bulletin
from handlers.deadlines.applying import apply_deadlines
from handlers.partnership_file import apply_partnership
from handlers.surveys.applying import apply_survey
from storage.tables.people import Person
from storage.turns import take_turns
from storage.unit_of_work import UnitOfWork

ApplyFile = Callable[[UnitOfWork, FileSource], Awaitable[list[Applied]]]

APPLY: dict[FileKind, ApplyFile] = {
    FileKind.PARTNERSHIP: apply_partnership,
    FileKind.SURVEY: apply_survey,
    FileKind.BRIEFINGS: apply_briefings,
    FileKind.BULLETIN: apply_bulletin,
    FileKind.DEADLINES: apply_deadlines,
}
"""In the order in which files that name one another are to be applied."""


async def apply_file(
    uow: UnitOfWork,
    *,
    name: str,
    text: str,
    by: Person | None = None,
    folder: Path | None = None,
    minor: bool = False,
) -> list[Applied]:
    """Applies one file of any kind. Raises FileProblems with everything that is wrong in it, NotSetUp too early."""
    kind = kind_of(text, name)
    await take_turns(uow)
    return await APPLY[kind](uow, FileSource(name, text, folder, by, minor))


def in_order(files: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Files as (name, text), so that what others refer to comes first. Raises FileProblems for an unknown kind."""
    order = list(FileKind)
    return sorted(files, key=lambda file: order.index(kind_of(file[1], file[0])))
