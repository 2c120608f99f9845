"""Results on the outbox: what became of claimed deliveries, written down many at a time, fenced by their leases.

Whoever writes a result must still hold the claim's token (`storage/claims.py`). Every try is kept as an attempt.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Select, Table, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.many_rows import fetched, given, ids_given, rows_of
from storage.tables.deliveries import Delivery, DeliveryAttempt, DeliveryState

LONGEST_REPLY: Final = 500

_TABLE: Final = cast("Table", Delivery.__table__)
"""The plain table, past the mapper, as in `storage/claims.py`."""


class Recorded(NamedTuple):
    """What became of one claimed delivery.

    `retry_at` is set when it is to be tried again, `free` when the try cost nothing, `doubt` when nobody knows whether
    it arrived, `accepted_as` how the other side names it.
    """

    delivery_id: int
    lease: str
    outcome: str
    state: DeliveryState
    at: datetime
    reply: str = ""
    accepted_as: str | None = None
    retry_at: datetime | None = None
    free: bool = False
    doubt: bool = False


class Results:
    """Writes results within one unit of work."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def settle(self, results: Sequence[Recorded]) -> set[int]:
        """Writes down what became of claimed deliveries. Returns the ids of those that were still ours.

        Every try is kept as an attempt, also when the claim had passed to somebody else: it did happen.
        """
        if not results:
            return set()
        told = {**rows_of(_row(result) for result in results), "at": _about(results)}
        leases = dict(await fetched(self._session, _leases_query(self._dialect), told))
        ours = [result for result in results if leases.get(result.delivery_id) == result.lease]
        others = [_parameters(result) for result in ours if result.state is not DeliveryState.SENT]
        if len(others) < len(ours):
            await self._session.execute(_sent_statement(self._dialect), told)
        if others:
            await self._session.execute(_SETTLE, others)
        await self._session.execute(_tried_statement(self._dialect), told)
        return {result.delivery_id for result in ours}

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name


def _settle_statement() -> Any:
    columns = _TABLE.c
    due = bindparam("retry_at", type_=columns.due_at.type)
    return (
        update(_TABLE)
        .where(columns.id == bindparam("row_id"), columns.lease == bindparam("held_lease"))
        .values(
            state=bindparam("new_state"),
            last_reply=bindparam("reply"),
            due_at=func.coalesce(due, columns.due_at),
            attempts=columns.attempts - bindparam("refund", type_=columns.attempts.type),
            doubts=columns.doubts + bindparam("doubt", type_=columns.doubts.type),
            lease=None,
            lease_owner=None,
        )
    )


_SETTLE: Final = _settle_statement()


@lru_cache
def _leases_query(dialect: str) -> Select[Any]:
    query = select(_TABLE.c.id, _TABLE.c.lease).where(_TABLE.c.id.in_(ids_given(dialect)))
    return query.with_for_update()


@lru_cache
def _sent_statement(dialect: str) -> Any:
    """The usual end, for all of them at once. It asks for nothing back: that would be a row for each."""
    rows = given(dialect, numbers=["id"], texts=["lease", "state", "reply", "taken_as"])
    return (
        update(_TABLE)
        .where(_TABLE.c.id == rows.c.id, _TABLE.c.lease == rows.c.lease, rows.c.state == DeliveryState.SENT.value)
        .values(
            state=DeliveryState.SENT.value,
            last_reply=rows.c.reply,
            accepted_as=func.coalesce(rows.c.taken_as, _TABLE.c.accepted_as),
            sent_at=bindparam("at", type_=_TABLE.c.sent_at.type),
            lease=None,
            lease_owner=None,
        )
    )


@lru_cache
def _tried_statement(dialect: str) -> Any:
    """Only of deliveries that are still there: somebody may have been erased meanwhile."""
    attempt = cast("Table", DeliveryAttempt.__table__)
    rows = given(dialect, numbers=["id"], texts=["outcome", "reply"])
    tries = select(rows.c.id, bindparam("at", type_=attempt.c.at.type), rows.c.outcome, rows.c.reply)
    there = tries.join(_TABLE, _TABLE.c.id == rows.c.id)
    return insert(attempt).from_select(["delivery_id", "at", "outcome", "reply"], there)


def _about(results: Sequence[Recorded]) -> datetime:
    """When a batch came to its end: it gathers for 100 ms, and longer only while the database cannot be reached."""
    return max(result.at for result in results)


def _kept(reply: str) -> str | None:
    return reply[:LONGEST_REPLY].replace("\0", "") or None  # PostgreSQL keeps no NUL


def _parameters(result: Recorded) -> dict[str, object]:
    return {
        "row_id": result.delivery_id,
        "held_lease": result.lease,
        "new_state": result.state.value,
        "reply": _kept(result.reply),
        "retry_at": result.retry_at,
        "refund": int(result.free),
        "doubt": int(result.doubt),
    }


def _row(result: Recorded) -> dict[str, object]:
    return {
        "id": result.delivery_id,
        "lease": result.lease,
        "state": result.state.value,
        "outcome": result.outcome,
        "reply": _kept(result.reply),
        "taken_as": result.accepted_as,
    }
