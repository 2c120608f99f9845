"""What may change once people were asked, and what is written down about it."""

import pytest
from sqlalchemy import select

from bot.files.problems import FileProblems
from handlers.files import apply_file
from storage.tables.audit import AuditEntry
from storage.unit_of_work import Store
from tests.surveys.asking import SURVEY, a_register, answered, applied, opened


async def again(store: Store, text: str, *, minor: bool = False) -> list[str]:
    """The outcome, or what is wrong: `line:column code`."""
    try:
        async with store.transaction() as uow:
            return [one.outcome for one in await apply_file(uow, name="a.yaml", text=text, minor=minor)]
    except FileProblems as wrong:
        return [f"{problem.line}:{problem.column} {problem.code}" for problem in wrong.problems]


async def replied(store: Store) -> None:
    people = await a_register(store, 2)
    await opened(store)
    await answered(store, people[:1])


async def test_the_privacy_block_is_fixed_from_the_opening_on(store: Store) -> None:
    await a_register(store, 1)
    await opened(store)
    line = SURVEY[: SURVEY.index("privacy:")].count("\n") + 1
    assert await again(store, SURVEY.replace("replies: 365", "replies: 30")) == [f"{line}:1 E307"]


async def test_after_the_first_reply_only_the_close_and_the_reminders_move(store: Store) -> None:
    await replied(store)
    later = SURVEY.replace("2026-12-11T17:00", "2026-12-18T17:00")
    assert await again(store, later.replace("[3, 7]", "[5]")) == ["changed"]
    line = SURVEY[: SURVEY.index("  closes:")].count("\n") + 1
    assert await again(store, SURVEY) == [f"{line}:3 E308"], "never earlier than people were told"
    assert await again(store, later.replace("grace_minutes: 60", "grace_minutes: 5")) == [f"{line + 1}:3 E308"]


async def test_spelling_is_mended_with_minor_and_the_old_text_is_kept(store: Store) -> None:
    await replied(store)
    mended = SURVEY.replace("I work with families", "I work with familes")
    assert (await again(store, mended))[0].endswith("E308")
    assert await again(store, mended, minor=True) == ["changed"]
    async with store.engines.reading() as session:
        entries = (await session.execute(select(AuditEntry).where(AuditEntry.action == "survey.changed"))).scalars()
        detail = entries.one().detail
    assert detail["reworded"] == [
        {"where": "frontline label", "language": "en", "before": "I work with families", "after": "I work with familes"}
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("What helps?", "Whom do you fear?", "more than spelling"),
        ("value: team", "value: crew", "an id of its own"),
        ("max: 60", "max: 50", "an id of its own"),
    ],
)
async def test_minor_is_for_spelling_alone(store: Store, old: str, new: str, says: str) -> None:
    await replied(store)
    with pytest.raises(FileProblems, match=says):
        async with store.transaction() as uow:
            await apply_file(uow, name="a.yaml", text=SURVEY.replace(old, new), minor=True)


async def advice(store: Store) -> list[tuple[str, str, str]]:
    """What is advised: the code, where it points, what it says."""
    async with store.transaction() as uow:
        (one,) = await apply_file(uow, name="a.yaml", text=SURVEY)
    lines = SURVEY.splitlines()
    return [(each.code, lines[each.line - 1][each.column - 1 :][:6], each.message) for each in one.problems]


async def test_a_breakdown_of_few_people_is_advised_against(store: Store) -> None:
    await a_register(store, 8, agencies=("northmere-police", "northmere-health"))
    assert [(code, place) for code, place, _ in await advice(store)] == [("W211", "agency"), ("W211", "role, ")]


async def test_groups_that_will_be_hidden_are_named(store: Store) -> None:
    await a_register(store, 20, agencies=(*["northmere-police"] * 19, "hilltop-school"))
    ((code, place, said),) = await advice(store)
    assert (code, place) == ("W210", "agency")
    assert "Hilltop School" in said
    assert await applied(store) == ["unchanged"]
