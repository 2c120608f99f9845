"""A reader says with one press whether a story was useful: counted once, and nowhere linked to who said it."""

import asyncio
import logging
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from bot.keyring import Keyring
from bot.rules.opinions import Choice, Tally
from handlers.bulletins.opinions import Outcome, report_of, speak
from handlers.bulletins.releasing import cancel, send_test
from handlers.people_care import erase_person
from storage.deliveries import SendingPolicy
from storage.retention import RULES, carry_out
from storage.tables import base
from storage.tables.bulletins import StoryOpinionGiven
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.bulletins.conftest import BASE_URL, ID, TEXT, Office, part, read_mail
from tests.clocks import MovingClock
from tests.factories import a_person
from tests.web.browser import Browser

STORY = "Signs of Safety: what changed"
TOLD = TEXT.replace("{{ briefings", "Come and bring a colleague.\n\n{{ briefings").replace(
    "{{ surveys }}", "Say what you think of the forum.\n\n{{ surveys }}"
)
"""The edition with words of its author's in the first three stories; the fourth is a live block alone."""


def opinion_links(office: Office, reader: Person, kind: str = "html") -> list[str]:
    """The links under the stories of the newest letter to somebody, without the host."""
    mail = read_mail(office.sink.to(reader.email)[-1].raw)
    found = re.findall(rf"{re.escape(BASE_URL)}(/opinions/[^\s\"<>]+)", part(mail, kind))
    return list(dict.fromkeys(found))


async def a_read_edition(office: Office, *names: str) -> list[Person]:
    """The December edition, in the mailboxes of these readers."""
    readers = [await office.reader(name) for name in names]
    await office.released(TOLD)
    await office.send()
    return readers


async def tallies(office: Office) -> dict[int, Tally]:
    async with office.store.reading() as uow:
        return (await uow.opinions.tallies([ID]))[ID]


async def says(office: Office, reader: Person, story: int, choice: str = Choice.USEFUL) -> Outcome:
    async with office.store.transaction(intake=True) as uow:
        return await speak(uow, bulletin_id=ID, story=story, choice=choice, person=reader)


async def test_under_each_story_stands_one_link_and_the_letter_has_one_token(sqlite_office: Office) -> None:
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    for kind in ("html", "plain"):
        links = opinion_links(sqlite_office, ben, kind)
        assert [link.partition("#")[2] for link in links] == ["story-1", "story-2", "story-3"]
        assert len({link.partition("#")[0] for link in links}) == 1
    letter = part(read_mail(sqlite_office.sink.to(ben.email)[0].raw), "html")
    assert f'aria-label="Was this useful? {STORY}"' in letter


async def test_nobody_is_asked_whether_a_list_of_dates_was_useful(sqlite_office: Office, stranger: Browser) -> None:
    """Nor about pledges, surveys or earlier editions alone, wherever the edition is read."""
    ben = await sqlite_office.reader("Ben Reader")
    await sqlite_office.released()
    await sqlite_office.send()
    mail = read_mail(sqlite_office.sink.to(ben.email)[0].raw)
    for kind in ("html", "plain"):
        assert [link.partition("#")[2] for link in opinion_links(sqlite_office, ben, kind)] == ["story-1"]
        assert part(mail, kind).count("Was this useful?") == {"html": 2, "plain": 1}[kind]
    page = await stranger.open(opinion_links(sqlite_office, ben)[0])
    assert [story.get_text() for story in page.soup.select("section h2")] == [STORY]
    assert "useful" not in (await stranger.open(f"/bulletins/{ID}")).text.casefold()
    async with sqlite_office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        assert [story.title for story in (await report_of(uow, row)).stories] == [STORY]


async def test_a_press_under_a_list_in_a_letter_of_before_is_counted_and_shown_all_the_same(
    sqlite_office: Office,
) -> None:
    readers = await a_read_edition(sqlite_office, *(f"Reader {number}" for number in range(5)))
    for reader in readers:
        assert await says(sqlite_office, reader, 4) is Outcome.COUNTED
    async with sqlite_office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        report = await report_of(uow, row)
    assert [(story.number, story.answered) for story in report.stories] == [(1, None), (2, None), (3, None), (4, 5)]


async def test_a_reader_presses_once_and_is_thanked_where_they_are(sqlite_office: Office, stranger: Browser) -> None:
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    path = opinion_links(sqlite_office, ben)[0].partition("#")[0]
    page = await stranger.open(path)
    again = await stranger.open(path)
    assert (page.heading, again.heading) == ("Was it useful?", "Was it useful?")
    assert await tallies(sqlite_office) == {}, "looking counts nothing"
    sent = await stranger.send(page, "Useful", follow=False)
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/bulletins/{ID}/opinions#story-1"
    page = await stranger.open(sent.headers["location"])
    assert "opinion." not in page.response.text, "the token is gone"
    first, second = page.soup.select_one("#story-1"), page.soup.select_one("#story-2")
    assert first is not None
    assert second is not None
    assert "Thank you. It is counted, without your name." in " ".join(first.get_text(" ").split())
    assert not first.find("button")
    assert [button.get_text() for button in second.find_all("button")] == ["Useful", "Not useful"]
    page = await stranger.press(page, "Not useful")
    assert page.path == f"/bulletins/{ID}/opinions"
    assert page.title.startswith("Thank you")
    assert await tallies(sqlite_office) == {1: Tally(1, 0), 2: Tally(0, 1)}


async def test_a_second_press_about_a_story_is_answered_kindly_and_not_counted(
    sqlite_office: Office, site: FastAPI, stranger: Browser
) -> None:
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    path = opinion_links(sqlite_office, ben)[0].partition("#")[0]
    at_home, at_work = await stranger.open(path), Browser(site, base_url=BASE_URL)
    elsewhere = await at_work.open(path)
    await at_work.press(elsewhere, "Useful")
    page = await stranger.press(at_home, "Not useful")
    story = page.soup.select_one("#story-1")
    assert story is not None
    assert "You have told us already." in story.get_text(" ")
    assert "once" in story.get_text(" ")
    assert await tallies(sqlite_office) == {1: Tally(1, 0)}
    await at_work.close()


async def test_fifty_readers_at_once_and_everybody_twice_count_once_each(office: Office) -> None:
    async with office.store.transaction() as uow:
        readers = [await a_person(uow, f"Reader {number}") for number in range(50)]
        for reader in readers:
            await uow.people.subscribe(person_id=reader.id, series_id="main")
    await office.released()
    wanted = [(reader, Choice.USEFUL if place % 5 else Choice.NOT_USEFUL) for place, reader in enumerate(readers)]
    outcomes = await asyncio.gather(*(says(office, reader, 2, choice) for reader, choice in wanted * 2))
    assert Counter(outcomes) == {Outcome.COUNTED: 50, Outcome.BEFORE: 50}
    assert await tallies(office) == {2: Tally(40, 10)}


async def test_somebody_has_spoken_even_after_the_key_was_rotated(
    sqlite_office: Office, sqlite_url: str, clock: MovingClock
) -> None:
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    assert await says(sqlite_office, ben, 1) is Outcome.COUNTED
    rotated = Keyring(("a new secret that is long enough", *sqlite_office.store.keyring.secrets))
    later = Store(sqlite_url, clock=clock, keyring=rotated, sending=SendingPolicy(live=True, slack=True))
    async with later.transaction() as uow:
        assert await speak(uow, bulletin_id=ID, story=1, choice="useful", person=ben) is Outcome.BEFORE
        assert await speak(uow, bulletin_id=ID, story=2, choice="useful", person=ben) is Outcome.COUNTED
        assert await uow.opinions.spoken(ID, range(1, 5), person_id=ben.id) == {1, 2}
    await later.close()


async def rows_of_everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    async with store.reading() as uow:
        return {
            table.name: [dict(row) for row in (await uow.session.execute(select(table))).mappings()]
            for table in base.Table.metadata.sorted_tables
        }


async def test_a_press_changes_a_tally_and_adds_a_fingerprint_and_nothing_else_in_the_whole_database(
    office: Office,
) -> None:
    [ben, _] = await a_read_edition(office, "Ben Reader", "Cy Reader")
    before = await rows_of_everything(office.store)
    office.clock.move(hours=1)
    await says(office, ben, 3, Choice.NOT_USEFUL)
    after = await rows_of_everything(office.store)
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed == {"story_opinion", "story_opinion_given"}
    assert after["story_opinion"] == [{"bulletin_id": ID, "story": 3, "useful": 0, "not_useful": 1}]
    [given] = after["story_opinion_given"]
    assert set(given) == {"reader_mac", "bulletin_id"}
    assert re.fullmatch(r"[0-9a-f]{64}", given["reader_mac"])


async def test_the_web_writes_nothing_else_either_and_no_line_into_the_log(
    sqlite_office: Office, stranger: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    page = await stranger.open(opinion_links(sqlite_office, ben)[0].partition("#")[0])
    before = await rows_of_everything(sqlite_office.store)
    with caplog.at_level(logging.DEBUG, logger="herald"):
        await stranger.press(page, "Useful")
    after = await rows_of_everything(sqlite_office.store)
    assert {name for name, rows in after.items() if rows != before[name]} == {"story_opinion", "story_opinion_given"}
    assert [record for record in caplog.records if record.name.startswith("herald")] == []


async def test_sqlite_keeps_fingerprints_in_their_own_order_not_in_that_of_the_presses(sqlite_office: Office) -> None:
    readers = await a_read_edition(sqlite_office, *(f"Reader {number}" for number in range(6)))
    for reader in readers:
        await says(sqlite_office, reader, 1)
    async with sqlite_office.store.reading() as uow:
        made = (
            await uow.session.execute(text("SELECT sql FROM sqlite_master WHERE name = 'story_opinion_given'"))
        ).scalar_one()
        kept = list((await uow.session.execute(select(StoryOpinionGiven.reader_mac))).scalars())
    assert "WITHOUT ROWID" in made
    assert kept == sorted(kept)
    assert len(kept) == 6


async def test_one_reader_has_fingerprints_with_nothing_in_common(sqlite_office: Office) -> None:
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    for story in (1, 2, 3):
        await says(sqlite_office, ben, story)
    async with sqlite_office.store.reading() as uow:
        kept = list((await uow.session.execute(select(StoryOpinionGiven.reader_mac))).scalars())
    assert len({mark[:8] for mark in kept}) == 3


async def test_only_recipients_of_a_sent_edition_are_counted_and_only_for_sixty_days(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.apply()
    assert await says(office, office.author, 1) is Outcome.NOT_SENT_YET
    [ben] = await a_read_edition(office, "Ben Reader")
    assert await says(office, office.author, 1) is Outcome.NOT_YOURS
    assert await says(office, ben, 5) is Outcome.UNKNOWN
    assert await says(office, ben, 0) is Outcome.UNKNOWN
    assert await says(office, ben, 1, "splendid") is Outcome.UNKNOWN
    office.clock.move(days=59, hours=23)
    assert await says(office, ben, 1) is Outcome.COUNTED
    office.clock.move(hours=2)
    assert await says(office, ben, 2) is Outcome.CLOSED
    assert await tallies(office) == {1: Tally(1, 0)}


async def test_a_test_copy_shows_the_page_and_counts_nothing(sqlite_office: Office, stranger: Browser) -> None:
    office = sqlite_office
    await office.apply()
    async with office.store.transaction() as uow:
        await send_test(uow, bulletin_id=ID, to=office.author)
    await office.send()
    page = await stranger.open(opinion_links(office, office.author)[0].partition("#")[0])
    assert "This edition has not gone out" in page.text
    assert not page.soup.select("main form")


async def test_a_cancelled_edition_asks_no_more(sqlite_office: Office, stranger: Browser) -> None:
    office = sqlite_office
    ben = await office.reader("Ben Reader")
    await office.released()
    await office.drain().run_once()
    async with office.store.transaction() as uow:
        await cancel(uow, bulletin_id=ID)
    page = await stranger.open(opinion_links(office, ben)[0].partition("#")[0])
    assert "not asking any more" in page.text
    assert await says(office, ben, 1) is Outcome.CLOSED


@pytest.mark.parametrize("change", ["forged", "another purpose", "expired", "revoked"])
async def test_a_link_that_proves_nothing_opens_nothing(sqlite_office: Office, stranger: Browser, change: str) -> None:
    office = sqlite_office
    [ben] = await a_read_edition(office, "Ben Reader")
    token = opinion_links(office, ben)[0].partition("#")[0].rpartition("/")[2]
    page = await stranger.open(f"/opinions/{token}")
    if change == "forged":
        token = f"{token[:-4]}AAAA"
    elif change == "another purpose":
        token = f"book.{token.partition('.')[2]}"
    elif change == "expired":
        office.clock.move(days=61)
    else:
        async with office.store.transaction() as uow:
            found = await uow.people.get(ben.id)
            assert found is not None
            found.link_epoch += 1
    fields = dict(page.fields("Useful"))
    assert (await stranger.open(f"/opinions/{token}")).status in (404, 410)
    assert (await stranger.http.post(f"/opinions/{token}", data=fields)).status_code in (404, 410)
    assert await tallies(office) == {}


async def test_without_the_cookie_of_a_press_the_page_asks_for_the_link_again(
    sqlite_office: Office, stranger: Browser, site: FastAPI
) -> None:
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    other = Browser(site, base_url=BASE_URL)
    page = await other.open(f"/bulletins/{ID}/opinions")
    assert (page.status, page.heading) == (404, "Please open the link in your bulletin again")
    page = await stranger.open(opinion_links(sqlite_office, ben)[0].partition("#")[0])
    page = await stranger.press(page, "Useful")
    [(name, value)] = [(cookie.name, cookie.value) for cookie in stranger.http.cookies.jar if "opinions" in cookie.name]
    other.http.cookies.set(name, str(value))
    assert (await other.open(f"/bulletins/{ID}/opinions")).status == 404, "the cookie is this browser's own"
    sqlite_office.clock.move(hours=2, minutes=1)
    assert (await stranger.open(f"/bulletins/{ID}/opinions")).status == 404
    await other.close()


async def test_fingerprints_are_forgotten_when_nobody_can_speak_any_more_and_the_tally_stays(office: Office) -> None:
    [ben] = await a_read_edition(office, "Ben Reader")
    await says(office, ben, 1)
    [rule] = [rule for rule in RULES if rule.table is StoryOpinionGiven]
    office.clock.move(days=60)
    async with office.store.transaction() as uow:
        assert await carry_out(uow, rule) == 0
    office.clock.set(office.clock() - timedelta(days=60) + rule.keep + timedelta(hours=1))
    async with office.store.transaction() as uow:
        assert await carry_out(uow, rule) == 1
    assert await says(office, ben, 1) is Outcome.CLOSED
    assert await tallies(office) == {1: Tally(1, 0)}


async def test_whoever_is_erased_leaves_no_fingerprint_and_the_tally_stays(office: Office) -> None:
    ben, cy = await a_read_edition(office, "Ben Reader", "Cy Reader")
    for reader in (ben, cy):
        await says(office, reader, 1)
        await says(office, reader, 4)
    async with office.store.transaction() as uow:
        found = await uow.people.get(ben.id)
        assert found is not None
        await erase_person(uow, person=found)
    async with office.store.reading() as uow:
        kept = (await uow.session.execute(select(StoryOpinionGiven))).scalars().all()
        assert len(kept) == 2
        assert await uow.opinions.spoken(ID, range(1, 5), person_id=cy.id) == {1, 4}
    assert await tallies(office) == {1: Tally(2, 0), 4: Tally(2, 0)}


async def test_the_final_message_fetches_nothing_of_others_and_no_link_leads_round_a_corner(
    sqlite_office: Office,
) -> None:
    """No tracking pixel, no counted clicks: pictures are the edition's own, a link of the text is that link."""
    [ben] = await a_read_edition(sqlite_office, "Ben Reader")
    [taken] = sqlite_office.sink.to(ben.email)
    html = part(read_mail(taken.raw), "html")
    pictures = re.findall(r"<img[^>]+src=\"([^\"]*)\"|url\(([^)]*)\)|background=\"([^\"]*)\"", html)
    assert all("".join(found).startswith(f"{BASE_URL}/bulletins/{ID}/images/") for found in pictures)
    assert "https://www.example.org/guide" in html, "written as it is"
    links = re.findall(r"href=\"([^\"]+)\"", html)
    own = [link for link in links if link.startswith(BASE_URL)]
    paths = {link.removeprefix(BASE_URL).split("/")[1].partition("#")[0] for link in own}
    assert paths <= {"l", "opinions", "unsubscribe", "bulletins", "preferences"}
    assert all("://" not in link.removeprefix(BASE_URL) and "%3A%2F%2F" not in link for link in own)
