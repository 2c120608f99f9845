"""How far an edition has come: counted from the people, never from counters that could drift."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.rules.edition_states import EditionState
from handlers.bulletins.freezing import is_paused
from storage.bulletins import Sending
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import DeliveryState
from storage.unit_of_work import UnitOfWork

BEST_FIRST = (
    DeliveryState.SENT,
    DeliveryState.CLAIMED,
    DeliveryState.QUEUED,
    DeliveryState.UNCERTAIN,
    DeliveryState.FAILED,
    DeliveryState.SUPPRESSED,
    DeliveryState.PRACTICE,
    DeliveryState.CANCELLED,
    DeliveryState.SUPERSEDED,
)
"""Somebody with two rows (Slack refused, so it went by e-mail) counts once, by the better one."""


@dataclass(frozen=True, slots=True)
class Status:
    """The figures of one edition (contract, `bulletin status`). `queued` includes what is being handed over now."""

    id: str
    state: str
    recipients: int
    queued: int
    sent: int
    failed: int
    suppressed: int
    uncertain: int
    cancelled: int
    practice: int
    send_at: datetime | None
    began_at: datetime | None
    finished_at: datetime | None

    def as_json(self) -> dict[str, object]:
        """The same for `--json`."""
        facts = asdict(self)
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in facts.items()}


async def status_of(uow: UnitOfWork, row: Bulletin) -> Status:
    """Where an edition stands now; `paused` is shown as a state of its own while it is on its way."""
    best = best_of(await uow.bulletins.states(row.id))
    counts = Counter(best.values())
    paused = row.state in (EditionState.SENDING, EditionState.APPROVED) and await is_paused(uow, row.id)
    return Status(
        id=row.id,
        state="paused" if paused else row.state,
        recipients=row.recipients,
        queued=counts[DeliveryState.QUEUED] + counts[DeliveryState.CLAIMED],
        sent=counts[DeliveryState.SENT],
        failed=counts[DeliveryState.FAILED],
        suppressed=counts[DeliveryState.SUPPRESSED],
        uncertain=counts[DeliveryState.UNCERTAIN],
        cancelled=counts[DeliveryState.CANCELLED] + counts[DeliveryState.SUPERSEDED],
        practice=counts[DeliveryState.PRACTICE],
        send_at=row.send_at,
        began_at=row.began_at,
        finished_at=row.finished_at,
    )


def best_of(rows: Iterable[tuple[int, DeliveryState]]) -> dict[int, DeliveryState]:
    """The state that counts for each person."""
    best: dict[int, DeliveryState] = {}
    for person_id, state in rows:
        known = best.get(person_id)
        if known is None or BEST_FIRST.index(state) < BEST_FIRST.index(known):
            best[person_id] = state
    return best


async def not_reached(uow: UnitOfWork, row: Bulletin) -> list[Sending]:
    """Who does not have it, and why; those for whom it still waits are not among them."""
    rows = await uow.bulletins.sendings(row.id)
    best = best_of((each.person.id, each.state) for each in rows)
    fine = (DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.CLAIMED)
    shown: dict[int, Sending] = {}
    for each in rows:
        if best[each.person.id] not in fine and each.state is best[each.person.id]:
            shown[each.person.id] = each
    return list(shown.values())
