"""The id of an edition is its address in the archive: taken from title and date, changed while nothing was sent."""

from datetime import date
from pathlib import Path

import pytest

from handlers.bulletins.freezing import is_paused
from handlers.bulletins.naming import month_of
from handlers.bulletins.releasing import Refused, pause, send_test
from handlers.bulletins.renaming import rename, with_id
from storage.bulletins import tests_about as about_tests
from tests.bulletins.conftest import ID, TEXT, Office, SignIn, a_picture
from tests.bulletins.test_writing_copies import row_of

PAGE = f"/ops/bulletins/{ID}"


@pytest.mark.parametrize(
    ("title", "near", "expected"),
    [
        ("December e-bulletin", date(2026, 11, 30), date(2026, 12, 1)),  # leaves on the last day of November
        ("January e-bulletin", date(2026, 11, 21), date(2027, 1, 1)),
        ("December e-bulletin", date(2027, 1, 4), date(2026, 12, 1)),  # late
        ("March 2028: what works", date(2026, 11, 21), date(2028, 3, 1)),
        ("From November to December", date(2026, 11, 21), date(2026, 11, 1)),
        ("What may help", date(2026, 11, 21), date(2026, 11, 1)),
        ("Winter news", date(2026, 11, 21), date(2026, 11, 1)),
    ],
)
def test_the_month_of_a_title(title: str, near: date, expected: date) -> None:
    assert month_of(title, near) == expected


def test_only_the_id_of_the_front_matter_changes() -> None:
    text = "---\nherald_bulletin: 1\nid: old  # mine\ntitle: T\n---\n# A story\nid: old\n"
    assert with_id(text, "2026-12-main") == text.replace("id: old  # mine", "id: 2026-12-main")
    assert 'id: "yes"\n' in with_id(text, "yes")


async def test_a_copy_without_a_time_is_named_by_its_title(sqlite_office: Office, signed_in: SignIn) -> None:
    office = sqlite_office
    november = TEXT.replace(ID, "2026-11-main").replace("December e-b", "November e-b")
    await office.apply(november.replace("send_at: 2026-12-01T09:00", "send_at: 2026-11-30T09:00"))
    author = await signed_in(office.author)
    page = await author.press(
        await author.open("/ops/bulletins/2026-11-main/copy"), "Begin it", title="December e-bulletin", when=""
    )
    assert page.path.startswith("/ops/bulletins/2026-12-main/write")
    page = await author.press(
        await author.open("/ops/bulletins/new"), "Begin", title="January e-bulletin", series="main", send_at=""
    )
    assert page.path.startswith("/ops/bulletins/2027-01-main/write")


async def test_the_author_changes_it_and_everything_goes_along(office: Office, tmp_path: Path) -> None:
    (tmp_path / "plan.png").write_bytes(a_picture(20, 10))
    text = TEXT.replace("Welcome", "![The plan](plan.png)\n\nWelcome")
    await office.apply(text, folder=tmp_path)
    await office.approve()
    async with office.store.transaction() as uow:
        await pause(uow, bulletin_id=ID)
        await send_test(uow, bulletin_id=ID, to=office.author)
        [before] = await uow.bulletins.images(ID)
        served = before.served_as
        await uow.working_texts.put(ID, text=text.replace("Read it", "{{ nothing }}"), by=office.author.id)
    async with office.store.transaction() as uow:
        await rename(uow, bulletin_id=ID, to="winter-news", by=office.author)
    row = await row_of(office, "winter-news")
    assert (row.state, row.approved_by, row.title) == ("draft", None, "December e-bulletin")
    assert row.source == text.replace(f"id: {ID}", "id: winter-news")
    async with office.store.reading() as uow:
        assert await uow.bulletins.get(ID) is None
        [picture] = await uow.bulletins.images("winter-news")
        assert (picture.name, picture.served_as == served) == ("plan.png", False)
        beside = await uow.working_texts.get("winter-news")
        assert beside is not None
        assert "id: winter-news" in beside.text
        assert await uow.working_texts.approved("winter-news") is not None
        assert [len(await uow.deliveries.about(about_tests(each))) for each in (ID, "winter-news")] == [0, 1]
        assert await is_paused(uow, "winter-news")
        assert not await is_paused(uow, ID)
    assert (await office.apply(row.source, folder=tmp_path)).outcome == "unchanged"
    await office.send()
    assert len(office.sink.to(office.author.email)) == 1, "a test that waited still arrives"


async def test_its_page_proposes_what_goes_with_the_title_and_says_what_cannot_be(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.apply(TEXT.replace(f"id: {ID}", "id: 2026-11-main-2"))
    await office.apply(TEXT.replace(f"id: {ID}", "id: taken"))
    author = await signed_in(office.author)
    page = await author.open("/ops/bulletins/2026-11-main-2/write")
    assert "/bulletins/2026-11-main-2" in page.text
    page = await author.open("/ops/bulletins/2026-11-main-2/address")
    assert ("id", ID) in page.fields("Change the address")
    for typed, said in (("taken", "Another edition has the address taken already."), ("Jo & co", "cannot be an")):
        wrong = await author.press(page, "Change the address", id=typed)
        assert wrong.status == 422
        [(field, words)] = wrong.errors
        assert (field, said in words) == ("#id", True)
    page = await author.press(page, "Change the address")
    assert page.path == f"{PAGE}?done=renamed"
    assert "It has another address now." in page.text
    assert (await author.open("/ops/bulletins/2026-11-main-2")).status == 404


async def test_what_was_sent_keeps_its_address(office: Office) -> None:
    await office.reader("Ben Reader")
    await office.released()
    with pytest.raises(Refused, match="its address stays"):
        async with office.store.transaction() as uow:
            await rename(uow, bulletin_id=ID, to="another", by=office.author)
    assert (await row_of(office, ID)).state == "sending"
