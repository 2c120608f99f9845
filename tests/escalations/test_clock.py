"""The clock of an escalation, rule by rule: reminded, warned, timed out, passed on, and never twice."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from bot.conversation.prompt import Notice
from bot.rules.escalation_states import Action, State
from digests.escalations import run_clocks
from handlers.escalations.clock import due_now, what_is_next
from storage.deliveries import SendingPolicy
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.acting import NEXT_YEAR, alerted, changed, ladder, policy_is, press, record, title_of
from tests.escalations.test_escalations import raised, state_of, the_cast, told
from tests.talking import talk


async def next_action(store: Store, reference: str) -> Action:
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        following = await what_is_next(uow, escalation)
    assert following is not None
    return following.action


async def at_the_managers(store: Store, ada: Person, *, urgency: str = "standard") -> str:
    reference = await raised(store, ada, urgency=urgency)
    await press(store, ada, "advance", f"{reference}/1")
    return reference


async def test_half_way_to_the_acknowledgement_the_same_people_are_reminded_once_over_both_channels(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    await raised(sqlite_store, cast.ada)
    clock.move(hours=1, minutes=59)
    await run_clocks(sqlite_store)
    assert await told(sqlite_store, "escalation.reminder") == []
    clock.move(minutes=1)
    for _ in range(2):
        await run_clocks(sqlite_store)
    assert await told(sqlite_store, "escalation.reminder") == [("May", "email"), ("May", "slack")]


async def test_a_reminder_that_comes_too_late_is_no_message(sqlite_store: Store, clock: MovingClock) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    clock.move(hours=4)
    await run_clocks(sqlite_store)
    assert await told(sqlite_store, "escalation.reminder") == []
    assert (await ladder(sqlite_store, reference))["may"].reminded_at == clock.now
    assert "dee" in await alerted(sqlite_store, reference)


async def test_before_the_answer_is_due_both_sides_are_warned_once(sqlite_store: Store, clock: MovingClock) -> None:
    cast = await the_cast(sqlite_store)
    reference = await at_the_managers(sqlite_store, cast.ada)
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/2")
    clock.set(datetime(2026, 11, 26, 15, 0, tzinfo=UTC))
    for _ in range(2):
        await run_clocks(sqlite_store)
    warned = await told(sqlite_store, "escalation.warning")
    assert {name for name, _ in warned} == {"May", "Ada", "Gus"}
    assert len(warned) == len(set(warned))


async def test_an_acknowledged_one_that_nobody_answers_times_out_and_both_sides_and_the_lead_hear_it_once(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await at_the_managers(store, cast.ada)
    await press(store, cast.may, "acknowledge", f"{reference}/2")
    clock.set(datetime(2026, 11, 26, 17, 0, tzinfo=UTC))
    for _ in range(2):
        await run_clocks(store)
    assert await told(store, "escalation.ask-raiser") == [("Ada", "email"), ("Ada", "slack")]
    over = await told(store, "escalation.timed-out")
    assert {name for name, _ in over} == {"May", "Gus", "Lea"}
    assert len(over) == len(set(over))


async def test_a_stage_may_move_on_by_itself_when_the_policy_says_so(sqlite_store: Store, clock: MovingClock) -> None:
    cast = await the_cast(sqlite_store)
    await policy_is(sqlite_store, ("respond: 1d, urgent: 4h}", "respond: 1d, urgent: 4h, then: advance}"))
    reference = await raised(sqlite_store, cast.ada)
    clock.set(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))
    await run_clocks(sqlite_store)
    assert await state_of(sqlite_store, reference) == (State.AWAITING_ACK, "managers")
    assert await told(sqlite_store, "escalation.ask-raiser") == []
    _, steps = await record(sqlite_store, reference)
    assert (steps[0].ended_as, steps[1].opened_as, steps[1].opened_by) == ("timed out", "timed out", None)


async def test_who_goes_away_after_being_told_is_not_waited_for(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    clock.move(minutes=5)
    assert await run_clocks(store) == 0
    await changed(store, cast.may, away_until=NEXT_YEAR)
    await run_clocks(store)
    assert await alerted(store, reference) == {"may", "dee"}
    assert await run_clocks(store) == 0


async def test_nor_is_who_was_told_next_although_the_first_is_still_there_and_silent(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    clock.move(hours=4)
    await run_clocks(store)
    assert await alerted(store, reference) == {"may", "dee"}
    clock.move(minutes=5)
    assert await run_clocks(store) == 0
    await changed(store, cast.dee, away_until=NEXT_YEAR)
    await run_clocks(store)
    assert await alerted(store, reference) == {"may", "dee", "duty"}
    assert await run_clocks(store) == 0
    clock.set(datetime(2026, 11, 25, 10, 30, tzinfo=UTC))
    await run_clocks(store)
    assert await alerted(store, reference) == {"may", "dee", "duty", "lea"}
    await changed(store, cast.lea, away_until=NEXT_YEAR)
    assert await run_clocks(store) == 0, "everybody was told once: what comes next is the end of the stage"


async def test_who_goes_away_after_taking_it_on_lets_it_lapse_and_the_next_is_told_at_once(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    await press(store, cast.may, "acknowledge", f"{reference}/1")
    _, (before,) = await record(store, reference)
    clock.move(minutes=30)
    await changed(store, cast.may, away_until=NEXT_YEAR)
    await run_clocks(store)
    assert (await state_of(store, reference))[0] == State.AWAITING_ACK
    assert await alerted(store, reference) == {"may", "dee"}
    assert await told(store, "escalation.lapsed") == [("Ada", "email"), ("Ada", "slack")]
    _, (after,) = await record(store, reference)
    assert (after.answer_by, after.acknowledged_by) == (before.answer_by, None), "the time to answer runs on"
    assert after.acknowledged_at == before.acknowledged_at, "that it was taken on in time stays true"
    assert await title_of(store, cast.dee, "acknowledge", f"{reference}/1") == "Thank you, you have this"


async def test_colleagues_who_were_told_as_well_are_asked_again_when_it_lapses(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    await changed(sqlite_store, cast.dee, roles=["manager"])
    reference = await raised(sqlite_store, cast.ada)
    assert await alerted(sqlite_store, reference) == {"may", "dee"}
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    clock.move(hours=3)
    await changed(sqlite_store, cast.may, left_at=clock.now)
    await run_clocks(sqlite_store)
    assert await told(sqlite_store, "escalation.reminder") == [("Dee", "email")]
    clock.move(hours=3)
    await run_clocks(sqlite_store)
    assert "duty" not in await alerted(sqlite_store, reference), "she has the whole time from then on"


async def test_an_empty_ladder_is_made_anew_when_somebody_has_come(sqlite_store: Store, clock: MovingClock) -> None:
    cast = await the_cast(sqlite_store, mailbox=False)
    for person in (cast.dee, cast.lea):
        await changed(sqlite_store, person, left_at=clock.now)
    reference = await raised(sqlite_store, cast.ada)
    await changed(sqlite_store, cast.may, left_at=clock.now)
    assert await run_clocks(sqlite_store) == 0
    await changed(sqlite_store, cast.exa, roles=["manager"])
    await run_clocks(sqlite_store)
    assert await alerted(sqlite_store, reference) == {"may", "exa"}
    await changed(sqlite_store, cast.exa, away_until=NEXT_YEAR)
    await changed(sqlite_store, cast.may, left_at=None)
    assert await run_clocks(sqlite_store) == 0, "she is back, and was told already"


async def test_practice_ends_by_itself_in_live_mode_without_a_word(sqlite_store: Store, clock: MovingClock) -> None:
    cast = await the_cast(sqlite_store)
    sqlite_store.sending = SendingPolicy(live=False, slack=True)
    reference = await raised(sqlite_store, cast.ada)
    sqlite_store.sending = SendingPolicy(live=True, slack=True)
    clock.move(days=3)
    await run_clocks(sqlite_store)
    escalation, _ = await record(sqlite_store, reference)
    assert (escalation.state, escalation.outcome) == (State.WITHDRAWN, "practice")
    async with sqlite_store.reading() as uow:
        waits = [row for row in await uow.deliveries.about(f"{reference}/1") if row.state == "queued"]
        assert await uow.deliveries.about(reference) == []
        assert await uow.deadlines.everything() == [], "nobody owes a note for it"
    assert waits == []


async def test_a_final_answer_that_never_comes_is_told_to_both_sides_once_and_to_the_lead_every_day(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    reference = await at_the_managers(sqlite_store, cast.ada)
    await press(sqlite_store, cast.ada, "advance", f"{reference}/2")
    for _ in range(12):
        clock.move(days=1)
        await run_clocks(sqlite_store)
    over = await told(sqlite_store, "escalation.timed-out")
    assert {name for name, _ in over} >= {"Ada", "Exa", "Lea"}
    assert len(over) == len(set(over))
    assert await next_action(sqlite_store, reference) is Action.TELL_LEAD


async def test_the_raiser_and_their_manager_press_at_once_and_it_moves_by_one_stage(store: Store) -> None:
    cast = await the_cast(store)
    reference = await at_the_managers(store, cast.ada)
    async with store.reading() as uow:
        gus = await uow.people.by_email("gus@example.org")
    assert gus is not None
    both = await asyncio.gather(*(press(store, who, "advance", f"{reference}/2") for who in (cast.ada, gus)))
    titles = sorted(done.title for done in both if isinstance(done, Notice))
    assert titles == ["It moves on", "This has moved on"]
    said = next(done for done in both if isinstance(done, Notice) and done.title == "This has moved on")
    mover = "Ada" if isinstance(both[0], Notice) and both[0].title == "It moves on" else "Gus"
    assert f"stage 3, Partnership executive, by {mover}, on Tuesday 24 November 2026, 10:00" in said.lines[0]
    assert len((await record(store, reference))[1]) == 3


async def test_a_clock_that_was_set_back_takes_nothing_away_and_keeps_every_promise(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    _, (before,) = await record(store, reference)
    clock.move(hours=-2)
    assert await run_clocks(store) == 0
    assert await state_of(store, reference) == (State.AWAITING_ACK, "practitioners")
    _, (after,) = await record(store, reference)
    assert (after.acknowledge_by, after.answer_by) == (before.acknowledge_by, before.answer_by)
    async with store.reading() as uow:
        assert await uow.deliveries.counts(about=f"{reference}/1", kind="escalation.alert") == {"queued": 2}
    clock.set(before.acknowledge_by)
    await run_clocks(store)
    assert await alerted(store, reference) == {"may", "dee"}


async def test_who_goes_away_is_stepped_over_at_once_by_a_clock_that_was_set_back(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    clock.move(hours=-1)
    await changed(sqlite_store, cast.may, left_at=clock.now)
    await run_clocks(sqlite_store)
    assert await alerted(sqlite_store, reference) == {"may", "dee"}
    assert await run_clocks(sqlite_store) == 0


async def test_a_sweep_asks_as_few_questions_for_many_as_for_one(store: Store) -> None:
    cast = await the_cast(store)
    asked: list[str] = []

    def count(*said: object) -> None:
        asked.append(str(said[2]))

    async def questions() -> int:
        asked.clear()
        async with store.reading() as uow:
            assert await due_now(uow) == []
        return len(asked)

    event.listen(store.engines.reader.sync_engine, "before_cursor_execute", count)
    await raised(store, cast.ada)
    for_one = await questions()
    for _ in range(4):
        await raised(store, cast.ada)
    assert await questions() == for_one
    event.remove(store.engines.reader.sync_engine, "before_cursor_execute", count)


async def test_an_answer_ends_the_reminders_and_the_question_of_the_time(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await talk(
        sqlite_store, cast.may, "escalation-response", subject=reference, response="propose", words="We could meet"
    )
    clock.move(days=1)
    await run_clocks(sqlite_store)
    assert await told(sqlite_store, "escalation.ask-raiser") == []
    clock.set(clock.now + timedelta(days=2))
    await run_clocks(sqlite_store)
    assert ("Lea", "email") in await told(sqlite_store, "escalation.stuck")
