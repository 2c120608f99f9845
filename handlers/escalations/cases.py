"""One escalation with all that a use case asks first: its present step, its policy, how the person stands to it."""

from dataclasses import dataclass

from bot.rules.escalation_access import Standing
from bot.rules.escalation_policy import EscalationPolicy, Stage
from bot.rules.escalation_states import OPEN
from handlers.escalations.standing import standing_of
from handlers.policies import policy_version
from storage.tables.escalations import Escalation, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Case:
    """What somebody wants to do something with. `stage` is the present one."""

    escalation: Escalation
    step: EscalationStep
    policy: EscalationPolicy
    standing: Standing

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.escalation.state in OPEN

    @property
    def stage(self) -> Stage:
        """The stage of the present step, by the policy it began with."""
        return self.policy.stage(self.step.stage)


async def case_for(uow: UnitOfWork, person: Person, reference: str, *, lock: bool = False) -> Case | None:
    """The case as this person stands to it; None when there is none. With `lock` nobody else changes it meanwhile."""
    escalation = await uow.escalations.by_reference(reference, lock=lock)
    step = None if escalation is None else await uow.escalations.step(escalation)
    if escalation is None or step is None:
        return None
    policy = await policy_version(uow, escalation.policy_version)
    return Case(escalation, step, policy, await standing_of(uow, escalation, person))
