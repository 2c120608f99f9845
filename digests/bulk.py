"""The hook for messages that are written once and spliced for each reader: bulletins.

A subject makes an object for its kind and names it in `digests/letters.py`. The drain calls `prepare` inside the
transaction that claims rows, then `mail` or `slack` for each row just before it is handed over. Everything else
(claims, leases, Message-ID and Date, journal, retries, pause) is the drain's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.rendering.mime import Pieces
from digests.compose import Addressee, Desk, SlackMessage, Stamp
from storage.claims import Claimed
from storage.people import Recipient
from storage.tables.deliveries import Channel, DeliveryState
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Held:
    """Why a claimed row is not sent now: its new state, the reason, and when to ask again if it stays queued."""

    state: DeliveryState
    reason: str
    retry_at: datetime | None = None
    switch_to: Channel | None = None


class BulkMail(NamedTuple):
    """A whole message as it goes to the relay."""

    wire: Pieces
    envelope_from: str


class BulkWriter(Protocol):
    """Writes one kind of message for many readers."""

    async def prepare(
        self, uow: UnitOfWork, rows: Sequence[Claimed], people: Mapping[int, Recipient], *, desk: Desk
    ) -> Mapping[int, Held]:
        """Loads and compiles what these rows need. Returns, by row id, those that must not go now and why.

        Here a subject looks again: left the series since, edition cancelled or paused. Compile once and keep it.
        """

    def mail(self, row: Claimed, to: Addressee, *, desk: Desk, stamp: Stamp) -> BulkMail:
        """The e-mail for one reader. Use `stamp` for Message-ID and Date, `compose.reply_address(desk, stamp)` and
        `compose.envelope_sender(desk, stamp)` for the addresses, `compose.leaving_link` for leaving the series."""

    def slack(self, row: Claimed, to: Addressee, *, desk: Desk) -> SlackMessage:
        """The same for a reader who chose Slack."""
