"""The next edition begins with the last one."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.problems import FileProblems
from handlers.bulletins.copying import Rule, copy, next_day, next_of, title_for
from handlers.bulletins.working import unfinished
from storage.tables.bulletins import Bulletin
from tests.bulletins.conftest import ID, TEXT, Office, SignIn, a_picture

JANUARY = "2027-01-main"


@pytest.mark.parametrize(
    ("rule", "last", "after", "expected"),
    [
        (Rule.WEEKDAY, date(2026, 12, 1), date(2026, 12, 2), date(2027, 1, 5)),  # the first Tuesday
        (Rule.WEEKDAY, date(2026, 12, 31), date(2026, 12, 31), date(2027, 1, 28)),  # a fifth Thursday: the last one
        (Rule.DAY, date(2027, 1, 31), date(2027, 1, 31), date(2027, 2, 28)),
        (Rule.DAY, date(2026, 3, 2), date(2026, 11, 30), date(2026, 12, 2)),  # an old one: the next that is to come
    ],
)
def test_the_day_of_the_next_edition(rule: Rule, last: date, after: date, expected: date) -> None:
    assert next_day(rule, last, after) == expected


@given(st.sampled_from(list(Rule)), st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_the_next_edition_is_in_the_next_month(rule: Rule, last: date) -> None:
    found = next_day(rule, last, last)
    assert (found.year * 12 + found.month) - (last.year * 12 + last.month) == 1
    if rule is Rule.WEEKDAY:
        assert found.weekday() == last.weekday()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("December e-bulletin", "January e-bulletin"),
        ("December 2026: what works", "January 2027: what works"),
        ("From November to December", "From November to December"),
        ("Working together 2023", "Working together 2023"),
        ("Winter news", "Winter news"),
    ],
)
def test_the_title_names_the_coming_month(title: str, expected: str) -> None:
    assert title_for(title, date(2026, 12, 1), date(2027, 1, 5)) == expected


async def row_of(office: Office, bulletin_id: str) -> Bulletin:
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(bulletin_id)
        assert row is not None
        return row


async def test_a_copy_has_the_pictures_and_an_id_and_time_of_its_own_but_no_approval(
    sqlite_office: Office, signed_in: SignIn, tmp_path: Path
) -> None:
    office = sqlite_office
    (tmp_path / "plan.png").write_bytes(a_picture(20, 10))
    await office.apply(
        TEXT.replace("Welcome", "![The plan](plan.png)\n\nWelcome").replace(
            "title:", "author: ada.author@example.org\ntitle:"
        ),
        folder=tmp_path,
    )
    await office.approve()
    publisher = await signed_in(office.publisher)
    page = await publisher.open("/ops/bulletins")
    page = await publisher.open(f"/ops/bulletins/{ID}/copy")
    assert "Tuesday 5 January 2027, 09:00" in page.text
    assert "the first Tuesday of the month" in page.text
    assert "1 January 2027 is no working day" in page.text
    page = await publisher.press(page, "Begin it")
    assert page.path.startswith(f"/ops/bulletins/{JANUARY}/write")
    assert "This is the new edition" in page.text
    made = await row_of(office, JANUARY)
    assert (made.title, made.state, made.approved_by) == ("January e-bulletin", "draft", None)
    assert (made.author_id, made.author) == (office.publisher.id, office.publisher.email)
    assert "send_at: 2027-01-05T09:00\nnot_after: 2027-01-07T17:00" in made.source
    assert made.source.partition("---\n!")[2] == (await row_of(office, ID)).source.partition("---\n!")[2]
    async with office.store.reading() as uow:
        [old], [new] = await uow.bulletins.images(ID), await uow.bulletins.images(JANUARY)
    assert (new.name, new.content) == (old.name, old.content)
    assert new.served_as != old.served_as
    assert (await row_of(office, ID)).state == "approved"


async def test_another_time_can_be_given_and_a_wrong_one_is_said(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.apply()
    author = await signed_in(sqlite_office.author)
    page = await author.open(f"/ops/bulletins/{ID}/copy")
    page = await author.press(page, "Begin it", when="other", send_at="next week")
    assert page.status == 422
    assert "not a date and time" in page.text
    page = await author.press(page, "Begin it", when="other", send_at="2027-02-03T10:00", title="Spring")
    assert page.path.startswith("/ops/bulletins/2027-02-main/write")
    again = await author.open(f"/ops/bulletins/{ID}/copy")
    page = await author.press(again, "Begin it", when="")
    page = await author.press(again, "Begin it", when="")
    assert page.path == "/ops/bulletins", "pressed twice, begun once"


async def test_an_old_text_that_is_not_right_any_more_waits_to_be_mended(office: Office) -> None:
    await office.apply()
    async with office.store.transaction() as uow:
        row = await uow.bulletins.get(ID, lock=True)
        assert row is not None
        row.source = row.source.replace("{{ pledge p1 }}", "{{ pledge p9 }}")  # a priority that has ended
        made = await copy(uow, row, title="January", send_at="2027-01-05T09:00", by=office.author)
    assert made.id == JANUARY
    async with office.store.reading() as uow:
        beside = await unfinished(uow, JANUARY)
    assert beside is not None
    assert "{{ pledge p9 }}" in beside.text
    assert "id: 2027-01-main" in beside.text


async def test_a_text_that_names_a_child_is_not_copied(sqlite_office: Office) -> None:
    await sqlite_office.apply()
    async with sqlite_office.store.transaction() as uow:
        row = await uow.bulletins.get(ID, lock=True)
        assert row is not None
        row.source = row.source.replace("Read it", "Read 943 476 5919")
        with pytest.raises(FileProblems, match="NHS number"):
            await copy(uow, row, title="January", send_at="", by=sqlite_office.author)


async def test_without_a_time_the_next_month_is_suggested(sqlite_office: Office) -> None:
    await sqlite_office.apply(TEXT.replace("send_at: 2026-12-01T09:00\n", ""))
    async with sqlite_office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        found = await next_of(uow, row)
    assert found.suggestions[0].at.date() == date(2026, 12, 29)
    assert found.suggestions[0].why == "the last Monday of the month; 28 December 2026 is no working day"
