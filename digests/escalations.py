"""The escalation clock: nothing waits in memory, every open escalation is asked what is due (law 3)."""

from digests.sweep import Sweep
from handlers.escalations.clock import due_now, take_due_steps
from storage.unit_of_work import Store

EVERY_S = 15.0


async def run_clocks(store: Store) -> int:
    """Takes what is due for every open escalation, each in a unit of its own, so that one never holds up another."""
    async with store.reading() as uow:
        references = await due_now(uow)
    taken = 0
    for reference in references:
        async with store.transaction() as uow:
            taken += await take_due_steps(uow, reference)
    return taken


SWEEPS = (Sweep("escalations: clocks", EVERY_S, run_clocks),)
