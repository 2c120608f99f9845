"""The escalation clock: nothing waits in memory, every open escalation is asked what is due (law 3)."""

from digests.sweep import Sweep, one_by_one
from handlers.escalations.clock import due_now, take_due_steps
from handlers.escalations.taking_over import changed_hands, say_who_speaks
from storage.unit_of_work import Store

EVERY_S = 15.0


async def run_clocks(store: Store) -> int:
    """Takes what is due for every open escalation, each in a unit of its own, so that one never holds up another."""
    async with store.reading() as uow:
        references = await due_now(uow)
    return await one_by_one(store, references, take_due_steps)


async def tell_who_took_over(store: Store) -> int:
    """Tells whoever speaks for a raiser's side since somebody is away, gone or back; returns for how many."""
    async with store.reading() as uow:
        references = await changed_hands(uow)
    return await one_by_one(store, references, say_who_speaks)


SWEEPS = (
    Sweep("escalations: clocks", EVERY_S, run_clocks),
    Sweep("escalations: who took over", EVERY_S, tell_who_took_over),
)
