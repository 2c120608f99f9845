"""A message of ours read again when somebody answers it: its subject and its buttons, as they left."""

from bot.links import Button
from digests.compose import UnknownKind, compose_note
from digests.messages.kinds import Writing
from handlers.partnership import partnership_of
from storage.bulletins import EDITION, TEST
from storage.tables.deliveries import Delivery
from storage.unit_of_work import UnitOfWork

UNTITLED = "Your reply"


async def read_as_sent(uow: UnitOfWork, row: Delivery, *, base_url: str) -> tuple[str, tuple[Button, ...]]:
    """Subject and buttons. A message whose kind, or whose facts' shape, is from an older version has no buttons."""
    if thread := row.facts.get("thread"):
        subject = str(thread["subject"])
    elif row.kind in (EDITION, TEST):
        bulletin = await uow.bulletins.get(row.about.partition(":")[2])
        return UNTITLED if bulletin is None else bulletin.title, ()
    else:
        subject = ""
    try:
        note = compose_note(row.kind, row.facts, writing=Writing(await partnership_of(uow), uow.now, base_url))
    except (UnknownKind, KeyError, TypeError, ValueError):
        return subject or str(row.facts.get("title", UNTITLED)), ()
    return subject or note.subject, note.buttons
