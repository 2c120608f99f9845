"""The outbox within one unit of work: queueing messages, taking them back, and saying where they stand.

What the drain does with them is in `storage/claims.py` (claims, leases) and `storage/results.py` (what became of them),
reached by `deliveries.claims` and `deliveries.results`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage import alerts
from storage.claims import Claimed, Claims
from storage.database import insert_into
from storage.people import is_staff
from storage.results import Results
from storage.tables.base import Facts
from storage.tables.deliveries import Channel, Delivery, DeliveryAttempt, DeliveryState, Lane
from storage.tables.people import Person
from storage.wake import ring

UNFINISHED = (DeliveryState.QUEUED, DeliveryState.CLAIMED)


ANSWERS_BEGIN = "talk."


def is_answer(kind: str) -> bool:
    """Whether a kind of message answers what somebody just said or pressed: in practice mode these leave as well."""
    return kind.startswith(ANSWERS_BEGIN)


@dataclass(frozen=True, slots=True)
class SendingPolicy:
    """Whom this installation may reach: everybody or, in practice, staff only; and whether Slack is set up."""

    live: bool
    slack: bool


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a person. The words are made when it is sent, from `kind` and `facts` (`digests/compose.py`).

    `ledger_key` is what makes it this message and no other: the same key queued twice is sent once per channel.
    `replaces` is the ledger key of an earlier message to the same person: in Slack that one is rewritten in its place.
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


class Deliveries:
    """Queries over the outbox."""

    def __init__(self, session: AsyncSession, *, now: datetime, sending: SendingPolicy) -> None:
        self._session = session
        self._now = now
        self._sending = sending
        self.queued_any = False

    @cached_property
    def claims(self) -> Claims:
        """What the drain does first: claims, leases."""
        return Claims(self._session, now=self._now)

    @cached_property
    def results(self) -> Results:
        """What the drain does last: what became of what it claimed."""
        return Results(self._session)

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

    async def answer_in_slack(self, to: Person | str, message: Message) -> Told:
        """Queues the answer to what somebody just said or pressed in Slack: there, and in practice mode too.

        `to` is a person, or the Slack id of somebody whom the register does not know.
        """
        person = to if isinstance(to, Person) else None
        row = self.row(message, channel=Channel.SLACK, person=person)
        row["state"] = DeliveryState.QUEUED
        if isinstance(to, str):
            row["address"] = to
        return await self.queue([row])

    async def answer_by_mail(self, person: Person, message: Message) -> Told:
        """Queues the answer to a mail that somebody sent: by e-mail, and in practice mode too."""
        row = self.row(message, channel=Channel.EMAIL, person=person)
        row["state"] = DeliveryState.QUEUED
        return await self.queue([row])

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
        if new and not self.queued_any:
            self.queued_any = True
            await ring(self._session)
        practice = sum(state == DeliveryState.PRACTICE for state in new)
        return Told(queued=len(new) - practice, practice=practice)

    async def switch(self, row: Claimed | Delivery, person: Person, *, to: Channel) -> bool:
        """Queues a message again over another channel, because this one will not take it; False when it was there.

        The new row has the key that `tell` would have given it, so a message that goes both ways anyway stays two rows.
        """
        if to is Channel.SLACK and not (self._sending.slack and person.slack_id):
            return False
        message = Message(
            kind=row.kind,
            ledger_key=row.ledger_key.removesuffix(f":{person.id}:{row.channel}"),
            lane=Lane(row.lane),
            about=row.about,
            facts=row.facts,
            not_after=row.not_after,
            replaces=row.replaces,
        )
        return (await self.queue([self.row(message, channel=to, person=person)])).queued > 0

    async def message_at(self, place: str, *, person_id: int) -> str | None:
        """The ledger key of the message to this person that Slack names `channel/ts`: for `Message.replaces`."""
        query = select(Delivery.ledger_key).where(Delivery.person_id == person_id, Delivery.accepted_as == place)
        key = (await self._session.execute(query.limit(1))).scalar_one_or_none()
        return None if key is None else key.removesuffix(f":{person_id}:{Channel.SLACK.value}")

    async def taken_as(self, ledger_key: str, *, person_id: int) -> str | None:
        """How Slack names an earlier message to this person, so that it can be rewritten; None when it is not there."""
        key = f"{ledger_key}:{person_id}:{Channel.SLACK.value}"
        query = select(Delivery.accepted_as).where(Delivery.ledger_key == key)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def lately_sent(self, *, since: datetime, limit: int) -> Sequence[datetime]:
        """When the last e-mails left, the oldest first: what the relay's rate has to remember after a restart."""
        query = (
            select(Delivery.sent_at)
            .where(Delivery.state == DeliveryState.SENT, Delivery.channel == Channel.EMAIL, Delivery.sent_at >= since)
            .order_by(Delivery.sent_at.desc())
            .limit(limit)
        )
        return sorted(at for at in (await self._session.execute(query)).scalars() if at is not None)

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

    async def attempts_of(self, delivery_id: int) -> Sequence[DeliveryAttempt]:
        """Every try to hand one delivery over, the first first."""
        query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id).order_by(DeliveryAttempt.id)
        return (await self._session.execute(query)).scalars().all()

    async def counts(self, *, about: str, kind: str | None = None) -> dict[str, int]:
        """How many deliveries about something are in each state."""
        query = select(Delivery.state, func.count()).where(Delivery.about == about).group_by(Delivery.state)
        if kind is not None:
            query = query.where(Delivery.kind == kind)
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def get(self, delivery_id: int, *, lock: bool = False) -> Delivery | None:
        """One delivery; with `lock` nobody else changes it until this unit of work ends."""
        return await self._session.get(Delivery, delivery_id, with_for_update=lock, populate_existing=lock)

    async def state_counts(self) -> dict[str, int]:
        """How many deliveries are in each state, over the whole outbox."""
        query = select(Delivery.state, func.count()).group_by(Delivery.state)
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def waiting(self) -> int:
        """How many deliveries are due now or claimed."""
        query = select(func.count()).where(Delivery.state.in_(UNFINISHED), Delivery.due_at <= self._now)
        return (await self._session.execute(query)).scalar_one()

    async def needing_a_person(self, *, limit: int = 200) -> Sequence[Delivery]:
        """Deliveries that failed or rest as uncertain, the latest first."""
        states = [DeliveryState.FAILED, DeliveryState.UNCERTAIN]
        query = select(Delivery).where(Delivery.state.in_(states)).order_by(Delivery.id.desc()).limit(limit)
        return (await self._session.execute(query)).scalars().all()

    async def alerts_of_one_way(self, *, due_before: datetime) -> Sequence[Delivery]:
        """Alerts to people that were due before then, still wait, and go by one way only."""
        other = aliased(Delivery)
        both_ways = _same_news(other, other.channel != Delivery.channel, other.created_at >= Delivery.created_at)
        query = select(Delivery).where(
            Delivery.lane == Lane.ALERT,
            Delivery.state.in_(UNFINISHED),
            Delivery.person_id.is_not(None),
            func.coalesce(Delivery.message_date, Delivery.due_at) <= due_before,
            ~both_ways,
        )
        return (await self._session.execute(query)).scalars().all()

    async def oldest_due_alert(self) -> datetime | None:
        """When the oldest alert was queued that no channel has taken yet: the measure of the alarm.

        One that took in older news counts from then (`handlers/escalations/merging.py`).
        """
        other = aliased(Delivery)
        told_otherwise = _same_news(other, other.state == DeliveryState.SENT)
        query = select(func.min(Delivery.created_at)).where(
            Delivery.lane == Lane.ALERT,
            Delivery.state.in_(UNFINISHED),
            or_(Delivery.message_date.is_not(None), Delivery.due_at <= self._now),
            ~told_otherwise,
        )
        return (await self._session.execute(query)).scalar_one()

    async def unreachable(self, about: str) -> set[int]:
        """The ids of people who were sent something about this, and whom no way reaches any more."""
        lost = await alerts.unreachable(self._session, [about])
        return set(lost[about].people) if about in lost else set()

    def _state(self, *, staff: bool) -> DeliveryState:
        return DeliveryState.QUEUED if self._sending.live or staff else DeliveryState.PRACTICE


def _same_news(other: type[Delivery], *such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the person of a delivery has another one about the same thing, of the same kind, that is such."""
    same = (other.about == Delivery.about, other.kind == Delivery.kind, other.person_id == Delivery.person_id)
    return select(other.id).where(*same, *such).exists()
