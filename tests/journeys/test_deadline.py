"""An owner is nudged before a deadline and answers with one press: on Slack, on the web and from the letter."""

from datetime import UTC, date, datetime

from handlers.files import apply_file
from storage.tables.people import Person
from tests.world import World, links_in, path_of

DEADLINES = """herald_deadlines: 1
deadlines:
  - {id: rr-17, kind: rapid-review, title: Rapid review RR17, owner: ben@example.org, anchor: 2026-12-18}
  - {id: s11, kind: custom, title: Section 11 return, owner: ben@example.org, due: 2027-01-20}
"""


async def the_team(world: World, *, slack: bool) -> tuple[Person, Person]:
    mo = await world.person("Mo", agency_id="northmere-council", roles=["manager"])
    ben = await world.person("Ben", slack=slack, agency_id="northmere-council", manager_email="mo@example.org")
    world.clock.set(datetime(2026, 12, 18, 10, 0, tzinfo=UTC))
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="deadlines.yaml", text=DEADLINES)
    return ben, mo


async def open_steps(world: World) -> list[date]:
    async with world.herald.store.reading() as uow:
        return [owned.step.due_on for owned in await uow.deadlines.open_steps()]


async def test_done_by_one_press_after_a_restart(world: World, surface: type) -> None:
    ben, _ = await the_team(world, slack=True)
    before = await open_steps(world)
    await world.tick()
    await world.restart()
    person = surface(world, ben)
    await person.act("Done")
    assert await open_steps(world) == before[1:], "the nearest one is done, the others stay"


async def test_an_owner_without_slack_answers_from_the_letter_and_the_manager_hears_only_when_it_is_late(
    world: World,
) -> None:
    ben, mo = await the_team(world, slack=False)
    world.clock.set(datetime(2027, 1, 20, 10, 0, tzinfo=UTC))
    await world.tick()
    letter = world.letters(ben)[-1]
    fresh = await world.browser()
    page = await fresh.open(path_of(links_in(letter)[0]))
    assert "How does it stand?" in page.heading
    assert any("Overdue" in str(item["Subject"]) for item in world.letters(mo)), "gates of the review passed unanswered"
    await fresh.press(page, "Done")
    async with world.herald.store.reading() as uow:
        assert len(await uow.deadlines.done_steps()) == 1


async def test_more_time_is_asked_on_either_surface_and_the_date_stays(world: World, surface: type) -> None:
    ben, _ = await the_team(world, slack=True)
    world.clock.set(datetime(2027, 1, 13, 18, 0, tzinfo=UTC))
    async with world.herald.store.transaction() as uow:
        for owned in await uow.deadlines.open_steps():
            if owned.deadline.id == "rr-17":
                owned.step.state = "done"
    person = surface(world, ben)
    await person.act("I need more time")
    await person.answer_date(until=date(2027, 1, 18))
    assert person.sees("18 January 2027")
    assert await open_steps(world) == [date(2027, 1, 20)]
