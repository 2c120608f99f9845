"""The escalation policy between its three forms: as a file says it, as it is kept, as the rules use it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from bot.files.policy import PolicySpec
from bot.rules.escalation_policy import EscalationPolicy, OnTimeout, Stage, Who, live_problem
from bot.rules.working_time import parse_duration
from handlers.partnership import partnership_of
from storage.tables.base import Facts
from storage.unit_of_work import UnitOfWork


def facts_of(spec: PolicySpec) -> Facts:
    """The policy as its row keeps it: the words of the file, the date as text.

    What a stage does not say is left out, so that a version which was kept before Herald knew of it is the same still.
    """
    approved_on = None if spec.approved_on is None else spec.approved_on.isoformat()
    stages = [_said(asdict(stage)) for stage in spec.stages]
    return {
        "version": spec.version,
        "stages": stages,
        "approved_by": spec.approved_by or None,
        "approved_on": approved_on,
    }


def _said(stage: Facts) -> Facts:
    optional = {"warn", "then", "invite"}
    return {
        key: list(value) if key == "invite" else value for key, value in stage.items() if value or key not in optional
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
                warn=parse_duration(stage["warn"]) if stage.get("warn") else None,
                then=OnTimeout(stage.get("then", OnTimeout.ASK)),
                invite=tuple(stage.get("invite", ())),
            )
            for stage in facts["stages"]
        ),
        approved_by=facts.get("approved_by"),
        approved_on=None if approved_on is None else date.fromisoformat(approved_on),
    )


async def policy_for_new(uow: UnitOfWork) -> EscalationPolicy | None:
    """The policy by which an escalation may be raised now: none agreed, or a draft in live mode, means None.

    Asked when a talk begins and again when it ends, because the policy or the mode may have changed in between.
    """
    spec = (await partnership_of(uow)).escalation_policy
    policy = None if spec is None else await policy_version(uow, spec.version)
    return None if policy is None or (uow.sending.live and live_problem(policy)) else policy


@dataclass(frozen=True, slots=True)
class KnownPolicy:
    """A version that was applied: since when (UTC), whether new escalations run by it, how many open ones do."""

    policy: EscalationPolicy
    since: datetime
    in_use: bool
    running: int


async def known_policies(uow: UnitOfWork) -> tuple[KnownPolicy, ...]:
    """Every version of the policy: the one in use first, then the latest first."""
    new, running = await policy_for_new(uow), await uow.partnership.running_by()
    found = [
        KnownPolicy(
            policy=policy_from_facts(row.document),
            since=row.first_applied_at,
            in_use=new is not None and row.version == new.version,
            running=running.get(row.version, 0),
        )
        for row in await uow.partnership.policies()
    ]
    return tuple(sorted(found, key=lambda known: not known.in_use))


async def policy_version(uow: UnitOfWork, version: str) -> EscalationPolicy:
    """The policy that a running escalation began with. Raises LookupError for a version that was never applied."""
    facts = await uow.partnership.policy(version)
    if facts is None:
        raise LookupError(f"Escalation policy {version} is not in the database. Apply the partnership file again.")
    return policy_from_facts(facts)
