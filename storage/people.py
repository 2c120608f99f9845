"""The register: finding people and keeping their details."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert_into
from storage.many_rows import fetched, ids_given, ids_of
from storage.tables.people import Agency, Person, SeriesSubscription, StrangerRequest

STAFF_ROLES = frozenset({"coordinator", "publisher", "escalation-lead", "analyst", "admin"})


def normal_email(text: str) -> str:
    """An address as the register keeps it: trimmed, lower case."""
    return text.strip().casefold()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody as the drain has to know them: plain values, as `storage.claims.Claimed` has of a delivery."""

    id: int
    email: str
    name: str
    roles: list[str]
    slack_id: str | None
    nudges: bool
    left_at: datetime | None
    leaves_on: date | None
    link_epoch: int


def is_staff(person: Person | Recipient) -> bool:
    """Whether practice mode really sends to this person (contract, HERALD_MODE)."""
    return bool(STAFF_ROLES & set(person.roles))


_OF_RECIPIENT: Final = tuple(Person.__table__.c[name] for name in Recipient.__slots__)


class People:
    """Queries over the register within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now

    async def get(self, person_id: int) -> Person | None:
        """The person with this id, also when they have left."""
        return await self._session.get(Person, person_id)

    async def by_email(self, email: str) -> Person | None:
        """The person with this address."""
        found = await self._session.execute(select(Person).where(Person.email == normal_email(email)))
        return found.scalar_one_or_none()

    async def by_slack_id(self, slack_id: str) -> Person | None:
        """The person with this Slack id."""
        found = await self._session.execute(select(Person).where(Person.slack_id == slack_id))
        return found.scalar_one_or_none()

    async def by_ids(self, ids: Iterable[int]) -> dict[int, Person]:
        """The people with these ids, by id."""
        wanted = list(set(ids))
        found = await self._session.execute(select(Person).where(Person.id.in_(wanted)))
        return {person.id: person for person in found.scalars()}

    async def by_emails(self, emails: Iterable[str]) -> dict[str, Person]:
        """The people with these addresses, by the address as it was given."""
        wanted = {email: normal_email(email) for email in emails}
        found = await self._session.execute(select(Person).where(Person.email.in_(list(set(wanted.values())))))
        people = {person.email: person for person in found.scalars()}
        return {email: people[normal] for email, normal in wanted.items() if normal in people}

    async def recipients(self, ids: Iterable[int]) -> dict[int, Recipient]:
        """The same people as those who write to them have to know them."""
        query = select(*_OF_RECIPIENT).where(_OF_RECIPIENT[0].in_(ids_given(self._session.get_bind().dialect.name)))
        return {row[0]: Recipient(*row) for row in await fetched(self._session, query, ids_of(set(ids)))}

    async def present(self) -> Sequence[Person]:
        """Everybody who has not left, by name."""
        found = await self._session.execute(select(Person).where(Person.left_at.is_(None)).order_by(Person.name))
        return found.scalars().all()

    async def present_ids(self) -> list[int]:
        """The ids of everybody who has not left, by name."""
        query = select(Person.id).where(Person.left_at.is_(None)).order_by(Person.name, Person.id)
        return list((await self._session.execute(query)).scalars())

    async def everybody(self) -> Sequence[Person]:
        """The whole register, leavers included, by e-mail."""
        found = await self._session.execute(select(Person).order_by(Person.email))
        return found.scalars().all()

    async def with_role(self, role: str, *, agency_id: str | None = None) -> list[Person]:
        """Everybody present who holds a role, perhaps in one agency, by name."""
        query = select(Person).where(
            Person.left_at.is_(None),
            cast(Person.roles, String).contains(
                f'"{role}"', autoescape=True
            ),  # JSON as text: the same on both databases
        )
        if agency_id is not None:
            query = query.where(Person.agency_id == agency_id)
        return list((await self._session.execute(query.order_by(Person.name))).scalars())

    async def search(self, text: str, *, limit: int = 50) -> Sequence[Person]:
        """People whose name or address contains the text."""
        wanted = f"%{text.strip().casefold()}%"
        query = select(Person).where(or_(func.lower(Person.name).like(wanted), Person.email.like(wanted)))
        return (await self._session.execute(query.order_by(Person.name).limit(limit))).scalars().all()

    def add(self, person: Person) -> None:
        """Puts somebody into the register."""
        self._session.add(person)

    async def flush(self) -> None:
        """Makes ids of people just added known."""
        await self._session.flush()

    async def erase(self, person: Person) -> None:
        """Takes somebody out of the register with everything that hangs on them."""
        await self._session.execute(delete(Person).where(Person.id == person.id))

    async def rename_in_references(self, old: str, new: str) -> None:
        """Who names this address as their manager or deputy names the new one."""
        for column in (Person.manager_email, Person.deputy_email):
            change = update(Person).where(column == old).values({column: new})
            await self._session.execute(change.execution_options(synchronize_session=False))

    async def agencies(self) -> Sequence[Agency]:
        """All agencies, by name."""
        return (await self._session.execute(select(Agency).order_by(Agency.name))).scalars().all()

    async def agency(self, agency_id: str | None) -> Agency | None:
        """One agency."""
        return None if agency_id is None else await self._session.get(Agency, agency_id)

    async def subscriptions(self) -> Sequence[SeriesSubscription]:
        """All subscriptions, the ended ones included."""
        return (await self._session.execute(select(SeriesSubscription))).scalars().all()

    async def series_among(self, person_ids: Collection[int]) -> list[tuple[int, str, datetime | None]]:
        """Person, series and, where it has ended, since when, of all subscriptions of these people."""
        query = select(SeriesSubscription.person_id, SeriesSubscription.series_id, SeriesSubscription.left_at)
        found = await self._session.execute(query.where(SeriesSubscription.person_id.in_(list(person_ids))))
        return [(row[0], row[1], row[2]) for row in found]

    async def subscriptions_of(self, person_id: int) -> Sequence[SeriesSubscription]:
        """One person's subscriptions, the ended ones included."""
        query = select(SeriesSubscription).where(SeriesSubscription.person_id == person_id)
        return (await self._session.execute(query)).scalars().all()

    async def subscribe(self, *, person_id: int, series_id: str) -> None:
        """Lets somebody receive a series again, or for the first time."""
        await self._put_subscription(person_id, series_id, left_at=None)

    async def unsubscribe(self, *, person_id: int, series_id: str) -> None:
        """Records that somebody left a series; it narrows every audience from now on."""
        await self._put_subscription(person_id, series_id, left_at=self._now)

    async def take_leaving_back(self, *, person_id: int, series_id: str) -> None:
        """As it was before they left: on the list again, or, if they never were on it, without a row.

        Whoever receives a series because of their sector or role has no row until they leave; it begins then.
        """
        left = (
            SeriesSubscription.person_id == person_id,
            SeriesSubscription.series_id == series_id,
            SeriesSubscription.left_at.is_not(None),
        )
        never_listed = SeriesSubscription.since == SeriesSubscription.left_at
        await self._session.execute(delete(SeriesSubscription).where(*left, never_listed))
        await self._session.execute(update(SeriesSubscription).where(*left).values(left_at=None))

    def enrol(self, *, person_id: int, series_id: str) -> None:
        """Puts somebody on a series' list who is known never to have been on it: spares a look for each of many."""
        self._session.add(SeriesSubscription(person_id=person_id, series_id=series_id, since=self._now))

    async def unlist(self, *, person_id: int, series_id: str) -> None:
        """Takes somebody off a series' list without recording that they left it themselves."""
        await self._session.execute(
            delete(SeriesSubscription).where(
                SeriesSubscription.person_id == person_id,
                SeriesSubscription.series_id == series_id,
                SeriesSubscription.left_at.is_(None),
            )
        )

    async def _put_subscription(self, person_id: int, series_id: str, *, left_at: datetime | None) -> None:
        """One statement, so that two at once are no error; the first moment of leaving stays."""
        put = insert_into(self._session, SeriesSubscription).values(
            person_id=person_id, series_id=series_id, since=self._now, left_at=left_at
        )
        kept = None if left_at is None else func.coalesce(SeriesSubscription.left_at, put.excluded.left_at)
        written = put.on_conflict_do_update(
            index_elements=[SeriesSubscription.person_id, SeriesSubscription.series_id], set_={"left_at": kept}
        ).returning(SeriesSubscription)
        (await self._session.execute(written, execution_options={"populate_existing": True})).scalars().all()

    async def leaving(self, *, before: date) -> Sequence[Person]:
        """People still present whose last day (local date) lies before this day."""
        query = select(Person).where(Person.left_at.is_(None), Person.leaves_on < before).order_by(Person.id)
        return (await self._session.execute(query)).scalars().all()

    async def not_yet_looked_up(self, *, before: datetime, limit: int) -> Sequence[Person]:
        """People present whose address was not looked up in Slack since `before`."""
        query = (
            select(Person)
            .where(Person.left_at.is_(None), Person.slack_id.is_(None))
            .where(or_(Person.slack_looked_up_at.is_(None), Person.slack_looked_up_at < before))
            .order_by(Person.slack_looked_up_at.is_not(None), Person.slack_looked_up_at, Person.id)
            .limit(limit)
        )
        return (await self._session.execute(query)).scalars().all()

    async def revoke_links(self) -> None:
        """Makes every link that was ever sent useless (after a restore)."""
        await self._session.execute(update(Person).values(link_epoch=Person.link_epoch + 1))

    async def stranger_asks(self, *, email: str, slack_id: str | None) -> bool:
        """Records that somebody unknown asked to be let in; False when they had asked before."""
        put = insert_into(self._session, StrangerRequest)
        new = await self._session.execute(
            put.values(email=normal_email(email), slack_id=slack_id, asked_at=self._now)
            .on_conflict_do_nothing(index_elements=[StrangerRequest.email])
            .returning(StrangerRequest.id)
        )
        return new.first() is not None

    async def strangers_waiting(self) -> Sequence[StrangerRequest]:
        """Requests that no coordinator has settled."""
        query = select(StrangerRequest).where(StrangerRequest.settled_at.is_(None)).order_by(StrangerRequest.asked_at)
        return (await self._session.execute(query)).scalars().all()

    async def settle_stranger(self, request_id: int) -> None:
        """Marks a stranger's request as dealt with."""
        row = await self._session.get(StrangerRequest, request_id)
        if row is not None:
            row.settled_at = row.settled_at or self._now
