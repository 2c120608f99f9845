"""Closing by the escalation lead: a final decision that stands, or what both sides have settled."""

from bot.conversation.prompt import Notice
from bot.rules.escalation_states import Event, NotPossibleNow, State
from handlers.escalations.answering import NOT_FOUND
from handlers.escalations.ending import close
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def close_by_lead(uow: UnitOfWork, *, reference: str, by: Person) -> Notice:
    """Closes an escalation whose final decision stands, or that both sides have settled."""
    escalation = await uow.escalations.by_reference(reference, lock=True)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None:
        return NOT_FOUND
    event = Event.CLOSE if escalation.state == State.FINAL_DECISION else Event.RESOLVE
    try:
        await close(uow, escalation, step, event, by=by)
    except NotPossibleNow:
        return Notice("It is closed already", (f"{reference} is {escalation.state}.",))
    return Notice("Closed", (f"{reference} is closed. Everybody who had been told knows that nothing more is needed.",))
