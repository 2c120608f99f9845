"""The end of an escalation: settled, withdrawn or closed, and everybody who had a part in it is told."""

from bot.conversation.prompt import Notice
from bot.rules.escalation_access import may_close
from bot.rules.escalation_states import OPEN, Event, NotPossibleNow, State
from handlers.escalations import learning
from handlers.escalations.merging import take_back
from handlers.escalations.replies import NOT_FOUND
from handlers.escalations.saying import state_in_words
from handlers.escalations.stages import change
from handlers.escalations.standing import standing_of
from handlers.escalations.telling import about_step, tell_everybody
from storage.tables.escalations import Escalation, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

PRACTICE = "practice"
"""How something ends that was raised in practice and found still open once Herald is live."""


async def close(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, event: Event, *, by: Person) -> None:
    """Ends an escalation; from now on a note on what it taught is owed. Raises NotPossibleNow when it has ended."""
    change(escalation, event, uow, final=False)
    await _end(uow, escalation, step, outcome=escalation.state)
    uow.audit.add("escalation.closed", thing=escalation.reference, by=by, detail={"as": escalation.state})
    await tell_everybody(uow, escalation, step, closed_by=by)
    await learning.owed(uow, escalation)


async def end_practice(uow: UnitOfWork, escalation: Escalation, step: EscalationStep) -> None:
    """Ends what was raised in practice, without a word to anybody; what still waits to leave is taken back."""
    decided = escalation.state == State.FINAL_DECISION
    change(escalation, Event.CLOSE if decided else Event.WITHDRAW, uow, final=False)
    await _end(uow, escalation, step, outcome=PRACTICE)
    steps = await uow.escalations.steps([escalation.id])
    for about in (escalation.reference, *(about_step(escalation, each) for each in steps)):
        await uow.deliveries.supersede(about=about)
    uow.audit.add("escalation.closed", thing=escalation.reference, detail={"as": PRACTICE})


async def close_by_lead(uow: UnitOfWork, *, reference: str, by: Person) -> Notice:
    """Closes an escalation whose final decision stands, or that both sides have settled."""
    escalation = await uow.escalations.by_reference(reference, lock=True)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None or not may_close(await standing_of(uow, escalation, by)):
        return NOT_FOUND
    if escalation.state not in OPEN:
        return Notice("It is closed already", (f"{reference} is {state_in_words(escalation.state)}.",))
    try:
        await close(
            uow, escalation, step, Event.CLOSE if escalation.state == State.FINAL_DECISION else Event.RESOLVE, by=by
        )
    except NotPossibleNow:
        return Notice("It is closed already", (f"{reference} is {state_in_words(escalation.state)}.",))
    return Notice("Closed", (f"{reference} is closed. We are telling everybody who had been told.",))


async def _end(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, *, outcome: str) -> None:
    escalation.closed_at, escalation.outcome = uow.now, outcome
    step.ended_at, step.ended_as = uow.now, outcome
    await take_back(uow, about=about_step(escalation, step))
