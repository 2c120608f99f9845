"""Conversations with their revisions, receipts, reference numbers, counters."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Table as CoreTable
from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from bot.conversation.conditions import Answers
from bot.conversation.flow import Surface
from bot.conversation.snapshot import Snapshot, answers_from_json
from bot.keyring import Keyring
from storage.database import Insert, insert_for, insert_into
from storage.ready import Ready, both, both_rows
from storage.tables.base import Facts, Table
from storage.tables.conversations import Conversation, Counter, InboundReceipt, ReferenceCounter
from storage.tables.people import Person

ID_BYTES = 12
TALKS = cast("CoreTable", Conversation.__table__)
PERSON_AND_TALK = Ready(
    both(Person, Conversation)
    .where(Person.slack_id == bindparam("slack_id"), Conversation.id == bindparam("conversation_id"))
    .where(Conversation.person_id == Person.id)
    .with_for_update(of=TALKS)
)
MOVED = ("step", "version", "trail", "answers", "surface", "place", "updated_at", "expires_at", "revision")
MOVE = Ready(
    TALKS.update().where(TALKS.c.id == bindparam("this"), TALKS.c.revision == bindparam("seen")).returning(TALKS.c.id),
    fills=MOVED,
)


class Conversations:
    """Queries over talks within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime, keyring: Keyring) -> None:
        self._session = session
        self._now = now
        self._keyring = keyring
        self._locked: dict[str, Conversation] = {}
        self._opened: dict[tuple[str, str], Answers] = {}

    async def first_time(self, source: str, key: str) -> bool:
        """Records that something came in; False when it came before (law 2). `key` is its sender's own id for it."""
        given = {"source": source, "key": key[:200], "received_at": self._now}
        return await _receipt(self._session.get_bind().dialect.name).first(self._session, given) is not None

    async def person_of(self, conversation_id: str, *, slack_id: str) -> Person | None:
        """The person of a talk by their Slack id; the talk itself is read and locked with them, in the same look-up."""
        asked = {"conversation_id": conversation_id, "slack_id": slack_id}
        found = await both_rows(self._session, PERSON_AND_TALK, asked, of=(Person, Conversation))
        if found is None:
            return None
        person, conversation = found
        self._locked[conversation_id] = conversation
        return person

    async def begin(
        self,
        *,
        person_id: int | None,
        snapshot: Snapshot,
        subject: str,
        surface: Surface,
        expires_at: datetime,
    ) -> Conversation:
        """A new open talk, or the one that is already open: two starts at once are one talk."""
        conversation_id = secrets.token_urlsafe(ID_BYTES)
        statement = self._insert(Conversation).values(
            id=conversation_id,
            person_id=person_id,
            flow=snapshot.flow,
            version=snapshot.version,
            subject=subject,
            status="open",
            revision=1,
            surface=surface.value,
            place={},
            started_at=self._now,
            updated_at=self._now,
            expires_at=expires_at,
            step=snapshot.step,
            trail=list(snapshot.trail),
            answers=self._seal(conversation_id, snapshot),
        )
        await self._session.execute(statement.on_conflict_do_nothing())
        begun = await self.get(conversation_id)
        if begun is None and person_id is not None:
            begun = await self.open_one(person_id=person_id, flow=snapshot.flow, subject=subject)
        if begun is None:
            raise LookupError("The talk could not be begun.")
        return begun

    async def flush(self) -> None:
        """Sends pending changes to the database, so that a broken rule shows now."""
        await self._session.flush()

    async def get(self, conversation_id: str, *, lock: bool = False) -> Conversation | None:
        """One talk; with `lock` nobody else changes it until this unit of work ends."""
        if conversation_id in self._locked:
            return self._locked[conversation_id]
        return await self._session.get(Conversation, conversation_id, with_for_update=lock, populate_existing=lock)

    async def open_one(self, *, person_id: int, flow: str, subject: str) -> Conversation | None:
        """The person's open talk about this, if there is one."""
        query = select(Conversation).where(
            Conversation.person_id == person_id,
            Conversation.flow == flow,
            Conversation.subject == subject,
            Conversation.status == "open",
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def open_of(self, person_id: int) -> Sequence[Conversation]:
        """All open talks of a person, the latest first."""
        query = (
            select(Conversation)
            .where(Conversation.person_id == person_id, Conversation.status == "open")
            .order_by(Conversation.updated_at.desc())
        )
        return (await self._session.execute(query)).scalars().all()

    async def quiet(self, *, before: datetime, since: datetime, limit: int = 200) -> Sequence[str]:
        """The ids of talks in direct messages of which nothing was heard lately, and that nobody has put aside yet."""
        query = (
            select(Conversation.id)
            .where(
                Conversation.status == "open",
                Conversation.surface == Surface.DM.value,
                Conversation.updated_at <= before,
                Conversation.updated_at > since,
                Conversation.expires_at > self._now,
                Conversation.place["idle"].as_boolean().is_not(True),
                Conversation.place["saved"].as_boolean().is_not(True),
            )
            .order_by(Conversation.updated_at)
            .limit(limit)
        )
        return (await self._session.execute(query)).scalars().all()

    async def expired(self, *, limit: int = 200) -> Sequence[Conversation]:
        """Open talks whose time is over."""
        query = (
            select(Conversation)
            .where(Conversation.status == "open", Conversation.expires_at <= self._now)
            .order_by(Conversation.expires_at)
            .limit(limit)
        )
        return (await self._session.execute(query)).scalars().all()

    def snapshot(self, conversation: Conversation) -> Snapshot:
        """Where the talk stands, its answers opened. Raises CannotOpen when the key is missing."""
        sealed = (conversation.id, conversation.answers)
        if sealed not in self._opened:
            text = self._keyring.open(conversation.answers, about=_about(conversation.id))
            self._opened[sealed] = answers_from_json(text)
        return Snapshot(
            flow=conversation.flow,
            version=conversation.version,
            step=conversation.step,
            answers=self._opened[sealed],
            trail=tuple(conversation.trail),
        )

    def save(self, conversation: Conversation, snapshot: Snapshot) -> None:
        """Stores where the talk stands now; the revision rises when the unit of work flushes."""
        conversation.step = snapshot.step
        conversation.version = snapshot.version
        conversation.trail = list(snapshot.trail)
        conversation.answers = self._seal(conversation.id, snapshot)
        conversation.updated_at = self._now

    async def moved(
        self, conversation: Conversation, snapshot: Snapshot, *, surface: Surface, expires_at: datetime
    ) -> None:
        """Stores at once where the talk stands now; what was asked last by message is of no account any more.

        One UPDATE with the revision in its WHERE: a quarter of what the mapper takes for the same (decision 9). Raises
        StaleDataError when somebody else changed the talk.
        """
        await self._session.flush()
        values = {
            "step": snapshot.step,
            "version": snapshot.version,
            "trail": list(snapshot.trail),
            "answers": self._seal(conversation.id, snapshot),
            "surface": surface.value,
            "place": {},
            "updated_at": self._now,
            "expires_at": expires_at,
            "revision": conversation.revision + 1,
        }
        here = {"this": conversation.id, "seen": conversation.revision}
        if await MOVE.first(self._session, {**values, **here}) is None:
            raise StaleDataError("The talk was changed by somebody else.")
        for name, value in values.items():
            set_committed_value(conversation, name, value)

    def finish(self, conversation: Conversation, *, status: str, reference: str | None, outcome: Facts | None) -> None:
        """Ends a talk and forgets its answers: the record now holds them (data minimisation)."""
        empty = Snapshot(flow=conversation.flow, version=conversation.version, step=conversation.step)
        conversation.status = status
        conversation.reference = reference
        conversation.outcome = outcome
        conversation.answers = self._seal(conversation.id, empty)
        conversation.updated_at = self._now

    async def forget(self, conversation: Conversation) -> None:
        """Deletes a talk as if it had not been: nothing of an immediate danger is kept."""
        await self._session.execute(delete(Conversation).where(Conversation.id == conversation.id))
        self._session.expunge(conversation)
        self._locked.pop(conversation.id, None)

    async def next_reference(self, letter: str, *, year: int) -> str:
        """The next reference, such as `E-2026-0017`: gapless within a letter and a year."""
        statement = self._insert(ReferenceCounter).values(letter=letter, year=year, last=1)
        taken = await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=[ReferenceCounter.letter, ReferenceCounter.year],
                set_={"last": ReferenceCounter.last + 1},
            ).returning(ReferenceCounter.last)
        )
        return f"{letter}-{year}-{taken.scalar_one():04d}"

    async def count(self, name: str) -> None:
        """Adds one to a counter that knows no person, text or time."""
        await self._session.execute(
            self._insert(Counter)
            .values(name=name, n=1)
            .on_conflict_do_update(index_elements=[Counter.name], set_={"n": Counter.n + 1})
        )

    async def counted(self, name: str) -> int:
        """How far a counter has come."""
        row = await self._session.get(Counter, name, populate_existing=True)
        return 0 if row is None else row.n

    def _insert(self, table: type[Table]) -> Insert:
        return insert_into(self._session, table)

    def _seal(self, conversation_id: str, snapshot: Snapshot) -> str:
        return self._keyring.seal(snapshot.answers_json(), about=_about(conversation_id))


def _about(conversation_id: str) -> str:
    return f"conversation/{conversation_id}/answers"


@cache
def _receipt(dialect: str) -> Ready:
    """Atomic on both databases, each of which has an INSERT of its own in SQLAlchemy."""
    table = InboundReceipt.__table__
    new = insert_for(dialect, table).on_conflict_do_nothing().returning(table.c.key)
    return Ready(new, fills=("source", "key", "received_at"))
