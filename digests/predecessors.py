"""Takes over from workers of this machine that are gone: their journals say what was sent, and what was under way.

What a journal calls ended is written down as it ended. What was being handed over when the worker died is in doubt and
goes again as the same message. What was only claimed goes back as if nothing had happened. Claims of workers on other
machines run out by themselves.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from digests.journal import LOCK_SUFFIX, JournalRecord, replay
from digests.mail_replies import Accepted
from digests.recorder import Entry, write_down
from digests.slack_sender import Posted, Unclear
from digests.verdicts import Verdict, mail_verdict, slack_verdict
from storage.claims import Claimed
from storage.tables.deliveries import Channel
from storage.unit_of_work import Store

log = logging.getLogger("herald.outbox")


async def take_over(store: Store, journals: Path, *, can_mail: bool) -> int:
    """Settles what dead workers left, and removes their journals. Returns how many deliveries their journals named.

    When a machine comes back all its workers start at once; one of them does it, the others need not wait.
    """
    with _alone(journals) as alone:
        return await _settle(store, journals, can_mail=can_mail) if alone else 0


async def _settle(store: Store, journals: Path, *, can_mail: bool) -> int:
    left = await asyncio.to_thread(replay, journals)
    if not left.files:
        return 0
    last = {int(record.delivery): record for record in left.records}
    dead = [path.name.removesuffix(LOCK_SUFFIX) for path in left.files if path.name.endswith(LOCK_SUFFIX)]
    async with store.transaction() as uow:
        held = await uow.deliveries.claims.held({row_id: record.claim for row_id, record in last.items()})
        entries = [
            Entry(_verdict(row, last[row_id], now=uow.now, can_mail=can_mail), row) for row_id, row in held.items()
        ]
        await write_down(uow, entries)
        for name in dead:
            await uow.deliveries.claims.free_owner(name)
            await uow.switches.forget_beat(name)
    await asyncio.to_thread(left.forget)
    if dead:
        log.warning("took over from %s worker(s) that stopped without a word; %s deliveries", len(dead), len(last))
    return len(last)


@contextlib.contextmanager
def _alone(journals: Path) -> Iterator[bool]:
    """Whether no other process is at these journals just now: a lock on their folder, released with the process."""
    try:
        handle = os.open(journals, os.O_RDONLY)
    except FileNotFoundError:
        yield False  # nobody has worked here yet
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def _verdict(row: Claimed, record: JournalRecord, *, now: datetime, can_mail: bool) -> Verdict:
    outcome = record.outcome
    if row.channel == Channel.EMAIL:
        return mail_verdict(row, record.claim, outcome, now=now)
    posted = (
        Posted(outcome.text) if isinstance(outcome, Accepted) else Unclear("stopped while it was being handed over")
    )
    return slack_verdict(row, record.claim, posted, now=now, can_mail=can_mail)
