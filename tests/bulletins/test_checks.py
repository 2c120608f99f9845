"""What is said about an edition before it is released: what stops it, what is worth a look, how it reads."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.bulletin import parse_bulletin
from bot.files.bulletin_advice import Level, advise, length_of
from bot.rules.calendar import WorkingCalendar
from bot.rules.reading_age import readability, syllables
from handlers.bulletins.checking import Checked, check_edition
from handlers.bulletins.releasing import Refused
from handlers.bulletins.working import judge, put_beside
from tests.bulletins.conftest import ID, TEXT, Office, SignIn, a_picture

CALENDAR = WorkingCalendar()
LEAVES = date(2026, 12, 1)
EASY = "The cat sat on the mat. We like to play in the park with a ball. " * 8
HARD = (
    "The implementation of comprehensive multi-agency safeguarding arrangements necessitates continuous professional "
    "consideration of organisational responsibilities and statutory accountability. "
) * 8


def said(story: str, *, title: str = "December e-bulletin", level: Level = Level.LOOK) -> str:
    """What is said about an edition of one story."""
    text = TEXT.replace("December e-bulletin", title).partition("Welcome")[0] + f"# A story\n{story}\n"
    found = advise(parse_bulletin(text).value, leaves=LEAVES, calendar=CALENDAR)
    return " | ".join(each.words for each in found if each.level is level)


@pytest.mark.parametrize("alt", ["Image", "photo.", "plan.png", "IMG_2041", "Screenshot 3"])
def test_a_description_that_describes_nothing_must_be_mended(alt: str) -> None:
    assert "tells nothing" in said(f"![{alt}](plan.png)", level=Level.MUST)


def test_a_description_may_say_what_it_is_like() -> None:
    assert said("![Two workers at a table with a family](plan.png)", level=Level.MUST) == ""
    assert "screen readers say that" in said("![Photo of a family](plan.png)")


def test_links_say_where_they_lead_and_the_same_words_lead_to_one_place() -> None:
    assert "does not say where" in said("[Click here](https://a.example.org)")
    assert "sign by sign" in said("See https://a.example.org/x.")
    assert "https:// too" in said("[The guide](http://a.example.org)")
    twice = said("[The **guide**](https://a.example.org) and [the guide](https://b.example.org).")
    assert "leads to 2 different places" in twice
    assert said("[The guide](https://a.example.org), again [the guide](https://a.example.org).") == ""


def test_long_subjects_and_stories_are_worth_a_look() -> None:
    assert "phones show about 40" in said("Words.", title="W" * 61)
    assert "has 400 words" in said("word " * 400)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("on Thursday 9 December 2026", "is a Wednesday"),
        ("on Wednesday 9 December 2026", ""),
        ("on 9th of December", ""),
        ("on 3 November", "is over"),
        ("on 3 November 2018", ""),
        ("on 25 December", "public holiday"),
        ("on 12 December", "is a Saturday"),
        ("on Saturday 12 December", ""),
        ("on 31 November 2026", "is no date"),
        ("by 5 January", ""),
    ],
)
def test_dates_that_are_odd_are_worth_a_look(written: str, expected: str) -> None:
    found = said(f"Come {written}, please.")
    assert (expected in found) if expected else found == ""


def test_the_reading_age_rises_with_long_words_and_sentences() -> None:
    easy, hard = readability([EASY]), readability([HARD])
    assert easy is not None
    assert hard is not None
    assert easy.age < 9 < 16 < hard.age
    assert easy.ease > 90 > 0 > hard.ease
    assert readability(["Too few words."]) is None
    assert "Reading age about" in said(HARD)


def test_the_formulas_are_those_of_the_papers() -> None:
    counted = readability(["One two three four five. " * 20])
    assert counted is not None
    assert (counted.words, counted.sentences, counted.syllables) == (100, 20, 100)
    assert counted.grade == pytest.approx(0.39 * 5 + 11.8 * 1 - 15.59)
    assert counted.ease == pytest.approx(206.835 - 1.015 * 5 - 84.6 * 1)


@pytest.mark.parametrize(
    ("word", "count"),
    [("people", 2), ("policy", 3), ("baby", 2), ("once", 1), ("table", 2), ("asked", 1), ("wanted", 2), ("times", 1),
     ("boxes", 2), ("partnership", 3), ("safeguarding", 3), ("escalation", 4), ("information", 4)],
)  # fmt: skip
def test_syllables_of_words_that_bulletins_use(word: str, count: int) -> None:
    assert syllables(word) == count


@given(st.lists(st.text(max_size=80), max_size=20))
def test_no_text_confuses_the_count(passages: list[str]) -> None:
    found = readability(passages)
    assert found is None or (5 <= found.age <= 22 and found.sentences > 0)


def test_what_herald_fills_in_is_not_counted() -> None:
    length = length_of(parse_bulletin(TEXT).value)
    assert (length.words, length.minutes) == (29, 1)
    assert (length.longest, length.longest_words) == ("Signs of Safety: what changed", 11)


async def looked_over(office: Office) -> Checked:
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        return await check_edition(uow, row)


async def test_an_edition_says_whom_it_reaches_and_which_of_its_blocks_are_empty(office: Office) -> None:
    await office.apply()
    found = await looked_over(office)
    assert found.must == ()
    words = " | ".join(each.words for each in found.look)
    assert "Nobody would get it." in words
    assert "There are no earlier editions" in words
    await office.reader("Ben Reader")
    gone = await office.reader("Cy Reader")
    async with office.store.transaction() as uow:
        await uow.people.unsubscribe(person_id=gone.id, series_id="main")
    found = await looked_over(office)
    words = " | ".join(each.words for each in found.look)
    assert "Nobody would get it." not in words
    assert "No reader has a survey waiting" in words
    assert "The list of dates is empty" not in words
    assert found.reach_in_words.startswith("It will go to 1 person.")
    assert 5_000 < found.html_bytes < 60_000
    assert found.as_json()["must"] == []
    assert "29 words, " in " ".join(found.lines)


async def test_nobody_can_approve_what_must_be_mended(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "plan.png").write_bytes(a_picture(20, 10))
    await office.apply(TEXT.replace("Welcome", "![image](plan.png)\n\nWelcome"), folder=folder)
    with pytest.raises(Refused, match="tells nothing to those who cannot see it"):
        await office.approve()
    await office.apply()
    async with office.store.transaction() as uow:
        row = await uow.bulletins.get(ID, lock=True)
        assert row is not None
        await put_beside(uow, row, await judge(uow, ID, "# half", {}), by=office.author)
    with pytest.raises(Refused, match="Ada Author has not finished a change"):
        await office.approve()
    async with office.store.transaction() as uow:
        await uow.working_texts.drop(ID)
    await office.approve()


async def test_a_last_moment_that_is_over_is_said_and_another_can_be_given(sqlite_office: Office) -> None:
    await sqlite_office.apply()
    sqlite_office.clock.move(days=4)
    assert "nothing of it leaves unless" in " | ".join((await looked_over(sqlite_office)).lines)
    await sqlite_office.approve()


async def test_large_pictures_and_late_times_are_worth_a_look(sqlite_office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    heavy = a_picture(2400, 40)
    (folder / "plan.png").write_bytes(heavy + b"\0" * 300_000)
    text = TEXT.replace("Welcome to", "![Our plan for the year](plan.png)\n\nWelcome to")
    await sqlite_office.apply(text.replace("T09:00", "T19:30"), folder=folder)
    words = " | ".join(each.words for each in (await looked_over(sqlite_office)).look)
    assert "2400 pixels wide" in words
    assert "outside Monday to Friday" in words
    sqlite_office.clock.move(days=2)
    assert "is past: it leaves as soon as" in " | ".join(each.words for each in (await looked_over(sqlite_office)).look)


async def test_the_page_of_the_edition_says_all_of_it(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.apply(TEXT.replace("[new guide]", "[here]"))
    publisher = await signed_in(sqlite_office.publisher)
    page = await publisher.open(f"/ops/bulletins/{ID}")
    assert "Before it is released" in page.text
    assert "“here” does not say where the link leads" in page.text
    assert "Too short to say how hard it reads" in page.text
    assert "KB at most" in page.text
