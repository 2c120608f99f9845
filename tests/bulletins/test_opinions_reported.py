"""What readers thought, as the operations team reads it: nothing for fewer than five, beside the series, in words."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.opinions import Tally, beside_the_usual, most_useful, story_figures, usual_share
from digests import bulletins as sweeps
from handlers.bulletins.opinions import report_of
from handlers.bulletins.releasing import schedule
from storage.tables.bulletins import StoryOpinion
from tests.bulletins.conftest import ID, Office, SignIn
from tests.bulletins.test_opinions import TOLD
from tests.shell.herald import Installation

TALLIES = st.builds(Tally, st.integers(0, 60), st.integers(0, 60))


async def said(office: Office, bulletin_id: str, **counts: tuple[int, int]) -> None:
    """Puts tallies there as presses would have left them: story number to (useful, not useful)."""
    async with office.store.transaction() as uow:
        for story, (useful, not_useful) in counts.items():
            row = StoryOpinion(bulletin_id=bulletin_id, story=int(story[1:]), useful=useful, not_useful=not_useful)
            uow.session.add(row)


async def two_editions(office: Office) -> None:
    """November, whose stories have figures, and December with ten recipients."""
    for number in range(10):
        await office.reader(f"Reader {number}")
    await office.apply(TOLD.replace(ID, "2026-11-main").replace("December e-bulletin", "November e-bulletin"))
    await office.approve("2026-11-main")
    async with office.store.transaction() as uow:
        await schedule(uow, bulletin_id="2026-11-main")
    assert await sweeps.release(office.store) == 1
    office.clock.move(hours=1)
    await office.released(TOLD)
    await said(office, "2026-11-main", s1=(8, 2), s2=(5, 5), s3=(3, 7), s4=(2, 2))
    await said(office, ID, s1=(7, 1), s2=(5, 5), s3=(4, 0))


async def test_a_story_stands_beside_the_median_of_its_series(office: Office) -> None:
    await two_editions(office)
    async with office.store.reading() as uow:
        row = await uow.bulletins.get(ID)
        assert row is not None
        report = await report_of(uow, row)
    assert report.usual == 0.5
    shown = [(story.answered, story.useful, beside_the_usual(story.share, report.usual)) for story in report.stories]
    assert shown == [
        (8, 7, "more useful than most"),
        (10, 5, "about as useful as most"),
        (None, None, ""),
    ]
    assert [(story.bulletin_id, story.number) for story in report.best] == [
        (ID, 1),
        ("2026-11-main", 1),
        ("2026-11-main", 2),
        (ID, 2),
        ("2026-11-main", 3),
    ]


async def test_the_page_says_it_in_words_and_nothing_about_four_people(
    sqlite_office: Office, signed_in: SignIn
) -> None:
    await two_editions(sqlite_office)
    author = await signed_in(sqlite_office.author)
    page = await author.open(f"/ops/bulletins/{ID}")
    assert page.soup.find("a", href=f"/ops/bulletins/{ID}/opinions")
    page = await author.open(f"/ops/bulletins/{ID}/opinions")
    rows = [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in page.soup.select("tbody tr")
    ]
    assert rows[0] == ["Signs of Safety: what changed", "7", "1", "88 %", "8 of 10, 80 %", "more useful than most"]
    assert rows[2] == ["Your turn", "–", "–", "–", "fewer than 5", "–"]
    assert "found useful by 50 %" in page.text
    best = page.soup.select("main ol a")[0]
    assert best["href"] == f"/bulletins/{ID}#story-1"


async def test_the_command_prints_the_same(sqlite_office: Office, sqlite_url: str, tmp_path: Path) -> None:
    await two_editions(sqlite_office)
    settings = {"HERALD_DATABASE_URL": sqlite_url}
    ran = Installation(tmp_path, settings).run("bulletin", "opinions", ID)
    assert (ran.code, ran.err) == (0, "")
    assert "1. Signs of Safety: what changed: 7 useful, 1 not useful (88 % useful), more useful than most" in ran.out
    assert "3. Your turn: fewer than 5 said what they think" in ran.out
    as_data = Installation(tmp_path, settings).run("bulletin", "opinions", ID, "--json").data
    assert [story["useful"] for story in as_data["stories"]] == [7, 5, None]
    assert Installation(tmp_path, settings).run("bulletin", "opinions", "none").code == 1


async def test_who_does_not_work_with_bulletins_does_not_see_it(sqlite_office: Office, signed_in: SignIn) -> None:
    await sqlite_office.released()
    ben = await signed_in(await sqlite_office.reader("Ben Reader"))
    assert (await ben.open(f"/ops/bulletins/{ID}/opinions")).status == 403


def test_fewer_than_five_are_nobody_s_business_and_few_voices_weigh_less() -> None:
    tallies = {1: Tally(4, 0), 2: Tally(5, 0), 3: Tally(48, 2)}
    figures = story_figures(["a", "b", "c"], tallies, bulletin_id="x", edition="X", recipients=60)
    assert (figures[0].answered, figures[0].useful, figures[0].share) == (None, None, None)
    assert [story.title for story in most_useful(figures)] == ["c", "b"]
    assert usual_share(figures) is None, "two stories are too few to compare with"


@given(st.lists(TALLIES, max_size=8), st.integers(0, 100))
def test_whatever_is_shown_of_a_story_stands_on_five_people(tallies: list[Tally], recipients: int) -> None:
    figures = story_figures(
        ["t"] * len(tallies), dict(enumerate(tallies, 1)), bulletin_id="x", edition="X", recipients=recipients
    )
    for story, tally in zip(figures, tallies, strict=True):
        if tally.useful + tally.not_useful < 5:
            assert (story.answered, story.useful, story.not_useful, story.share, story.part) == (None,) * 5
        else:
            assert story.answered == tally.useful + tally.not_useful
            assert story.share is not None
            assert 0 <= story.at_least <= story.share <= 1
        assert story.part is None or 0 < story.part <= 1
