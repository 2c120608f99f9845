"""Who got an edition, within one unit of work: one line for each person, whatever rows the outbox has of them.

Somebody can have two rows (Slack refused, so it went by e-mail). The one that counts is the better one, judged by
`BEST_FIRST` in the database, so that figures, pages and the file to download agree and cost one query.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.mail import BOUNCED
from storage.tables.deliveries import Channel, Delivery, DeliveryState
from storage.tables.mail import InboundMail
from storage.tables.people import Person

EDITION: Final = "bulletin.edition"
"""The kind of an edition's messages; it stands on outbox rows and is never renamed."""

BEST_FIRST: Final = (
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
"""Somebody with two rows counts once, by the better one."""
WAITING: Final = (DeliveryState.QUEUED, DeliveryState.CLAIMED)
REFUSED_AS_TOO_BIG: Final = "552%"
ALL: Final = 1_000_000
MANY: Final = 500
"""Ids in one statement, as both databases take them."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person and the delivery that counts for them."""

    person: Person
    row: Delivery

    @property
    def state(self) -> DeliveryState:
        """Where that delivery stands."""
        return DeliveryState(self.row.state)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of an edition has not left: `now` of it could, of which `by_mail`; `later` waits for its next try."""

    now: int
    by_mail: int
    later: int
    next_at: datetime | None


class Recipients:
    """Queries over the deliveries of one edition. `about` is `messages_about(bulletin_id)`."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def tally(self, about: str) -> dict[DeliveryState, int]:
        """How many people are in each state."""
        best = _best(about)
        query = select(best.c.state, func.count()).where(best.c.place == 1).group_by(best.c.state)
        return {DeliveryState(row[0]): row[1] for row in (await self._session.execute(query)).all()}

    async def page(
        self, about: str, *, states: Collection[DeliveryState] = (), search: str = "", limit: int = ALL, offset: int = 0
    ) -> list[Recipient]:
        """The people of an edition by name; those in some states only, or whose name or address contains a text."""
        query = select(Delivery, Person).join(Person, Person.id == Delivery.person_id)
        query = query.where(*_among(_best(about), states, search))
        query = query.order_by(Person.name, Person.id).limit(limit).offset(offset)
        return [Recipient(person, row) for row, person in (await self._session.execute(query)).all()]

    async def count(self, about: str, *, states: Collection[DeliveryState] = (), search: str = "") -> int:
        """How many people `page` would show in all."""
        query = select(func.count()).select_from(Delivery).join(Person, Person.id == Delivery.person_id)
        query = query.where(*_among(_best(about), states, search))
        return int((await self._session.execute(query)).scalar_one())

    async def rows_of(self, about: str, *, person_id: int) -> Sequence[Delivery]:
        """Every row of one person, the best first."""
        query = select(Delivery).where(*_of(about), Delivery.person_id == person_id)
        return (await self._session.execute(query.order_by(_rank(), Delivery.id.desc()))).scalars().all()

    async def best_of(self, about: str, *, person_ids: Collection[int]) -> dict[int, Delivery]:
        """The row that counts for each of these people, by person; a thousand people at most."""
        query = select(Delivery).where(*_of(about), Delivery.person_id.in_(list(person_ids)))
        return best_rows((await self._session.execute(query.execution_options(populate_existing=True))).scalars())

    async def hold(self, ids: Collection[int]) -> list[Delivery]:
        """Rows read anew, so that nobody else changes one until this unit of work ends."""
        held: list[Delivery] = []
        wanted = sorted(ids)
        for start in range(0, len(wanted), MANY):
            some = select(Delivery).where(Delivery.id.in_(wanted[start : start + MANY])).order_by(Delivery.id)
            query = some.with_for_update().execution_options(populate_existing=True)
            held += (await self._session.execute(query)).scalars()
        return held

    async def in_doubt(self, about: str) -> int:
        """Of how many people nobody knows whether it arrived: given up, the last try or an earlier one in doubt."""
        best = _best(about)
        failed_in_doubt = (Delivery.state == DeliveryState.FAILED) & (Delivery.doubts > 0)
        query = select(func.count()).select_from(Delivery).join(best, best.c.id == Delivery.id)
        query = query.where(best.c.place == 1, or_(Delivery.state == DeliveryState.UNCERTAIN, failed_in_doubt))
        return (await self._session.execute(query)).scalar_one()

    async def waiting(self, about: str, *, soon: datetime) -> Waiting:
        """What has not left yet; `soon` divides what could leave now from what waits for its next try."""
        here = Delivery.due_at <= soon
        later = (Delivery.state == DeliveryState.QUEUED) & ~here
        query = select(
            func.count().filter(~later),
            func.count().filter(~later, Delivery.channel == Channel.EMAIL),
            func.count().filter(later),
            func.min(Delivery.due_at).filter(later),
        ).where(*_of(about), Delivery.state.in_(WAITING))
        row = (await self._session.execute(query)).one()
        return Waiting(row[0], row[1], row[2], row[3])

    async def sent_since(self, about: str, *, since: datetime) -> int:
        """How many the other side has taken since then."""
        query = select(func.count()).where(*_of(about), Delivery.state == DeliveryState.SENT, Delivery.sent_at >= since)
        return (await self._session.execute(query)).scalar_one()

    async def returned(self, about: str) -> dict[int, str]:
        """The deliveries that were accepted and came back later, each with its code, or nothing where none was said.

        Whatever the code: a message that was late is no bounce, and one that was given up after days has come back.
        """
        query = (
            select(Delivery.id, InboundMail.status)
            .join(InboundMail, InboundMail.delivery_id == Delivery.id)
            .where(*_of(about), Delivery.state == DeliveryState.SENT, InboundMail.at >= Delivery.sent_at)
            .where(InboundMail.outcome == BOUNCED)
            .order_by(InboundMail.id)
        )
        return {row[0]: row[1] or "" for row in (await self._session.execute(query)).all()}

    async def last_reply_like(self, about: str, pattern: str) -> str:
        """What the other side last said to a message that failed, of replies like this; empty when it never did."""
        query = select(Delivery.last_reply).where(
            *_of(about), Delivery.state == DeliveryState.FAILED, Delivery.last_reply.like(pattern)
        )
        return (await self._session.execute(query.order_by(Delivery.id.desc()).limit(1))).scalar_one_or_none() or ""


def _among(best: Any, states: Collection[DeliveryState], search: str) -> list[ColumnElement[bool]]:
    """What narrows a list of recipients: the best row of each person, some states, a text in name or address."""
    conditions: list[ColumnElement[bool]] = [best.c.id == Delivery.id, best.c.place == 1]
    if states:
        conditions.append(Delivery.state.in_([state.value for state in states]))
    if search.strip():
        wanted = search.strip().casefold()
        in_name = func.lower(Person.name).contains(wanted, autoescape=True)
        conditions.append(or_(in_name, Person.email.contains(wanted, autoescape=True)))
    return conditions


def best_rows(rows: Iterable[Delivery]) -> dict[int, Delivery]:
    """The row that counts for each person, by person."""
    best: dict[int, Delivery] = {}
    for row in rows:
        known = best.get(row.person_id or 0)
        if row.person_id is not None and (known is None or _better(row, known)):
            best[row.person_id] = row
    return best


def _better(row: Delivery, known: Delivery) -> bool:
    mine, theirs = BEST_FIRST.index(DeliveryState(row.state)), BEST_FIRST.index(DeliveryState(known.state))
    return (mine, -row.id) < (theirs, -known.id)


def _of(about: str) -> tuple[ColumnElement[bool], ...]:
    return (Delivery.about == about, Delivery.kind == EDITION, Delivery.person_id.is_not(None))


def _rank() -> ColumnElement[int]:
    return case({state.value: place for place, state in enumerate(BEST_FIRST)}, value=Delivery.state, else_=99)


def _best(about: str) -> Any:
    place = func.row_number().over(partition_by=Delivery.person_id, order_by=(_rank(), Delivery.id.desc()))
    return select(Delivery.id, Delivery.state, place.label("place")).where(*_of(about)).subquery()
