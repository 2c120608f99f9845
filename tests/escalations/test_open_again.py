"""Closed, opened again and closed before anything left: people read how it ended, and nobody is asked for what is over."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import select

from bot.conversation.prompt import Notice, Receipt
from bot.rendering.note import Note
from bot.rules.escalation_states import State
from digests.compose import compose_note
from digests.messages.kinds import Writing
from handlers.escalations.answering import respond
from handlers.escalations.clock import what_is_next
from handlers.escalations.deciding import reopen, skip
from handlers.escalations.ending import close_by_lead
from handlers.partnership import partnership_of
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.clocks import MovingClock
from tests.escalations.test_escalations import Cast, raised, state_of, the_cast

Step = Callable[[UnitOfWork], Awaitable[Notice | Receipt]]


async def one_after_the_other(store: Store, clock: MovingClock, *steps: Step) -> None:
    for step in steps:
        clock.move(minutes=5)
        async with store.transaction() as uow:
            await step(uow)


async def decided_and_closed(store: Store, clock: MovingClock) -> tuple[Cast, str]:
    """Lea takes it straight to Exa of the council, who decides; Lea closes it. No way takes anything."""
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    await one_after_the_other(
        store,
        clock,
        lambda uow: skip(uow, person=cast.lea, reference=reference, stage="executive", reason="It cannot wait"),
        lambda uow: respond(uow, person=cast.exa, reference=reference, response="agree", words="We look again"),
        lambda uow: close_by_lead(uow, reference=reference, by=cast.lea),
    )
    return cast, reference


async def opens_again(store: Store, clock: MovingClock, cast: Cast, reference: str) -> None:
    await one_after_the_other(
        store, clock, lambda uow: reopen(uow, person=cast.ada, reference=reference, reason="It goes on")
    )


async def closes(store: Store, clock: MovingClock, cast: Cast, reference: str) -> None:
    await one_after_the_other(store, clock, lambda uow: close_by_lead(uow, reference=reference, by=cast.lea))


async def rows_for(store: Store, person: Person) -> Sequence[Delivery]:
    async with store.reading() as uow:
        query = select(Delivery).where(Delivery.person_id == person.id, Delivery.kind.startswith("escalation."))
        return (await uow.session.execute(query.order_by(Delivery.id))).scalars().all()


async def waits_for(store: Store, person: Person) -> tuple[Delivery, Note]:
    """The one message that waits for somebody, and what it will say."""
    [row] = [row for row in await rows_for(store, person) if row.state == DeliveryState.QUEUED]
    async with store.reading() as uow:
        writing = Writing(await partnership_of(uow), uow.now, "https://herald.example.org")
        return row, compose_note(row.kind, row.facts, writing=writing)


async def test_what_was_opened_again_and_closed_before_anything_left_is_asked_of_nobody(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast, reference = await decided_and_closed(sqlite_store, clock)
    await opens_again(sqlite_store, clock, cast, reference)
    row, note = await waits_for(sqlite_store, cast.exa)
    assert (row.kind, row.about) == ("escalation.alert", f"{reference}/3")
    assert [line["kind"] for line in row.facts["earlier"]] == ["escalation.closed"]
    assert note.buttons[0].choice == "acknowledge"
    await closes(sqlite_store, clock, cast, reference)
    alert, (last, note) = row, await waits_for(sqlite_store, cast.exa)
    assert (last.kind, [line["kind"] for line in last.facts["earlier"]]) == ("escalation.closed", ["escalation.closed"])
    assert "acknowledge" not in [button.choice for button in note.buttons]
    [kept] = [row for row in await rows_for(sqlite_store, cast.exa) if row.id == alert.id]
    assert kept.ledger_key == f"escalation.alert:{reference}/3:{cast.exa.id}:email", "its key stays that of the alert"
    assert kept.kind == "escalation.closed", "what it carried and is true was said in its place"


async def test_and_open_once_more_they_are_asked_for_the_new_step(sqlite_store: Store, clock: MovingClock) -> None:
    cast, reference = await decided_and_closed(sqlite_store, clock)
    for _ in range(2):
        await opens_again(sqlite_store, clock, cast, reference)
        await closes(sqlite_store, clock, cast, reference)
    await opens_again(sqlite_store, clock, cast, reference)
    row, note = await waits_for(sqlite_store, cast.exa)
    assert (row.kind, row.about) == ("escalation.alert", f"{reference}/5")
    assert [line["kind"] for line in row.facts["earlier"]] == ["escalation.closed"] * 3
    assert (note.buttons[0].choice, note.buttons[0].about) == ("acknowledge", f"{reference}/5")
    assert await state_of(sqlite_store, reference) == (State.AWAITING_ACK, "executive")
    async with sqlite_store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        following = await what_is_next(uow, escalation)
        assert following is not None
        assert following.at > uow.now
