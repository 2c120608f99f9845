"""The note on what an escalation taught: an obligation of its own, ten working days after closing.

It is a deadline like any other, of the escalation lead's, nudged like any other; writing the note meets it. The theme
is a choice and is counted, what changed is sealed. Source: reference/booking-escalation-deadlines.md 2.4 (states).
"""

from bot.conversation.prompt import Notice, Receipt
from bot.rules.deadlines import steps_for
from bot.rules.escalation_access import may_close
from bot.rules.escalation_states import OPEN
from handlers.deadlines.applying import step_row
from handlers.escalations.replies import NOT_FOUND
from handlers.escalations.standing import standing_of
from handlers.escalations.telling import those_who_watch
from handlers.partnership import calendar_of
from storage.deadlines import ACTIVE, DONE, SUPERSEDED
from storage.tables.deadlines import Deadline
from storage.tables.escalations import Escalation, EscalationLearning
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

KIND = "learning-note"


async def owed(uow: UnitOfWork, escalation: Escalation) -> None:
    """Makes the note a deadline of whoever leads escalations; practice teaches nothing about working together."""
    if escalation.practice:
        return
    known = await uow.escalations.learning(escalation)
    if known is not None and known.written_at is not None:
        return
    deadline_id = await _deadline(uow, escalation)
    if known is None:
        await uow.escalations.owe_learning(EscalationLearning(escalation_id=escalation.id, deadline_id=deadline_id))
    else:
        known.deadline_id = deadline_id


async def taken_back(uow: UnitOfWork, escalation: Escalation) -> None:
    """A reopened escalation is not over yet: its deadline is replaced when it closes again; a written note stays."""
    known = await uow.escalations.learning(escalation)
    if known is None or known.deadline_id is None or known.written_at is not None:
        return
    await _settle(uow, known.deadline_id, state=SUPERSEDED, by=None)
    known.deadline_id = None


async def written(uow: UnitOfWork, *, person: Person, reference: str, theme: str, words: str) -> Receipt | Notice:
    """Keeps the note and meets its deadline. For the lead, and for whoever the deadline belongs to."""
    escalation = await uow.escalations.by_reference(reference, lock=True)
    refused = await why_not(uow, escalation, person)
    if escalation is None or refused is not None:
        return refused or NOT_FOUND
    known = await uow.escalations.learning(escalation)
    if known is None:
        return NOT_FOUND
    known.theme, known.written_by, known.written_at = theme, person.id, uow.now
    await uow.escalations.write_learning(known, text=words)
    if known.deadline_id is not None:
        await _settle(uow, known.deadline_id, state=DONE, by=person)
    uow.audit.add("escalation.learning-written", thing=reference, by=person, detail={"theme": theme})
    return Receipt(
        "Thank you, the note is kept",
        reference,
        ("Its theme is counted in the yearly figures. What you wrote is sealed like all words of an escalation.",),
    )


async def why_not(uow: UnitOfWork, escalation: Escalation | None, person: Person) -> Notice | None:
    """Why this person cannot write the note now; None when they can."""
    if escalation is None:
        return NOT_FOUND
    known = await uow.escalations.learning(escalation)
    steps = () if known is None or known.deadline_id is None else await uow.deadlines.steps(known.deadline_id)
    theirs = any(step.owner_id == person.id for step in steps)
    standing = await standing_of(uow, escalation, person)
    if not may_close(standing) and not (theirs and standing.present):
        return NOT_FOUND
    if known is None or escalation.state in OPEN:
        return Notice("It is open", (f"{escalation.reference} is not over. The note comes after its end.",))
    if known.written_at is not None:
        return Notice("The note is written", (f"What {escalation.reference} taught is kept already. Thank you.",))
    return None


async def _deadline(uow: UnitOfWork, escalation: Escalation) -> str | None:
    """A deadline of the lead's; None where nobody leads, coordinates or administers anything."""
    watching = await those_who_watch(uow)
    step = await uow.escalations.step(escalation)
    if not watching or step is None:
        return None
    owner, calendar = watching[0], await calendar_of(uow)
    deadline_id = f"{KIND}-{escalation.reference}-{step.number}".lower()
    steps = steps_for(KIND, calendar.local_date(uow.now), calendar)
    title = f"{escalation.reference}: what it taught"
    deadline = Deadline(
        id=deadline_id,
        kind=KIND,
        title=title,
        owner_id=owner.id,
        anchor=calendar.local_date(uow.now),
        state=ACTIVE,
        content_hash="",
        created_at=uow.now,
    )
    await uow.deadlines.add(deadline, [step_row(step, owner, title) for step in steps])
    uow.audit.add("deadline.created", thing=deadline_id, detail={"kind": KIND, "due": steps[-1].due_on.isoformat()})
    return deadline_id


async def _settle(uow: UnitOfWork, deadline_id: str, *, state: str, by: Person | None) -> None:
    deadline = await uow.deadlines.get(deadline_id)
    if deadline is None:
        return
    for step in await uow.deadlines.steps(deadline_id):
        if step.state == ACTIVE:
            step.state = state
            step.done_at, step.done_by = (None, None) if by is None else (uow.now, by.id)
            await uow.deliveries.supersede(about=f"deadline:{step.id}")
    deadline.state, deadline.closed_at = "closed" if by is not None else SUPERSEDED, uow.now
    uow.audit.add("deadline.done" if by is not None else "deadline.taken-back", thing=deadline_id, by=by)
