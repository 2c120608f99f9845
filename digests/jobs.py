"""One claimed delivery on its way: the row, whom it is for, and the lease that makes it ours."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from digests.compose import Addressee, Desk, Stamp
from storage.claims import Claimed
from storage.people import Recipient
from storage.tables.deliveries import Channel, Lane

LANES: Final = (Lane.ALERT, Lane.PROMPT, Lane.ROUTINE, Lane.BULLETIN)
"""The most urgent first: what is claimed from a lane overtakes everything claimed from later ones."""


@dataclass(slots=True)
class Lease:
    """A claim while it is held: its token, until when, and how many of its deliveries are not settled yet."""

    token: str
    until: datetime
    left: int

    def holds(self, now: datetime) -> bool:
        """Whether the delivery is still ours alone."""
        return now < self.until


class Job(NamedTuple):
    """A delivery to hand over, and the lane it was claimed from. `person` is None for an address that is nobody's."""

    row: Claimed
    lane: Lane
    to: Addressee
    person: Recipient | None
    lease: Lease
    desk: Desk

    @property
    def channel(self) -> Channel:
        """The way it travels."""
        return Channel(self.row.channel)

    @property
    def stamp(self) -> Stamp:
        """Message-ID and Date, as they stand on the row since its first claim."""
        if self.row.message_id is None or self.row.message_date is None:
            raise ValueError("This delivery was not stamped when it was claimed.")
        return Stamp(self.row.id, self.row.message_id, self.row.message_date, self.to.epoch)
