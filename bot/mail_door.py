"""Opens the door for mail that comes in: joins the handler with the words of our own messages, and listens."""

import contextlib
from collections.abc import AsyncIterator

from bot.links import Button
from bot.settings import Settings
from digests.as_sent import read_as_sent
from handlers.mail.listener import Listening, listening
from handlers.mail.receiving import MailContext
from storage.tables.deliveries import Delivery
from storage.unit_of_work import Store, UnitOfWork


def mail_context(store: Store, settings: Settings) -> MailContext | None:
    """What the door for mail needs; None where no mail is set up."""
    if settings.mail is None:
        return None

    async def as_sent(uow: UnitOfWork, row: Delivery) -> tuple[str, tuple[Button, ...]]:
        return await read_as_sent(uow, row, base_url=settings.base_url)

    return MailContext(store, settings.mail, as_sent)


@contextlib.asynccontextmanager
async def listening_for_mail(store: Store, settings: Settings) -> AsyncIterator[Listening | None]:
    """Listens at HERALD_MAIL_LISTEN until the block ends; None where it is not set. Raises OSError."""
    context = mail_context(store, settings)
    if context is None or not context.mail.listen:
        yield None
        return
    async with listening(context, listen=context.mail.listen) as listener:
        yield listener
