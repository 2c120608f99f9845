"""What follows from the fate of an escalation's message: a line in the audit chain, and one message instead of two.

While a worker has a message in hand, a newer one cannot take it in. So when it comes back unsent, that is made up for
in the unit of work that says so; and a sweep does it for what a dead worker gave back.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final, Protocol

from digests.sweep import Sweep
from digests.verdicts import Verdict
from handlers.escalations.merging import merge_unsent
from storage.alerts import KINDS_BEGIN, reference_of, several_wait
from storage.claims import Claimed
from storage.tables.deliveries import DeliveryState
from storage.unit_of_work import Store, UnitOfWork

EVERY_S: Final = 5.0
NOT_TRIED: Final = frozenset({"resting", "held"})
"""What was never handed to the other side, and so is no attempt."""
LONGEST: Final = 120
_ADDRESS: Final = re.compile(r"\S+@\S+")


class Entry(Protocol):
    """One result with the row it is about."""

    @property
    def verdict(self) -> Verdict:
        """What became of it."""

    @property
    def row(self) -> Claimed:
        """The delivery."""


async def follow_alerts(uow: UnitOfWork, entries: Sequence[Entry], ours: Collection[int]) -> None:
    """Keeps every attempt of an escalation's messages in the audit chain, and merges what came back unsent."""
    came_back = set()
    for entry in entries:
        row, recorded = entry.row, entry.verdict.recorded
        if not row.kind.startswith(KINDS_BEGIN):
            continue
        reference = reference_of(row.about)
        if recorded.outcome not in NOT_TRIED:
            uow.audit.add("escalation.attempt", thing=reference, actor="sending", detail=_attempt(entry))
        if recorded.state is DeliveryState.QUEUED and row.id in ours:
            came_back.add(reference)
    for reference in sorted(came_back):
        await merge_unsent(uow, reference=reference)


def _attempt(entry: Entry) -> dict[str, object]:
    """What was tried, and how the other side names it: its reply to an e-mail, channel and time of a Slack message.

    A reply may name the address that it is about; that is left out.
    """
    row, recorded = entry.row, entry.verdict.recorded
    said = recorded.accepted_as or _ADDRESS.sub("…", recorded.reply)
    return {
        "about": row.about,
        "kind": row.kind,
        "person": row.person_id,
        "channel": row.channel,
        "delivery": row.id,
        "message": row.message_id,
        "outcome": recorded.outcome,
        "provider": said[:LONGEST].replace("\0", ""),
    }


async def merge_waiting(store: Store) -> int:
    """Merges what waits for the same reader; looks first, so that an idle installation writes nothing."""
    async with store.reading() as uow:
        if not await several_wait(uow.session):
            return 0
    async with store.transaction() as uow:
        return await merge_unsent(uow)


SWEEPS: Final = (Sweep("alerts: one message for each reader", EVERY_S, merge_waiting),)
