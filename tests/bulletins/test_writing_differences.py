"""What differs: from the last edition, and from what was approved."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.files.bulletin_fields import BulletinFields, StoryFields, fields_of
from digests import bulletins as sweeps
from handlers.bulletins.comparing import Fate, Piece, compare, words_between
from handlers.bulletins.releasing import schedule
from tests.bulletins.conftest import ID, TEXT, Office, SignIn

NEXT = "2027-01-main"
TITLES = st.text(alphabet="abc ", max_size=6)
STORIES = st.lists(st.builds(StoryFields, TITLES, st.text(alphabet="xyz \n", max_size=60)), max_size=6).map(tuple)


def edition(*stories: StoryFields) -> BulletinFields:
    return BulletinFields("x", stories=stories)


def fates(old: BulletinFields, new: BulletinFields) -> list[tuple[str, str]]:
    return [(story.title, story.fate.value) for story in compare(old, new).stories]


def test_stories_are_new_changed_moved_the_same_or_gone() -> None:
    now, dates, end = (
        StoryFields("Where we are", "A b c."),
        StoryFields("Dates", "{{ briefings }}"),
        StoryFields("End", "Bye."),
    )
    assert fates(edition(now, dates, end), edition(now, dates, end)) == [
        ("Where we are", "same"),
        ("Dates", "same"),
        ("End", "same"),
    ]
    changed, new = replace(now, text="A b d."), StoryFields("A pledge", "Make one.")
    assert fates(edition(now, dates, end), edition(changed, new, dates)) == [
        ("Where we are", "changed"),
        ("A pledge", "new"),
        ("Dates", "same"),
        ("End", "gone"),
    ]
    assert ("End", "moved") in fates(edition(now, dates, end), edition(end, now, dates))
    [renamed] = compare(edition(now), edition(StoryFields("Where we are now", "A b c."))).stories
    assert (renamed.fate, renamed.was_called) == (Fate.CHANGED, "Where we are")


def test_changed_words_are_marked_word_by_word() -> None:
    found = words_between("Come on Tuesday at nine.", "Come on Wednesday at nine.")
    assert [(each.piece.value, each.text) for each in found] == [
        ("same", "Come on "),
        ("out", "Tuesday"),
        ("in", "Wednesday"),
        ("same", " at nine."),
    ]


def test_texts_of_any_size_are_compared_in_time() -> None:
    found = words_between("a b " * 2_000, "c d " * 2_000)
    assert [each.piece for each in found] == [Piece.OUT, Piece.IN]


@given(STORIES, STORIES)
def test_no_word_of_either_text_is_forgotten(old: tuple[StoryFields, ...], new: tuple[StoryFields, ...]) -> None:
    found = compare(edition(*old), edition(*new))
    assert found.none is (old == new)
    shown = [story.title for story in found.stories if story.fate is not Fate.GONE]
    assert shown == [story.title for story in new]
    assert len(found.stories) == len(new) + found.count("gone")
    for before, after in zip(old, new, strict=False):
        words = words_between(before.text, after.text)
        assert "".join(each.text for each in words if each.piece is not Piece.OUT) == after.text
        assert "".join(each.text for each in words if each.piece is not Piece.IN) == before.text


def test_fields_above_the_text_are_compared_too() -> None:
    old = fields_of(TEXT)
    new = fields_of(TEXT.replace("{series: main}", "{sectors: health}").replace("December e", "January e"))
    assert compare(old, new).fields == (
        ("Title", "December e-bulletin", "January e-bulletin"),
        ("Who gets it", "series: main", "sectors: health"),
    )


async def test_the_page_compares_with_the_last_edition_and_with_what_was_approved(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    office = sqlite_office
    await office.reader("Ben Reader")
    publisher = await signed_in(office.publisher)
    await office.apply()
    page = await publisher.open(f"/ops/bulletins/{ID}/differences")
    assert "Nobody has approved this edition yet." in page.text
    assert "No edition of this series has gone out before it." in page.text
    await office.approve()
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id=ID)
    assert await sweeps.release(office.store) == 1
    january = TEXT.replace(ID, NEXT).replace("December", "January").replace("- Read it", "- Study it")
    await office.apply(january)
    await office.approve(NEXT)
    await office.apply(january.replace("- Talk about it", "- Talk it over"))
    page = await publisher.open(f"/ops/bulletins/{NEXT}/differences")
    assert "From the last edition: December e-bulletin" in page.text
    approved, last = (str(part) for part in page.response.text.split("From the last edition"))
    assert "added: </span>Study<" not in approved
    assert "taken out: </span>about<" in approved
    assert "taken out: </span>Read<" in last
    assert "added: </span>Study<" in last
