"""The figures of an edition: counted from the people, never from counters that could drift."""

from dataclasses import asdict, dataclass
from datetime import datetime

from bot.rules.edition_states import EditionState
from handlers.bulletins.freezing import is_paused
from storage.bulletins import messages_about
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import DeliveryState
from storage.unit_of_work import UnitOfWork


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

    @property
    def meant(self) -> int:
        """How many it is really sent to: all recipients but those held back, called off, or left out in practice."""
        return self.sent + self.queued + self.failed + self.uncertain

    def as_json(self) -> dict[str, object]:
        """The same for `--json`."""
        facts = asdict(self)
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in facts.items()}


async def status_of(uow: UnitOfWork, row: Bulletin) -> Status:
    """Where an edition stands now; `paused` is shown as a state of its own while it is on its way."""
    counts = dict.fromkeys(DeliveryState, 0)
    if row.began_at is not None:
        counts |= await uow.bulletins.recipients.tally(messages_about(row.id))
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
