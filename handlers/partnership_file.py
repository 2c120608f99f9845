"""What applying a partnership file means: the document, its agencies, and a version of its escalation policy."""

from bot.files.partnership import Partnership, parse_partnership
from bot.files.policy import PolicySpec
from bot.files.problems import FileProblems, Problem
from bot.rules.escalation_policy import EscalationPolicy, Who, live_problem, policy_problems
from handlers.apply import Applied, FileSource, outcome_of
from handlers.policies import facts_of, policy_from_facts
from storage.tables.base import Facts
from storage.tables.people import Agency
from storage.unit_of_work import UnitOfWork


async def apply_partnership(uow: UnitOfWork, source: FileSource) -> list[Applied]:
    """Keeps the partnership as the file describes it. Raises FileProblems, then nothing is kept.

    An agency that is no longer in the file stays, because records name it.
    """
    partnership = parse_partnership(source.text).value
    before = await uow.partnership.document()
    policy = await _apply_policy(uow, source, partnership.escalation_policy)
    agencies = await _apply_agencies(uow, partnership)
    if before != source.text:
        await uow.partnership.save(source.text)
        version = None if partnership.escalation_policy is None else partnership.escalation_policy.version
        uow.audit.add(
            "partnership.applied",
            thing="partnership",
            by=source.by,
            detail={"agencies": len(agencies), "policy": version},
        )
    whole = outcome_of(known=before is not None, changed=before != source.text)
    return [Applied("partnership", partnership.short_name, whole), *agencies, *policy]


async def _apply_agencies(uow: UnitOfWork, partnership: Partnership) -> list[Applied]:
    known = {row.id: (row.name, row.sector, row.role_mailbox or "") for row in await uow.people.agencies()}
    applied = []
    for agency in partnership.agencies:
        said = (agency.name, agency.sector, agency.role_mailbox)
        outcome = outcome_of(known=agency.id in known, changed=known.get(agency.id) != said)
        applied.append(Applied("agency", agency.id, outcome))
    await uow.partnership.save_agencies(
        Agency(id=agency.id, name=agency.name, sector=agency.sector, role_mailbox=agency.role_mailbox or None)
        for agency in partnership.agencies
    )
    dropped = sorted(known.keys() - {agency.id for agency in partnership.agencies})
    note = "not in the file any more; it stays, because records name it"
    return applied + [Applied("agency", agency_id, "unchanged", note) for agency_id in dropped]


async def _apply_policy(uow: UnitOfWork, source: FileSource, spec: PolicySpec | None) -> list[Applied]:
    if spec is None:
        return []
    facts = facts_of(spec)
    policy = policy_from_facts(facts)
    line = _line_of(source.text, "escalation_policy")
    problems = [Problem("E216", line, 1, "escalation_policy", said) for said in policy_problems(policy)]
    said = live_problem(policy)
    if said and uow.sending.live:
        problems.append(Problem("E110", line, 1, "escalation_policy", said))
    if problems:
        raise FileProblems(problems)
    before = await uow.partnership.policy(spec.version)
    kept = await uow.partnership.save_policy(version=spec.version, document=facts)
    if kept is None:
        message = (
            f"version {spec.version} was applied before with other stages, and a version is never edited, because "
            "escalations may be running by it. Give the new stages a new version."
        )
        raise FileProblems([Problem("E202", line, 1, "version", message)])
    if before != kept:
        event = "policy.approved" if policy.approved else "policy.kept-as-draft"
        uow.audit.add(event, thing=f"policy:{spec.version}", by=source.by, detail={"stages": len(spec.stages)})
    outcome = outcome_of(known=before is not None, changed=before != kept)
    advice = tuple(
        Problem("W221", line, 1, "escalation_policy", said, "warning") for said in await _unreached(uow, policy)
    )
    return [Applied("escalation policy", spec.version, outcome, _approval_note(kept, facts), advice)]


def _approval_note(kept: Facts, given: Facts) -> str:
    if kept != given:
        return (
            f"approved by {kept['approved_by']} on {kept['approved_on']}, and that stands, because escalations may "
            "run by it; for another approval give it a new version"
        )
    return "" if kept["approved_on"] else "an example until somebody approves it: it works in practice mode only"


async def _unreached(uow: UnitOfWork, policy: EscalationPolicy) -> list[str]:
    """What of the policy reaches nobody yet, once there is a register; better known now than at night."""
    people = await uow.people.present()
    if not people:
        return []
    known = {person.email for person in people}
    held = {role for person in people for role in person.roles}
    found = [
        f'Stage "{stage.id}" invites {address}, who is not in the register. Add them, or take them out.'
        for stage in policy.stages
        for address in stage.invite
        if address not in known
    ]
    return found + [
        f'Nobody in the register holds the role {stage.who}, which stage "{stage.id}" asks for. Give it to somebody.'
        for stage in policy.stages
        if stage.who is not Who.PRACTITIONER and stage.who not in held and not stage.invite
    ]


def _line_of(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if line.startswith(f"{key}:")), 1)
