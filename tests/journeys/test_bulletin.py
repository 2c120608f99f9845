"""The monthly bulletin: written by one person, released by another, in every inbox once, with the reader's own link."""

from handlers.files import apply_file
from storage.tables.people import Person
from tests.world import World, links_in, path_of

EDITION = """---
herald_bulletin: 1
id: 2026-12-main
series: main
title: December e-bulletin
audience: {series: main}
send_at: 2026-11-25T09:00
not_after: 2026-12-03T17:00
author: ada@example.org
---
# What works well

Ring the other agency before you write to them.

# Dates

{{ briefings next=3 }}
"""
SESSIONS = """herald_briefings: 1
briefings:
  - {id: signs-2026-12, title: Signs of Safety, kind: briefing, starts: 2026-12-09T12:30, ends: 2026-12-09T13:30, place: Online, capacity: 9}
"""


async def readers_and_writers(world: World) -> tuple[Person, Person, Person, Person]:
    ada = await world.person("Ada", roles=["coordinator"], agency_id="northmere-council")
    priya = await world.person("Priya", roles=["publisher"], agency_id="northmere-council")
    ben = await world.person("Ben", agency_id="northmere-health")
    cy = await world.person("Cy", slack=True, agency_id="northmere-health", prefers="slack")
    async with world.herald.store.transaction() as uow:
        for reader in (ben, cy):
            await uow.people.subscribe(person_id=reader.id, series_id="main")
        await apply_file(uow, name="briefings.yaml", text=SESSIONS)
        found = await uow.people.get(ada.id)
        await apply_file(uow, name="december.md", text=EDITION, by=found)
    return ada, priya, ben, cy


async def released(world: World, priya: Person) -> None:
    publisher = await world.signed_in(priya)
    page = await publisher.open("/ops/bulletins/2026-12-main")
    page = await publisher.press(page, "Approve this text")
    await world.restart()
    world.clock.move(hours=23, minutes=5)
    await world.tick()


async def test_the_author_cannot_release_it_and_the_second_person_can(world: World) -> None:
    ada, priya, ben, cy = await readers_and_writers(world)
    author = await world.signed_in(ada)
    page = await author.open("/ops/bulletins/2026-12-main")
    assert "Approve this text" not in page.text
    await released(world, priya)
    assert [str(letter["Subject"]) for letter in world.letters(ben)] == ["December e-bulletin"]
    assert world.slack(cy).sees("December e-bulletin"), "who chose Slack reads it there"
    assert not world.letters(cy)
    await world.tick()
    assert len(world.letters(ben)) == 1


async def test_the_reader_books_from_the_letter_and_leaves_the_series_with_one_click(world: World) -> None:
    _, priya, ben, _ = await readers_and_writers(world)
    await released(world, priya)
    letter = world.letter(ben, "December")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    fresh = await world.browser()
    (book, *_) = [link for link in links_in(letter) if "/l/book" in link]
    page = await fresh.open(path_of(book))
    page = await fresh.press(page, page.soup.select_one("main form button").get_text(strip=True))
    async with world.herald.store.reading() as uow:
        assert [row.state for row, _ in await uow.briefings.bookings("signs-2026-12")] == ["confirmed"]
    leave = str(letter["List-Unsubscribe"]).split("<http", 1)[1].split(">", 1)[0]
    answer = await fresh.http.post(
        path_of(f"http{leave}"), data={"List-Unsubscribe": "One-Click"}, headers={"cookie": ""}
    )
    assert answer.status_code == 200
    async with world.herald.store.reading() as uow:
        (row,) = await uow.people.subscriptions_of(ben.id)
        assert row.left_at is not None


async def test_what_was_sent_stands_in_the_public_archive_without_a_readers_token(world: World) -> None:
    _, priya, ben, _ = await readers_and_writers(world)
    await released(world, priya)
    stranger = await world.browser()
    page = await stranger.open("/bulletins/2026-12-main")
    assert "Ring the other agency" in page.text
    assert "/l/" not in page.response.text
    for link in links_in(world.letter(ben, "December")):
        assert path_of(link) not in page.response.text
