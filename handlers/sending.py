"""What the operations team can do with sending: pause it, let it go on, try one message again."""

from handlers.bulletins.retrying import retry_one
from storage.claims import afresh
from storage.recipients import EDITION
from storage.switches import PAUSED, SENDING
from storage.tables.deliveries import DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

RUNNING = "running"
TRIED_AGAIN = (DeliveryState.FAILED, DeliveryState.UNCERTAIN)


async def pause(uow: UnitOfWork, *, by: Person) -> None:
    """Stops all sending within a second, alerts included. Nothing is lost; it waits."""
    await uow.switches.set(SENDING, PAUSED)
    uow.audit.add("sending.paused", thing="sending", by=by)


async def resume(uow: UnitOfWork, *, by: Person) -> None:
    """Lets sending go on."""
    await uow.switches.set(SENDING, RUNNING)
    uow.audit.add("sending.resumed", thing="sending", by=by)
    uow.deliveries.queued_any = True


async def retry(uow: UnitOfWork, *, delivery_id: int, by: Person) -> bool:
    """Queues one message again, with the same Message-ID and Date; False when it does not need that.

    It begins afresh: as many tries, and as many of which nobody knows whether they arrived, as it had at first.
    """
    row = await uow.deliveries.get(delivery_id)
    if row is not None and row.kind == EDITION:
        return await retry_one(uow, delivery=row, by=by)
    row = await uow.deliveries.get(delivery_id, lock=True)
    if row is None or row.state not in TRIED_AGAIN:
        return False
    row.state, row.due_at, row.not_after = DeliveryState.QUEUED.value, uow.now, None
    row.attempts, row.doubts = 0, afresh(row.doubts)
    uow.audit.add("delivery.retried", thing=f"delivery:{row.id}", by=by, detail={"kind": row.kind})
    uow.deliveries.queued_any = True
    return True
