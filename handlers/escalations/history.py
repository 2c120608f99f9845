"""All that happened to one escalation, in words and in order: its part of the audit log, and every message about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.flows.escalation import KINDS
from bot.flows.escalation_answers import THEMES
from bot.rules.escalation_policy import EscalationPolicy
from handlers.escalations.saying import CHANNELS, became, place_in_words
from storage.escalation_history import entries_of, messages_of
from storage.tables.audit import AuditEntry
from storage.tables.deliveries import Channel, Delivery
from storage.tables.escalations import Escalation
from storage.unit_of_work import UnitOfWork

BEGINS = "escalation."
HAPPENED = {
    "raised": "Raised",
    "stage-opened": "Stage opened",
    "alerted": "Alerted",
    "acknowledged": "Taken on",
    "acknowledge-refused": "Refused to somebody to whom it was not put",
    "answered": "Answered",
    "advanced": "Moved on",
    "time-given": "More time given",
    "nobody-reached": "Nobody in the other agency could be reached",
    "passed-over": "Passed over",
    "ladder-made-anew": "Nobody was left, so everybody was looked for again",
    "lapsed": "Whoever had it is not there any more",
    "rethink": "To be thought over together",
    "handed-on": "Handed on",
    "handed-over": "Somebody else speaks for the side that raised it",
    "timed-out": "The time to answer was over",
    "reopened": "Opened again",
    "learning-written": "What it taught was written down",
    "attempt": "A message was handed over",
    "lead-told": "The escalation lead was told",
    "closed": "Ended",
    "read": "Read",
    "seen": "Looked at, without the words",
    "reading-refused": "Reading refused",
    "exported": "Exported",
}
"""What the entries of the audit log say; one that is not here says its own name."""
MESSAGES = {
    "alert": "Alert",
    "acknowledged": "News that somebody has it",
    "answered": "News that it is answered",
    "ask-raiser": "Question what should happen",
    "moved": "News that it moved on",
    "own-side": "News to the raiser's manager",
    "stuck": "Call to the escalation lead",
    "reminder": "Reminder",
    "warning": "Warning that the answer is due soon",
    "timed-out": "News that the time is over",
    "time-given": "News that more time was given",
    "rethink": "News that it is to be thought over together",
    "lapsed": "News that somebody else is looked for",
    "reopened": "News that it is open again",
    "handed-over": "News that somebody else speaks for their side",
    "stands-in": "News of who stands in",
    "yours-now": "News that they speak for their side now",
    "closed": "News that it ended",
}
"""What the messages were; one that is not here says its own name."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened. `number` is its place in the sealed audit log and `seal` its link of the chain; both are
    None until the sweep has sealed it, within seconds."""

    at: datetime
    who: str
    what: str
    detail: str
    number: int | None = None
    seal: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One message to one person or mailbox over one channel: what became of it, and each try with the reply."""

    queued_at: datetime
    to: str
    channel: str
    what: str
    became: str
    left_at: datetime | None
    known_as: str
    tries: tuple[tuple[datetime, str, str], ...]


async def history_of(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy) -> tuple[Happened, ...]:
    """Its part of the audit log, the first entry first."""
    entries = await entries_of(uow, escalation.reference)
    people = await uow.people.by_ids({number for entry in entries for number in _people_in(entry)})
    words = _Words(
        people={number: person.name for number, person in people.items()},
        agencies={agency.id: agency.name for agency in await uow.people.agencies()},
        stages={stage.id: stage.label for stage in policy.stages},
        kinds={choice.value: choice.label for choice in KINDS},
        themes={choice.value: choice.label for choice in THEMES},
    )
    return tuple(
        Happened(
            entry.at, words.who(entry), _named(entry.action, HAPPENED), words.detail(entry), entry.place, entry.chain
        )
        for entry in entries
    )


async def sent_about(uow: UnitOfWork, escalation: Escalation) -> tuple[Sent, ...]:
    """Every message about it that retention has left, with its tries."""
    messages = await messages_of(uow, escalation.reference)
    people = await uow.people.by_ids(row.person_id for row, _ in messages if row.person_id is not None)
    return tuple(
        Sent(
            queued_at=row.created_at,
            to=people[row.person_id].name if row.person_id in people else row.address or "",
            channel=CHANNELS[Channel(row.channel)],
            what=_named(row.kind, MESSAGES),
            became=became(row, uow.now),
            left_at=row.sent_at,
            known_as=_known_as(row),
            tries=tuple((each.at, each.outcome, each.reply or "") for each in attempts),
        )
        for row, attempts in messages
    )


def _known_as(row: Delivery) -> str:
    """How the other side names it: the id that Slack gave or the relay's word, and the Message-ID of an e-mail."""
    return ", ".join(filter(None, (row.message_id, row.accepted_as)))


def _named(code: str, names: Mapping[str, str]) -> str:
    short = code.removeprefix(BEGINS)
    return names.get(short, short.replace("-", " ").replace(".", " ").capitalize())


def _people_in(entry: AuditEntry) -> list[int]:
    told = entry.detail.get("people") or []
    found = [
        entry.actor_id,
        entry.detail.get("person"),
        entry.detail.get("to"),
        *(told if isinstance(told, list) else []),
    ]
    return [number for number in found if isinstance(number, int)]


@dataclass(frozen=True, slots=True)
class _Words:
    """The names that the ids in the audit log stand for."""

    people: Mapping[int, str]
    agencies: Mapping[str, str]
    stages: Mapping[str, str]
    kinds: Mapping[str, str]
    themes: Mapping[str, str]

    def who(self, entry: AuditEntry) -> str:
        if entry.actor_id is not None:
            return self.people.get(entry.actor_id, "somebody who is not in the register any more")
        return "Herald" if entry.actor == "herald" else entry.actor

    def detail(self, entry: AuditEntry) -> str:
        said = [self._one(key, value) for key, value in sorted(entry.detail.items())]
        return "; ".join(part for part in said if part)

    def _one(self, key: str, value: Any) -> str:
        match key, value:
            case _, None | "" | []:
                return ""
            case "people", list():
                return f"to {', '.join(self._person(each) for each in value)}"
            case ("person" | "to", int()):
                return f"to {self._person(value)}"
            case "rung", int():
                return f"as {place_in_words(value)}"
            case ("stage" | "from" | "to", str()):
                return f"{'' if key == 'stage' else key + ' '}{self.stages.get(value, value)}"
            case "agency", str():
                return f"with {self.agencies.get(value, value)}"
            case "kind", str():
                named = self.kinds.get(value) or _named(value, MESSAGES)
                return f"about: {named}" if value in self.kinds else named
            case "theme", str():
                return self.themes.get(value, value)
            case (("delivery" | "about"), _):
                return ""
            case "step", int():
                return f"step {value}"
            case _:
                return f"{key.replace('_', ' ')}: {_plain(value)}"

    def _person(self, number: object) -> str:
        if number is None:
            return "a mailbox"
        return self.people.get(number, "somebody who has left the register") if isinstance(number, int) else str(number)


def _plain(value: object) -> str:
    return (
        ", ".join(str(each) for each in value)
        if isinstance(value, Sequence) and not isinstance(value, str)
        else str(value)
    )
