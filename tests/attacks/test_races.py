"""Two things at the same instant: one effect, and never a stage, a message or an answer twice."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.conversation.prompt import Notice
from bot.links import Purpose
from digests.deadlines import SWEEPS as DEADLINE_SWEEPS
from digests.escalations import run_clocks
from digests.pledges import SWEEPS as PLEDGE_SWEEPS
from digests.timetable import SWEEPS
from handlers.escalations.answering import acknowledge
from storage.tables.deliveries import Delivery
from storage.tables.escalations import EscalationContact, EscalationStep
from storage.unit_of_work import Store
from tests.attacks.northmere import Cast, a_cast, pressed, raised
from tests.clocks import MovingClock
from tests.talking import talk


async def steps_of(store: Store, reference: str) -> list[EscalationStep]:
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        return list(await uow.escalations.steps([escalation.id]))


async def overdue_and_asked(store: Store, clock: MovingClock) -> tuple[Cast, str]:
    """An escalation whose first stage ran out; the raiser has been asked and has not answered for four days."""
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    clock.move(days=3)
    await run_clocks(store)
    clock.move(days=4)
    return cast, reference


async def test_two_quick_presses_on_next_stage_open_one_stage(store: Store) -> None:
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    about = f"{reference}/1"
    first = await pressed(store, cast.ada, Purpose.ESCALATION, about, "advance")
    second = await pressed(store, cast.ada, Purpose.ESCALATION, about, "advance")
    assert len(await steps_of(store, reference)) == 2
    assert isinstance(first, Notice)
    assert isinstance(second, Notice)
    assert (first.title, second.title) == ("It moves on", "This has moved on")


async def test_an_old_letter_still_settles_but_takes_nothing_further(store: Store) -> None:
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    await pressed(store, cast.ada, Purpose.ESCALATION, f"{reference}/1", "advance")
    late = await pressed(store, cast.ada, Purpose.ESCALATION, f"{reference}/1", "give-time")
    settled = await pressed(store, cast.ada, Purpose.ESCALATION, f"{reference}/1", "resolve")
    assert isinstance(late, Notice)
    assert isinstance(settled, Notice)
    assert (late.title, settled.title) == ("This has moved on", "Settled")


async def test_the_raiser_and_the_clock_move_it_on_at_the_same_instant_by_one_stage(
    store: Store, clock: MovingClock
) -> None:
    cast, reference = await overdue_and_asked(store, clock)
    advance = pressed(store, cast.ada, Purpose.ESCALATION, f"{reference}/1", "advance")
    await asyncio.gather(run_clocks(store), advance, run_clocks(store))
    steps = await steps_of(store, reference)
    assert [step.number for step in steps] == [1, 2]


async def test_an_acknowledgement_and_the_time_out_at_the_same_instant_agree(store: Store, clock: MovingClock) -> None:
    cast, reference = await overdue_and_asked(store, clock)

    async def acknowledged() -> Notice:
        async with store.transaction(intake=True) as uow:
            return await acknowledge(uow, person=cast.may, reference=reference, number=1)

    said, _ = await asyncio.gather(acknowledged(), run_clocks(store))
    first, second = await steps_of(store, reference)
    took_it = said.title == "Thank you, you have this"
    assert took_it == (first.acknowledged_by == cast.may.id)
    assert second.acknowledged_at is None, "the press was for the stage before"


async def test_two_managers_acknowledge_at_once_and_one_has_it(store: Store) -> None:
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    both = await asyncio.gather(
        *(pressed(store, who, Purpose.ALERT, f"{reference}/1", "acknowledge") for who in (cast.may, cast.max))
    )
    titles = sorted(done.title for done in both if isinstance(done, Notice))
    assert titles == ["A colleague has this", "Thank you, you have this"]
    async with store.reading() as uow:
        told = [row for row in await uow.deliveries.about(reference) if row.kind == "escalation.acknowledged"]
    assert len(told) == 1


async def test_a_check_in_is_answered_while_it_lapses(store: Store, clock: MovingClock) -> None:
    cast = await a_cast(store)
    await talk(store, cast.ada, "pledge", pick="team_talk", visibility="private")
    async with store.reading() as uow:
        (pledge,) = await uow.pledges.of(cast.ada.id)
    clock.move(days=43)
    for sweep in PLEDGE_SWEEPS:
        await sweep.run(store)
    clock.move(days=60)
    answer = pressed(store, cast.ada, Purpose.CHECK_IN, f"{pledge.reference}/w6", "kept")
    await asyncio.gather(answer, *(sweep.run(store) for sweep in PLEDGE_SWEEPS))
    async with store.reading() as uow:
        check_in = await uow.pledges.check_in(pledge.id, "w6")
        assert check_in is not None
        assert (check_in.status, check_in.answer) == ("replied", "kept"), "an answer is never lost to silence"


async def test_done_while_the_nudge_is_written_leaves_no_nudge_to_send(store: Store, clock: MovingClock) -> None:
    cast = await a_cast(store)
    async with store.reading() as uow:
        (owned,) = await uow.deadlines.open_steps(owner_id=cast.ben.id)
    clock.set(datetime(2027, 1, 13, 9, 0, tzinfo=UTC))
    done = pressed(store, cast.ben, Purpose.DEADLINE, str(owned.step.id), "done")
    await asyncio.gather(done, *(sweep.run(store) for sweep in DEADLINE_SWEEPS))
    async with store.reading() as uow:
        waiting = [row for row in await uow.deliveries.about(f"deadline:{owned.step.id}") if row.state == "queued"]
        assert await uow.deadlines.open_steps(owner_id=cast.ben.id) == []
    assert waiting == []


async def test_two_workers_live_through_a_month_and_do_nothing_twice(store: Store, clock: MovingClock) -> None:
    cast = await a_cast(store)
    references = [await raised(store, cast.ada, urgency=urgency) for urgency in ("standard", "urgent")]
    await talk(store, cast.eve, "pledge", pick="team_talk", visibility="private")
    end = clock.now + timedelta(days=31)
    while clock.now < end:
        clock.move(hours=13)
        for sweep in SWEEPS:
            await asyncio.gather(sweep.run(store), sweep.run(store))
    for reference in references:
        numbers = [step.number for step in await steps_of(store, reference)]
        assert numbers == [1, 2, 3], "each stage was opened once, up to the last"
    async with store.reading() as uow:
        rows = (await uow.session.execute(select(Delivery))).scalars().all()
        alerted = Counter((row.about, row.person_id, row.channel) for row in rows if row.kind == "escalation.alert")
        contacts = (await uow.session.execute(select(EscalationContact))).scalars().all()
    assert alerted
    assert max(alerted.values()) == 1
    assert max(Counter((row.step_id, row.address) for row in contacts).values()) == 1
    async with store.transaction() as uow:
        while await uow.audit.seal():
            pass
        assert (await uow.audit.verify()).first_bad is None
