"""The pages and links: looking changes nothing, one press books, the team sees the queue in its order."""

from bot.links import Purpose
from handlers.bookings.cancelling import cancel_booking
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.bookings.sessions import LEVELS, a_booker, apply, booked, booking_of, local, people, state_of
from tests.clocks import MovingClock
from tests.web.browser import Browser
from tests.web.conftest import Dump, LinkFor, SignIn


async def test_from_the_programme_to_a_seat_and_back(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    await apply(sqlite_store, {"levels": "[2, 3]", "description": "What each level means"})
    browser = await signed_in(ada)

    programme = await browser.open("/briefings")
    assert "Levels of need and support" in programme.text
    assert "20 of 20 seats left." in programme.text
    session = await browser.open(f"/briefings/{LEVELS}")
    assert "Levels 2 and 3" in session.text
    done = await browser.press(session, "Book my seat")
    assert done.heading == "Your seat is booked"
    assert "B-2026-0001" in done.text

    again = await browser.open(f"/briefings/{LEVELS}")
    assert "You have a seat" in again.text
    assert "You have a seat" in (await browser.open("/bookings")).text
    file = await browser.http.get("/bookings/B-2026-0001/calendar.ics")
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"METHOD:PUBLISH" in file.content
    _, cancel = (await browser.open("/me")).form_with("Cancel")
    assert "secondary" in cancel["class"], "few people come to cancel"
    gone = await browser.press(again, "Cancel")
    assert gone.heading == "Your booking is cancelled"
    assert "20 of 20 seats left." in (await browser.open("/briefings")).text


async def test_somebody_elses_calendar_file_is_not_found(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    await apply(sqlite_store, {})
    ben = await a_booker(sqlite_store, "Ben")
    await booked(sqlite_store, ben)
    browser = await signed_in(ada)

    assert (await browser.open("/bookings/B-2026-0001/calendar.ics")).status == 404


async def test_a_scanner_that_opens_every_link_ten_times_changes_nothing(
    sqlite_store: Store, ada: Person, browser: Browser, link_for: LinkFor, dump: Dump
) -> None:
    await apply(sqlite_store, {"capacity": 1})
    ben = await a_booker(sqlite_store, "Ben")
    await booked(sqlite_store, ben)
    await booked(sqlite_store, ada)
    async with sqlite_store.transaction() as uow:
        await cancel_booking(uow, reference=(await booking_of(sqlite_store, ben)).reference, by=ben)
    reference = (await booking_of(sqlite_store, ada)).reference
    links = [
        link_for(ada, Purpose.OFFER, reference),
        link_for(ada, Purpose.BOOKING, reference),
        link_for(ben, Purpose.BOOK, LEVELS),
    ]
    before = await dump()
    for link in links:
        for _ in range(10):
            assert (await browser.open(f"/l/{link}?choice=accept")).status == 200
    assert await dump() == before

    page = await browser.open(f"/l/{links[0]}")
    assert page.heading == "A seat is offered to you"
    first = await browser.press(page, "Accept the seat")
    second = await browser.press(page, "Accept the seat")
    assert first.heading == second.heading == "Your seat is booked"
    assert await state_of(sqlite_store, ada) == "confirmed"


async def test_the_link_in_a_bulletin_books_after_one_press(
    sqlite_store: Store, ada: Person, browser: Browser, link_for: LinkFor
) -> None:
    await apply(sqlite_store, {"approval": "declared"})

    page = await browser.open(f"/l/{link_for(ada, Purpose.BOOK, LEVELS)}")
    done = await browser.press(page, "My line manager agrees: book my seat")

    assert done.heading == "Your seat is booked"


async def test_the_team_sees_the_queue_in_order_and_keeps_the_register(
    sqlite_store: Store, ada: Person, signed_in: SignIn, clock: MovingClock
) -> None:
    await apply(sqlite_store, {"capacity": 1})
    gwen = await a_booker(sqlite_store, "Gwen", roles=["coordinator"])
    for person in await people(sqlite_store, 3):
        await booked(sqlite_store, person)
    browser = await signed_in(gwen)

    assert "1 of 1" in (await browser.open("/ops/briefings")).text
    page = await browser.open(f"/ops/briefings/{LEVELS}")
    queue = page.text.partition("Waiting list")[2]
    assert queue.index("Person 2") < queue.index("Person 3")

    clock.set(local("2026-12-09T12:40"))
    browser = await signed_in(gwen)
    page = await browser.open(f"/ops/briefings/{LEVELS}")
    page = await browser.press(page, "Keep the register", **{"B-2026-0001": "attended"})
    assert "The register is kept." in page.text
    page = await browser.press(page, "Add to the register", email="ada@example.org", status="partial")
    assert await state_of(sqlite_store, ada) == "partial"
    page = await browser.press(page, "Add to the register", email="nobody@example.org", status="partial")
    assert page.status == 400
    assert "not in the register of people" in page.text


async def test_calling_a_session_off_wants_a_yes(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    await apply(sqlite_store, {})
    gwen = await a_booker(sqlite_store, "Gwen", roles=["coordinator"])
    await booked(sqlite_store, ada)
    browser = await signed_in(gwen)

    page = await browser.press(await browser.open(f"/ops/briefings/{LEVELS}"), "Call it off")
    assert page.status == 400
    assert await state_of(sqlite_store, ada) == "confirmed"
    page = await browser.press(page, "Call it off", sure="yes")
    assert "called off" in page.text
    assert await state_of(sqlite_store, ada) == "cancelled"


async def test_an_analyst_looks_but_has_no_buttons(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    await apply(sqlite_store, {})
    anna = await a_booker(sqlite_store, "Anna", roles=["analyst"])
    await booked(sqlite_store, ada)
    browser = await signed_in(anna)

    page = await browser.open(f"/ops/briefings/{LEVELS}")
    assert "Ada" in page.text
    assert "Call it off" not in page.text
    assert "Cancel" not in page.text


async def test_the_team_sees_the_next_session_first_and_the_past_at_the_end(
    sqlite_store: Store, ada: Person, signed_in: SignIn, clock: MovingClock
) -> None:
    days = {"Third": "2027-01-13", "First": "2026-12-02", "Second": "2026-12-09", "Fourth": "2027-02-10"}
    await apply(
        sqlite_store,
        *({"id": t.lower(), "title": t, "starts": f"{d}T12:30", "ends": f"{d}T13:30"} for t, d in days.items()),
    )
    clock.set(local("2026-12-10T09:00"))
    browser = await signed_in(await a_booker(sqlite_store, "Gwen", roles=["coordinator"]))

    shown = (await browser.open("/ops/briefings")).text
    order = sorted(days, key=shown.index)

    assert order == ["Third", "Fourth", "Second", "First"]
