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

_LANES: Final = {lane.value: lane for lane in Lane}

BATCH: Final[dict[Lane, int]] = {Lane.ALERT: 20, Lane.PROMPT: 50, Lane.ROUTINE: 100, Lane.BULLETIN: 400}
"""How many are claimed at once; as many again when half of them are gone. Of a bulletin a thousand would cost each
message 3 % less, and leave nothing of most editions to a second worker."""


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
    """A delivery to hand over. `person` is None for an address that is nobody's own."""

    row: Claimed
    to: Addressee
    person: Recipient | None
    lease: Lease
    desk: Desk

    @property
    def lane(self) -> Lane:
        """The lane that it was claimed from."""
        return _LANES[self.row.lane]

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
