"""The archive of what was really sent: kept at the freeze, listed, linked, searched, and never changed afterwards."""

import re
from xml.etree import ElementTree

from sqlalchemy import delete

from digests import bulletins as sweeps
from handlers.bulletins.releasing import cancel, schedule
from handlers.bulletins.searching import searched
from storage.tables.briefings import Briefing
from storage.tables.bulletins import BulletinAsSent
from tests.bulletins.conftest import BASE_URL, ID, TEXT, Office, SignIn
from tests.factories import a_partnership
from tests.web.browser import Browser

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "<script>alert(1)</script> & “{{ 7*7 }}”"


async def an_edition(office: Office, bulletin_id: str, title: str, *, story: str = "") -> None:
    """One more edition, released an hour after the one before."""
    office.clock.move(hours=1)
    text = TEXT.replace(ID, bulletin_id).replace("December e-bulletin", title)
    text = re.sub(r"(send_at|not_after): .*\n", "", text)
    await office.apply(text.replace("- Read it", f"- Read it\n- {story}" if story else "- Read it"))
    await office.approve(bulletin_id)
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id=bulletin_id)
    assert await sweeps.release(office.store) == 1


async def test_the_page_stays_what_was_sent_whatever_changes_later(sqlite_office: Office, stranger: Browser) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.released()
    before = await stranger.open(f"/bulletins/{ID}")
    assert "Levels of need" in before.text
    async with office.store.transaction() as uow:
        session = await uow.session.get(Briefing, "levels-of-need")
        assert session is not None
        session.title, session.place = "Renamed", "Elsewhere"
        row = await uow.bulletins.get(ID)
        assert row is not None
        row.source = row.source.replace("Signs of Safety", "Something else")
    office.clock.move(days=200)
    await an_edition(office, "2027-06-main", "June e-bulletin")
    after = await stranger.open(f"/bulletins/{ID}")
    one, other = (str(page.soup.find("article")) for page in (before, after))
    assert one == other


async def test_what_is_kept_carries_the_fingerprint_of_what_was_approved_and_nobodys_name_or_token(
    office: Office,
) -> None:
    ben = await office.reader("Ben Reader")
    await office.released()
    async with office.store.reading() as uow:
        kept = await uow.session.get(BulletinAsSent, ID)
        row = await uow.bulletins.get(ID)
    assert kept is not None
    assert row is not None
    assert kept.content_hash == row.approved_hash
    assert kept.kept_at == row.frozen_at
    everything = f"{kept.html} {kept.text} {kept.words}"
    for secret in (ben.name, ben.email, office.author.name, office.publisher.email, "/l/", "unsubscribe", "opinion"):
        assert secret not in everything
    assert set(re.findall(r'href="([^"]+)"', kept.html)) == {
        "https://www.example.org/guide",
        "/briefings/levels-of-need",
        "/briefings/signs-of-safety",
        "/briefings/core-groups",
        "/me",
        "/pledge",
    }


async def test_an_edition_of_an_older_herald_is_kept_by_the_sweep_once(
    sqlite_office: Office, stranger: Browser
) -> None:
    office = sqlite_office
    await office.released()
    async with office.store.transaction() as uow:
        await uow.session.execute(delete(BulletinAsSent))
    assert (await stranger.open(f"/bulletins/{ID}")).status == 404
    assert await sweeps.keep(office.store) == 1
    assert await sweeps.keep(office.store) == 0
    assert "Signs of Safety: what changed" in (await stranger.open(f"/bulletins/{ID}")).text


async def test_drafts_and_cancelled_editions_are_nowhere(sqlite_office: Office, stranger: Browser) -> None:
    office = sqlite_office
    await office.apply()
    assert await sweeps.keep(office.store) == 0
    for _ in ("a draft", "approved"):
        assert (await stranger.open(f"/bulletins/{ID}")).status == 404
        assert "No edition has gone out yet" in (await stranger.open("/bulletins")).text
        await office.approve()
    await office.released()
    assert (await stranger.open("/bulletins?q=safety")).soup.find("mark")
    async with office.store.transaction() as uow:
        await cancel(uow, bulletin_id=ID)
    for path in (f"/bulletins/{ID}", "/bulletins/feed/main"):
        assert (await stranger.open(path)).status == 404
    for path in ("/bulletins", "/bulletins?q=safety"):
        assert "December" not in (await stranger.open(path)).text


async def test_editions_stand_by_series_and_year_and_lead_to_those_beside_them(
    sqlite_office: Office, stranger: Browser
) -> None:
    office = sqlite_office
    async with office.store.transaction() as uow:
        await a_partnership(uow)
    await an_edition(office, "2026-11-main", "November e-bulletin")
    await an_edition(office, ID, "December e-bulletin")
    office.clock.move(days=40)
    await an_edition(office, "2027-01-main", "January e-bulletin")
    page = await stranger.open("/bulletins")
    years = [" ".join(heading.get_text().split()) for heading in page.soup.select("main h3")]
    assert [year[:4] for year in years] == ["2027", "2026"]
    assert [link.get_text() for link in page.soup.select("main ul a")] == [
        "January e-bulletin",
        "December e-bulletin",
        "November e-bulletin",
    ]
    page = await stranger.open(f"/bulletins/{ID}")
    assert {str(link["rel"]): (str(link["href"]), link.get_text()) for link in page.soup.select("nav.beside a")} == {
        "['prev']": ("/bulletins/2026-11-main", "Previous: November e-bulletin"),
        "['next']": ("/bulletins/2027-01-main", "Next: January e-bulletin"),
    }


async def test_every_story_has_an_address_and_the_contents_lead_to_it(sqlite_office: Office, stranger: Browser) -> None:
    await sqlite_office.released()
    page = await stranger.open(f"/bulletins/{ID}")
    links = [str(link["href"]) for link in page.soup.select("nav.contents a")]
    assert links == ["#story-1", "#story-2", "#story-3", "#story-4"]
    assert all(page.soup.select_one(link) for link in links)


LOOKED_FOR = [
    ("guide safety", ["2026-12-main", "2026-11-main"]),
    ("SAFETY   Guide", ["2026-12-main", "2026-11-main"]),
    ("seahorse", ["2026-11-main"]),
    ("“Seahorses,”", ["2026-11-main"]),
    ("straSSe", ["2026-11-main"]),
    ("100%", ["2026-11-main"]),
    ("100_", []),
    ("_%_", []),
    ("%", ["2026-11-main"]),
    ("november", ["2026-11-main"]),
    ("seahorses absent", []),
    ("/", []),
    ("\\", []),
    ("' OR 1=1 --", []),
    ("\x00\ud800 seahorses", ["2026-11-main"]),
]


async def test_words_are_found_in_any_order_and_signs_are_only_signs(sqlite_office: Office) -> None:
    await _two_editions(sqlite_office)
    async with sqlite_office.store.reading() as uow:
        for query, found in LOOKED_FOR:
            assert [hit.edition.id for hit in await searched(uow, query)] == found, query


async def test_both_databases_find_the_same(office: Office) -> None:
    await _two_editions(office)
    async with office.store.reading() as uow:
        for query, count in (("GUIDE safety", 2), ("100%", 1), ("100_", 0), ("Straße", 1), ("nothing", 0)):
            assert len(await searched(uow, query)) == count, query
        [hit] = await searched(uow, "seahorses")
    assert (hit.story, hit.story_title) == (1, "Signs of Safety: what changed")
    assert [piece.text for piece in hit.sentence if piece.found] == ["Seahorses"]


async def _two_editions(office: Office) -> None:
    await an_edition(office, "2026-11-main", "November e-bulletin", story="Seahorses in the Hauptstraße are 100% calm")
    await an_edition(office, ID, "December e-bulletin")


async def test_a_hit_shows_its_sentence_with_the_words_marked(sqlite_office: Office, stranger: Browser) -> None:
    await sqlite_office.released()
    page = await stranger.open("/bulletins")
    assert page.soup.select_one("form[role=search] label[for=q]")
    page = await stranger.open("/bulletins?q=GUIDE+partnership")
    assert page.title.startswith("1 found for GUIDE partnership")
    assert [mark.get_text() for mark in page.soup.find_all("mark")] == ["partnership", "guide"]
    assert "The partnership has a new guide." in page.soup.select("main .card p")[1].get_text()
    [link] = page.soup.select("main h3 a")
    assert link["href"] == f"/bulletins/{ID}#story-1"
    field = page.soup.select_one("input[name=q]")
    assert field is not None
    assert field["value"] == "GUIDE partnership"
    assert page.response.headers["cache-control"].startswith("public")
    assert "set-cookie" not in page.response.headers


async def test_hostile_words_are_harmless_in_search_titles_and_feed(sqlite_office: Office, stranger: Browser) -> None:
    office = sqlite_office
    await office.apply(TEXT.replace("title: December e-bulletin", "title: '\"><svg onload=alert(1)> & co'"))
    await office.approve()
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id=ID)
    assert await sweeps.release(office.store) == 1
    for path in ("/bulletins", f"/bulletins/{ID}", "/bulletins?q=svg"):
        page = await stranger.open(path)
        assert page.status == 200
        assert "onload=alert(1)>" in page.text
        assert not page.soup.select("main svg, main script")
    page = await stranger.open("/bulletins", params={"q": HOSTILE})
    assert "<script>alert" not in page.response.text
    assert HOSTILE in page.text
    assert "49" not in page.text
    long = await stranger.open("/bulletins", params={"q": "a " * 5000})
    assert long.status == 200


async def test_a_series_has_a_feed_that_news_readers_understand(sqlite_office: Office, stranger: Browser) -> None:
    office = sqlite_office
    assert (await stranger.open("/bulletins/feed/main")).status == 404
    await an_edition(office, "2026-11-main", "November & more <e-bulletin>")
    await an_edition(office, ID, "December e-bulletin")
    got = await stranger.http.get("/bulletins/feed/main")
    assert got.headers["content-type"].startswith("application/atom+xml")
    assert "set-cookie" not in got.headers
    feed = ElementTree.fromstring(got.content)  # noqa: S314 - our own, made a moment ago
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        "December e-bulletin",
        "November & more <e-bulletin>",
    ]
    for entry in entries:
        link = entry.find(f"{ATOM}link")
        assert link is not None
        address = str(link.get("href"))
        assert address == entry.findtext(f"{ATOM}id")
        assert (await stranger.open(address.removeprefix(BASE_URL))).status == 200
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
    assert "Signs of Safety: what changed" in str(entries[0].findtext(f"{ATOM}summary"))
    again = await stranger.http.get("/bulletins/feed/main", headers={"if-none-match": got.headers["etag"]})
    assert again.status_code == 304


async def test_the_archive_is_the_same_for_everybody(
    sqlite_office: Office, signed_in: SignIn, stranger: Browser
) -> None:
    await sqlite_office.released()
    author = await signed_in(sqlite_office.author)
    for path in ("/bulletins", "/bulletins?q=guide", "/bulletins/feed/main"):
        mine, theirs = await author.http.get(path), await stranger.http.get(path)
        assert mine.content == theirs.content
