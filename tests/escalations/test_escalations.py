"""A professional disagreement, from "I am worried" to "this settles it", with everything that can go wrong between."""

from datetime import UTC, datetime

from bot.conversation.prompt import Notice, Prompt, Receipt
from bot.rules.escalation_states import State
from digests.escalations import run_clocks
from handlers.acts import Press
from handlers.escalations.ending import close_by_lead
from handlers.escalations.pressing import ALERT_ACT, RAISER_ACT
from handlers.escalations.reading import read
from handlers.files import apply_file
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import PARTNERSHIP, a_person
from tests.talking import talk

CONCERN = "The plan was closed although two agencies still saw risk"


class Cast:
    """The people of the story."""

    ada: Person
    may: Person
    dee: Person
    lea: Person
    exa: Person


async def the_cast(store: Store, *, mailbox: bool = True, **may: object) -> Cast:
    cast = Cast()
    async with store.transaction() as uow:
        text = PARTNERSHIP if mailbox else PARTNERSHIP.replace(", role_mailbox: duty@council.example.org", "")
        await apply_file(uow, name="partnership.yaml", text=text)
        cast.ada = await a_person(
            uow, "Ada", agency_id="northmere-health", manager_email="gus@example.org", slack_id="UADA"
        )
        await a_person(uow, "Gus", agency_id="northmere-health", roles=["manager"])
        cast.may = await a_person(
            uow,
            "May",
            agency_id="northmere-council",
            roles=["manager"],
            deputy_email="dee@example.org",
            slack_id="UMAY",
            **may,
        )
        cast.dee = await a_person(uow, "Dee", agency_id="northmere-council")
        cast.lea = await a_person(uow, "Lea", agency_id="northmere-police", roles=["escalation-lead", "coordinator"])
        cast.exa = await a_person(uow, "Exa", agency_id="northmere-council", roles=["executive"])
    return cast


async def raised(store: Store, ada: Person, *, urgency: str = "standard") -> str:
    end = await talk(
        store,
        ada,
        "escalation",
        danger="no",
        consulted="yes",
        other_agency="northmere-council",
        kind="closing",
        urgency=urgency,
        own_reference="NH-2291",
        reason=CONCERN,
    )
    assert isinstance(end, Receipt), end
    return end.reference


async def told(store: Store, kind: str) -> list[tuple[str, str]]:
    """(who, channel) of every message of this kind, in order."""
    async with store.reading() as uow:
        people = {person.id: person.name for person in await uow.people.everybody()}
        found = []
        for escalation in await uow.escalations.everything():
            abouts = [escalation.reference, *[f"{escalation.reference}/{n}" for n in range(1, 6)]]
            for about in abouts:
                found += [row for row in await uow.deliveries.about(about) if row.kind == kind]
        return sorted((people.get(row.person_id or 0, row.address or ""), row.channel) for row in found)


async def state_of(store: Store, reference: str) -> tuple[str, str]:
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        return escalation.state, escalation.stage


async def test_immediate_danger_leaves_nothing_but_a_counter(store: Store) -> None:
    cast = await the_cast(store)
    end = await talk(store, cast.ada, "escalation", danger="yes")
    assert isinstance(end, Notice)
    assert end.urgent
    assert "999" in end.lines[0]
    assert any("01632 960001" in line for line in end.lines)
    async with store.reading() as uow:
        assert await uow.conversations.counted("escalation:call-now") == 1
        assert await uow.conversations.open_of(cast.ada.id) == []
        assert await uow.escalations.everything() == []
        assert await uow.audit.latest(thing="escalation") == []


async def test_the_manager_on_the_other_side_is_told_at_once_over_both_channels(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    assert reference == "E-2026-0001"
    assert await told(store, "escalation.alert") == [("May", "email"), ("May", "slack")]


async def test_no_message_and_no_plain_column_holds_what_it_is_about(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    async with store.reading() as uow:
        for about in (reference, f"{reference}/1"):
            for row in await uow.deliveries.about(about):
                assert "closed" not in str(row.facts)
                assert "2291" not in str(row.facts)
        for entry in await uow.audit.latest():
            assert "2291" not in str(entry.detail)
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        notes = await uow.escalations.notes(escalation)
        assert [text for _, text in notes] == ["NH-2291", CONCERN]
        assert all(CONCERN not in note.sealed for note, _ in notes)


async def test_an_nhs_number_in_the_reason_is_refused_and_stored_nowhere(store: Store) -> None:
    cast = await the_cast(store)
    shown = await talk(
        store,
        cast.ada,
        "escalation",
        danger="no",
        consulted="yes",
        other_agency="northmere-council",
        kind="plan",
        urgency="standard",
        own_reference="NH-1",
        reason="About 943 476 5919 and the plan",
    )
    assert isinstance(shown, Prompt)
    assert shown.found_identifiers
    async with store.reading() as uow:
        (open_talk,) = await uow.conversations.open_of(cast.ada.id)
        assert "943" not in str(uow.conversations.snapshot(open_talk).answers)


async def test_acknowledging_stops_the_alerts_and_not_the_clock(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    async with store.transaction() as uow:
        said = await ALERT_ACT.act(uow, Press(cast.may, f"{reference}/1", "acknowledge", "k"))
    assert isinstance(said, Notice)
    assert said.title == "Thank you, you have this"
    assert ("Ada", "slack") in await told(store, "escalation.acknowledged")
    clock.move(hours=6)
    assert await run_clocks(store) == 0, "nobody else is told once somebody has it"
    clock.move(days=2)
    await run_clocks(store)
    assert ("Ada", "email") in await told(store, "escalation.ask-raiser")


async def test_without_acknowledgement_the_next_person_on_the_ladder_is_told(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    await raised(store, cast.ada)
    clock.move(hours=4)
    await run_clocks(store)
    assert ("Dee", "email") in await told(store, "escalation.alert")


async def test_an_absent_manager_is_passed_over_at_once_and_the_reason_is_kept(store: Store) -> None:
    cast = await the_cast(store, away_until=datetime(2026, 12, 31, tzinfo=UTC).date())
    reference = await raised(store, cast.ada)
    assert await told(store, "escalation.alert") == [("Dee", "email")]
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        step = await uow.escalations.step(escalation)
        assert step is not None
        reasons = {contact.address: contact.skipped_because for contact in await uow.escalations.contacts(step)}
    assert reasons["may@example.org"] == "is away"


async def test_where_nobody_is_left_the_operations_team_is_told(store: Store) -> None:
    cast = await the_cast(store, mailbox=False, left_at=datetime(2026, 11, 1, tzinfo=UTC))
    async with store.transaction() as uow:
        dee = await uow.people.by_email("dee@example.org")
        assert dee is not None
        dee.left_at = uow.now
    await raised(store, cast.ada)
    assert await told(store, "escalation.alert") == [("Lea", "email")]


async def test_an_urgent_one_moves_on_by_itself_when_its_time_is_over(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    clock.set(datetime(2026, 11, 27, 16, 30, tzinfo=UTC))
    reference = await raised(store, cast.ada, urgency="urgent")
    clock.move(hours=4)
    await run_clocks(store)
    assert await state_of(store, reference) == (State.AWAITING_ACK, "managers")
    assert ("Ada", "email") in await told(store, "escalation.moved")


async def test_a_standard_one_asks_the_raiser_and_moves_on_when_they_are_silent(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    clock.set(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))
    await run_clocks(store)
    assert await state_of(store, reference) == (State.AWAITING_ACK, "practitioners")
    clock.set(datetime(2026, 11, 26, 17, 0, tzinfo=UTC))
    await run_clocks(store)
    assert await state_of(store, reference) == (State.AWAITING_ACK, "managers")


async def test_after_a_week_without_a_worker_nothing_is_lost_and_nothing_is_told_twice(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    await raised(store, cast.ada)
    clock.move(days=7)
    await run_clocks(store)
    before = await told(store, "escalation.alert")
    await run_clocks(store)
    assert await told(store, "escalation.alert") == before


async def test_every_open_escalation_ends_with_somebody_who_is_told_every_working_day(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    for _ in range(30):
        clock.move(days=1)
        await run_clocks(store)
    assert (await state_of(store, reference))[1] == "executive"
    assert len([item for item in await told(store, "escalation.stuck") if item == ("Lea", "email")]) >= 5


async def test_the_answer_reaches_the_raiser_who_settles_it(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    end = await talk(
        store, cast.may, "escalation-response", subject=reference, response="agree", words="We open the plan again"
    )
    assert isinstance(end, Receipt)
    assert ("Ada", "email") in await told(store, "escalation.answered")
    async with store.transaction() as uow:
        record = await read(uow, person=cast.ada, reference=reference)
        assert record is not None
        assert record.words is not None
        assert "We open the plan again" in record.words[-1].text
        said = await RAISER_ACT.act(uow, Press(cast.ada, reference, "resolve", "k"))
    assert isinstance(said, Notice)
    assert (await state_of(store, reference))[0] == State.RESOLVED


async def test_a_late_press_is_told_where_things_stand(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada, urgency="urgent")
    clock.move(hours=4)
    await run_clocks(store)
    async with store.transaction() as uow:
        said = await ALERT_ACT.act(uow, Press(cast.may, f"{reference}/1", "acknowledge", "k"))
    assert isinstance(said, Notice)
    assert "moved on" in said.title
    assert (await state_of(store, reference))[0] == State.AWAITING_ACK


async def test_an_outsider_and_the_raiser_can_neither_acknowledge_nor_read(store: Store) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    async with store.transaction() as uow:
        eve = await a_person(uow, "Eve", agency_id="northmere-police", roles=["manager", "admin"])
        for person in (eve, cast.ada):
            said = await ALERT_ACT.act(uow, Press(person, f"{reference}/1", "acknowledge", f"k{person.id}"))
            assert isinstance(said, Notice)
            assert "somebody else" in said.title
        assert await read(uow, person=eve, reference=reference) is None
        actions = {entry.action for entry in await uow.audit.latest(thing=reference)}
    assert {"escalation.acknowledge-refused", "escalation.reading-refused"} <= actions


async def test_whoever_opens_the_role_mailbox_of_the_agency_may_take_it_on(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store, away_until=datetime(2026, 12, 31, tzinfo=UTC).date())
    reference = await raised(store, cast.ada)
    clock.move(hours=4)
    await run_clocks(store)
    assert ("duty@council.example.org", "email") in await told(store, "escalation.alert")
    async with store.transaction() as uow:
        una = await a_person(uow, "Una", agency_id="northmere-council")
        said = await ALERT_ACT.act(uow, Press(una, f"{reference}/1", "acknowledge", "k"))
    assert isinstance(said, Notice)
    assert said.title == "Thank you, you have this"


async def test_the_raiser_may_give_more_time_once(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    clock.set(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))
    await run_clocks(store)
    async with store.transaction() as uow:
        first = await RAISER_ACT.act(uow, Press(cast.ada, f"{reference}/1", "give-time", "k1"))
        second = await RAISER_ACT.act(uow, Press(cast.ada, f"{reference}/1", "give-time", "k2"))
    assert isinstance(first, Notice)
    assert isinstance(second, Notice)
    assert first.title == "More time given"
    assert second.title != "More time given"
    clock.set(datetime(2026, 11, 27, 16, 59, tzinfo=UTC))
    await run_clocks(store)
    assert await state_of(store, reference) == (State.AWAITING_ACK, "practitioners"), "the time given is kept"
    assert len(await told(store, "escalation.ask-raiser")) == 2, (
        "asked once over each channel, not again before the end"
    )


async def test_when_the_lead_closes_it_the_raiser_and_everybody_told_at_any_stage_hear_of_it(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada, urgency="urgent")
    clock.move(hours=4)
    await run_clocks(store)
    async with store.transaction() as uow:
        said = await close_by_lead(uow, reference=reference, by=cast.lea)
    assert said.title == "Closed"
    heard = await told(store, "escalation.closed")
    assert {("Ada", "email"), ("May", "slack")} <= set(heard)


async def test_where_there_is_no_escalation_lead_the_coordinator_is_told(store: Store, clock: MovingClock) -> None:
    cast = await the_cast(store)
    async with store.transaction() as uow:
        lea = await uow.people.by_email("lea@example.org")
        assert lea is not None
        lea.roles = ["coordinator"]
    await raised(store, cast.ada)
    for _ in range(20):
        clock.move(days=1)
        await run_clocks(store)
    assert ("Lea", "email") in await told(store, "escalation.stuck")


async def test_who_has_left_since_the_ladder_was_made_is_passed_over_when_their_turn_comes(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference = await raised(store, cast.ada)
    async with store.transaction() as uow:
        dee = await uow.people.by_email("dee@example.org")
        assert dee is not None
        dee.left_at = uow.now
    clock.move(hours=4)
    await run_clocks(store)
    assert {name for name, _ in await told(store, "escalation.alert")} == {"May", "duty@council.example.org"}
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        step = await uow.escalations.step(escalation)
        assert step is not None
        reasons = {contact.address: contact.skipped_because for contact in await uow.escalations.contacts(step)}
    assert reasons["dee@example.org"] == "has left"


async def test_in_an_area_with_hundreds_of_schools_the_part_is_asked_first(store: Store) -> None:
    cast = await the_cast(store)
    schools = "".join(
        f"  - {{id: school-{number:03d}, name: School {number:03d}, sector: schools}}\n" for number in range(1, 251)
    )
    async with store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP.replace("series:\n", f"{schools}series:\n", 1))
    answers = {"danger": "no", "consulted": "yes", "kind": "delay", "urgency": "standard", "own_reference": "NH-1"}
    end = await talk(
        store,
        cast.ada,
        "escalation",
        **answers,
        reason="The referral was not answered",
        drawer="schools: School 090 to School 179",
        other_agency_5="School 101",
    )
    assert isinstance(end, Receipt), end
    async with store.reading() as uow:
        (escalation,) = await uow.escalations.everything()
    assert escalation.other_agency == "school-101"
