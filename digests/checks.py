"""The last look before a delivery leaves: what has changed since it was queued. Pure.

An absence never holds anything back here: who stands in for whom is decided when a message is queued.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from bot.rendering.note import Note
from bot.rules.held_reasons import LEFT, NO_REMINDERS, NOT_IN_SLACK, PRACTICE, TOO_LATE, UNKNOWN_ADDRESS
from digests.bulk import Held
from handlers.audience import gone
from storage.claims import Claimed
from storage.deliveries import SendingPolicy, is_answer
from storage.people import Recipient, is_staff
from storage.tables.deliveries import Channel, DeliveryState, Lane

ASKED_FOR: Final = frozenset({"signin.link", "link.fresh"})
"""What somebody has just asked for at their own mailbox: whether it arrives shows whether the address works."""


def held_back(
    row: Claimed,
    person: Recipient | None,
    *,
    now: datetime,
    today: date,
    sending: SendingPolicy,
    suppressed: Collection[int],
) -> Held | None:
    """Why a claimed row must not go, or None. `today` is the partnership's; `suppressed` are ids of rows whose address
    a relay refused for good.
    """
    if person is not None and gone(person, today):
        return Held(DeliveryState.CANCELLED, LEFT)
    if row.not_after is not None and now > row.not_after:
        return Held(DeliveryState.CANCELLED, TOO_LATE)
    if person is not None and not sending.live and not is_staff(person) and not is_answer(row.kind):
        return Held(DeliveryState.PRACTICE, PRACTICE)
    slack_id = row.address if person is None else person.slack_id
    if row.channel == Channel.SLACK and not (sending.slack and slack_id):
        return Held(DeliveryState.CANCELLED, NOT_IN_SLACK, switch_to=Channel.EMAIL)
    tried = row.lane == Lane.ALERT or row.kind in ASKED_FOR  # all the same: the address may be mended
    if row.id in suppressed and not tried:
        return Held(DeliveryState.SUPPRESSED, UNKNOWN_ADDRESS, switch_to=Channel.SLACK)
    return None


def unwanted(note: Note, person: Recipient | None) -> Held | None:
    """Whether somebody who left reminders would get one (settled: who is told how)."""
    if note.nudge and not note.alert and person is not None and not person.nudges:
        return Held(DeliveryState.SUPPRESSED, NO_REMINDERS)
    return None
