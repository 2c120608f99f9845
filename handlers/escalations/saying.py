"""The words of the pages about escalations: states, places on the ladder, channels, what became of a message, times."""

from datetime import datetime, timedelta

from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_access import Side, Standing
from bot.rules.escalation_contacts import Place
from bot.rules.escalation_policy import OFFICE_DAY_HOURS
from bot.rules.escalation_states import State
from bot.rules.working_time import working_hours_between
from storage.tables.deliveries import Channel, Delivery, DeliveryState

STATES = {
    State.AWAITING_ACK: "waiting for somebody to take it on",
    State.ACKNOWLEDGED: "somebody has it",
    State.RETHINK: "being thought over",
    State.RESPONDED: "answered",
    State.FINAL_DECISION: "decided",
    State.RESOLVED: "settled",
    State.WITHDRAWN: "withdrawn",
    State.CLOSED: "closed",
}
"""The states in the words of the pages."""

BECAME = {
    DeliveryState.QUEUED: "waiting to leave",
    DeliveryState.CLAIMED: "leaving now",
    DeliveryState.SENT: "accepted",
    DeliveryState.UNCERTAIN: "unknown whether it arrived",
    DeliveryState.FAILED: "not accepted, for good",
    DeliveryState.SUPPRESSED: "not sent: nothing arrives at this address",
    DeliveryState.SUPERSEDED: "taken back before it left",
    DeliveryState.CANCELLED: "cancelled before it left",
    DeliveryState.PRACTICE: "not sent: practice",
}
"""What became of a message. "Accepted" is the other mail system's or Slack's word, and never means read (law 4)."""

BEING_TOLD = "We are telling the people there now; its page shows whether a message has left, and who has it."
"""What is true in the first minute: whether a channel takes anything is known only after it was tried (law 4)."""
RUN_OUT = "the time has run out"
CHANNELS = {Channel.EMAIL: "e-mail", Channel.SLACK: "Slack"}
LATE_MESSAGE = timedelta(minutes=30)
"""After this an alert that has not left is worth a word on the record (delivery contract)."""


def state_in_words(state: str) -> str:
    """A state as people read it."""
    return STATES.get(State(state), state)


def became(row: Delivery, now: datetime) -> str:
    """What became of a message, and how long it waited where that was long."""
    said = BECAME.get(DeliveryState(row.state), row.state)
    if row.state == DeliveryState.SENT and row.sent_at is not None:
        waited = row.sent_at - row.created_at
        return f"{said}, after waiting {length_in_words(waited)}" if waited >= LATE_MESSAGE else said
    if row.state in (DeliveryState.QUEUED, DeliveryState.CLAIMED) and now - row.created_at >= LATE_MESSAGE:
        return f"{said} for {length_in_words(now - row.created_at)} now"
    return said


def place_in_words(rung: int) -> str:
    """A rung of the ladder as people read it."""
    places = tuple(Place)
    return places[rung].value if 0 <= rung < len(places) else ""


def part_in_words(standing: Standing) -> str:
    """How somebody stands to an escalation, said to them."""
    if standing.raiser and standing.holder:
        return "You raised it"
    if standing.holder:
        return "You speak for the side that raised it"
    if standing.raiser:
        return "You raised it; a colleague speaks for your side now"
    if standing.side is Side.OWN:
        return "You stand beside your colleague who raised it"
    if standing.side is Side.OTHER:
        return "It was put to you" if standing.now else "It was put to you at an earlier stage"
    if standing.colleague:
        return "It was sent to your agency's safeguarding mailbox"
    return "You look after escalations" if standing.lead else ""


def time_left(now: datetime, until: datetime, calendar: WorkingCalendar, *, urgent: bool) -> str:
    """How much of a clock is left: working time, or elapsed time in urgent matters, where every hour counts."""
    if until <= now:
        return RUN_OUT
    if urgent:
        return f"{length_in_words(until - now)} left"
    hours = working_hours_between(now, until, calendar)
    if hours < 1:
        return "less than a working hour left"
    if hours < OFFICE_DAY_HOURS:
        return f"{_counted(int(hours), 'working hour')} left"
    return f"{_counted(int(hours // OFFICE_DAY_HOURS), 'working day')} left"


def length_in_words(length: timedelta) -> str:
    """A length of time in its largest unit or two: 3 hours 10 minutes."""
    minutes = int(length.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return " ".join(filter(None, (_counted(days, "day"), _counted(hours, "hour") if hours else "")))
    if hours:
        return " ".join(filter(None, (_counted(hours, "hour"), _counted(minutes, "minute") if minutes else "")))
    return _counted(minutes, "minute")


def _counted(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
