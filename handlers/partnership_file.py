"""What applying a partnership file means: the document, its agencies, and a version of its escalation policy."""

from bot.files.partnership import Partnership, parse_partnership
from bot.files.policy import PolicySpec
from bot.files.problems import FileProblems, Problem
from bot.rules.escalation_policy import live_problem, policy_problems
from handlers.apply import Applied, FileSource, outcome_of
from handlers.policies import facts_of, policy_from_facts
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
    if not await uow.partnership.save_policy(version=spec.version, document=facts):
        message = (
            f"version {spec.version} was applied before with other stages, and a version is never edited, because "
            "escalations may be running by it. Give the new stages a new version."
        )
        raise FileProblems([Problem("E202", line, 1, "version", message)])
    note = "" if policy.approved else "not approved yet: it works in practice mode only"
    outcome = outcome_of(known=before is not None, changed=before != facts)
    return [Applied("escalation policy", spec.version, outcome, note)]


def _line_of(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if line.startswith(f"{key}:")), 1)
