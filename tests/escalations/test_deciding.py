"""Upward with a reason, withdrawn with a reason, open again in time; and what was learned is owed, nudged and kept."""

from datetime import UTC, date, datetime

from bot.conversation.prompt import Notice, Receipt
from bot.links import Purpose
from bot.rules.escalation_states import State
from digests.escalations import run_clocks
from handlers.acts import Opens, Press
from handlers.escalations.deciding import reopen, skip, withdraw
from handlers.escalations.learning import written
from handlers.registry import ACTS
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.acting import alerted, press, record, title_of, using
from tests.escalations.test_escalations import raised, state_of, the_cast, told
from tests.talking import talk

WHY = "The child moves on Friday"


async def notes(store: Store, reference: str) -> dict[str, str]:
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        return {note.kind: text for note, text in await uow.escalations.notes(escalation)}


async def test_it_goes_straight_up_with_a_reason_and_never_down(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    none = await using(
        store, lambda uow: skip(uow, person=cast.ada, reference=reference, stage="executive", reason=" ")
    )
    assert none == "It stays where it is"
    other = await using(
        store, lambda uow: skip(uow, person=cast.may, reference=reference, stage="executive", reason=WHY)
    )
    assert other == "We cannot find this escalation", "the other side only proposes"
    end = await talk(store, cast.ada, "escalation-skip", subject=reference, stage="executive", reason=WHY)
    assert isinstance(end, Receipt), end
    assert await state_of(store, reference) == (State.AWAITING_ACK, "executive")
    assert await alerted(store, reference) == {"exa"}
    assert (await notes(store, reference))["why moved up"] == WHY
    _, (first, second) = await record(store, reference)
    assert (first.ended_as, second.opened_as, second.opened_by) == ("skipped", "skipped", cast.ada.id)
    down = await using(store, lambda uow: skip(uow, person=cast.ada, reference=reference, stage="managers", reason=WHY))
    assert down == "It stays where it is"
    assert ("May", "email") in await told(store, "escalation.moved")


async def test_whom_the_raiser_names_for_a_stage_is_told_there(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await talk(
        sqlite_store,
        cast.ada,
        "escalation-skip",
        subject=reference,
        stage="managers",
        reason=WHY,
        named="Dee@example.org",
    )
    assert await alerted(sqlite_store, reference) == {"dee"}


async def test_withdrawing_takes_a_reason_that_is_sealed_and_both_sides_hear_of_it(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    asked = await press(sqlite_store, cast.ada, "withdraw", f"{reference}/1")
    assert asked == Opens("escalation-withdraw", reference)
    refused = await using(sqlite_store, lambda uow: withdraw(uow, person=cast.may, reference=reference, reason=WHY))
    assert refused == "We cannot find this escalation"
    end = await talk(sqlite_store, cast.ada, "escalation-withdraw", subject=reference, reason=WHY)
    assert isinstance(end, Receipt)
    assert (await state_of(sqlite_store, reference))[0] == State.WITHDRAWN
    assert {name for name, _ in await told(sqlite_store, "escalation.closed")} == {"May"}
    assert (await notes(sqlite_store, reference))["why withdrawn"] == WHY


async def test_thinking_it_over_together_keeps_the_clock(sqlite_store: Store, clock: MovingClock) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    _, (before,) = await record(sqlite_store, reference)
    clock.move(hours=1)
    assert await title_of(sqlite_store, cast.may, "rethink", f"{reference}/1") == "Thank you"
    assert (await state_of(sqlite_store, reference))[0] == State.RETHINK
    _, (after,) = await record(sqlite_store, reference)
    assert after.answer_by == before.answer_by
    assert ("Ada", "slack") in await told(sqlite_store, "escalation.rethink")
    end = await talk(sqlite_store, cast.may, "escalation-response", subject=reference, response="agree", words="We met")
    assert isinstance(end, Receipt)


async def test_it_opens_again_until_the_last_moment_of_the_tenth_working_day(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    first, second = await raised(store, cast.ada), await raised(store, cast.ada)
    for reference in (first, second):
        await press(store, cast.ada, "advance", f"{reference}/1")
        await press(store, cast.ada, "resolve", reference)
    clock.set(datetime(2026, 12, 8, 16, 59, 59, tzinfo=UTC))
    other = await using(store, lambda uow: reopen(uow, person=cast.may, reference=first, reason=WHY))
    assert other == "We cannot find this escalation"
    end = await talk(store, cast.ada, "escalation-reopen", subject=first, reason=WHY)
    assert isinstance(end, Receipt), end
    escalation, steps = await record(store, first)
    assert (escalation.state, escalation.stage, escalation.closed_at) == (State.AWAITING_ACK, "managers", None)
    assert (steps[-1].number, steps[-1].opened_as, steps[-1].opened_at) == (3, "reopened", clock.now)
    assert await alerted(store, first) == {"may"}
    clock.move(seconds=1)
    late = await using(store, lambda uow: reopen(uow, person=cast.ada, reference=second, reason=WHY))
    assert late == "Its time is over"
    assert await title_of(store, cast.ada, "resolve", first) == "Settled", "and everybody hears of the second end too"
    closed = [name for name, _ in await told(store, "escalation.closed")]
    assert closed.count("Gus") == 3, "once for each end"


async def test_closing_makes_a_deadline_for_the_note_that_writing_it_meets(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    await press(store, cast.ada, "resolve", reference)
    async with store.reading() as uow:
        (owned,) = await uow.deadlines.open_steps(owner_id=cast.lea.id)
    assert (owned.deadline.kind, owned.step.due_on) == ("learning-note", date(2026, 12, 8))
    async with store.transaction() as uow:
        opened = await ACTS[Purpose.DEADLINE].act(uow, Press(cast.lea, str(owned.step.id), "done", "k"))
    assert opened == Opens("escalation-learning", reference), "pressing done is not enough"
    nobody = await talk(store, cast.may, "escalation-learning", subject=reference, theme="roles", words="We met")
    assert isinstance(nobody, Notice)
    end = await talk(store, cast.lea, "escalation-learning", subject=reference, theme="roles", words="Who calls first")
    assert isinstance(end, Receipt)
    async with store.reading() as uow:
        assert await uow.deadlines.open_steps(owner_id=cast.lea.id) == []
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        kept = await uow.escalations.learning(escalation)
    assert kept is not None
    assert (kept.theme, kept.written_by) == ("roles", cast.lea.id)
    assert kept.sealed is not None
    assert "calls" not in kept.sealed
    assert store.keyring.open(kept.sealed, about=f"escalation_learning/{escalation.id}/sealed") == "Who calls first"


async def test_opening_it_again_takes_the_note_back_and_its_second_end_asks_for_one_anew(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await press(sqlite_store, cast.ada, "resolve", reference)
    clock.move(days=2)
    await using(sqlite_store, lambda uow: reopen(uow, person=cast.ada, reference=reference, reason=WHY))
    async with sqlite_store.reading() as uow:
        assert await uow.deadlines.open_steps(owner_id=cast.lea.id) == []
    async with sqlite_store.transaction() as uow:
        early = await written(uow, person=cast.lea, reference=reference, theme="roles", words="Too early")
    assert early.title == "It is open"
    await press(sqlite_store, cast.ada, "resolve", reference)
    async with sqlite_store.reading() as uow:
        (owned,) = await uow.deadlines.open_steps(owner_id=cast.lea.id)
    assert owned.step.due_on == date(2026, 12, 10)


async def test_more_time_never_shortens_a_stage_and_is_warned_of_again(sqlite_store: Store, clock: MovingClock) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await press(sqlite_store, cast.ada, "advance", f"{reference}/1")
    assert await title_of(sqlite_store, cast.ada, "give-time", f"{reference}/2") == "More time given"
    _, (_, step) = await record(sqlite_store, reference)
    assert step.answer_by == datetime(2026, 11, 30, 17, 0, tzinfo=UTC), "two working days after Thursday"
    assert {name for name, _ in await told(sqlite_store, "escalation.time-given")} == {"May", "Gus"}
    clock.set(datetime(2026, 11, 30, 15, 0, tzinfo=UTC))
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/2")
    await run_clocks(sqlite_store)
    assert ("May", "slack") in await told(sqlite_store, "escalation.warning")
