"""One escalation with its whole history, to keep or to show: for those who may read it, and each time in the audit log.

A page and a file, never a command: whoever runs Herald's computer is not somebody who may read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.reading import long_date
from bot.files.csv_guard import Cell, write_csv
from bot.flows.escalation import KINDS
from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_access import Side, may_read
from bot.rules.escalation_policy import EscalationPolicy
from handlers.escalations.history import Happened, Sent, history_of, sent_about
from handlers.escalations.reading import Stage, Words, names_in, stages_of, words_of
from handlers.escalations.saying import place_in_words, state_in_words
from handlers.escalations.standing import standing_of
from handlers.partnership import calendar_of
from handlers.policies import policy_version
from handlers.wording import local_moment
from storage.escalation_history import holders_of
from storage.tables.escalations import Escalation, EscalationContact
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

HEADER = ("part", "at", "who", "what", "detail", "entry", "seal")
"""The columns of the file. `entry` and `seal` are the place in the audit log and its link of the chain."""


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody on a ladder, and what came of it; `stage` is its number and name."""

    stage: str
    who: str
    how: str
    what: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Everything that Herald keeps about one escalation, opened and in words. Moments are UTC."""

    escalation: Escalation
    policy: EscalationPolicy
    facts: tuple[tuple[str, str], ...]
    words: tuple[Words, ...]
    stages: tuple[Stage, ...]
    told: tuple[Told, ...]
    sent: tuple[Sent, ...]
    history: tuple[Happened, ...]
    names: dict[int, str]
    made_at: datetime
    made_by: str


async def export_of(uow: UnitOfWork, *, person: Person, reference: str) -> Export | None:
    """All of it, for somebody who may read the words; None for anybody else. The export is its own last entry."""
    escalation = await uow.escalations.by_reference(reference)
    if escalation is None:
        return None
    if not may_read(await standing_of(uow, escalation, person)):
        uow.audit.add("escalation.reading-refused", thing=reference, by=person, detail={"wanted": "export"})
        return None
    uow.audit.add("escalation.exported", thing=reference, by=person)
    policy = await policy_version(uow, escalation.policy_version)
    stages = await stages_of(uow, escalation, policy)
    names = await names_in(uow, stages)
    return Export(
        escalation=escalation,
        policy=policy,
        facts=await _facts(uow, escalation, policy),
        words=await words_of(uow, escalation),
        stages=stages,
        told=tuple(_told(stages, names)),
        sent=await sent_about(uow, escalation),
        history=await history_of(uow, escalation, policy),
        names=names,
        made_at=uow.now,
        made_by=person.name,
    )


async def _facts(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy) -> tuple[tuple[str, str], ...]:
    agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
    kinds = {choice.value: choice.label for choice in KINDS}
    calendar = await calendar_of(uow)
    approved = f"approved by {policy.approved_by}, {policy.approved_on}" if policy.approved else "not approved"
    raiser = None if escalation.raised_by is None else await uow.people.get(escalation.raised_by)
    consulted = {"yes": "Yes", "no": "Not yet", "none": "There was nobody to ask"}.get(escalation.consulted or "", "")
    if escalation.consulted_on is not None:
        consulted = f"{consulted}, on {long_date(escalation.consulted_on)}"
    found = (
        ("Reference", escalation.reference),
        ("Raised", local_moment(escalation.raised_at, calendar)),
        ("Raised by", "somebody who is not in the register any more" if raiser is None else raiser.name),
        ("Agency that raised it", agencies.get(escalation.raising_agency, escalation.raising_agency)),
        ("Other agency", agencies.get(escalation.other_agency, escalation.other_agency)),
        ("Whom the raiser named", escalation.counterpart or ""),
        ("About", kinds.get(escalation.kind, escalation.kind)),
        ("Urgency", escalation.urgency.capitalize()),
        ("Own safeguarding adviser consulted", consulted),
        ("Policy", f"{policy.version}, {approved}"),
        ("Stage", f"{policy.number(escalation.stage)} of {len(policy.stages)}, {policy.stage(escalation.stage).label}"),
        ("Where it stands", state_in_words(escalation.state).capitalize()),
        ("Ended", "" if escalation.closed_at is None else local_moment(escalation.closed_at, calendar)),
        ("Practice", "Yes: nobody outside the operations team was told" if escalation.practice else ""),
        *await _holders(uow, escalation, calendar),
    )
    return tuple((name, value) for name, value in found if value)


async def _holders(uow: UnitOfWork, escalation: Escalation, calendar: WorkingCalendar) -> Iterable[tuple[str, str]]:
    rows = (await holders_of(uow, [escalation.id])).get(escalation.id, [])
    people = await uow.people.by_ids(row.person_id for row in rows if row.person_id is not None)
    found = []
    for row in rows:
        name = people[row.person_id].name if row.person_id in people else "somebody who has left the register"
        found.append(
            ("Speaks for the raiser's side", f"{name} ({row.because}), since {local_moment(row.since, calendar)}")
        )
    return found


def _told(stages: Iterable[Stage], names: dict[int, str]) -> Iterator[Told]:
    for stage in stages:
        for contact in stage.contacts:
            yield Told(
                f"{stage.step.number}. {stage.label}",
                names.get(contact.person_id or 0, contact.address),
                _how(contact, names),
                what_came_of(contact),
                contact.alerted_at,
            )


def _how(contact: EscalationContact, names: dict[int, str]) -> str:
    side = "raiser's side" if contact.side == Side.OWN else place_in_words(contact.rung)
    said = [side] if contact.because in (None, side) else [side, str(contact.because)]
    if contact.delegated_by is not None:
        said.append(f"by {names.get(contact.delegated_by, 'a colleague')}")
    return ", ".join(said)


def what_came_of(contact: EscalationContact) -> str:
    """What came of somebody's place on a ladder, without the moments."""
    if contact.skipped_because:
        return f"{'told, then passed over' if contact.alerted_at else 'passed over'}: {contact.skipped_because}"
    if contact.acknowledged_at is not None:
        return "took it on"
    return "not told" if contact.alerted_at is None else "told"


def as_csv(export: Export, calendar: WorkingCalendar) -> str:
    """The export as one table, each line a fact, something written, a stage, a person, a message or an entry.

    Moments are local, with their offset from UTC.
    """
    return write_csv(HEADER, [*_lines(export, calendar)])


def _lines(export: Export, calendar: WorkingCalendar) -> Iterator[tuple[Cell, ...]]:
    def moment(instant: datetime | None) -> str:
        return "" if instant is None else calendar.local(instant).isoformat(timespec="seconds")

    yield ("export", moment(export.made_at), export.made_by, export.escalation.reference, "", None, "")
    for name, value in export.facts:
        yield ("record", "", "", name, value, None, "")
    for note in export.words:
        yield ("written", moment(note.written_at), note.by or "", note.kind, note.text, None, "")
    for stage in export.stages:
        step = stage.step
        for what, at, who in (
            ("opened", step.opened_at, step.opened_by),
            ("to be taken on by", step.acknowledge_by, None),
            ("to be answered by", step.respond_by, None),
            ("more time given until", step.extended_until, None),
            ("warned", step.warned_at, None),
            ("time was over", step.timed_out_at, None),
            ("taken on", step.acknowledged_at, stage.taken_on_by),
            ("answered", step.responded_at, step.responded_by),
            (f"ended as {step.ended_as}", step.ended_at, None),
        ):
            if at is not None:
                label = f"{step.number}. {stage.label}"
                yield ("stage", moment(at), export.names.get(who or 0, ""), what, label, None, "")
    for told in export.told:
        yield ("person", moment(told.at), told.who, told.what, f"{told.stage}: {told.how}", None, "")
    for sent in export.sent:
        what = f"{sent.what} by {sent.channel}: {sent.became}"
        yield ("message", moment(sent.queued_at), sent.to, what, sent.known_as, None, "")
        for at, outcome, reply in sent.tries:
            yield ("try", moment(at), sent.to, outcome, reply, None, "")
    for entry in export.history:
        yield ("history", moment(entry.at), entry.who, entry.what, entry.detail, entry.number, entry.seal or "")
