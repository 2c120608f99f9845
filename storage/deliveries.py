"""The outbox within one unit of work: queueing messages, claiming them with a lease, recording what became of them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert_into
from storage.people import is_staff
from storage.tables.base import Facts
from storage.tables.deliveries import Channel, Delivery, DeliveryAttempt, DeliveryState, Lane
from storage.tables.people import Person

UNFINISHED = (DeliveryState.QUEUED, DeliveryState.CLAIMED)
LONGEST_REPLY = 500


@dataclass(frozen=True, slots=True)
class SendingPolicy:
    """Who may be reached in this installation: everybody or, in practice mode, staff only; and whether Slack is set up."""

    live: bool
    slack: bool


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a person. The words are made when it is sent, from `kind` and `facts` (`digests/compose.py`).

    `ledger_key` is what makes it this message and no other: the same key queued twice is sent once per channel.
    """

    kind: str
    ledger_key: str
    lane: Lane = Lane.PROMPT
    about: str = ""
    facts: Facts = field(default_factory=dict)
    due_at: datetime | None = None
    not_after: datetime | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a message when it was queued: whether it is new, and whether practice mode holds it back."""

    queued: int
    practice: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one claimed delivery; `retry_at` is set when it is to be tried again."""

    delivery_id: int
    lease: str
    outcome: str
    state: DeliveryState
    at: datetime
    reply: str = ""
    accepted_as: str | None = None
    retry_at: datetime | None = None


class Deliveries:
    """Queries over the outbox."""

    def __init__(self, session: AsyncSession, *, now: datetime, sending: SendingPolicy) -> None:
        self._session = session
        self._now = now
        self._sending = sending
        self.queued_any = False

    def channel_for(self, person: Person) -> Channel:
        """Slack if the person is found there and has not chosen e-mail, else e-mail (settled: who is told how)."""
        if self._sending.slack and person.slack_id and person.prefers != "email":
            return Channel.SLACK
        return Channel.EMAIL

    async def tell(self, person: Person, message: Message, *, channels: Iterable[Channel] | None = None) -> Told:
        """Queues a message for a person; over both channels only when `channels` says so (alerts)."""
        wanted = list(channels) if channels else [self.channel_for(person)]
        if not (self._sending.slack and person.slack_id):
            wanted = [Channel.EMAIL]
        return await self.queue(
            [self.row(message, channel=channel, person=person) for channel in dict.fromkeys(wanted)]
        )

    async def tell_address(self, address: str, message: Message, *, staff: bool = False) -> Told:
        """Queues a message for an address that is nobody's own, such as an agency's role mailbox."""
        row = self.row(message, channel=Channel.EMAIL, person=None)
        row["address"] = address
        row["ledger_key"] = f"{message.ledger_key}:{address}"
        row["state"] = self._state(staff=staff)
        return await self.queue([row])

    def row(self, message: Message, *, channel: Channel, person: Person | None) -> dict[str, object]:
        """One outbox row for a message, ready for `queue`."""
        to = "" if person is None else f":{person.id}"
        return {
            "ledger_key": f"{message.ledger_key}{to}:{channel.value}",
            "lane": message.lane.value,
            "kind": message.kind,
            "channel": channel.value,
            "person_id": None if person is None else person.id,
            "address": None,
            "about": message.about,
            "facts": dict(message.facts),
            "state": self._state(staff=person is not None and is_staff(person)),
            "due_at": message.due_at or self._now,
            "not_after": message.not_after,
            "replaces": message.replaces,
            "attempts": 0,
            "created_at": self._now,
        }

    async def queue(self, rows: Sequence[Mapping[str, object]]) -> Told:
        """Inserts outbox rows; a ledger key that is already there is left as it is."""
        if not rows:
            return Told(0, 0)
        statement = insert_into(self._session, Delivery).on_conflict_do_nothing(index_elements=[Delivery.ledger_key])
        new = list((await self._session.execute(statement.returning(Delivery.state), list(rows))).scalars())
        self.queued_any = self.queued_any or bool(new)
        practice = sum(state == DeliveryState.PRACTICE for state in new)
        return Told(queued=len(new) - practice, practice=practice)

    async def claim(
        self, *, lanes: Iterable[Lane], channel: Channel, limit: int, lease: timedelta, owner: str
    ) -> tuple[str, Sequence[Delivery]]:
        """Takes up to `limit` deliveries that are due, the most urgent lane first, and returns the lease with them.

        A claim whose lease ran out is due again. A materialised CTE picks the rows once (SQLite may otherwise evaluate
        the sub-query again while it updates); on PostgreSQL others' locked rows are passed over.
        """
        token = secrets.token_urlsafe(12)
        pick = (
            select(Delivery.id)
            .where(Delivery.state.in_(UNFINISHED), Delivery.due_at <= self._now)
            .where(Delivery.lane.in_([lane.value for lane in lanes]), Delivery.channel == channel.value)
            .order_by(Delivery.due_at, Delivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
            .prefix_with("MATERIALIZED", dialect="sqlite")
        )
        claimed = await self._session.execute(
            update(Delivery)
            .where(Delivery.id.in_(select(pick.c.id)))
            .values(
                state=DeliveryState.CLAIMED,
                due_at=self._now + lease,
                lease=token,
                lease_owner=owner,
                attempts=Delivery.attempts + 1,
            )
            .returning(Delivery)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        rows = sorted(claimed.scalars(), key=lambda row: row.id)
        return token, rows

    async def renew(self, *, lease: str, until: datetime) -> None:
        """Keeps a claim that is still being worked on."""
        await self._session.execute(
            update(Delivery)
            .where(Delivery.lease == lease, Delivery.state == DeliveryState.CLAIMED)
            .values(due_at=until)
            .execution_options(synchronize_session=False)
        )

    async def release(self, *, lease: str) -> None:
        """Gives back what was claimed and not tried."""
        await self._session.execute(
            update(Delivery)
            .where(Delivery.lease == lease, Delivery.state == DeliveryState.CLAIMED)
            .values(
                state=DeliveryState.QUEUED,
                due_at=self._now,
                lease=None,
                lease_owner=None,
                attempts=Delivery.attempts - 1,
            )
            .execution_options(synchronize_session=False)
        )

    async def free_claims_of(self, owner: str) -> int:
        """Gives back what a predecessor on this host held when it died. Returns how many."""
        freed = await self._session.execute(
            update(Delivery)
            .where(Delivery.lease_owner == owner, Delivery.state == DeliveryState.CLAIMED)
            .values(state=DeliveryState.QUEUED, due_at=self._now, lease=None, lease_owner=None)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        return len(freed.all())

    async def record(self, results: Sequence[Recorded]) -> int:
        """Writes down what became of claimed deliveries, fenced by their lease. Returns how many were still ours."""
        held = 0
        for result in results:
            values: dict[str, object] = {
                "state": result.state,
                "last_reply": result.reply[:LONGEST_REPLY] or None,
                "lease": None,
                "lease_owner": None,
            }
            if result.accepted_as is not None:
                values["accepted_as"] = result.accepted_as
            if result.state is DeliveryState.SENT:
                values["sent_at"] = result.at
            if result.retry_at is not None:
                values["due_at"] = result.retry_at
            changed = await self._session.execute(
                update(Delivery)
                .where(Delivery.id == result.delivery_id, Delivery.lease == result.lease)
                .values(**values)
                .returning(Delivery.id)
                .execution_options(synchronize_session=False)
            )
            held += changed.first() is not None
        await self._session.execute(
            insert(DeliveryAttempt),
            [
                {
                    "delivery_id": result.delivery_id,
                    "at": result.at,
                    "outcome": result.outcome,
                    "reply": result.reply[:LONGEST_REPLY] or None,
                }
                for result in results
            ],
        )
        return held

    async def supersede(self, *, about: str, kinds: Iterable[str] | None = None) -> int:
        """Takes back messages about something that are not sent yet, because a later state made them untrue."""
        statement = update(Delivery).where(Delivery.about == about, Delivery.state.in_(UNFINISHED))
        if kinds is not None:
            statement = statement.where(Delivery.kind.in_(list(kinds)))
        taken = await self._session.execute(
            statement.values(state=DeliveryState.SUPERSEDED, lease=None)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        return len(taken.all())

    async def about(self, about: str) -> Sequence[Delivery]:
        """Every delivery about something, the latest first."""
        query = select(Delivery).where(Delivery.about == about).order_by(Delivery.id.desc())
        return (await self._session.execute(query)).scalars().all()

    async def counts(self, *, about: str, kind: str | None = None) -> dict[str, int]:
        """How many deliveries about something are in each state."""
        query = select(Delivery.state, func.count()).where(Delivery.about == about).group_by(Delivery.state)
        if kind is not None:
            query = query.where(Delivery.kind == kind)
        return {state: number for state, number in (await self._session.execute(query)).all()}

    async def waiting(self) -> int:
        """How many deliveries are due now or claimed."""
        query = select(func.count()).where(Delivery.state.in_(UNFINISHED), Delivery.due_at <= self._now)
        return (await self._session.execute(query)).scalar_one()

    async def needing_a_person(self, *, limit: int = 200) -> Sequence[Delivery]:
        """Deliveries that failed or rest as uncertain, the latest first."""
        states = [DeliveryState.FAILED, DeliveryState.UNCERTAIN]
        query = select(Delivery).where(Delivery.state.in_(states)).order_by(Delivery.id.desc()).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def oldest_due_alert(self) -> datetime | None:
        """When the oldest alert that has not left yet was due."""
        query = select(func.min(Delivery.created_at)).where(
            Delivery.lane == Lane.ALERT, Delivery.state.in_(UNFINISHED), or_(Delivery.due_at <= self._now)
        )
        return (await self._session.execute(query)).scalar_one()

    def _state(self, *, staff: bool) -> DeliveryState:
        return DeliveryState.QUEUED if self._sending.live or staff else DeliveryState.PRACTICE
