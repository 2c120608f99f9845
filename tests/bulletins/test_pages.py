"""Bulletins in the browser: written, checked, previewed, released by a second person; and the public archive."""

from pathlib import Path

import httpx
import pytest

from digests import bulletins as sweeps
from handlers.apply import FileSource
from handlers.bulletins.applying import apply_bulletin
from tests.bulletins.conftest import ID, TEXT, Office, SignIn, a_picture
from tests.web.browser import Browser

NHS_NUMBER = "943 476 5919"


async def test_an_edition_is_begun_written_and_released_by_two_people(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    author, publisher = await signed_in(office.author), await signed_in(office.publisher)
    page = await author.open("/ops/bulletins/new")
    page = await author.press(page, "Begin", title="Winter: “what works”", series="main", send_at="2026-12-01 09:00")
    assert (page.status, page.heading) == (200, "Winter: “what works”")
    assert page.path == "/ops/bulletins/2026-12-main/write"
    stands = await author.open("/ops/bulletins/2026-12-main")
    assert "It will go to 1" in stands.text
    assert "Nobody is left out." in stands.text
    assert "Ada Author is not a publisher" in stands.text
    page = await author.press(page, "Save", **{"story-1.text": "Come and see."})
    assert "Saved." in page.text
    page = await publisher.open("/ops/bulletins/2026-12-main")
    page = await publisher.press(page, "Approve this text")
    assert "Approved." in page.text
    page = await publisher.open("/ops/bulletins/2026-12-main/send?when=now")
    page = await publisher.press(page, "Send it now to 1 person")
    assert await sweeps.release(office.store) == 1
    await office.send()
    assert len(office.sink.mails) == 1
    page = await author.open("/ops/bulletins/2026-12-main")
    assert "In the public archive" in page.text


async def test_everything_wrong_is_said_with_its_line_and_nothing_typed_is_lost(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    await sqlite_office.apply()
    author = await signed_in(sqlite_office.author)
    page = await author.open(f"/ops/bulletins/{ID}/text")
    wrong = TEXT.replace("{{ previous }}", "{{ previouss }}\n\n<b>bold</b>")
    page = await author.press(page, "Save", text=wrong)
    assert page.status == 422
    said = " ".join(words for _, words in page.errors)
    assert "not a live block" in said
    assert "is HTML" in said
    assert "Line " in said
    assert "<b>bold</b>" in page.soup.find("textarea").get_text()  # type: ignore[union-attr]
    async with sqlite_office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        assert "bold" not in row.source


async def test_a_childs_number_is_shown_and_never_stored(
    sqlite_office: Office, signed_in: SignIn, sqlite_url: str
) -> None:
    await sqlite_office.apply()
    author = await signed_in(sqlite_office.author)
    page = await author.open(f"/ops/bulletins/{ID}/text")
    page = await author.press(page, "Save", text=TEXT.replace("Read it", f"Ask about {NHS_NUMBER}"))
    assert page.status == 422
    assert f"“{NHS_NUMBER}”: NHS number" in page.text
    await sqlite_office.store.close()
    stored = b"".join(path.read_bytes() for path in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("*.db*"))
    assert NHS_NUMBER.encode() not in stored
    page = await author.press(page, "Take these out for me and save")
    assert "Saved." in page.text
    assert "[removed: NHS number]" in page.soup.find("textarea").get_text()  # type: ignore[union-attr]


async def test_a_change_made_meanwhile_is_not_overwritten_unseen(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.apply()
    author = await signed_in(sqlite_office.author)
    page = await author.open(f"/ops/bulletins/{ID}/text")
    await sqlite_office.apply(TEXT.replace("Read it", "Theirs"), by=sqlite_office.publisher)
    page = await author.press(page, "Save", text=TEXT.replace("Read it", "Mine"))
    assert page.status == 409
    assert "Somebody else has changed this bulletin" in page.text
    page = await author.press(page, "Save")
    assert "Saved." in page.text
    assert "Mine" in page.soup.find("textarea").get_text()  # type: ignore[union-attr]


async def test_a_preview_shows_the_reader_but_carries_nobodys_links(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    ben = await office.reader("Ben Reader")
    await office.apply()
    author = await signed_in(office.author)
    page = await author.open(f"/ops/bulletins/{ID}/preview?reader={ben.id}")
    assert "Hello Ben Reader," in page.text
    assert "Shown as Ben Reader" in page.text
    assert "frame-src 'self'" in page.response.headers["content-security-policy"]
    mail = await author.open(f"/ops/bulletins/{ID}/preview/email?reader={ben.id}")
    assert "Hello Ben Reader," in mail.response.text
    assert mail.response.headers["content-security-policy"].endswith("sandbox")
    links = [
        str(a["href"]) for a in mail.soup.find_all("a") if "/l/" in str(a["href"]) or "unsubscribe" in str(a["href"])
    ]
    assert links
    assert {link.partition("#")[0].rpartition("/")[2] for link in links} == {"preview"}
    slack = page.soup.select_one(".slack")
    assert slack is not None
    assert "Signs of Safety: what changed" in slack.get_text()
    assert slack.find("a", string="new guide") is not None
    assert not slack.find("button"), "nobody acts for somebody else by looking"


async def test_any_reader_is_found_by_name_or_address(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    for number in range(25):
        await office.reader(f"Ben Reader {number:02}")
    await office.apply()
    author = await signed_in(office.author)
    page = await author.open(f"/ops/bulletins/{ID}/preview")
    assert "Shown as nobody in particular" in page.text
    page = await author.open(f"/ops/bulletins/{ID}/preview?q=ben reader")
    assert len(page.soup.select("main ul li a[href*='reader=']")) == 20
    assert "and more: write more of the name" in page.text
    page = await author.open(f"/ops/bulletins/{ID}/preview?q=ben.reader.07@")
    [found] = page.soup.select("main ul li a[href*='reader=']")
    page = await author.open(str(found["href"]))
    assert "Shown as Ben Reader 07" in page.text
    page = await author.open(f"/ops/bulletins/{ID}/preview?q=nobody at all&reader=99999999999999")
    assert "Nobody was found" in page.text


async def test_a_practitioner_cannot_see_and_a_coordinator_cannot_release(
    sqlite_office: Office, signed_in: SignIn, stranger: Browser
) -> None:
    office = sqlite_office
    await office.apply()
    ben = await signed_in(await office.reader("Ben Reader"))
    assert (await ben.open(f"/ops/bulletins/{ID}")).status == 403
    assert (await stranger.open(f"/ops/bulletins/{ID}/preview/email")).path.startswith("/sign-in")
    author = await signed_in(office.author)
    page = await author.open(f"/ops/bulletins/{ID}")
    fields = dict(page.fields("Send a test to me"))
    assert (await author.http.post(f"/ops/bulletins/{ID}/approve", data=fields)).status_code == 403
    assert (await office.status()).state == "draft"


async def test_the_archive_shows_what_went_out_and_nobodys_token(sqlite_office: Office, stranger: Browser) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    await office.apply()
    assert (await stranger.open(f"/bulletins/{ID}")).status == 404
    await office.released()
    listed = await stranger.open("/bulletins")
    assert "December e-bulletin" in listed.text
    page = await stranger.open(f"/bulletins/{ID}")
    assert page.status == 200
    assert "Signs of Safety: what changed" in page.text
    links = [str(a["href"]) for a in page.soup.find_all("a")]
    assert "/briefings/levels-of-need" in links
    assert not [link for link in links if "/l/" in link or "unsubscribe" in link]
    assert "Ben Reader" not in page.response.text
    assert page.response.headers["cache-control"].startswith("public")
    assert "set-cookie" not in page.response.headers
    again = await stranger.http.get(f"/bulletins/{ID}", headers={"if-none-match": page.response.headers["etag"]})
    assert again.status_code == 304


async def test_the_archive_is_the_same_for_somebody_who_has_signed_in(
    sqlite_office: Office, signed_in: SignIn, stranger: Browser
) -> None:
    await sqlite_office.released()
    author = await signed_in(sqlite_office.author)
    mine, theirs = await author.open(f"/bulletins/{ID}"), await stranger.open(f"/bulletins/{ID}")
    assert mine.response.text == theirs.response.text


async def test_pictures_travel_under_a_name_that_says_nothing(
    sqlite_office: Office, tmp_path: Path, stranger: Browser
) -> None:
    office = sqlite_office
    (tmp_path / "plan.png").write_bytes(a_picture())
    text = TEXT.replace("Welcome to", "![The plan of the year](plan.png)\n\nWelcome to")
    await office.apply(text, folder=tmp_path)
    assert (await office.apply(text, folder=tmp_path)).outcome == "unchanged"
    async with office.store.reading() as uow:
        [image] = await uow.bulletins.images(ID)
    assert "plan" not in image.served_as
    got: httpx.Response = await stranger.http.get(f"/bulletins/{ID}/images/{image.served_as}")
    assert (got.status_code, got.headers["content-type"]) == (200, "image/png")
    assert got.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "immutable" in got.headers["cache-control"]
    assert "set-cookie" not in got.headers
    assert got.content == a_picture()
    assert (await stranger.http.get(f"/bulletins/other/images/{image.served_as}")).status_code == 404
    (tmp_path / "plan.png").write_bytes(a_picture(10, 10))
    assert (await office.apply(text, folder=tmp_path)).outcome == "changed"
    async with office.store.reading() as uow:
        [other] = await uow.bulletins.images(ID)
    assert other.served_as != image.served_as


async def test_a_picture_is_added_in_the_browser_and_stands_at_the_end(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    await sqlite_office.apply()
    author = await signed_in(sqlite_office.author)
    page = await author.open(f"/ops/bulletins/{ID}/text")
    fields = dict(page.fields("Save"))
    fields |= {"alt": "The new guide", "do": "save"}
    fields.pop("picture", None)
    sent = await author.http.post(
        f"/ops/bulletins/{ID}/text",
        data=fields,
        files={"picture": ("../Our guide.png", a_picture(20, 10), "image/png")},
    )
    assert sent.status_code == 200
    async with sqlite_office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        [image] = await uow.bulletins.images(ID)
    assert row is not None
    assert "![The new guide](<Our guide.png>)" in row.source
    assert image.name == "Our guide.png"


async def test_what_is_no_picture_is_refused(sqlite_office: Office, tmp_path: Path) -> None:
    (tmp_path / "plan.png").write_bytes(b"<svg onload=alert(1)>")
    text = TEXT.replace("Welcome to", "![The plan](plan.png)\n\nWelcome to")
    with pytest.raises(Exception, match="E263"):
        async with sqlite_office.store.transaction() as uow:
            await apply_bulletin(uow, FileSource("b.md", text, tmp_path))
