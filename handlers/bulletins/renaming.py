"""Giving an edition another id while nothing of it was sent: afterwards its address stands in readers' mail."""

import re
from typing import Final

from bot.files.bulletin import ID_RULE
from bot.files.values import SLUG
from bot.rules.edition_states import CAN_CHANGE, EditionState
from handlers.bulletins.applying import content_hash, image_of
from handlers.bulletins.finding import Refused, bulletin_of
from handlers.bulletins.freezing import is_paused
from handlers.bulletins.naming import free_id
from handlers.partnership import calendar_of
from handlers.sending import RUNNING
from storage.bulletins import messages_about
from storage.switches import PAUSED, SENDING
from storage.tables.bulletins import Bulletin
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

_ID_LINE: Final = re.compile(r"^id:[^\n]*$", re.MULTILINE)


def may_rename(row: Bulletin) -> bool:
    """Whether its id may still change: nothing was sent under it."""
    return row.state in CAN_CHANGE and row.began_at is None


async def proposed_id(uow: UnitOfWork, row: Bulletin) -> str:
    """The id that goes with its title and date as they are now."""
    calendar = await calendar_of(uow)
    near = calendar.local(row.send_at or uow.now).date()
    return await free_id(uow, row.series_id, title=row.title, near=near, own=row.id)


async def rename(uow: UnitOfWork, *, bulletin_id: str, to: str, by: Person) -> Bulletin:
    """Gives an edition another id, with its pictures and its unfinished text. An approval is void. Raises Refused."""
    row = await bulletin_of(uow, bulletin_id, lock=True)
    if not may_rename(row):
        raise Refused("It has been sent or was cancelled, so its address stays as it is.")
    if not SLUG.fullmatch(to):
        raise Refused(f"“{to[:60]}” cannot be an address. Use {ID_RULE}.")
    if to == row.id:
        return row
    approved, paused = row.state != EditionState.DRAFT, await is_paused(uow, row.id)
    renamed = await uow.bulletins.rename(row, to)
    if renamed is None:
        raise Refused(f"Another edition has the address {to} already. Choose another one.")
    await _rewritten(uow, renamed, by=by)
    if paused:
        await uow.switches.set(f"{SENDING}:{messages_about(to)}", PAUSED)
        await uow.switches.set(f"{SENDING}:{messages_about(bulletin_id)}", RUNNING)
    detail = {"was": bulletin_id, "hash": renamed.content_hash, "approval_void": approved}
    uow.audit.add("bulletin.renamed", thing=messages_about(to), by=by, detail=detail)
    return renamed


async def _rewritten(uow: UnitOfWork, row: Bulletin, *, by: Person) -> None:
    """Its texts with the new id; pictures under names that go with it. It is a change, so nobody has approved it."""
    images = {image.name: image.content for image in await uow.bulletins.images(row.id)}
    row.source = with_id(row.source, row.id)
    row.content_hash, row.changed_at, row.author_id = content_hash(row.source, images), uow.now, by.id
    row.state = EditionState.DRAFT.value
    row.approved_by, row.approved_at, row.approved_hash = None, None, None
    beside = await uow.working_texts.get(row.id)
    if beside is not None:
        beside.text = with_id(beside.text, row.id)
    await uow.bulletins.keep_images(row.id, [image_of(uow, row.id, *each) for each in images.items()])


def with_id(text: str, bulletin_id: str) -> str:
    """A text with another id in its front matter; everything else stays as it was written."""
    end = text.find("\n---", 3)
    front, rest = (text, "") if end < 0 else (text[:end], text[end:])
    written = bulletin_id if "-" in bulletin_id else f'"{bulletin_id}"'  # a word such as yes would not be read as text
    return _ID_LINE.sub(f"id: {written}", front, count=1) + rest
