"""The edition with an id, or words for the person who asked for something that cannot be done."""

from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork


class Refused(Exception):
    """Something that cannot be done with this edition now; the text says why and what to do."""


async def bulletin_of(uow: UnitOfWork, bulletin_id: str, *, lock: bool = False) -> Bulletin:
    """The edition with this id. Raises Refused."""
    row = await uow.bulletins.get(bulletin_id, lock=lock)
    if row is None:
        raise Refused(f"There is no bulletin {bulletin_id}. Look at the ids on /ops/bulletins, or apply its file.")
    return row
