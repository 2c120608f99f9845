"""An alert that one way does not take goes the other way as well, within a minute.

Most alerts are sent both ways at once (settled: who is told how). Those that go to a person by one way only, and any
whose other way did not exist when they were queued, are looked after here: whatever keeps a relay or Slack from taking
them, and even while a breaker rests and nobody asks the relay at all.
"""

from datetime import timedelta
from typing import Final

from digests.sweep import Sweep
from storage.claims import Claimed
from storage.tables.deliveries import Channel
from storage.unit_of_work import Store

AFTER: Final = timedelta(seconds=30)
"""With a run each 15 s the second way begins within a minute (issue 3: alerts change channel within 60 s)."""
EVERY_S: Final = 15.0


async def change_ways(store: Store) -> int:
    """Queues alerts that have waited too long over the other way. Returns how many there were."""
    async with store.reading() as uow:
        if not await uow.deliveries.alerts_of_one_way(due_before=uow.now - AFTER):
            return 0
    async with store.transaction() as uow:
        changed = 0
        waiting = await uow.deliveries.alerts_of_one_way(due_before=uow.now - AFTER)
        people = await uow.people.by_ids({row.person_id for row in waiting if row.person_id is not None})
        for row in waiting:
            other = Channel.SLACK if row.channel == Channel.EMAIL else Channel.EMAIL
            person = people.get(row.person_id or 0)
            changed += person is not None and await uow.deliveries.switch(Claimed.of(row), person, to=other)
    return changed


SWEEPS: Final = (Sweep("alerts: the second way", EVERY_S, change_ways),)
