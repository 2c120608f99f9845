"""The policy as approved data: any number of stages, a version that is never edited, an approval that stands."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.prompt import Receipt
from bot.files.problems import FileProblems
from bot.keyring import Keyring
from bot.rules.escalation_policy import OnTimeout, levels_up
from digests.escalations import run_clocks
from handlers.apply import Applied
from handlers.files import apply_file
from handlers.policies import policy_for_new, policy_version
from storage.deliveries import SendingPolicy
from storage.tables.people import PolicyRow
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import PARTNERSHIP, a_person
from tests.talking import talk
from tests.world import a_world

BEGINNING, APPROVED_AND_STAGES = PARTNERSHIP.split("escalation_policy:\n")
APPROVAL = "  approved_by: Partnership Executive\n  approved_on: 2026-09-01\n"
STAGES = APPROVED_AND_STAGES.split("  stages:\n")[1].split("priorities:")[0]
ONE_STAGE = "{id: one, label: One, who: practitioner, acknowledge: 4h, respond: 1d, urgent: 4h"


def file(*, version: str = "2026-1", approval: str = APPROVAL, stages: str = STAGES) -> str:
    return f"{BEGINNING}escalation_policy:\n  version: {version}\n{approval}  stages:\n{stages}"


def many(number: int) -> str:
    """So many stages: practitioners, then managers and their managers, at last the executive."""
    line = "    - {{id: s{0}, label: Stage {0}, who: {1}, acknowledge: 4h, respond: 2d, urgent: 4h{2}}}\n"
    who = ["practitioner", *["manager"] * (number - 2), "executive"]
    return "".join(
        line.format(place, role, ", final: true" if place == number else "") for place, role in enumerate(who, start=1)
    )


async def applied(store: Store, text: str) -> Applied:
    """What became of the policy in this file."""
    async with store.transaction() as uow:
        found = await apply_file(uow, name="partnership.yaml", text=text)
    return next(one for one in found if one.kind == "escalation policy")


async def refused(store: Store, text: str) -> str:
    with pytest.raises(FileProblems) as wrong:
        await applied(store, text)
    return " ".join(problem.message for problem in wrong.value.problems)


@pytest.mark.parametrize("number", [1, 5, 12])
async def test_a_policy_of_any_length_runs_from_its_first_stage_to_its_last(
    sqlite_store: Store, clock: MovingClock, number: int
) -> None:
    stages = many(number) if number > 1 else f"    - {ONE_STAGE}, final: true}}\n"
    assert (await applied(sqlite_store, file(stages=stages))).outcome == "created"
    async with sqlite_store.transaction() as uow:
        ada = await a_person(uow, "Ada", agency_id="northmere-health")
        await a_person(uow, "Lea", agency_id="northmere-police", roles=["escalation-lead"])
        await a_person(uow, "May", agency_id="northmere-council", roles=["manager", "executive"])
    end = await talk(
        sqlite_store, ada, "escalation", danger="no", consulted="yes", other_agency="northmere-council", kind="delay",
        urgency="urgent", own_reference="NH-1", reason="It takes too long",
    )  # fmt: skip
    assert isinstance(end, Receipt)
    for _ in range(number):
        clock.move(hours=4)
        await run_clocks(sqlite_store)
    async with sqlite_store.reading() as uow:
        (escalation,) = await uow.escalations.everything()
        reached = [step.stage for step in await uow.escalations.steps([escalation.id])]
        policy = await policy_version(uow, "2026-1")
    assert reached == [stage.id for stage in policy.stages], "each once, in order, and none beyond the last"
    if number > 1:
        assert levels_up(policy, policy.stages[-1].id) == number - 2, "each managers' stage asks one level higher"


async def test_what_a_stage_adds_is_kept_and_an_empty_wish_is_not_a_change(store: Store) -> None:
    stages = f"    - {ONE_STAGE}, warn: 1h, then: advance, invite: [Chair@Panel.example.org], final: true}}\n"
    assert (await applied(store, file(stages=stages))).outcome == "created"
    async with store.reading() as uow:
        (stage,) = (await policy_version(uow, "2026-1")).stages
    assert (stage.warn is not None, stage.then, stage.invite) == (True, OnTimeout.ADVANCE, ("chair@panel.example.org",))
    assert (await applied(store, file(stages=stages))).outcome == "unchanged"


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (f"{ONE_STAGE}, warn: 1d, final: true}}", "Make warn shorter than respond"),
        (f"{ONE_STAGE}, warn: soon, final: true}}", "Write hours or days like 2h"),
        (f"{ONE_STAGE}, then: wait, final: true}}", "ask"),
        (f"{ONE_STAGE}, invite: [the chair], final: true}}", "is not an e-mail address"),
        (f"{ONE_STAGE}}}", "Add final: true"),
        (f"{ONE_STAGE.replace('respond: 1d', 'respond: 0d')}, final: true}}", "is not a time limit"),
        (f"{ONE_STAGE.replace('respond: 1d', 'respond: -1d')}, final: true}}", "is not a time limit"),
        (f"{ONE_STAGE.replace('acknowledge: 4h', 'acknowledge: 2d')}, final: true}}", "the shorter time"),
    ],
)
async def test_a_policy_that_could_not_work_is_refused_with_what_to_write(
    sqlite_store: Store, stage: str, says: str
) -> None:
    assert says in await refused(sqlite_store, file(stages=f"    - {stage}\n"))


async def test_what_an_earlier_herald_kept_is_the_same_version_still(store: Store) -> None:
    async with store.transaction() as uow:
        row = PolicyRow(version="2026-1", document=KEPT_BEFORE, first_applied_at=uow.now - timedelta(days=30))
        uow.session.add(row)
    found = await applied(store, file())
    assert (found.outcome, found.note) == ("unchanged", "")


def practising(url: str, clock: MovingClock, keyring: Keyring, *, live: bool) -> Store:
    return Store(url, clock=clock, keyring=keyring, sending=SendingPolicy(live=live, slack=True))


async def test_a_draft_is_tried_in_practice_approved_later_and_its_approval_is_never_taken_back(
    database_url: str, clock: MovingClock, keyring: Keyring
) -> None:
    practice = practising(database_url, clock, keyring, live=False)
    live = practising(database_url, clock, keyring, live=True)
    draft = file(approval="")
    try:
        found = await applied(practice, draft)
        assert (found.outcome, "an example until somebody approves it" in found.note) == ("created", True)
        assert await can_raise(practice)
        assert not await can_raise(live), "what was applied in practice does not run live"
        assert "Write approved_by and approved_on" in await refused(live, draft)
        assert (await applied(live, file())).outcome == "changed"
        assert await can_raise(live)
        again = await applied(practice, draft)
        assert again.outcome == "unchanged"
        assert "approved by Partnership Executive on 2026-09-01, and that stands" in again.note
        other = await applied(live, file(approval=APPROVAL.replace("Partnership Executive", "Somebody else")))
        assert (other.outcome, "that stands" in other.note) == ("unchanged", True)
        assert await can_raise(live)
        async with live.reading() as uow:
            written = [entry.action for entry in await uow.audit.latest(thing="policy:2026-1")]
        assert written == ["policy.approved", "policy.kept-as-draft"]
    finally:
        await practice.close()
        await live.close()


async def can_raise(store: Store) -> bool:
    async with store.reading() as uow:
        return await policy_for_new(uow) is not None


async def test_stages_of_a_version_that_may_be_running_are_never_edited(store: Store) -> None:
    await applied(store, file())
    said = await refused(store, file(stages=STAGES.replace("respond: 1d", "respond: 2d")))
    assert "Give the new stages a new version" in said
    assert (await applied(store, file(version="2026-2", stages=many(5)))).outcome == "created"


async def test_a_running_escalation_keeps_the_version_it_began_with(sqlite_store: Store, clock: MovingClock) -> None:
    await applied(sqlite_store, file())
    async with sqlite_store.transaction() as uow:
        ada = await a_person(uow, "Ada", agency_id="northmere-health")
        await a_person(uow, "May", agency_id="northmere-council", roles=["manager", "executive"])
    await talk(
        sqlite_store, ada, "escalation", danger="no", consulted="no", other_agency="northmere-council", kind="delay",
        urgency="urgent", own_reference="NH-1", reason="It takes too long",
    )  # fmt: skip
    await applied(sqlite_store, file(version="2026-2", stages=many(5)))
    clock.move(hours=4)
    await run_clocks(sqlite_store)
    async with sqlite_store.reading() as uow:
        (escalation,) = await uow.escalations.everything()
        assert (escalation.policy_version, escalation.stage) == ("2026-1", "managers")
        new = await policy_for_new(uow)
    assert new is not None
    assert (new.version, len(new.stages)) == ("2026-2", 5)


async def test_who_is_invited_or_asked_for_and_is_not_there_is_said_when_the_file_is_applied(
    sqlite_store: Store,
) -> None:
    stages = STAGES.replace("urgent: 24h", "urgent: 24h, invite: [chair@panel.example.org]")
    assert (await applied(sqlite_store, file(version="a", stages=stages))).problems == (), "there is no register yet"
    async with sqlite_store.transaction() as uow:
        await a_person(uow, "Ada", agency_id="northmere-health")
    advice = " ".join(one.message for one in (await applied(sqlite_store, file(version="b", stages=stages))).problems)
    assert "chair@panel.example.org, who is not in the register" in advice
    assert 'role manager, which stage "managers" asks for' in advice


async def test_everybody_can_read_the_stages_and_sees_what_is_only_an_example(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path
) -> None:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        ada = await world.person("Ada", agency_id="northmere-health")
        async with world.herald.store.transaction() as uow:
            facts = await uow.partnership.policy("2026-1")
            draft = {**(facts or {}), "version": "2027-draft", "approved_by": None, "approved_on": None}
            await uow.partnership.save_policy(version="2027-draft", document=draft)
        browser = await world.signed_in(ada)
        page = await browser.open("/escalate/stages")
    in_use, other = page.text.split("Other versions")
    assert "Approved by Partnership Executive on 1 September 2026." in in_use
    assert "3. Partnership executive (the last)" in in_use
    assert "4 working hours" in in_use
    assert "An example, needs approval." in other


KEPT_BEFORE = {
    "version": "2026-1",
    "approved_by": "Partnership Executive",
    "approved_on": "2026-09-01",
    "stages": [
        {
            "id": "practitioners", "label": "Practitioner to practitioner", "who": "practitioner",
            "acknowledge": "4h", "respond": "1d", "urgent": "4h", "final": False,
        },
        {
            "id": "managers", "label": "Line managers", "who": "manager",
            "acknowledge": "4h", "respond": "2d", "urgent": "4h", "final": False,
        },
        {
            "id": "executive", "label": "Partnership executive", "who": "executive",
            "acknowledge": "1d", "respond": "5d", "urgent": "24h", "final": True,
        },
    ],
}  # fmt: skip
"""A policy as the Herald before `warn`, `then` and `invite` kept it."""
