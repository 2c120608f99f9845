"""The audit log: everybody appends, one sweep chains, so that writers never wait for a chain head."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.keyring import CannotOpen, Keyring
from storage.database import insert_into
from storage.tables.audit import AuditEntry, AuditHead
from storage.tables.base import Facts
from storage.tables.people import Person

BEGINNING = "0" * 64
PURPOSE = "audit-chain"
ROWS_AT_ONCE = 500
"""How many entries of a long chain are in memory while it is walked, and after how many others have their turn."""
GAP = "an entry before this one is missing"
CUT_OFF = "entries are missing at the end of the log"


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of checking the chain: how many entries are sealed, how many wait, and the first bad one if any."""

    sealed: int
    unsealed: int
    first_bad: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Some entries: about a thing, from an instant on, before an instant, of one act; what is None does not narrow."""

    thing: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    action: str | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What an entry has to fulfil."""
        if self.thing is not None:
            yield AuditEntry.thing == self.thing
        if self.since is not None:
            yield AuditEntry.at >= self.since
        if self.before is not None:
            yield AuditEntry.at < self.before
        if self.action is not None:
            yield AuditEntry.action == self.action


@dataclass(frozen=True, slots=True)
class _End:
    """Where the sealed chain is said to end; not `known` before anything was sealed."""

    place: int
    chain: str
    known: bool = True


class Audit:
    """The audit log within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime, keyring: Keyring) -> None:
        self._session = session
        self._now = now
        self._keyring = keyring

    def add(
        self, action: str, *, thing: str, by: Person | None = None, actor: str = "herald", detail: Facts | None = None
    ) -> None:
        """Appends who (`by`, or the part of Herald that acted) did what to which thing. Never words of a talk."""
        self._session.add(
            AuditEntry(
                at=self._now,
                actor_id=None if by is None else by.id,
                actor=actor if by is None else "person",
                action=action,
                thing=thing,
                detail=detail or {},
            )
        )

    async def seal(self, *, limit: int = 1000) -> int:
        """Chains entries that are not sealed yet, in the order they were written. Returns how many."""
        lock = update(AuditHead).where(AuditHead.id == 1).values(place=AuditHead.place).returning(AuditHead.place)
        if (await self._session.execute(lock)).first() is None:  # the first sealing, perhaps by two at once
            beginning = insert_into(self._session, AuditHead).values(id=1, place=0, chain=BEGINNING)
            await self._session.execute(beginning.on_conflict_do_nothing())
            await self._session.execute(lock)
        head = (await self._session.execute(select(AuditHead))).scalar_one()
        query = select(AuditEntry).where(AuditEntry.place.is_(None)).order_by(AuditEntry.id).limit(limit)
        entries = (await self._session.execute(query)).scalars().all()
        for entry in entries:
            entry.place, entry.previous, entry.key_id = head.place + 1, head.chain, self._keyring.newest
            entry.chain = _chain(entry, self._keyring.key(PURPOSE))
            head.place, head.chain, head.sealed_up_to = entry.place, entry.chain, entry.id
        return len(entries)

    async def verify(self) -> Verified:
        """Walks the whole chain and compares its end with the head; names the first entry that does not fit."""
        query = select(AuditEntry).where(AuditEntry.place.is_not(None)).order_by(AuditEntry.place)
        expected, place = BEGINNING, 0
        unsealed = await self._unsealed()
        head, reached = await self._end(), BEGINNING
        rows = await self._session.stream_scalars(query, execution_options={"yield_per": ROWS_AT_ONCE})
        try:
            async for entry in rows:
                place += 1
                problem = self._problem(entry, place=place, previous=expected)
                if problem:
                    return Verified(place - 1, unsealed, entry.id, problem)
                expected = entry.chain or ""
                if place == head.place:
                    reached = expected
        finally:
            await rows.close()
        # On PostgreSQL a sweep may seal more during the walk: the end before must be passed, the end after reached.
        after = await self._end()
        if place < head.place or reached != head.chain or (after.known and after.place < place):
            return Verified(place, unsealed, place + 1, CUT_OFF)
        return Verified(place, unsealed)

    async def verify_some(self, entries: Sequence[AuditEntry]) -> Verified:
        """Whether these are as they were sealed, each follows the one before it, and the log still has its end.

        `sealed` counts these, `unsealed` all that wait. It costs the same however long the log is; damage far from
        these is not seen.
        """
        sealed = {entry.place: entry for entry in entries if entry.place is not None}
        unsealed = await self._unsealed()
        places = [place - 1 for place in sealed]
        query = select(AuditEntry.place, AuditEntry.chain).where(AuditEntry.place.in_(places))
        chains = {0: BEGINNING} | {place: chain or "" for place, chain in await self._session.execute(query)}
        for count, place in enumerate(sorted(sealed)):
            before = chains.get(place - 1)
            problem = GAP if before is None else self._problem(sealed[place], place=place, previous=before)
            if problem:
                return Verified(count, unsealed, sealed[place].id, problem)
        head = await self._end()
        last = select(AuditEntry.chain).where(AuditEntry.place == head.place)
        if head.place and (await self._session.execute(last)).scalar_one_or_none() != head.chain:
            return Verified(len(sealed), unsealed, head.place, CUT_OFF)
        return Verified(len(sealed), unsealed)

    async def latest(self, *, limit: int = 100, thing: str | None = None) -> Sequence[AuditEntry]:
        """The latest entries, perhaps about one thing."""
        return await self.within(Span(thing), limit=limit)

    async def within(self, span: Span, *, limit: int, offset: int = 0) -> Sequence[AuditEntry]:
        """The latest of some entries, after so many that are later still."""
        query = select(AuditEntry).where(*span.conditions()).order_by(AuditEntry.id.desc()).limit(limit).offset(offset)
        return (await self._session.execute(query)).scalars().all()

    async def count(self, span: Span) -> int:
        """How many they are."""
        query = select(func.count()).select_from(AuditEntry).where(*span.conditions())
        return (await self._session.execute(query)).scalar_one()

    async def _unsealed(self) -> int:
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.place.is_(None))
        return (await self._session.execute(query)).scalar_one()

    async def _end(self) -> _End:
        query = select(AuditHead.place, AuditHead.chain)
        head = (await self._session.execute(query)).one_or_none()
        return _End(0, BEGINNING, known=False) if head is None else _End(head.place, head.chain)

    def _problem(self, entry: AuditEntry, *, place: int, previous: str) -> str:
        if entry.place != place:
            return GAP
        if entry.previous != previous:
            return "this entry does not follow the one before it"
        try:
            key = self._keyring.key(PURPOSE, key_id=entry.key_id)
        except CannotOpen as problem:
            return str(problem)
        if not hmac.compare_digest(_chain(entry, key), entry.chain or ""):
            return "this entry was changed after it was written"
        return ""


def _chain(entry: AuditEntry, key: bytes) -> str:
    fields = [
        entry.place,
        entry.previous,
        entry.at.isoformat(),
        entry.actor_id,
        entry.actor,
        entry.action,
        entry.thing,
        entry.detail,
        entry.key_id,
    ]
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
