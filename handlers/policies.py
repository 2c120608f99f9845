"""The escalation policy between its three forms: as a file says it, as it is kept, as the rules use it."""

from dataclasses import asdict
from datetime import date

from bot.files.policy import PolicySpec
from bot.rules.escalation_policy import EscalationPolicy, Stage, Who
from bot.rules.working_time import parse_duration
from storage.tables.base import Facts
from storage.unit_of_work import UnitOfWork


def facts_of(spec: PolicySpec) -> Facts:
    """The policy as its row keeps it: the words of the file, the date as text."""
    approved_on = None if spec.approved_on is None else spec.approved_on.isoformat()
    stages = [asdict(stage) for stage in spec.stages]
    return {
        "version": spec.version,
        "stages": stages,
        "approved_by": spec.approved_by or None,
        "approved_on": approved_on,
    }


def policy_from_facts(facts: Facts) -> EscalationPolicy:
    """The policy as the rules use it, from what its row keeps."""
    approved_on = facts.get("approved_on")
    return EscalationPolicy(
        version=str(facts["version"]),
        stages=tuple(
            Stage(
                id=stage["id"],
                label=stage["label"],
                who=Who(stage["who"]),
                acknowledge=parse_duration(stage["acknowledge"]),
                respond=parse_duration(stage["respond"]),
                urgent=parse_duration(stage["urgent"]).elapsed(),
                final=bool(stage["final"]),
            )
            for stage in facts["stages"]
        ),
        approved_by=facts.get("approved_by"),
        approved_on=None if approved_on is None else date.fromisoformat(approved_on),
    )


async def policy_version(uow: UnitOfWork, version: str) -> EscalationPolicy:
    """The policy that a running escalation began with. Raises LookupError for a version that was never applied."""
    facts = await uow.partnership.policy(version)
    if facts is None:
        raise LookupError(f"Escalation policy {version} is not in the database. Apply the partnership file again.")
    return policy_from_facts(facts)
