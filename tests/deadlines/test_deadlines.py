"""Deadlines as the operations team lives with them: from a file to a nudge to one press."""

from datetime import UTC, date, datetime

import pytest

from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt, Receipt
from bot.files.problems import FileProblems
from digests.deadlines import nudge
from handlers import conversations
from handlers.acts import Press
from handlers.conversations import Reply
from handlers.deadlines.answering import ACT, HANDOVER_ACT
from handlers.files import apply_file
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person

RAPID = """herald_deadlines: 1
deadlines:
  - {id: rr-17, kind: rapid-review, title: Rapid review RR17, owner: ben@example.org, anchor: ANCHOR}
"""
SIX_MONTHS = """herald_deadlines: 1
deadlines:
  - {id: p1-six, kind: action-plan-6-months, title: Six-month report, owner: ben@example.org, priority: p1, anchor: 2026-08-31}
"""
RETURN = """herald_deadlines: 1
deadlines:
  - {id: s11, kind: custom, title: Section 11 return, owner: ben@example.org, due: 2026-12-08, every: 1y}
"""


async def applied(store: Store, text: str) -> list[str]:
    async with store.transaction() as uow:
        if await uow.people.by_email("ben@example.org") is None:
            await a_partnership(uow)
            await a_person(uow, "Mo", agency_id="northmere-council", roles=["manager"])
            await a_person(uow, "Ben", agency_id="northmere-council", manager_email="mo@example.org")
            await a_person(uow, "Cy", agency_id="northmere-council")
            await a_person(uow, "Ada", agency_id="northmere-council", roles=["coordinator"])
        return [item.outcome for item in await apply_file(uow, name="deadlines.yaml", text=text)]


async def steps_of(store: Store, deadline_id: str) -> dict[str, date]:
    async with store.reading() as uow:
        return {step.key: step.due_on for step in await uow.deadlines.steps(deadline_id) if step.state == "active"}


async def queued(store: Store) -> list[tuple[str, str]]:
    """(kind, person's name) of everything in the outbox, in order."""
    async with store.reading() as uow:
        people = {person.id: person.name for person in await uow.people.everybody()}
        rows = [
            *await uow.deliveries.about(""),
            *[row for n in range(1, 20) for row in await uow.deliveries.about(f"deadline:{n}")],
        ]
        return sorted((row.kind, people.get(row.person_id or 0, "")) for row in rows)


async def test_a_rapid_review_has_the_gates_of_the_worked_example(store: Store, clock: MovingClock) -> None:
    clock.set(datetime(2026, 12, 18, 16, 0, tzinfo=UTC))
    await applied(store, RAPID.replace("ANCHOR", "2026-12-18"))
    dates = set((await steps_of(store, "rr-17")).values())
    assert {date(2026, 12, 22), date(2026, 12, 29), date(2027, 1, 11), date(2027, 1, 13)} <= dates


async def test_six_months_after_the_last_of_august_is_the_last_of_february(store: Store) -> None:
    await applied(store, SIX_MONTHS)
    async with store.reading() as uow:
        (step,) = await uow.deadlines.steps("p1-six")
        assert (step.due_on, step.working_target) == (date(2027, 2, 28), date(2027, 2, 26))


async def test_applying_twice_changes_nothing_and_a_corrected_anchor_keeps_the_old_step(store: Store) -> None:
    assert await applied(store, SIX_MONTHS) == ["created"]
    assert await applied(store, SIX_MONTHS) == ["unchanged"]
    assert await applied(store, SIX_MONTHS.replace("2026-08-31", "2026-09-30")) == ["changed"]
    async with store.reading() as uow:
        states = sorted((step.state, step.due_on) for step in await uow.deadlines.steps("p1-six"))
    assert states == [("active", date(2027, 3, 30)), ("superseded", date(2027, 2, 28))]


async def test_a_statutory_clock_that_starts_later_is_kept_and_said(store: Store) -> None:
    text = RAPID.replace("rapid-review", "serious-incident-notification").replace("ANCHOR", "2026-12-18")
    await applied(store, RETURN)
    async with store.transaction() as uow:
        (item,) = await apply_file(uow, name="deadlines.yaml", text=text)
    assert item.outcome == "created"
    assert "not come yet" in item.note


async def test_an_owner_who_is_not_in_the_register_is_refused_with_the_line(store: Store) -> None:
    with pytest.raises(FileProblems, match="Import the person first"):
        await applied(store, RETURN.replace("ben@", "nobody@"))


async def test_the_owner_is_nudged_once_for_each_rung_however_often_the_sweep_runs(
    store: Store, clock: MovingClock
) -> None:
    await applied(store, RETURN)
    first = await nudge(store)
    assert first + await nudge(store) == first <= 1
    clock.set(datetime(2026, 12, 8, 9, 30, tzinfo=UTC))
    await nudge(store)
    await nudge(store)
    assert ("deadline.nudge", "Ben") in await queued(store)
    assert all(person == "Ben" for _, person in await queued(store)), "nobody above hears before it is overdue"


async def test_the_manager_is_told_when_it_is_overdue_even_after_a_week_without_a_sweep(
    store: Store, clock: MovingClock
) -> None:
    await applied(store, RETURN)
    clock.set(datetime(2026, 12, 15, 9, 30, tzinfo=UTC))
    await nudge(store)
    told = await queued(store)
    assert ("deadline.overdue", "Mo") in told
    assert sum(kind == "deadline.nudge" for kind, _ in told) == 1, "what was missed is one message, not five"


async def test_done_by_one_press_takes_back_what_was_queued_and_the_next_year_is_set(store: Store) -> None:
    await applied(store, RETURN)
    await nudge(store)
    async with store.transaction() as uow:
        ben = await uow.people.by_email("ben@example.org")
        (step,) = await uow.deadlines.steps("s11")
        assert ben is not None
        first = await ACT.act(uow, Press(ben, str(step.id), "done", "k1"))
        again = await ACT.act(uow, Press(ben, str(step.id), "done", "k2"))
    assert isinstance(first, Notice)
    assert isinstance(again, Notice)
    assert again.title == "Done already"
    async with store.reading() as uow:
        assert (await uow.deadlines.get("s11")).state == "closed"  # type: ignore[union-attr]
        assert await uow.deadlines.get("s11@2027-12-08") is not None
        assert await uow.deliveries.waiting() == 0


async def test_somebody_else_cannot_mark_it_done_and_the_owner_hears_of_the_try(store: Store) -> None:
    await applied(store, RETURN)
    async with store.transaction() as uow:
        cy = await uow.people.by_email("cy@example.org")
        (step,) = await uow.deadlines.steps("s11")
        assert cy is not None
        answer = await ACT.act(uow, Press(cy, str(step.id), "done", "k"))
    assert isinstance(answer, Notice)
    assert "somebody else" in answer.title
    assert ("deadline.tried", "Ben") in await queued(store)


async def test_more_time_moves_the_reminder_never_the_date_and_the_manager_sees_it(store: Store) -> None:
    await applied(store, RETURN)
    async with store.transaction() as uow:
        ben = await uow.people.by_email("ben@example.org")
        (step,) = await uow.deadlines.steps("s11")
        assert ben is not None
        shown = await conversations.start(
            uow, person=ben, flow="deadline-more-time", subject=str(step.id), surface=Surface.WEB
        )
        assert isinstance(shown, Prompt)
        reply = Reply(shown.conversation_id, shown.revision, "until", Surface.WEB, "web", "k1", {"until": "2026-12-04"})
        end = await conversations.answer(uow, person=ben, reply=reply)
    assert isinstance(end, Receipt)
    assert "4 December 2026" in end.lines[0]
    assert ("deadline.snoozed", "Mo") in await queued(store)
    async with store.reading() as uow:
        (step,) = await uow.deadlines.steps("s11")
        assert (step.due_on, step.snoozed_to) == (date(2026, 12, 8), date(2026, 12, 4))


async def test_not_mine_stays_with_the_owner_until_a_colleague_says_yes(store: Store) -> None:
    await applied(store, RETURN)
    async with store.transaction() as uow:
        ben, cy = await uow.people.by_email("ben@example.org"), await uow.people.by_email("cy@example.org")
        (step,) = await uow.deadlines.steps("s11")
        assert ben is not None
        assert cy is not None
        shown = await conversations.start(
            uow, person=ben, flow="deadline-hand-over", subject=str(step.id), surface=Surface.WEB
        )
        assert isinstance(shown, Prompt)
        reply = Reply(
            shown.conversation_id, shown.revision, "colleague", Surface.WEB, "web", "k1", {"colleague": str(cy.id)}
        )
        await conversations.answer(uow, person=ben, reply=reply)
    async with store.transaction() as uow:
        (step,) = await uow.deadlines.steps("s11")
        assert step.owner_id == ben.id
        await HANDOVER_ACT.act(uow, Press(cy, str(step.id), "accept", "k2"))
    async with store.reading() as uow:
        (step,) = await uow.deadlines.steps("s11")
        assert step.owner_id == cy.id
