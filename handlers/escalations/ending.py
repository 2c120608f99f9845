"""The end of an escalation: settled, withdrawn or closed, and everybody who had a part in it is told."""

from bot.rules.escalation_states import Event
from handlers.escalations.stages import alert_about, change
from handlers.escalations.telling import tell_everybody
from storage.tables.escalations import Escalation, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def close(uow: UnitOfWork, escalation: Escalation, step: EscalationStep, event: Event, *, by: Person) -> None:
    """Ends an escalation. Raises NotPossibleNow when it has ended already."""
    change(escalation, event, uow, final=False)
    escalation.closed_at, escalation.outcome = uow.now, escalation.state
    step.ended_at, step.ended_as = uow.now, escalation.state
    await uow.deliveries.supersede(about=alert_about(escalation, step))
    uow.audit.add("escalation.closed", thing=escalation.reference, by=by, detail={"as": escalation.state})
    await tell_everybody(uow, escalation, closed_by=by)
