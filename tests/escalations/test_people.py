"""Whom a stage reaches on both sides, and how people stand to an escalation while they come, go and change."""

from datetime import UTC, datetime

from bot.conversation.prompt import Receipt
from bot.rules.escalation_access import Side, may_acknowledge, may_read
from bot.rules.escalation_contacts import Place
from digests.escalations import run_clocks
from handlers.escalations.answering import hand_on
from handlers.escalations.deciding import give_holder
from handlers.escalations.standing import holder_of
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.acting import (
    NEXT_YEAR,
    alerted,
    changed,
    ladder,
    policy_is,
    press,
    stands,
    title_of,
    using,
)
from tests.escalations.test_escalations import CONCERN, raised, state_of, the_cast, told
from tests.factories import a_person
from tests.talking import talk

TWO_LEVELS = (
    "    - {id: executive,",
    "    - {id: heads, label: Heads of service, who: manager, acknowledge: 4h, respond: 2d, urgent: 4h}\n"
    "    - {id: executive,",
)


async def raised_naming(store: Store, ada: Person, counterpart: str, **changes: str) -> str:
    answers = {"danger": "no", "consulted": "yes", "other_agency": "northmere-council", "kind": "closing"}
    given = {"urgency": "standard", "own_reference": "NH-1", "reason": CONCERN, "counterpart": counterpart}
    end = await talk(store, ada, "escalation", **{**answers, **given, **changes})
    assert isinstance(end, Receipt), end
    return end.reference


async def somebody(store: Store, name: str, agency: str = "northmere-council", **details: object) -> Person:
    async with store.transaction() as uow:
        return await a_person(uow, name, agency_id=agency, **details)


async def on(store: Store, reference: str, number: int, ada: Person) -> set[str]:
    """Moves it on from a step; who is told then."""
    await press(store, ada, "advance", f"{reference}/{number}")
    return await alerted(store, reference)


async def test_from_whom_the_raiser_named_it_goes_up_their_own_line(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    await policy_is(sqlite_store, TWO_LEVELS)
    await somebody(sqlite_store, "Una", manager_email="may@example.org")
    await somebody(sqlite_store, "Hal")
    await changed(sqlite_store, cast.may, manager_email="hal@example.org")
    reference = await raised_naming(sqlite_store, cast.ada, "una@example.org")
    assert await alerted(sqlite_store, reference) == {"una"}
    assert await on(sqlite_store, reference, 1, cast.ada) == {"may"}
    assert await on(sqlite_store, reference, 2, cast.ada) == {"hal"}
    assert await on(sqlite_store, reference, 3, cast.ada) == {"exa"}
    assert {"ada", "gus"}.isdisjoint(await alerted(sqlite_store, reference))


async def test_where_the_line_ends_or_is_a_ring_everybody_of_the_role_is_told(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    await policy_is(sqlite_store, TWO_LEVELS)
    await somebody(sqlite_store, "Una", manager_email="may@example.org")
    await changed(sqlite_store, cast.may, manager_email="una@example.org")
    reference = await raised_naming(sqlite_store, cast.ada, "una@example.org")
    assert await on(sqlite_store, reference, 1, cast.ada) == {"may"}
    assert await on(sqlite_store, reference, 2, cast.ada) == {"may"}, "the only manager of the council"


async def test_whom_the_raiser_named_has_left_so_the_role_is_told_and_the_record_says_why(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    await somebody(sqlite_store, "Una", left_at=datetime(2026, 11, 1, tzinfo=UTC))
    reference = await raised_naming(sqlite_store, cast.ada, "una@example.org")
    assert await alerted(sqlite_store, reference) == {"may"}
    contacts = await ladder(sqlite_store, reference)
    assert (contacts["una"].because, contacts["una"].skipped_because) == ("named", "has left")
    assert contacts["may"].because == "role"


async def test_somebody_of_another_agency_cannot_be_named(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised_naming(sqlite_store, cast.ada, "lea@example.org")
    assert await alerted(sqlite_store, reference) == {"may"}


async def test_the_same_level_of_the_raisers_agency_reads_and_decides_and_is_never_asked_to_acknowledge(
    sqlite_store: Store,
) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await on(sqlite_store, reference, 1, cast.ada)
    gus = (await ladder(sqlite_store, reference))["gus"]
    assert (gus.side, gus.because, gus.acknowledge_by) == ("own", "line manager", None)
    assert await told(sqlite_store, "escalation.own-side") == [("Gus", "email")]
    async with sqlite_store.reading() as uow:
        person = await uow.people.by_email("gus@example.org")
    assert person is not None
    standing = await stands(sqlite_store, reference, person)
    assert (may_read(standing), may_acknowledge(standing)) == (True, False)
    assert await title_of(sqlite_store, cast.may, "resolve", reference) == "We cannot find this escalation"
    assert await title_of(sqlite_store, person, "resolve", reference) == "Settled"


async def test_delegates_of_a_panel_are_told_but_not_those_who_speak_for_the_raiser(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    invited = "final: true, invite: [pam@example.org, gus@example.org, ada@example.org]}"
    await policy_is(sqlite_store, ("final: true}", invited))
    pam = await somebody(sqlite_store, "Pam", "hilltop-school")
    reference = await raised(sqlite_store, cast.ada)
    await on(sqlite_store, reference, 1, cast.ada)
    assert await on(sqlite_store, reference, 2, cast.ada) == {"exa", "pam", "gus"}
    ada = (await ladder(sqlite_store, reference))["ada"]
    assert ada.skipped_because == "speaks for the raiser's side"
    assert may_read(await stands(sqlite_store, reference, pam))


async def test_where_the_other_agency_has_no_executive_those_of_a_third_one_are_told_and_never_ones_own(
    sqlite_store: Store,
) -> None:
    cast = await the_cast(sqlite_store)
    await changed(sqlite_store, cast.exa, agency_id="northmere-police")
    await somebody(sqlite_store, "Own", "northmere-health", roles=["executive"])
    reference = await raised(sqlite_store, cast.ada)
    await on(sqlite_store, reference, 1, cast.ada)
    assert await on(sqlite_store, reference, 2, cast.ada) == {"exa"}
    assert (await stands(sqlite_store, reference, cast.exa)).assigned
    await changed(sqlite_store, cast.exa, roles=["practitioner"])
    assert not (await stands(sqlite_store, reference, cast.exa)).assigned


async def test_who_changes_agency_takes_nothing_along(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    assert may_read(await stands(store, reference, cast.may))
    await changed(store, cast.may, agency_id="northmere-police")
    standing = await stands(store, reference, cast.may)
    assert (may_read(standing), may_acknowledge(standing), standing.side) == (False, False, None)


async def test_a_colleague_who_opens_the_mailbox_reads_only_after_taking_it_on(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store, away_until=NEXT_YEAR)
    await changed(sqlite_store, cast.dee, away_until=NEXT_YEAR)
    reference = await raised(sqlite_store, cast.ada)
    una = await somebody(sqlite_store, "Una")
    before = await stands(sqlite_store, reference, una)
    assert (before.colleague, may_read(before), may_acknowledge(before)) == (True, False, True)
    assert await title_of(sqlite_store, una, "acknowledge", f"{reference}/1") == "Thank you, you have this"
    after = await stands(sqlite_store, reference, una)
    assert (after.side, after.place, may_read(after)) == (Side.OTHER, Place.PERSON, True)
    assert (await ladder(sqlite_store, reference))["una"].because == "took it on"


async def test_the_operations_team_behind_a_ladder_hands_it_on_without_reading(store: Store) -> None:
    cast = await the_cast(store, mailbox=False, away_until=NEXT_YEAR)
    await changed(store, cast.dee, away_until=NEXT_YEAR)
    await changed(store, cast.lea, roles=["coordinator"])
    reference = await raised(store, cast.ada)
    assert await alerted(store, reference) == {"lea"}
    await press(store, cast.lea, "acknowledge", f"{reference}/1")
    assert not may_read(await stands(store, reference, cast.lea))
    una = await somebody(store, "Una")
    wrong = await using(store, lambda uow: hand_on(uow, person=cast.lea, reference=reference, to=cast.ada))
    assert wrong == "They cannot take it on"
    end = await talk(store, cast.lea, "escalation-hand-on", subject=reference, to="una@example.org")
    assert isinstance(end, Receipt)
    assert (await state_of(store, reference))[0] == "awaiting_ack"
    assert await title_of(store, una, "acknowledge", f"{reference}/1") == "Thank you, you have this"
    assert may_read(await stands(store, reference, una))


async def test_when_the_raiser_is_gone_their_manager_speaks_for_their_side(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await changed(sqlite_store, cast.ada, left_at=datetime(2026, 11, 24, tzinfo=UTC))
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    assert await told(sqlite_store, "escalation.acknowledged") == [("Gus", "email")]
    async with sqlite_store.reading() as uow:
        gus = await uow.people.by_email("gus@example.org")
    assert gus is not None
    assert await title_of(sqlite_store, gus, "advance", f"{reference}/1") == "It moves on"
    assert (await ladder(sqlite_store, reference))["gus"].side == "own"


async def test_the_raiser_lets_a_colleague_speak_for_their_side(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    una = await somebody(store, "Una", "northmere-health")
    refused = await using(store, lambda uow: give_holder(uow, person=cast.ada, reference=reference, to=cast.may))
    assert refused == "They cannot take it over"
    stranger = await using(store, lambda uow: give_holder(uow, person=cast.may, reference=reference, to=una))
    assert stranger == "We cannot find this escalation"
    end = await talk(store, cast.ada, "escalation-hand-over", subject=reference, to="una@example.org")
    assert isinstance(end, Receipt)
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        holder = await holder_of(uow, escalation)
    assert holder is not None
    assert holder.name == "Una"
    assert await told(store, "escalation.yours-now") == [("Una", "email")]
    assert await title_of(store, cast.ada, "resolve", reference) == "We cannot find this escalation"
    assert may_read(await stands(store, reference, cast.ada)), "who raised it still reads it"


async def test_a_lead_from_elsewhere_takes_it_on_and_it_stays_with_them(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    assert await title_of(sqlite_store, cast.lea, "acknowledge", f"{reference}/1") == "Thank you, you have this"
    clock.move(minutes=20)
    assert await run_clocks(sqlite_store) == 0
    assert (await ladder(sqlite_store, reference))["lea"].because == "took it on"


async def test_only_who_has_it_hands_it_on_and_who_was_told_already_is_asked_again(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    await changed(sqlite_store, cast.dee, roles=["manager"])
    reference = await raised(sqlite_store, cast.ada)
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    una = await somebody(sqlite_store, "Una")
    taken = await using(sqlite_store, lambda uow: hand_on(uow, person=cast.dee, reference=reference, to=una))
    assert taken == "A colleague has this"
    given = await using(sqlite_store, lambda uow: hand_on(uow, person=cast.may, reference=reference, to=cast.dee))
    assert given == "Handed on"
    assert await told(sqlite_store, "escalation.reminder") == [("Dee", "email")]
    assert (await ladder(sqlite_store, reference))["dee"].delegated_by == cast.may.id


async def test_to_whom_it_was_handed_goes_away_and_it_is_not_waited_for_who_handed_it_on(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    await press(store, cast.may, "acknowledge", f"{reference}/1")
    una = await somebody(store, "Una")
    clock.move(minutes=5)
    await using(store, lambda uow: hand_on(uow, person=cast.may, reference=reference, to=una))
    assert await run_clocks(store) == 0
    assert await alerted(store, reference) == {"may", "una"}
    await changed(store, una, away_until=NEXT_YEAR)
    await run_clocks(store)
    assert await alerted(store, reference) == {"may", "una", "dee"}
    assert await run_clocks(store) == 0
