"""Whoever takes over from a holder who is away or has left hears it once: that it is theirs now, and until when."""

from datetime import UTC, date, datetime

from bot.conversation.prompt import Receipt
from bot.rendering.note import Note
from bot.rules.escalation_access import may_decide, may_read, may_withdraw
from digests.compose import compose_note
from digests.escalations import run_clocks, tell_who_took_over
from digests.messages.kinds import Writing
from handlers.escalations.deciding import give_holder
from handlers.escalations.lists import mine_of, needs
from handlers.escalations.stages import acknowledge_by
from handlers.partnership import calendar_of, partnership_of
from handlers.wording import local_moment
from storage.deliveries import SendingPolicy
from storage.escalation_history import holders_of
from storage.tables.deliveries import Delivery, Lane
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.acting import NEXT_YEAR, changed, press, stands, using
from tests.escalations.test_escalations import CONCERN, Cast, raised, the_cast, told
from tests.factories import a_person
from tests.talking import talk

LEFT = datetime(2026, 11, 24, 9, tzinfo=UTC)
BACK_ON_FRIDAY = date(2026, 11, 26)


async def by_name(store: Store, name: str) -> Person:
    async with store.reading() as uow:
        person = await uow.people.by_email(f"{name}@example.org")
    assert person is not None
    return person


async def words_to(store: Store, person: Person, kind: str) -> list[str]:
    """What they were told in messages of this kind, one text for each message, as it leaves."""
    async with store.reading() as uow:
        writing = Writing(await partnership_of(uow), uow.now, "https://herald.example.org")
        rows = [row for row in await uow.deliveries.about("E-2026-0001") if row.kind == kind]
        rows += [row for row in await uow.deliveries.about("E-2026-0001/1") if row.kind == kind]
        theirs = [row for row in rows if row.person_id == person.id]
        return [in_words(compose_note(row.kind, row.facts, writing=writing), row) for row in theirs]


def in_words(note: Note, row: Delivery) -> str:
    assert row.lane == Lane.ALERT, "it overtakes any bulletin"
    text = "\n".join((note.subject, *note.paragraphs, *(f"{name}: {value}" for name, value in note.rows), *note.after))
    assert CONCERN not in text
    assert "NH-2291" not in text
    return text


async def test_the_raiser_has_left_so_their_manager_hears_once_that_it_is_theirs_and_until_when(store: Store) -> None:
    cast = await the_cast(store)
    reference, gus = await raised(store, cast.ada), await by_name(store, "gus")
    assert await tell_who_took_over(store) == 0, "it is where it was"
    await changed(store, cast.ada, left_at=LEFT)
    assert await tell_who_took_over(store) == 1
    assert await tell_who_took_over(store) == 0
    (said,) = await words_to(store, gus, "escalation.yours-now")
    assert f"{reference} is yours now" in said
    assert "has left" in said
    assert "An answer is due by Wednesday 25 November 2026, 17:00." in said
    assert await told(store, "escalation.handed-over") == [], "nobody writes to who has left"
    async with store.reading() as uow:
        assert [line.escalation.reference for line in await mine_of(uow, gus)] == [reference]


async def test_the_raiser_is_away_so_their_manager_stands_in_and_both_may_speak(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference, gus = await raised(store, cast.ada), await by_name(store, "gus")
    assert not may_read(await stands(store, reference, gus))
    await changed(store, cast.ada, away_until=BACK_ON_FRIDAY)
    assert await tell_who_took_over(store) == 1
    (said,) = await words_to(store, gus, "escalation.yours-now")
    assert "is away until 26 November 2026, so you speak for it until they are back" in said
    (to_ada, _) = await words_to(store, cast.ada, "escalation.handed-over")
    assert "Gus speaks for your side now" in to_ada
    assert "until you are back" in to_ada
    for person in (cast.ada, gus):
        assert may_withdraw(await stands(store, reference, person)), person.name
    await press(store, cast.may, "acknowledge", f"{reference}/1")
    heard = await told(store, "escalation.acknowledged")
    assert heard == [("Ada", "email"), ("Ada", "slack"), ("Gus", "email")]

    clock.set(datetime(2026, 11, 27, 9, tzinfo=UTC))
    assert await tell_who_took_over(store) == 1
    assert await tell_who_took_over(store) == 0
    (over,) = await words_to(store, gus, "escalation.handed-over")
    assert "Ada speaks for your side now" in over
    assert "Nothing more is needed of you" in over
    assert not may_read(await stands(store, reference, gus)), "what he read for her he reads no longer"
    assert len(await words_to(store, gus, "escalation.yours-now")) == 1

    await changed(store, cast.ada, away_until=date(2026, 12, 4))
    assert await tell_who_took_over(store) == 1, "another absence is another time"
    assert len(await words_to(store, gus, "escalation.yours-now")) == 2


async def test_a_manager_who_is_away_as_well_is_not_asked_to_stand_in(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference, gus = await raised(sqlite_store, cast.ada), await by_name(sqlite_store, "gus")
    await changed(sqlite_store, gus, away_until=NEXT_YEAR)
    await changed(sqlite_store, cast.ada, away_until=BACK_ON_FRIDAY)
    assert await tell_who_took_over(sqlite_store) == 0
    assert may_decide(await stands(sqlite_store, reference, cast.ada))
    assert not may_decide(await stands(sqlite_store, reference, gus))
    await changed(sqlite_store, cast.ada, left_at=LEFT)
    assert await tell_who_took_over(sqlite_store) == 1, "better somebody who is away than nobody"
    assert may_decide(await stands(sqlite_store, reference, gus))


async def test_who_stood_in_goes_away_as_well_and_the_record_says_nobody_is_back(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference, gus = await raised(sqlite_store, cast.ada), await by_name(sqlite_store, "gus")
    await changed(sqlite_store, cast.ada, away_until=BACK_ON_FRIDAY)
    assert await tell_who_took_over(sqlite_store) == 1
    await changed(sqlite_store, gus, away_until=NEXT_YEAR)
    assert await tell_who_took_over(sqlite_store) == 1
    async with sqlite_store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        rows = (await holders_of(uow, [escalation.id]))[escalation.id]
        assert [(row.person_id, row.because) for row in rows] == [
            (gus.id, "stands in"),
            (cast.ada.id, "nobody stands in"),
        ]


async def among_the_managers(store: Store, cast: Cast) -> tuple[str, Person, Person]:
    """One at the managers' stage, where Gus and Ivy stand beside Ada."""
    await changed(store, cast.ada, manager_email=None)
    async with store.transaction() as uow:
        ivy = await a_person(uow, "Ivy", agency_id="northmere-health", roles=["manager"])
    reference = await raised(store, cast.ada)
    await press(store, cast.ada, "advance", f"{reference}/1")
    return reference, await by_name(store, "gus"), ivy


async def test_who_stood_in_goes_away_as_well_so_everybody_hears_who_it_is_now(
    store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(store)
    reference, gus, ivy = await among_the_managers(store, cast)
    await changed(store, cast.ada, away_until=date(2026, 12, 4))
    assert await tell_who_took_over(store) == 1
    assert await told(store, "escalation.stands-in") == [], "the first one who stands in is no news to those who watch"
    await changed(store, gus, away_until=BACK_ON_FRIDAY)
    assert await tell_who_took_over(store) == 1
    assert await tell_who_took_over(store) == 0

    (to_ivy,) = await words_to(store, ivy, "escalation.yours-now")
    assert "is away until 4 December 2026, so you speak for it until they are back" in to_ivy
    (to_gus,) = await words_to(store, gus, "escalation.stands-in")
    assert f"{reference}: Ivy stands in now" in to_gus
    assert "You are away too, so Ivy speaks for your side meanwhile" in to_gus
    assert "Nothing more is needed of you" not in to_gus
    assert await words_to(store, gus, "escalation.handed-over") == []
    (to_ada, _) = await words_to(store, cast.ada, "escalation.stands-in")
    assert "Ivy speaks for your side now" in to_ada
    assert "until you are back" in to_ada
    (to_lea,) = await words_to(store, cast.lea, "escalation.stands-in")
    assert "Ivy speaks for the side that raised it now" in to_lea

    clock.set(datetime(2026, 11, 27, 9, tzinfo=UTC))
    assert await tell_who_took_over(store) == 1, "Gus is back, and Ada is not"
    assert len(await words_to(store, gus, "escalation.yours-now")) == 2
    (over,) = await words_to(store, ivy, "escalation.handed-over")
    assert "Gus speaks for your side now" in over
    assert "Nothing more is needed of you" in over
    heard = [said for said in await words_to(store, cast.ada, "escalation.stands-in") if "Gus stands in now" in said]
    assert len(heard) == 2, "over each channel, who it is now"
    assert len(await words_to(store, cast.lea, "escalation.stands-in")) == 1, "nobody went away"


async def test_nobody_is_left_who_could_stand_in_so_those_who_watch_are_asked_to_see_to_it(
    sqlite_store: Store,
) -> None:
    cast = await the_cast(sqlite_store)
    reference, gus = await raised(sqlite_store, cast.ada), await by_name(sqlite_store, "gus")
    await changed(sqlite_store, cast.ada, away_until=BACK_ON_FRIDAY)
    await tell_who_took_over(sqlite_store)
    await changed(sqlite_store, gus, away_until=NEXT_YEAR)
    assert await tell_who_took_over(sqlite_store) == 1
    (to_lea,) = await words_to(sqlite_store, cast.lea, "escalation.stands-in")
    assert f"{reference}: nobody stands in now" in to_lea
    assert "Please speak to their agency today" in to_lea
    (to_gus,) = await words_to(sqlite_store, gus, "escalation.stands-in")
    assert "You are away too, and there is nobody else who could stand in" in to_gus
    assert await words_to(sqlite_store, gus, "escalation.handed-over") == [], "Ada is away: she does not take over"
    (to_ada, _) = await words_to(sqlite_store, cast.ada, "escalation.stands-in")
    assert "nobody else who could stand in for you" in to_ada


async def test_who_stood_in_for_somebody_who_left_is_away_and_the_next_reads_that_it_is_for_a_while(
    sqlite_store: Store,
) -> None:
    cast = await the_cast(sqlite_store)
    _, gus, ivy = await among_the_managers(sqlite_store, cast)
    await changed(sqlite_store, cast.ada, left_at=LEFT)
    await tell_who_took_over(sqlite_store)
    await changed(sqlite_store, gus, away_until=BACK_ON_FRIDAY)
    assert await tell_who_took_over(sqlite_store) == 1
    (to_ivy,) = await words_to(sqlite_store, ivy, "escalation.yours-now")
    assert "is away until 26 November 2026, so you speak for it until they are back" in to_ivy
    assert await words_to(sqlite_store, cast.ada, "escalation.stands-in") == [], "nobody writes to who has left"


async def test_who_stood_in_has_left_and_is_written_to_no_more(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    _, gus, ivy = await among_the_managers(sqlite_store, cast)
    await changed(sqlite_store, cast.ada, away_until=BACK_ON_FRIDAY)
    await tell_who_took_over(sqlite_store)
    await changed(sqlite_store, gus, left_at=LEFT)
    assert await tell_who_took_over(sqlite_store) == 1
    assert len(await words_to(sqlite_store, ivy, "escalation.yours-now")) == 1
    assert {name for name, _ in await told(sqlite_store, "escalation.stands-in")} == {"Ada", "Lea"}


async def test_whoever_took_it_over_goes_too_and_their_manager_hears_of_the_answer_that_waits(
    sqlite_store: Store,
) -> None:
    cast = await the_cast(sqlite_store)
    async with sqlite_store.transaction() as uow:
        una = await a_person(uow, "Una", agency_id="northmere-health", manager_email="ivy@example.org")
        ivy = await a_person(uow, "Ivy", agency_id="northmere-health")
    reference = await raised(sqlite_store, cast.ada)
    await using(sqlite_store, lambda uow: give_holder(uow, person=cast.ada, reference=reference, to=una))
    (said,) = await words_to(sqlite_store, una, "escalation.yours-now")
    assert "A colleague has handed it to you" in said
    assert "An answer is due by Wednesday 25 November 2026, 17:00." in said
    assert await tell_who_took_over(sqlite_store) == 0, "she knows"
    end = await talk(
        sqlite_store, cast.may, "escalation-response", subject=reference, response="agree", words="We look again"
    )
    assert isinstance(end, Receipt)
    await changed(sqlite_store, una, away_until=NEXT_YEAR)
    assert await tell_who_took_over(sqlite_store) == 1
    (said,) = await words_to(sqlite_store, ivy, "escalation.yours-now")
    assert "There is an answer. Please read it today" in said
    async with sqlite_store.reading() as uow:
        assert [line.escalation.reference for line in await mine_of(uow, ivy)] == [reference]


async def test_nobody_can_be_handed_it_while_they_are_away(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await changed(sqlite_store, await by_name(sqlite_store, "gus"), away_until=NEXT_YEAR)
    gus = await by_name(sqlite_store, "gus")
    said = await using(sqlite_store, lambda uow: give_holder(uow, person=cast.ada, reference=reference, to=gus))
    assert said == "They cannot take it over"


async def test_nobody_speaks_for_both_sides_by_standing_in(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    reference = await raised(sqlite_store, cast.ada)
    await changed(sqlite_store, cast.ada, manager_email="may@example.org", away_until=NEXT_YEAR)
    await changed(sqlite_store, cast.may, agency_id="northmere-health")
    assert await tell_who_took_over(sqlite_store) == 0, "May was asked for the other side"
    assert not may_decide(await stands(sqlite_store, reference, cast.may))


async def test_who_had_it_on_the_other_side_is_gone_so_the_next_read_why_it_is_theirs_and_until_when(
    sqlite_store: Store,
) -> None:
    cast = await the_cast(sqlite_store)
    async with sqlite_store.transaction() as uow:
        una = await a_person(uow, "Una", agency_id="northmere-council", roles=["manager"])
    reference = await raised(sqlite_store, cast.ada)
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    await changed(sqlite_store, cast.may, left_at=LEFT)
    await run_clocks(sqlite_store)
    await run_clocks(sqlite_store)
    (said,) = await words_to(sqlite_store, una, "escalation.reminder")
    assert "whoever had this is away or has left; please acknowledge by" in said
    assert "Answer by: Wednesday 25 November 2026, 17:00" in said


async def test_on_their_list_too_the_next_are_asked_to_take_it_on_and_by_when(
    sqlite_store: Store, clock: MovingClock
) -> None:
    cast = await the_cast(sqlite_store)
    async with sqlite_store.transaction() as uow:
        una = await a_person(uow, "Una", agency_id="northmere-council", roles=["manager"])
    reference = await raised(sqlite_store, cast.ada)
    await press(sqlite_store, cast.may, "acknowledge", f"{reference}/1")
    clock.move(hours=20)
    await changed(sqlite_store, cast.may, left_at=clock.now)
    await run_clocks(sqlite_store)
    async with sqlite_store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        step = await uow.escalations.step(escalation)
        assert step is not None
        by = acknowledge_by(step, await uow.escalations.contacts(step))
        assert by > step.acknowledge_by, "with a clock of their own"
        (need,) = await needs(uow, una)
        until = local_moment(by, await calendar_of(uow))
    assert need.line.startswith(f"Say that you have it by {until}. Answer by ")
    assert [button.label for button in need.buttons] == ["I have this", "Answer", "Read it"]


async def test_practice_is_nobodys_once_herald_is_live(sqlite_store: Store) -> None:
    cast = await the_cast(sqlite_store)
    sqlite_store.sending = SendingPolicy(live=False, slack=True)
    await raised(sqlite_store, cast.ada)
    sqlite_store.sending = SendingPolicy(live=True, slack=True)
    await changed(sqlite_store, cast.ada, left_at=LEFT)
    assert await tell_who_took_over(sqlite_store) == 0
    assert await told(sqlite_store, "escalation.yours-now") == []
