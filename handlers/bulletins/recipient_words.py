"""What became of an edition for one person, in plain words; and the filters of the page that lists them. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.rules.held_reasons import CALLED_OFF, LEFT, LEFT_SERIES, TOO_LATE, UNKNOWN_ADDRESS
from bot.rules.reply_words import meaning_of
from storage.tables.deliveries import Channel, Delivery, DeliveryState


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice of the page: its name in the address, its words, the states it shows."""

    name: str
    words: str
    states: tuple[DeliveryState, ...]


FILTERS: Final = (
    Filter("", "Everybody", ()),
    Filter("have-it", "Accepted", (DeliveryState.SENT,)),
    Filter("on-its-way", "On its way", (DeliveryState.QUEUED, DeliveryState.CLAIMED)),
    Filter("failed", "Could not be delivered", (DeliveryState.FAILED,)),
    Filter("unknown", "We do not know", (DeliveryState.UNCERTAIN,)),
    Filter("held-back", "Held back", (DeliveryState.SUPPRESSED,)),
    Filter("practice", "Practice: not sent", (DeliveryState.PRACTICE,)),
    Filter("called-off", "Called off", (DeliveryState.CANCELLED, DeliveryState.SUPERSEDED)),
)

HELD: Final = {
    LEFT_SERIES: "They left the series",
    UNKNOWN_ADDRESS: "A mail server refused their address before, so it was not tried again",
    TOO_LATE: "Its time was over before it reached them",
    CALLED_OFF: "The edition was cancelled before it reached them",
    LEFT: "They left the partnership before it reached them",
}
ON_ITS_WAY: Final = "On its way"


def filter_named(name: str) -> Filter:
    """The filter of this name; everybody when nobody knows it."""
    return next((each for each in FILTERS if each.name == name), FILTERS[0])


def state_in_words(row: Delivery, *, now: datetime, clock: str = "") -> str:
    """Where a delivery stands. `clock` is the local time that belongs to it: when it was accepted, or is tried next."""
    match DeliveryState(row.state):
        case DeliveryState.SENT if row.channel == Channel.SLACK:
            return f"Accepted by Slack, {clock}"
        case DeliveryState.SENT:
            return f"Accepted by the mail server, {clock}"
        case DeliveryState.CLAIMED:
            return "Being handed over now"
        case DeliveryState.QUEUED:
            return _waiting(row, now=now, clock=clock)
        case DeliveryState.UNCERTAIN:
            return "We do not know whether it arrived, after several tries: try again, or ask them"
        case DeliveryState.PRACTICE:
            return "Practice: not sent"
        case DeliveryState.FAILED:
            return _failed(row.last_reply or "")
        case _:
            return HELD.get(row.last_reply or "", "Held back")


def came_back(reason: str) -> str:
    """What became of a message that was accepted and came back; `reason` is the bounce's, in words."""
    return f"Accepted, but it came back: {reason}"


def moment_of(row: Delivery) -> datetime | None:
    """The instant that belongs to the words: when it was accepted, or is tried next; None when there is none."""
    if row.state == DeliveryState.SENT:
        return row.sent_at
    return row.due_at if row.state == DeliveryState.QUEUED else None


def _waiting(row: Delivery, *, now: datetime, clock: str) -> str:
    again = f"again by itself, {clock}" if row.due_at > now else "again by itself"
    if row.doubts:
        return f"We do not know whether it arrived; it is sent {again}"
    if row.attempts and row.due_at > now:
        meaning = meaning_of(row.last_reply or "")
        why = f"{meaning.words.partition(';')[0]}; it" if meaning else "It could not be handed over; it"
        return f"{why} is tried {again}"
    return ON_ITS_WAY


def _failed(reply: str) -> str:
    meaning = meaning_of(reply)
    return meaning.words if meaning is not None else "It could not be delivered"
