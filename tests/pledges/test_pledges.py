"""A pledge, from a minute at an event to a year later."""

from datetime import date, timedelta

from bot.conversation.prompt import Receipt
from digests.pledges import ask, lapse, leavers, remind, remind_of_plans
from handlers.acts import Opens, Press
from handlers.pledge_figures import figures_of
from handlers.pledges import CHECK_IN_ACT
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person
from tests.talking import talk


async def ada_in(store: Store) -> Person:
    async with store.transaction() as uow:
        await a_partnership(uow)
        return await a_person(uow, "Ada", agency_id="northmere-health", champion="active")


async def pledged(store: Store, person: Person, **answers: str) -> str:
    end = await talk(store, person, "pledge", **{"pick": "ring_first", "visibility": "private", **answers})
    assert isinstance(end, Receipt), end
    return end.reference


async def statuses(store: Store, reference: str) -> dict[str, tuple[str, str | None]]:
    async with store.reading() as uow:
        pledge = await uow.pledges.by_reference(reference)
        assert pledge is not None
        return {row.stage: (row.status, row.answer) for row in await uow.pledges.check_ins_of([pledge.id])}


async def queued(store: Store, reference: str) -> list[str]:
    async with store.reading() as uow:
        return sorted(row.kind for row in await uow.deliveries.about(reference))


async def press(store: Store, person: Person, about: str, choice: str) -> object:
    async with store.transaction() as uow:
        return await CHECK_IN_ACT.act(uow, Press(person, about, choice, "k"))


async def test_a_pledge_is_asked_about_at_six_weeks_six_months_and_a_year_on_working_days(store: Store) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada, pick="own_words", own="Ask before each meeting what the child thinks")
    async with store.reading() as uow:
        pledge = await uow.pledges.by_reference(reference)
        assert pledge is not None
        assert pledge.text == "Ask before each meeting what the child thinks"
        dates = {row.stage: row.due_on for row in await uow.pledges.check_ins_of([pledge.id])}
    assert dates == {"w6": date(2027, 1, 5), "m6": date(2027, 5, 24), "m12": date(2027, 11, 24)}


async def test_it_is_asked_once_reminded_once_and_lapses_but_is_never_kept_by_silence(
    store: Store, clock: MovingClock
) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada)
    assert await ask(store) == 0
    clock.move(days=42)
    assert (await ask(store), await ask(store)) == (1, 0)
    clock.move(days=7)
    assert (await remind(store), await remind(store)) == (1, 0)
    clock.move(days=7)
    assert (await lapse(store), await lapse(store)) == (1, 0)
    assert (await statuses(store, reference))["w6"] == ("lapsed", None)
    async with store.reading() as uow:
        pledge = await uow.pledges.by_reference(reference)
        assert pledge is not None
        assert (pledge.state, pledge.closed_as) == ("active", None)


async def test_after_two_silences_in_a_row_nobody_asks_again(store: Store, clock: MovingClock) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada)
    for days in (42, 15, 130, 15):
        clock.move(days=days)
        await ask(store)
        await lapse(store)
    assert (await statuses(store, reference))["m12"] == ("skipped", None)


async def test_one_press_is_an_answer_and_the_talk_may_add_to_it(store: Store, clock: MovingClock) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada)
    clock.move(days=42)
    await ask(store)
    opened = await press(store, ada, f"{reference}/w6", "partly")
    assert opened == Opens("check-in", f"{reference}/w6", {"answer": "partly"})
    assert (await statuses(store, reference))["w6"] == ("replied", "partly")
    end = await talk(store, ada, "check-in", subject=f"{reference}/w6", answer="kept", difference="some")
    assert isinstance(end, Receipt)
    assert (await statuses(store, reference))["w6"] == ("replied", "kept"), "the latest answer counts"


async def test_a_late_answer_counts_after_the_lapse(store: Store, clock: MovingClock) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada)
    clock.move(days=42)
    await ask(store)
    clock.move(days=20)
    await lapse(store)
    await press(store, ada, f"{reference}/w6", "kept")
    assert (await statuses(store, reference))["w6"] == ("replied", "kept")


async def test_changing_a_pledge_replaces_it_and_is_no_failure(store: Store, clock: MovingClock) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada)
    clock.move(days=42)
    await ask(store)
    opened = await press(store, ada, f"{reference}/w6", "replaced")
    assert isinstance(opened, Opens)
    end = await talk(store, ada, opened.flow, subject=opened.subject, pick="team_talk", visibility="private")
    assert isinstance(end, Receipt)
    async with store.reading() as uow:
        old, new = await uow.pledges.by_reference(reference), await uow.pledges.by_reference(end.reference)
        assert old is not None
        assert new is not None
        assert old.closed_as == "replaced"


async def test_several_pledges_are_one_message_a_day(store: Store, clock: MovingClock) -> None:
    ada = await ada_in(store)
    first, second = await pledged(store, ada), await pledged(store, ada, pick="team_talk")
    clock.move(days=42)
    assert await ask(store) == 2
    kinds = await queued(store, first) + await queued(store, second)
    assert kinds.count("pledge.check-in") == 1


async def test_nobody_can_answer_for_somebody_else(store: Store, clock: MovingClock) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada)
    async with store.transaction() as uow:
        ben = await a_person(uow, "Ben")
    clock.move(days=42)
    await ask(store)
    await press(store, ben, f"{reference}/w6", "kept")
    assert (await statuses(store, reference))["w6"] == ("sent", None)


async def test_three_days_before_the_day_a_person_chose_they_are_reminded_once(
    store: Store, clock: MovingClock
) -> None:
    ada = await ada_in(store)
    reference = await pledged(store, ada, plan_by=(clock().date() + timedelta(days=20)).isoformat())
    assert await remind_of_plans(store) == 0
    clock.move(days=17)
    assert (await remind_of_plans(store), await remind_of_plans(store)) == (1, 0)
    assert "pledge.planned" in await queued(store, reference)


async def test_the_figures_reconcile_and_leavers_leave_the_denominator(store: Store, clock: MovingClock) -> None:
    ada = await ada_in(store)
    async with store.transaction() as uow:
        ben = await a_person(uow, "Ben", agency_id="northmere-health")
    kept, silent, gone = (
        await pledged(store, ada),
        await pledged(store, ada, pick="team_talk"),
        await pledged(store, ben),
    )
    async with store.transaction() as uow:
        leaver = await uow.people.by_email("ben@example.org")
        assert leaver is not None
        leaver.left_at = uow.now
    assert await leavers(store) == 1
    clock.move(days=42)
    await ask(store)
    await press(store, ada, f"{kept}/w6", "kept")
    clock.move(days=15)
    await lapse(store)
    async with store.reading() as uow:
        figures = await figures_of(uow)
        left = await uow.pledges.by_reference(gone)
        assert left is not None
    assert left.closed_as == "left"
    assert (figures.made, figures.due, figures.replied, figures.kept, figures.lapsed) == (3, 2, 1, 1, 1)
    assert figures.due == figures.replied + figures.lapsed + figures.waiting
    assert (figures.kept_of_replied, figures.kept_of_due) == (1.0, 0.5)
    assert (await statuses(store, silent))["w6"] == ("lapsed", None)
