"""A bulletin's text as the fields of a form: split and joined, nothing lost, the place of every line known."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.files.bulletin import parse_bulletin
from bot.files.bulletin_fields import BulletinFields, NotFields, StoryFields, fields_of, placed, text_of, tidy
from bot.files.problems import FileProblems
from handlers.web.bulletin_form import where_changed
from tests.bulletins.conftest import ID, TEXT

WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Cn")), max_size=40)
LINES = st.lists(WORDS, max_size=4).map("\n".join)
SLUGS = st.sampled_from(["main", "training", "2026-12-main"])
AUDIENCES = st.dictionaries(
    st.sampled_from(["roles", "sectors", "agencies", "people"]),
    st.lists(WORDS.map(lambda text: " ".join(text.split())).filter(bool), min_size=1, max_size=3).map(tuple),
    min_size=1,
)
FIELDS = st.builds(
    BulletinFields,
    id=SLUGS,
    series=SLUGS,
    title=WORDS,
    summary=WORDS,
    send_at=st.sampled_from(["", "2026-12-01T09:00", "tomorrow", "- 3", "2026:"]),
    include=AUDIENCES,
    exclude=st.one_of(st.just({}), AUDIENCES),
    opening=LINES,
    stories=st.lists(st.builds(StoryFields, WORDS, LINES), max_size=4).map(tuple),
)


def test_the_fields_of_the_contracts_own_example() -> None:
    fields = fields_of(TEXT)
    assert (fields.id, fields.series, fields.title) == (ID, "main", "December e-bulletin")
    assert (fields.send_at, fields.not_after) == ("2026-12-01T09:00", "2026-12-03T17:00")
    assert fields.all_of_series
    assert fields.opening == "Welcome to the **December** edition."
    assert [story.title for story in fields.stories] == [
        "Signs of Safety: what changed",
        "Dates for your diary",
        "Your turn",
        "Earlier editions",
    ]
    assert fields.stories[2].text == "{{ surveys }} {{ deadlines }}\n{{ pledge p1 }}"


def test_what_did_not_change_stays_as_it_was_written() -> None:
    commented = TEXT.replace("series: main\n", "series: main          # the monthly one\n", 1)
    fields = fields_of(commented)
    assert text_of(fields, before=commented) == commented
    changed = text_of(replace(fields, opening="Hello."), before=commented)
    assert "# the monthly one" in changed
    assert "\nHello.\n\n# Signs of Safety" in changed
    retitled = text_of(replace(fields, title='A "new" one: yes'), before=commented)
    assert parse_bulletin(retitled).value.title == 'A "new" one: yes'


def test_every_line_knows_its_field() -> None:
    spaced = TEXT.replace("# Your turn\n", "# Your turn\n\n")
    where = placed(spaced)
    lines = spaced.split("\n")
    assert where.of(lines.index("series: main") + 1) == ("series", 0)
    assert where.of(lines.index("# Your turn") + 1) == ("story-3", 0)
    assert where.of(lines.index("{{ pledge p1 }}") + 1) == ("story-3", 2)
    assert where.of(1) == ("", 0)


def test_a_code_block_that_never_ends_swallows_no_story() -> None:
    fields = fields_of(TEXT.replace("- Read it", "```\n- Read it"))
    assert len(fields.stories) == 4


def test_nobody_ticked_means_nobody_and_never_everybody() -> None:
    text = text_of(replace(fields_of(TEXT), include={}, exclude={}))
    with pytest.raises(FileProblems, match="names nobody"):
        parse_bulletin(text)
    assert fields_of(TEXT.replace("audience: {series: main}", "audience: {everyone: no}")).include == {}


@pytest.mark.parametrize(
    "odd", ["x: 1", "title: [a]", "audience: everyone", "audience: {series: {a: b}}", "a: b: c", "title: a\ntitle: b"]
)
def test_front_matter_of_another_shape_is_no_form(odd: str) -> None:
    key = odd.partition(":")[0]
    kept = "\n".join(line for line in TEXT.split("\n") if not line.startswith(f"{key}:"))
    with pytest.raises(NotFields):
        fields_of(kept.replace("herald_bulletin: 1", f"herald_bulletin: 1\n{odd}", 1))


@settings(max_examples=40, deadline=None)
@given(FIELDS)
def test_what_is_typed_comes_back(fields: BulletinFields) -> None:
    text = text_of(fields)
    again = fields_of(text)
    assert again.front == tidy(fields).front
    assert fields_of(text_of(again)) == again
    assert text_of(again, before=text) == text
    typed = "".join([fields.opening, *(f"{story.title}{story.text}" for story in fields.stories)])
    kept = "".join([again.opening, *(f"{story.title}{story.text}" for story in again.stories)])
    for word in (word for word in typed.replace("#", " ").split() if word.isalnum()):
        assert word in kept


@settings(max_examples=40, deadline=None)
@given(FIELDS)
def test_a_text_that_is_right_has_the_same_stories_either_way(fields: BulletinFields) -> None:
    text = text_of(replace(fields, send_at="", title="Title", include={"roles": ("manager",)}, exclude={}))
    try:
        file = parse_bulletin(text).value
    except FileProblems:
        return
    assert len(file.stories) == len(fields_of(text).stories)


ONE, TWO, THREE = StoryFields("One", "1"), StoryFields("Two", "2"), StoryFields("Three", "3")
BEFORE = BulletinFields("x", title="T", opening="Hello", stories=(ONE, TWO, THREE))


@pytest.mark.parametrize(
    ("after", "place"),
    [
        (BEFORE, ""),
        (replace(BEFORE, stories=(ONE, replace(TWO, text="new"), THREE)), "story-2"),
        (replace(BEFORE, title="U", stories=(replace(ONE, text="new"), TWO, replace(THREE, text="new"))), "story-3"),
        (replace(BEFORE, stories=(TWO, THREE)), "story-1"),
        (replace(BEFORE, stories=(ONE, TWO)), "story-2"),
        (replace(BEFORE, title="U"), "title"),
        (replace(BEFORE, opening="Good morning"), "opening"),
        (replace(BEFORE, stories=()), ""),
    ],
)
def test_whoever_saves_goes_on_where_they_wrote(after: BulletinFields, place: str) -> None:
    assert where_changed(BEFORE, after) == place
