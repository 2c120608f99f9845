"""What comes next is never behind: whoever leaves, answers late or presses an old button."""

from datetime import UTC, date, datetime

from bot.conversation.prompt import Notice, Receipt
from bot.rules.escalation_states import Action, NextStep, State
from digests.escalations import run_clocks
from handlers.acts import Press
from handlers.escalations.clock import what_is_next
from handlers.escalations.pressing import ALERT_ACT, RAISER_ACT
from handlers.escalations.reading import read
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.test_escalations import raised, state_of, the_cast, told
from tests.talking import talk

YESTERDAY = date(2026, 11, 23)


async def next_of(store: Store, reference: str) -> NextStep:
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        following = await what_is_next(uow, escalation)
    assert following is not None
    return following


async def pressed(store: Store, act: object, press: Press) -> str:
    assert act in (ALERT_ACT, RAISER_ACT)
    async with store.transaction() as uow:
        said = await (ALERT_ACT if act is ALERT_ACT else RAISER_ACT).act(uow, press)
    assert isinstance(said, Notice)
    return said.title


async def changed(store: Store, person: Person, **details: object) -> None:
    async with store.transaction() as uow:
        found = await uow.people.get(person.id)
        assert found is not None
        for name, value in details.items():
            setattr(found, name, value)


async def answered(store: Store, person: Person, reference: str) -> Notice | Receipt:
    end = await talk(store, person, "escalation-response", subject=reference, response="agree", words="We look again")
    assert isinstance(end, Notice | Receipt)
    return end


async def test_who_left_while_the_page_was_open_neither_takes_it_on_nor_answers_nor_reads(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    may_as_her_page_knows_her = cast.may
    await changed(store, cast.may, left_at=datetime(2026, 11, 24, 9, 59, tzinfo=UTC))
    press = Press(may_as_her_page_knows_her, f"{reference}/1", "acknowledge", "k")
    assert "somebody else" in await pressed(store, ALERT_ACT, press)
    end = await answered(store, may_as_her_page_knows_her, reference)
    assert "somebody else" in end.title
    async with store.transaction() as uow:
        assert await read(uow, person=may_as_her_page_knows_her, reference=reference) is None
    assert (await state_of(store, reference))[0] == State.AWAITING_ACK


async def test_whose_last_day_is_over_is_passed_over_before_any_sweep_has_noticed(store: Store) -> None:
    cast = await the_cast(store, mailbox=False, leaves_on=YESTERDAY)
    await changed(store, cast.dee, leaves_on=YESTERDAY)
    await changed(store, cast.lea, leaves_on=YESTERDAY, roles=["escalation-lead"])
    await changed(store, cast.exa, roles=["coordinator"])
    reference = await raised(store, cast.ada)
    assert await told(store, "escalation.alert") == [("Exa", "email")], "she stands in for a lead who is not there"
    press = Press(cast.lea, f"{reference}/1", "acknowledge", "k")
    assert "somebody else" in await pressed(store, ALERT_ACT, press)


async def test_whose_last_day_was_reached_after_the_ladder_was_made_is_passed_over_at_their_turn(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    await raised(store, cast.ada, urgency="urgent")
    await changed(store, cast.dee, leaves_on=YESTERDAY)
    clock.move(hours=2)
    await run_clocks(store)
    assert {name for name, _ in await told(store, "escalation.alert")} == {"May", "duty@council.example.org"}


async def test_a_final_decision_reaches_the_lead_at_once_and_again_every_working_day(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    for number in (1, 2):
        await pressed(store, RAISER_ACT, Press(cast.ada, f"{reference}/{number}", "advance", f"k{number}"))
    await answered(store, cast.exa, reference)
    assert (await state_of(store, reference))[0] == State.FINAL_DECISION
    assert ("Lea", "email") in await told(store, "escalation.stuck")
    assert await next_of(store, reference) == NextStep(datetime(2026, 11, 25, 9, 0, tzinfo=UTC), Action.TELL_LEAD)
    assert await run_clocks(store) == 0


async def test_a_decision_is_told_on_a_day_on_which_the_lead_heard_of_the_silence(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada, urgency="urgent")
    for hours in (4, 4, 24):
        clock.move(hours=hours)
        await run_clocks(store)
    assert (await state_of(store, reference)) == (State.AWAITING_ACK, "executive")
    silent = len(await told(store, "escalation.stuck"))
    await answered(store, cast.exa, reference)
    assert len(await told(store, "escalation.stuck")) == silent + 1
    assert (await next_of(store, reference)).at > clock.now


async def test_an_old_button_gives_no_more_time_to_those_who_have_answered(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    clock.set(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))
    await run_clocks(store)
    clock.move(hours=1)
    await answered(store, cast.may, reference)
    clock.move(hours=1)
    before = await next_of(store, reference)
    press = Press(cast.ada, f"{reference}/1", "give-time", "k")
    assert await pressed(store, RAISER_ACT, press) == "No more time can be given now"
    assert await next_of(store, reference) == before
    assert before.at > clock.now


async def test_the_last_stage_ends_when_it_was_said_to_end(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    for number in (1, 2):
        await pressed(store, RAISER_ACT, Press(cast.ada, f"{reference}/{number}", "advance", f"k{number}"))
    before = await next_of(store, reference)
    press = Press(cast.ada, f"{reference}/3", "give-time", "k")
    assert await pressed(store, RAISER_ACT, press) == "No more time can be given now"
    assert await next_of(store, reference) == before


async def test_after_a_long_silence_every_step_is_taken_in_turn_and_the_next_lies_ahead(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    for days in (2, 9, 30):
        clock.move(days=days)
        await run_clocks(store)
        assert (await next_of(store, reference)).at > clock.now
        assert await run_clocks(store) == 0
