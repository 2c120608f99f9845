"""Staff book briefings by message and on the web; a seat that comes free finds its next owner."""

from handlers.files import apply_file
from storage.tables.people import Person
from tests.drive import OnSlack, OnTheWeb
from tests.world import World, links_in, path_of

SESSIONS = """herald_briefings: 1
briefings:
  - {id: signs-2026-12, title: Signs of Safety, kind: briefing, starts: 2026-12-09T12:30, ends: 2026-12-09T13:30, place: Online, capacity: 1}
  - {id: levels-2026-12, title: Levels of need and support, kind: briefing, starts: 2026-12-10T12:30, ends: 2026-12-10T13:30, place: Town Hall, capacity: 20}
"""


async def ada_and_sessions(world: World) -> Person:
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="briefings.yaml", text=SESSIONS)
    return await world.person("Ada", slack=True, agency_id="northmere-health")


async def book(world: World, surface: type, person: Person, *, button: str = "Book my seat") -> OnSlack | OnTheWeb:
    on = surface(world, person)
    if isinstance(on, OnTheWeb):
        await on.open("/briefings/signs-2026-12")
        await on.press(button)
    else:
        await on.start("book signs of safety")
        await world.restart()
        await on.answer(confirm="Yes, book my seat")
    return on


async def states(world: World) -> dict[str, str]:
    async with world.herald.store.reading() as uow:
        return {person.name: row.state for row, person in await uow.briefings.bookings("signs-2026-12")}


async def test_a_seat_booked_anywhere_is_the_same_seat_with_a_calendar_entry(world: World, surface: type) -> None:
    ada = await ada_and_sessions(world)
    on = await book(world, surface, ada)
    assert on.sees("B-2026-0001")
    assert await states(world) == {"Ada": "confirmed"}
    await world.tick()
    assert any("Signs of Safety" in str(letter) for letter in world.letters(ada)) or world.slack(ada).sees(
        "Signs of Safety"
    )


async def test_the_last_seat_the_waiting_list_and_an_offer_by_letter(world: World, surface: type) -> None:
    ada = await ada_and_sessions(world)
    ben = await world.person("Ben", agency_id="northmere-police")
    await book(world, surface, ada)
    await world.restart()
    await book(world, OnTheWeb, ben, button="Join the waiting list")
    assert await states(world) == {"Ada": "confirmed", "Ben": "waitlisted"}
    await world.tick()
    await world.restart()
    owner = surface(world, ada)
    await owner.act("Cancel")
    assert await states(world) == {"Ada": "cancelled", "Ben": "offered"}
    await world.tick()
    offer = world.letter(ben, "Signs of Safety")
    fresh = await world.browser()
    link = path_of(links_in(offer)[0])
    for _ in range(5):
        page = await fresh.open(link)
    assert (await states(world))["Ben"] == "offered", "opening a link accepts nothing"
    await fresh.press(page, page.soup.select_one("main form button").get_text(strip=True))
    assert (await states(world))["Ben"] == "confirmed"
    await world.tick()
    calendar = [
        part for letter in world.letters(ben) for part in letter.walk() if part.get_content_type() == "text/calendar"
    ]
    assert any("METHOD:REQUEST" in str(part.get_content()) for part in calendar)
