"""Claims on the outbox: taking what is due under a lease, keeping it, giving it back.

A claim is a lease with a token of its own. Whoever writes down a result must still hold the token: a worker that slept
too long cannot close what another has taken over meanwhile (reference/technology.md 1.5).
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.many_rows import fetched, given, rows_of
from storage.tables.base import Facts
from storage.tables.deliveries import Channel, Delivery, DeliveryAttempt, DeliveryState, Lane

RESENDS: Final = 2
"""How often a message is sent again of which nobody knows whether it arrived; then it rests for a person (settled)."""


def comes_again(doubts: int) -> bool:
    """Whether a message that has been in doubt so often, and now is once more, is sent again by itself."""
    return doubts % (RESENDS + 1) < RESENDS


def afresh(doubts: int) -> int:
    """The doubts of a message that a person tries again: as many tries by itself follow as at first.

    Rounded up and not back to none: it may have arrived, and is never counted as missed (`storage/recipients.py`).
    """
    return -(-doubts // (RESENDS + 1)) * (RESENDS + 1)


_TABLE: Final = cast("Table", Delivery.__table__)
"""The plain table: statements over many rows go past the mapper, which would take each of them in its hands."""

LEASE_RAN_OUT: Final = "its worker fell silent; nobody knows whether it was handed over"


@dataclass(slots=True)
class Claimed:
    """A delivery as the drain carries it: what writing, judging and settling it takes, and no more.

    Plain values instead of a mapped row: a bulletin has thousands, and the mapper's care costs each of them more than
    its relay does (benchmarks/bulletin.py). Message-ID and Date are fixed by `Claims.take`.
    """

    id: int
    ledger_key: str
    lane: str
    kind: str
    channel: str
    person_id: int | None
    address: str | None
    about: str
    facts: Facts
    not_after: datetime | None
    attempts: int
    doubts: int
    message_id: str | None
    message_date: datetime | None
    replaces: str | None

    @classmethod
    def of(cls, row: Delivery) -> "Claimed":
        """The same of a mapped row."""
        return cls(*(getattr(row, name) for name in cls.__slots__))


_CARRIED: Final = tuple(_TABLE.c[name] for name in Claimed.__slots__)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one worker has taken of a lane: the token that proves it, until when, and the rows."""

    lane: Lane
    token: str
    until: datetime
    rows: Sequence[Claimed]


class Claims:
    """Queries over claims within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def due(self, *, channel: Channel, lanes: Sequence[Lane]) -> list[Lane]:
        """Those of the lanes in which something could be claimed: a look without the lock."""
        if not lanes:
            return []
        waits = select(_TABLE.c.id).where(
            _TABLE.c.state.in_((DeliveryState.QUEUED, DeliveryState.CLAIMED)),
            _TABLE.c.channel == channel.value,
            _TABLE.c.due_at <= self._now,
        )
        looks = [waits.where(_TABLE.c.lane == lane.value).exists().label(lane.value) for lane in lanes]
        found = (await self._session.execute(select(*looks))).one()
        return [lane for lane, there in zip(lanes, found, strict=True) if there]

    async def take(
        self,
        *,
        lane: Lane,
        channel: Channel,
        limit: int,
        lease: timedelta,
        owner: str,
        names: Callable[[str], str],
        but_not_about: Collection[str] = (),
    ) -> Claim:
        """Takes up to `limit` queued deliveries of a lane that are due, the longest due first.

        Their Message-ID (`names` makes it from the ledger key) and Date are fixed by the first claim, before anything
        is sent (settled: uncertain mail). On PostgreSQL others' locked rows are passed over; SQLite has one writer.
        """
        query = (
            select(*_CARRIED)
            .where(
                _TABLE.c.state == DeliveryState.QUEUED,
                _TABLE.c.channel == channel.value,
                _TABLE.c.lane == lane.value,
                _TABLE.c.due_at <= self._now,
            )
            .order_by(_TABLE.c.due_at, _TABLE.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if but_not_about:
            query = query.where(_TABLE.c.about.not_in(list(but_not_about)))
        rows = [Claimed(*row) for row in await fetched(self._session, query)]
        claim = Claim(lane, secrets.token_urlsafe(12), self._now + lease, sorted(rows, key=attrgetter("id")))
        date = self._date_of(lane)
        for row in rows:
            row.attempts += 1
            if row.message_id is None:
                row.message_id, row.message_date = names(row.ledger_key), date
        if rows:
            named = rows_of({"id": row.id, "name": row.message_id} for row in rows)
            taken = {"token": claim.token, "until": claim.until, "owner": owner, "date": date}
            await self._session.execute(_take_statement(self._dialect), {**named, **taken})
        return claim

    def _date_of(self, lane: Lane) -> datetime:
        """A bulletin is compiled once for each Date, so its readers share one for a whole minute."""
        now = self._now.replace(microsecond=0)
        return now.replace(second=0) if lane is Lane.BULLETIN else now

    async def renew(self, tokens: Collection[str], *, until: datetime) -> set[str]:
        """Keeps claims that are still being worked on. Returns the tokens that are still held."""
        kept = await self._session.execute(
            update(Delivery)
            .where(Delivery.state == DeliveryState.CLAIMED, Delivery.lease.in_(list(tokens)))
            .values(due_at=until)
            .returning(Delivery.lease)
            .execution_options(synchronize_session=False)
        )
        return {token for token in kept.scalars() if token}

    async def release(self, token: str, ids: Collection[int]) -> int:
        """Gives back claimed deliveries that were not tried. Returns how many."""
        return await self._give_back(Delivery.lease == token, Delivery.id.in_(list(ids)))

    async def free_owner(self, owner: str) -> int:
        """Gives back what a dead worker held and, as its journal shows, had not begun to hand over."""
        return await self._give_back(Delivery.lease_owner == owner)

    async def free_expired(self) -> int:
        """Takes over what a silent worker held. Whether it handed anything over is unknown: a doubt for each."""
        run_out = (
            select(Delivery.id, Delivery.doubts)
            .where(Delivery.state == DeliveryState.CLAIMED, Delivery.due_at <= self._now)
            .with_for_update(skip_locked=True)
        )
        found = (await self._session.execute(run_out)).all()
        for resting in (False, True):
            ids = [row.id for row in found if comes_again(row.doubts) is not resting]
            if ids:
                state = DeliveryState.UNCERTAIN if resting else DeliveryState.QUEUED
                await self._session.execute(
                    update(Delivery)
                    .where(Delivery.id.in_(ids))
                    .values(state=state, due_at=self._now, lease=None, lease_owner=None, doubts=Delivery.doubts + 1)
                    .execution_options(synchronize_session=False)
                )
        if found:
            attempt = {"at": self._now, "outcome": "uncertain", "reply": LEASE_RAN_OUT}
            await self._session.execute(insert(DeliveryAttempt), [{"delivery_id": row.id, **attempt} for row in found])
        return len(found)

    async def held(self, tokens: Mapping[int, str]) -> dict[int, Claimed]:
        """Those of the deliveries that are still claimed under the token given for each, locked, by id."""
        query = select(_TABLE.c.lease, *_CARRIED).where(
            _TABLE.c.id.in_(list(tokens)), _TABLE.c.state == DeliveryState.CLAIMED
        )
        rows = (await self._session.execute(query.with_for_update())).all()
        return {row.id: Claimed(*row[1:]) for row in rows if row.lease == tokens[row.id]}

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name

    async def _give_back(self, *which: Any) -> int:
        freed = await self._session.execute(
            update(Delivery)
            .where(Delivery.state == DeliveryState.CLAIMED, *which)
            .values(
                state=DeliveryState.QUEUED,
                due_at=self._now,
                lease=None,
                lease_owner=None,
                attempts=Delivery.attempts - 1,
            )
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        return len(freed.all())


@lru_cache
def _take_statement(dialect: str) -> Any:
    rows = given(dialect, numbers=["id"], texts=["name"])
    return (
        update(_TABLE)
        .where(_TABLE.c.id == rows.c.id)
        .values(
            state=DeliveryState.CLAIMED.value,
            due_at=bindparam("until", type_=_TABLE.c.due_at.type),
            lease=bindparam("token"),
            lease_owner=bindparam("owner"),
            attempts=_TABLE.c.attempts + 1,
            message_id=func.coalesce(_TABLE.c.message_id, rows.c.name),
            message_date=func.coalesce(_TABLE.c.message_date, bindparam("date", type_=_TABLE.c.message_date.type)),
        )
    )
