"""Writes down what became of deliveries: at once in the journal, then by the hundred in the database.

A batch is committed with every 400 results or 100 ms after the first, whichever comes sooner. (The specification,
reference/email-delivery.md section 4.5, says 100 or 50 ms; this costs each message less, and the journal has them all.)
Before a delivery is handed over, the journal says so: after a kill that is how one in flight is told from one only
claimed.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from digests.journal import Journal, JournalRecord
from digests.mail_replies import Accepted, Outcome, Uncertain
from digests.merging import follow_alerts
from digests.verdicts import Verdict
from handlers.bouncing import refused
from storage.claims import Claimed
from storage.switches import PAUSED, SENDING
from storage.tables.deliveries import Channel
from storage.unit_of_work import Store, UnitOfWork

log = logging.getLogger("herald.outbox")
ROWS: Final = 400
GATHERED_FOR_S: Final = 0.1
TRY_AGAIN_S: Final = 0.5
UNDER_WAY: Final = Uncertain("stopped while it was being handed over")


class Entry(NamedTuple):
    """One result with the row it is about."""

    verdict: Verdict
    row: Claimed


async def write_down(uow: UnitOfWork, entries: Sequence[Entry]) -> int:
    """Settles results in one unit of work, with what follows from them. Returns how many were sent and still ours."""
    if not entries:
        return 0
    ours = await uow.deliveries.results.settle([entry.verdict.recorded for entry in entries])
    sent = 0
    await follow_alerts(uow, entries, ours)
    for entry in entries:
        verdict, row = entry.verdict, entry.row
        if row.id not in ours:
            continue
        sent += verdict.sent
        if verdict.stop_about:
            await uow.switches.set(f"{SENDING}:{verdict.stop_about}", PAUSED)
        if verdict.refused or verdict.switch_to is not None:
            await _follow(uow, verdict, row)
    return sent


async def _follow(uow: UnitOfWork, verdict: Verdict, row: Claimed) -> None:
    person = None if row.person_id is None else await uow.people.get(row.person_id)
    address = row.address or (person.email if person is not None else "")
    if verdict.refused and address and row.channel == Channel.EMAIL:
        reply = verdict.recorded.reply
        await refused(uow, address=address, reply=reply, person_id=row.person_id, gone=verdict.suppress)
    if verdict.switch_to is not None and person is not None:
        await uow.deliveries.switch(row, person, to=verdict.switch_to)


class Recorder:
    """Gathers results and commits them in batches. One for the whole drain, so that one transaction serves all."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal
        self._pending: list[Entry] = []
        self._under_way: dict[int, JournalRecord] = {}
        self._some = asyncio.Event()
        self._many = asyncio.Event()
        self._lock = asyncio.Lock()
        self.sent = 0
        self.problem = ""

    def begin(self, row: Claimed, lease: str, at: datetime) -> None:
        """Says that this delivery is being handed over now."""
        record = JournalRecord(str(row.id), lease, UNDER_WAY, at)
        self._under_way[row.id] = record
        self._append(record)

    def end(self, row: Claimed, lease: str, outcome: Outcome, at: datetime) -> None:
        """Says how handing over ended. A later kill of the process cannot undo it."""
        self._under_way.pop(row.id, None)
        self._append(JournalRecord(str(row.id), lease, outcome, at))

    def put(self, entry: Entry) -> None:
        """Takes a result for the next batch."""
        self._under_way.pop(entry.row.id, None)
        self._pending.append(entry)
        self._some.set()
        if len(self._pending) >= ROWS:
            self._many.set()

    async def run(self, done: asyncio.Event) -> None:
        """Commits batches until it is over; call `flush` afterwards."""
        ending = asyncio.create_task(done.wait())
        while not done.is_set():
            some = asyncio.create_task(self._some.wait())
            await asyncio.wait([some, ending], return_when=asyncio.FIRST_COMPLETED)
            some.cancel()
            many = asyncio.create_task(self._many.wait())
            await asyncio.wait([many, ending], timeout=GATHERED_FOR_S, return_when=asyncio.FIRST_COMPLETED)
            many.cancel()
            try:
                await self.flush()
            except Exception as problem:  # a busy or unreachable database: the journal has it, the batch waits
                self.problem = f"results cannot be written down ({type(problem).__name__})"
                log.exception("%s results cannot be written down yet", len(self._pending))
                await asyncio.sleep(TRY_AGAIN_S)

    async def flush(self) -> None:
        """Commits everything that was put so far. Raises what the database raises, and keeps the results then."""
        async with self._lock:
            entries, self._pending = self._pending, []
            self._some.clear()
            self._many.clear()
            if not entries:
                return
            sealed = self._journal.seal()
            for record in self._under_way.values():
                self._append(record)
            try:
                async with self._store.transaction() as uow:
                    sent = await write_down(uow, entries)
            except BaseException:
                self._pending = [*entries, *self._pending]
                self._some.set()
                raise
            self.sent += sent
            self.problem = ""
            self._journal.forget(sealed)

    def _append(self, record: JournalRecord) -> None:
        try:
            self._journal.append(record)
        except OSError:  # a full disk must not stop an alert; the database still gets the result
            self.problem = "the journal of sent mail cannot be written: is the disk full?"
            log.exception("the journal of sent mail cannot be written")


def as_journalled(accepted_as: str) -> Outcome:
    """How Slack's yes stands in the journal, whose words are a relay's."""
    return Accepted(200, accepted_as)
