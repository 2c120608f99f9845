"""What the register does by itself: people whose last day is over are marked as having left."""

from digests.sweep import Sweep
from handlers.partnership import NotSetUp
from handlers.people_care import end_of_stay
from storage.unit_of_work import Store


async def let_people_leave(store: Store) -> int:
    """Ends the stay of people whose last day is over."""
    try:
        async with store.transaction() as uow:
            return await end_of_stay(uow)
    except NotSetUp:
        return 0


SWEEPS: tuple[Sweep, ...] = (Sweep("people.leave", 900, let_people_leave),)
