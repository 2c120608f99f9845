"""How the installation is doing, for health checks and metrics: queues, clocks, and whether a write gets through."""

from datetime import UTC, datetime

from sqlalchemy import func, or_, select, text

from storage.tables.audit import AuditEntry
from storage.tables.deliveries import Delivery, DeliveryState
from storage.unit_of_work import UnitOfWork

PROBE = "health-probe"


async def write_probe(uow: UnitOfWork) -> None:
    """Writes one small row, so that a full or read-only disk shows."""
    await uow.switches.set(PROBE, uow.now.isoformat())
    await uow.session.flush()


async def database_clock(uow: UnitOfWork) -> datetime | None:
    """What PostgreSQL's own clock says; None on SQLite, which has no clock of its own."""
    if uow.session.get_bind().dialect.name != "postgresql":
        return None
    found: datetime = (await uow.session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return found.astimezone(UTC)


async def queue_depths(uow: UnitOfWork) -> list[tuple[str, str, int]]:
    """How many deliveries are in each lane and state."""
    query = select(Delivery.lane, Delivery.state, func.count()).group_by(Delivery.lane, Delivery.state)
    found = (await uow.session.execute(query.order_by(Delivery.lane, Delivery.state))).all()
    return [(lane, state, number) for lane, state, number in found]


async def oldest_unsent(uow: UnitOfWork) -> dict[str, datetime]:
    """Since when the oldest delivery of each lane has been due; lanes in which nothing waits are left out.

    Counted from the first try where there was one: a retry moves `due_at`.
    """
    first_due = func.coalesce(Delivery.message_date, Delivery.due_at)
    query = (
        select(Delivery.lane, func.min(first_due))
        .where(Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.CLAIMED)))
        .where(or_(Delivery.message_date.is_not(None), Delivery.due_at <= uow.now))
        .group_by(Delivery.lane)
    )
    return {row[0]: row[1] for row in (await uow.session.execute(query)).all()}


async def unsealed_entries(uow: UnitOfWork) -> int:
    """How many audit entries the sealing sweep has not reached yet."""
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.place.is_(None))
    return (await uow.session.execute(query)).scalar_one()
