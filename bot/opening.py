"""Opens the database of an installation, and says in words why it cannot be opened."""

from bot.clock import Clock, system_clock
from bot.settings import Settings
from storage import schema
from storage.deliveries import SendingPolicy
from storage.reach import reach
from storage.unit_of_work import Store


def store_for(settings: Settings, *, clock: Clock = system_clock) -> Store:
    """The store that these settings describe, not looked at yet."""
    sending = SendingPolicy(live=settings.live, slack=settings.slack is not None)
    return Store(settings.database_url, clock=clock, keyring=settings.keyring, sending=sending)


async def open_store(settings: Settings, *, clock: Clock = system_clock) -> Store:
    """The store, reached and at this program's schema. Raises DatabaseUnreachable, SchemaMismatch."""
    store = store_for(settings, clock=clock)
    try:
        await reach(store.engines)
        await schema.check(store.engines)
    except BaseException:
        await store.close()
        raise
    return store
