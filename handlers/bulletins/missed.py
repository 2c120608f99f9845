"""Who is meant to have an edition now and does not, and why; and sending it to them, once.

Nobody is among them who has it, for whom it still waits, or of whom nobody knows: a doubt is for a person to look at,
one by one (`retrying.py`). Whoever's message was accepted and came back for good does not have it. Whoever has a row
keeps it; whoever has none gets one under the key that the freeze would have used. So however often this is done, by
however many people at once, each person has one message.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.rules.held_reasons import LEFT, LEFT_SERIES
from bot.rules.reply_words import meaning_of
from handlers.bulletins.finding import Refused
from handlers.bulletins.freezing import delivery_for, portions_of_reach
from handlers.bulletins.retrying import begun_edition, queue_again, reopen
from storage.bulletins import messages_about
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

PUBLISHER = "publisher"
JOINED = "They joined the audience after it was sent"
MENDED = "Mail could not reach their address; now it may, because it was mended or given another chance"
CAME_BACK = "It came back. Nothing is held against their address now, so it may reach them"
BACK = "They had left this series or the register, and are back"
WAS_PRACTICE = "It was practice when the others got it"
RAN_OUT = "Its time was over before it reached them"
HAD_IT = (DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class MissedBy:
    """Somebody who would get it now, and why they have not."""

    person: Person
    why: str
    row: Delivery | None


@dataclass(frozen=True, slots=True)
class Missed:
    """Those who would get it now; and how many do not have it for another reason: no address that works, a doubt."""

    people: tuple[MissedBy, ...]
    unreachable: int
    in_doubt: int


async def who_missed(uow: UnitOfWork, row: Bulletin) -> Missed:
    """Judges the audience as it is now against what each of them has received, a thousand people at a time."""
    about = messages_about(row.id)
    returned = await uow.bulletins.recipients.returned(about)
    people: list[MissedBy] = []
    unreachable = 0
    async for reach in portions_of_reach(uow, row):
        ids = [person.id for person in (*reach.going, *reach.refused)]
        best = await uow.bulletins.recipients.best_of(about, person_ids=ids)
        without = {person_id for person_id in ids if not _has_it(best.get(person_id), returned)}
        for person in reach.going:
            if person.id in without:
                people.append(MissedBy(person, why_missed(best.get(person.id)), best.get(person.id)))
        unreachable += sum(person.id in without for person in reach.refused)
    return Missed(tuple(people), unreachable, await uow.bulletins.recipients.in_doubt(about))


async def send_to_missed(uow: UnitOfWork, *, bulletin_id: str, by: Person | None = None) -> int:
    """Sends it to those who missed it. Returns how many. Raises Refused.

    The edition is held meanwhile: of two publishers who press at once, the second finds nobody left.
    """
    if by is not None and PUBLISHER not in by.roles:
        raise Refused(f"{by.name} is not a publisher. Ask a publisher to send it to those who missed it.")
    row = await begun_edition(uow, bulletin_id)
    missed = (await who_missed(uow, row)).people
    old = {each.row.id: each.row.state for each in missed if each.row is not None}
    again = [held for held in await uow.bulletins.recipients.hold(list(old)) if held.state == old[held.id]]
    for delivery in again:
        queue_again(uow, delivery)
    new = [delivery_for(uow, row, each.person) for each in missed if each.row is None]
    for made in new:
        made["not_after"] = row.not_after if row.not_after is not None and row.not_after > uow.now else None
    await uow.deliveries.queue(new)
    if again or new:
        row.recipients += len(new)
        reopen(uow, row)
        detail = {"people": len(again) + len(new), "new": len(new)}
        uow.audit.add("bulletin.sent-to-missed", thing=messages_about(row.id), by=by, detail=detail)
    return len(again) + len(new)


def why_missed(row: Delivery | None) -> str:
    """In plain words why somebody does not have it; `row` is the delivery that counts for them, if there is one."""
    if row is None:
        return JOINED
    match DeliveryState(row.state):
        case DeliveryState.FAILED:
            meaning = meaning_of(row.last_reply or "")
            if meaning is None:
                return f"It could not be delivered: {row.last_reply or 'nobody noted why'}"
            return MENDED if meaning.address else f"It was refused: {meaning.words}"
        case DeliveryState.SENT:
            return CAME_BACK
        case DeliveryState.SUPPRESSED:
            return BACK if row.last_reply == LEFT_SERIES else MENDED
        case DeliveryState.PRACTICE:
            return WAS_PRACTICE
        case _:
            return BACK if row.last_reply == LEFT else RAN_OUT


def _has_it(row: Delivery | None, returned: Mapping[int, str]) -> bool:
    """Whether they have it, or will by themselves, or may have it: one that was ever in doubt may have arrived."""
    if row is None or row.id in returned:
        return False
    return row.state in HAD_IT or (row.state == DeliveryState.FAILED and row.doubts > 0)
