"""Opening a stage, and telling the people of it: the next rung of the ladder, or a ladder made anew."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from bot.rules.escalation_access import Side
from bot.rules.escalation_contacts import RUNGS, Place
from bot.rules.escalation_policy import EscalationPolicy, Stage, Urgency, clock_for, contact_clock
from bot.rules.escalation_states import Event, State, after
from handlers.escalations.people import contacts_of_stage
from handlers.escalations.presence import Presence, presence_of
from handlers.escalations.telling import about_step, news_of, tell
from handlers.partnership import calendar_of
from storage.deliveries import Message
from storage.tables.deliveries import Lane
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

RAISED, ADVANCED, TIMED_OUT, SKIPPED, REOPENED = "raised", "advanced", "timed out", "skipped", "reopened"
"""How a step began (`EscalationStep.opened_as`)."""
HANDED, LAPSED = "handed", "lapsed"
"""Why somebody is asked in the middle of a stage: they take over from somebody."""


def change(escalation: Escalation, event: Event, uow: UnitOfWork, *, final: bool) -> None:
    """Takes the escalation to the state that follows. Raises NotPossibleNow for a late or impossible step."""
    escalation.state = after(State(escalation.state), event, final_stage=final).value
    escalation.state_since = uow.now


async def open_stage(
    uow: UnitOfWork,
    escalation: Escalation,
    policy: EscalationPolicy,
    stage: Stage,
    *,
    by: Person | None = None,
    opened_as: str = RAISED,
    named: str | None = None,
) -> EscalationStep:
    """Starts a stage: clocks, ladder, the first alerts, all in this transaction.

    `by` is who brought it here (None: the clock), `named` whom they named for this stage, by e-mail.
    """
    calendar = await calendar_of(uow)
    clock = clock_for(stage, Urgency(escalation.urgency), uow.now, calendar)
    before = await uow.escalations.step(escalation)
    step = await uow.escalations.open_step(
        escalation,
        EscalationStep(
            number=1 if before is None else before.number + 1,
            stage=stage.id,
            named=escalation.counterpart if before is None else named,
            opened_at=uow.now,
            opened_by=None if by is None else by.id,
            opened_as=opened_as,
            acknowledge_by=clock.acknowledge_by,
            respond_by=clock.respond_by,
        ),
    )
    escalation.stage = stage.id
    escalation.asked_raiser_at = escalation.lead_told_at = None
    uow.audit.add(
        "escalation.stage-opened",
        thing=escalation.reference,
        by=by,
        detail={"stage": stage.id, "step": step.number, "as": opened_as},
    )
    ladder = await contacts_of_stage(uow, escalation, policy, stage, step=step)
    await uow.escalations.add_contacts(ladder)
    _say_whom_it_passes_over(uow, escalation, step, ladder)
    await tell_next(uow, escalation, policy, step)
    await _inform_own_side(uow, escalation, policy, step)
    return step


async def tell_next(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> int:
    """Alerts everybody on the next rung that has not been told; returns how many were told.

    A rung on which nobody is there any more is passed over at once: its time is not waited out (E4). When the ladder is
    empty it is made anew, because somebody may have come since.
    """
    told = await _next_rung(uow, escalation, step)
    if not told:
        await make_anew(uow, escalation, policy, step)
        told = await _next_rung(uow, escalation, step)
    if not told:
        return 0
    await alert(uow, escalation, policy, step, told)
    return len(told)


async def alert(
    uow: UnitOfWork,
    escalation: Escalation,
    policy: EscalationPolicy,
    step: EscalationStep,
    contacts: Sequence[EscalationContact],
    *,
    why: str = "",
) -> None:
    """Alerts these contacts of the other side; each has the time to acknowledge from now on."""
    until = contact_clock(
        policy.stage(step.stage), Urgency(escalation.urgency), uow.now, step.answer_by, await calendar_of(uow)
    )
    for contact in contacts:
        contact.alerted_at, contact.acknowledge_by, contact.skipped_because = uow.now, until, None
        await ask(uow, escalation, policy, step, contact, kind="escalation.alert", why=why)
    uow.audit.add(
        "escalation.alerted",
        thing=escalation.reference,
        detail={
            "step": step.number,
            "rung": contacts[0].rung,
            "people": [contact.person_id for contact in contacts],
        },
    )


async def make_anew(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep) -> int:
    """Makes the ladder of a step anew: who has come since is put on it, who is back is no longer passed over.

    Returns how many could be told now.
    """
    kept = {(row.side, row.address): row for row in await uow.escalations.contacts(step)}
    fresh = await new_on_the_ladder(uow, escalation, policy, step, kept=tuple(kept.values()))
    for row in fresh:
        known = kept.get((row.side, row.address))
        if known is not None:
            known.skipped_because, known.rung, known.because = None, row.rung, row.because
    await uow.escalations.add_contacts(row for row in fresh if (row.side, row.address) not in kept)
    if fresh:
        uow.audit.add(
            "escalation.ladder-made-anew",
            thing=escalation.reference,
            detail={"step": step.number, "people": [row.person_id for row in fresh]},
        )
    return len(fresh)


async def new_on_the_ladder(
    uow: UnitOfWork,
    escalation: Escalation,
    policy: EscalationPolicy,
    step: EscalationStep,
    *,
    kept: Sequence[EscalationContact],
) -> list[EscalationContact]:
    """Whom a ladder made anew would reach that the present one does not; nothing is kept."""
    told = {(row.side, row.address) for row in kept if row.alerted_at is not None}
    rows = await contacts_of_stage(uow, escalation, policy, policy.stage(step.stage), step=step)
    return [
        row
        for row in rows
        if row.side == Side.OTHER and row.skipped_because is None and (row.side, row.address) not in told
    ]


def waiting_in(contacts: Iterable[EscalationContact]) -> list[EscalationContact]:
    """The rest of a ladder that was not told yet, the next rung first."""
    return [
        contact
        for contact in contacts
        if contact.side == Side.OTHER and contact.alerted_at is None and contact.skipped_because is None
    ]


def told_in(contacts: Iterable[EscalationContact]) -> list[EscalationContact]:
    """Those of the other side who were told."""
    return [contact for contact in contacts if contact.side == Side.OTHER and contact.alerted_at is not None]


def had_it(step: EscalationStep, contacts: Iterable[EscalationContact]) -> EscalationContact | None:
    """Who took it on last, when they have it no more; None while somebody has it, and where nobody ever had."""
    if step.acknowledged_at is None or step.acknowledged_by is not None:
        return None
    took = [(each.acknowledged_at, each.id, each) for each in contacts if each.acknowledged_at is not None]
    return max(took)[-1] if took else None


def acknowledge_by(step: EscalationStep, contacts: Iterable[EscalationContact]) -> datetime:
    """Until when those who were told last have to acknowledge: nobody's clock ends later than theirs."""
    times = [contact.acknowledge_by for contact in told_in(contacts)]
    return max((time for time in times if time is not None), default=step.acknowledge_by)


def waited_for(contacts: Sequence[EscalationContact], *, until: datetime, now: datetime) -> list[EscalationContact]:
    """Of those who were told: who was told last, and whoever still has time to acknowledge."""
    times = [(contact, contact.acknowledge_by or until) for contact in told_in(contacts)]
    return [contact for contact, time in times if time >= until or time > now]


async def _next_rung(uow: UnitOfWork, escalation: Escalation, step: EscalationStep) -> list[EscalationContact]:
    contacts = await uow.escalations.contacts(step)
    presence = await presence_of(uow, contacts)
    for _, rung in groupby(waiting_in(contacts), key=lambda contact: contact.rung):
        there = [contact for contact in rung if _is_there(uow, escalation, contact, presence, contacts)]
        if there:
            return there
    return []


def _is_there(
    uow: UnitOfWork,
    escalation: Escalation,
    contact: EscalationContact,
    presence: Presence,
    ladder: Sequence[EscalationContact],
) -> bool:
    """Whether a contact can still be told now; if not, the reason is kept on the ladder."""
    contact.skipped_because = presence.why_gone(escalation, contact, ladder)
    if contact.skipped_because is not None:
        _log_skipped(uow, escalation, contact)
    return contact.skipped_because is None


def _say_whom_it_passes_over(
    uow: UnitOfWork, escalation: Escalation, step: EscalationStep, ladder: Iterable[EscalationContact]
) -> None:
    other = [row for row in ladder if row.side == Side.OTHER]
    for row in other:
        if row.skipped_because is not None:
            _log_skipped(uow, escalation, row)
    if all(row.rung == RUNGS[Place.OPERATIONS_TEAM] for row in other if row.skipped_because is None):
        uow.audit.add("escalation.nobody-reached", thing=escalation.reference, detail={"step": step.number})


def _log_skipped(uow: UnitOfWork, escalation: Escalation, contact: EscalationContact) -> None:
    uow.audit.add(
        "escalation.passed-over",
        thing=escalation.reference,
        detail={"person": contact.person_id, "rung": contact.rung, "because": contact.skipped_because},
    )


async def ask(
    uow: UnitOfWork,
    escalation: Escalation,
    policy: EscalationPolicy,
    step: EscalationStep,
    contact: EscalationContact,
    *,
    kind: str,
    key: str = "",
    why: str = "",
) -> None:
    """Asks a contact to take it on: a person over both channels, or their mailbox by e-mail.

    It says who asks, at which stage and until when; nothing else.
    `why`: a colleague hands it to them (HANDED), or whoever had it is not there any more (LAPSED).
    """
    calendar = await calendar_of(uow)
    raising = await uow.people.agency(escalation.raising_agency)
    about = about_step(escalation, step)
    message = Message(
        kind=kind,
        ledger_key=f"{kind}:{key or about}",
        lane=Lane.ALERT,
        about=about,
        facts={
            "reference": escalation.reference,
            "step": step.number,
            "stage": policy.stage(step.stage).label,
            "stage_number": policy.number(step.stage),
            "urgent": escalation.urgency == Urgency.URGENT,
            "agency": escalation.raising_agency if raising is None else raising.name,
            "acknowledge_by": calendar.local(contact.acknowledge_by or step.acknowledge_by).isoformat(),
            "respond_by": calendar.local(step.answer_by).isoformat(),
            "mailbox": contact.person_id is None,
            "why": why,
        },
    )
    person = None if contact.person_id is None else await uow.people.get(contact.person_id)
    await tell(uow, escalation, contact.address if person is None else person, message)


async def _inform_own_side(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, step: EscalationStep
) -> None:
    """The same level in the raiser's agency hears of it and may decide; the first of them who are there."""
    contacts = [row for row in await uow.escalations.contacts(step) if row.side == Side.OWN]
    calendar = await calendar_of(uow)
    for _, rung in groupby((row for row in contacts if row.skipped_because is None), key=lambda row: row.rung):
        for contact in rung:
            person = None if contact.person_id is None else await uow.people.get(contact.person_id)
            if person is not None:
                contact.alerted_at = uow.now
                message = news_of(
                    escalation,
                    "escalation.own-side",
                    key=about_step(escalation, step),
                    step=step.number,
                    stage=policy.stage(step.stage).label,
                    respond_by=calendar.local(step.answer_by).isoformat(),
                )
                await tell(uow, escalation, person, message)
        break
