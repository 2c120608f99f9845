"""Writing an edition over days and devices: a text that is right is kept, one that is not is kept beside it.

So nothing that was typed is lost, whoever closes the page. A text in which a child may be recognised is never stored
(law 8): it lives in the answer to the request alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.files.problems import FileProblems, Problem
from handlers.apply import FileSource
from handlers.bulletins.applying import Written, check, identifiers_in, image_of, keep
from handlers.partnership import calendar_of
from storage.tables.bulletins import Bulletin, BulletinWorkingText
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NOT_ITS_ID = "The id in the text is not this bulletin's. Put it back, or begin a new bulletin."


class Put(StrEnum):
    """What became of a text."""

    KEPT = "kept"
    BESIDE = "beside"
    """Not right yet: kept beside the one that was right last."""
    FLAGGED = "flagged"
    """Something in it may identify a child: stored nowhere."""
    MEANWHILE = "meanwhile"
    """Somebody else has changed the edition since this person opened it: neither has replaced the other."""
    CLOSED = "closed"
    """The edition is on its way, or was cancelled."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A text as it was looked over: right when `written` is there. `found` are words that may be a child's, and why."""

    text: str
    pictures: Mapping[str, bytes]
    written: Written | None = None
    problems: tuple[Problem, ...] = ()
    found: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A text that is not right yet: whose, and since when. `name` is empty when its writer is not in the register."""

    text: str
    by: int | None
    name: str
    at: datetime


async def judge(uow: UnitOfWork, bulletin_id: str, text: str, pictures: Mapping[str, bytes]) -> Judged:
    """Looks a text over with the pictures at hand; changes nothing."""
    today = (await calendar_of(uow)).local(uow.now).date()
    found = tuple((text[span.start : span.end], span.label) for span in identifiers_in(text, today))
    try:
        written = await check(uow, text, pictures)
        if written.file.id != bulletin_id:
            raise FileProblems([Problem("E201", 1, 1, "id", NOT_ITS_ID)])
    except FileProblems as wrong:
        return Judged(text, pictures, None, wrong.problems, found)
    return Judged(text, pictures, written, written.warnings, found)


async def put(uow: UnitOfWork, row: Bulletin, judged: Judged, *, seen: str, by: Person) -> tuple[Put, Judged]:
    """Stores a text where it belongs. `row` is locked; `seen` is the mark of what the person had before them.

    Gives back the text with what else is wrong with it.
    """
    beside = await uow.working_texts.get(row.id)
    if judged.found:
        return Put.FLAGGED, judged
    if seen != mark_of(row, beside):
        return Put.MEANWHILE, judged
    if judged.written is not None:
        try:
            kept = await keep(uow, FileSource("bulletin", judged.text, by=by), judged.written)
        except FileProblems as too_late:
            return Put.CLOSED, Judged(judged.text, judged.pictures, None, too_late.problems)
        await uow.working_texts.drop(row.id)
        if kept.outcome == "unchanged":
            await _tidy_pictures(uow, row.id, judged.written)
        return Put.KEPT, judged
    await put_beside(uow, row, judged, by=by)
    return Put.BESIDE, judged


async def put_beside(uow: UnitOfWork, row: Bulletin, judged: Judged, *, by: Person) -> None:
    """Keeps a text that is not right, with the pictures that came with it. Never one that was flagged."""
    if judged.found:
        raise ValueError("A text in which a child may be recognised is not stored.")
    await uow.working_texts.put(row.id, text=judged.text, by=by.id)
    known = {image.name for image in await uow.bulletins.images(row.id)}
    for name, content in judged.pictures.items():
        if name not in known:
            await uow.bulletins.add_image(image_of(uow, row.id, name, content))


async def _tidy_pictures(uow: UnitOfWork, bulletin_id: str, written: Written) -> None:
    """Pictures that came with a text that was never finished go with it."""
    if {image.name for image in await uow.bulletins.images(bulletin_id)} != set(written.pictures):
        shown = [image_of(uow, bulletin_id, *each) for each in written.pictures.items()]
        await uow.bulletins.keep_images(bulletin_id, shown)


async def unfinished(uow: UnitOfWork, bulletin_id: str) -> Unfinished | None:
    """The text that somebody has not finished; None when there is none."""
    row = await uow.working_texts.get(bulletin_id)
    if row is None:
        return None
    person = None if row.by is None else await uow.people.get(row.by)
    return Unfinished(row.text, row.by, "" if person is None else person.name, row.at)


def mark_of(row: Bulletin, beside: BulletinWorkingText | Unfinished | None) -> str:
    """What a page carries, so that nobody replaces what they have not seen: the text kept, and the one beside it."""
    other = "" if beside is None else f"\0{beside.text}"
    return hashlib.sha256(f"{row.content_hash}{other}".encode()).hexdigest()[:32]
