"""Keeping editions as they went out, for the public archive: what readers got, whatever changes later.

Dates that could be booked, titles of series and earlier editions stay as they were; nobody's name, link or token is in
it. Kept once, in the unit of work that freezes the recipients.
"""

from bot.rendering.bulletin.archive import archived
from bot.rules.full_text import folded
from handlers.bulletins.loading import edition_of
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork


async def keep_as_sent(uow: UnitOfWork, row: Bulletin) -> None:
    """Keeps what the archive shows of an edition from now on. Harmless twice: the first copy stays."""
    kept = archived(await edition_of(uow, row, base_url=""))
    words = " ".join(folded(f"{kept.title} {kept.text}").split())
    await uow.as_sent.keep(row, title=kept.title, html=str(kept.html), text=kept.text, words=words)


async def keep_older(uow: UnitOfWork, bulletin_id: str) -> bool:
    """Keeps an edition that a Herald released which did not keep them: as near as can be to what was sent."""
    row = await uow.bulletins.get(bulletin_id, lock=True)
    if row is None:
        return False
    await keep_as_sent(uow, row)
    return True
