"""Sending an edition again to somebody who did not get it: the same row, so the same Message-ID and Date, not a second.

Everything here holds the edition first and the rows then, as the freeze does, so nobody waits for each other in a ring.
"""

from collections.abc import Collection

from bot.rules.edition_states import EditionState
from handlers.bulletins.finding import Refused, bulletin_of
from storage.bulletins import messages_about
from storage.claims import afresh
from storage.recipients import best_rows
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

BEGUN = (EditionState.SENDING, EditionState.SENT)
TRIED_AGAIN = (DeliveryState.FAILED, DeliveryState.UNCERTAIN)


async def begun_edition(uow: UnitOfWork, bulletin_id: str) -> Bulletin:
    """An edition that has begun and was not cancelled, held until this unit of work ends. Raises Refused."""
    row = await bulletin_of(uow, bulletin_id, lock=True)
    if row.state == EditionState.CANCELLED:
        raise Refused("This bulletin was cancelled, so nothing of it is sent any more. Begin a new one.")
    if row.state not in BEGUN:
        raise Refused("This bulletin has not been sent yet, so nobody has missed it.")
    return row


async def retry(uow: UnitOfWork, *, bulletin_id: str, person_ids: Collection[int], by: Person) -> int:
    """Sends it again to those of these people for whom it failed or is uncertain. Returns how many. Raises Refused.

    Whoever has it, or waits for it by another row, is left alone; so is everybody for whom a worker holds it now.
    """
    row = await begun_edition(uow, bulletin_id)
    best = await uow.bulletins.recipients.best_of(messages_about(row.id), person_ids=person_ids)
    held = await uow.bulletins.recipients.hold([each.id for each in best.values() if each.state in TRIED_AGAIN])
    again = [delivery for delivery in held if delivery.state in TRIED_AGAIN]
    for delivery in again:
        queue_again(uow, delivery)
        uow.audit.add("delivery.retried", thing=f"delivery:{delivery.id}", by=by, detail={"kind": delivery.kind})
    if again:
        reopen(uow, row)
    return len(again)


async def retry_one(uow: UnitOfWork, *, delivery: Delivery, by: Person) -> bool:
    """The same for one row of an edition, from the page of all messages; False when it does not need that."""
    if delivery.person_id is None:
        return False
    rows = await uow.bulletins.recipients.rows_of(delivery.about, person_id=delivery.person_id)
    best = best_rows(rows).get(delivery.person_id)
    if best is None or best.id != delivery.id:
        return False
    bulletin_id = delivery.about.partition(":")[2]
    try:
        return await retry(uow, bulletin_id=bulletin_id, person_ids=[delivery.person_id], by=by) > 0
    except Refused:
        return False


def queue_again(uow: UnitOfWork, delivery: Delivery) -> None:
    """Puts a row back into the queue, due now, to begin afresh; a time that is over no longer holds it."""
    delivery.state, delivery.due_at = DeliveryState.QUEUED.value, uow.now
    delivery.attempts, delivery.doubts = 0, afresh(delivery.doubts)
    if delivery.not_after is not None and delivery.not_after < uow.now:
        delivery.not_after = None


def reopen(uow: UnitOfWork, row: Bulletin) -> None:
    """An edition of which something waits again is on its way; the sweep closes it when nothing does."""
    if row.state == EditionState.SENT:
        row.state, row.finished_at = EditionState.SENDING.value, None
    uow.deliveries.queued_any = True
