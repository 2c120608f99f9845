"""Figures of escalations: what counts as in time, what is settled where, and that small numbers stay hidden."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_figures import (
    Figures,
    InTime,
    StageRun,
    Story,
    acknowledged_in_time,
    answered_in_time,
    figures,
)
from bot.rules.escalation_policy import Urgency
from bot.rules.release import FLOOR

CALENDAR = WorkingCalendar()
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = MONDAY + timedelta(days=21)
STAGES = ("practitioners", "managers", "executive")


def a_run(stage: str = "practitioners", **given: object) -> StageRun:
    """Opened on Monday at nine: four working hours to take it on, until Tuesday at five to answer."""
    values: dict[str, object] = {
        "opened_at": MONDAY,
        "acknowledge_by": MONDAY + timedelta(hours=4),
        "respond_by": MONDAY + timedelta(days=1, hours=8),
    }
    return StageRun(stage=stage, **{**values, **given})  # type: ignore[arg-type]  # fields of a dataclass by name


def a_story(*runs: StageRun, **given: object) -> Story:
    values: dict[str, object] = {
        "raising": "health",
        "other": "council",
        "kind": "delay",
        "urgency": Urgency.STANDARD,
        "stage": runs[-1].stage if runs else "practitioners",
        "place": STAGES.index(runs[-1].stage) + 1 if runs else 1,
        "raised_at": MONDAY,
        "runs": runs or (a_run(),),
    }
    return Story(**{**values, **given})  # type: ignore[arg-type]  # fields of a dataclass by name


def of(*stories: Story, exact: bool = True) -> Figures:
    return figures(stories, stages=STAGES, now=NOW, calendar=CALENDAR, exact=exact)


def test_in_time_is_before_the_moment_that_was_promised() -> None:
    by = MONDAY + timedelta(hours=4)
    assert acknowledged_in_time(a_run(acknowledged_at=by - timedelta(seconds=1)), NOW) is True
    assert acknowledged_in_time(a_run(acknowledged_at=by), NOW) is False
    assert acknowledged_in_time(a_run(), NOW) is False, "nobody took it on, and its time is over"
    assert acknowledged_in_time(a_run(), by - timedelta(seconds=1)) is None, "its time still runs"
    assert acknowledged_in_time(a_run(responded_at=MONDAY + timedelta(hours=1)), NOW) is True, "who answers has it"


def test_a_stage_that_ended_before_its_time_is_neither_early_nor_late() -> None:
    settled_soon = a_run(ended_at=MONDAY + timedelta(hours=1))
    assert answered_in_time(settled_soon, NOW) is None
    assert answered_in_time(a_run(ended_at=MONDAY + timedelta(days=2)), NOW) is False


def test_a_known_story_has_the_figures_that_one_can_count_by_hand() -> None:
    answered = MONDAY + timedelta(hours=6)
    agreed = a_story(
        a_run(acknowledged_at=MONDAY + timedelta(hours=1), responded_at=answered, ended_at=answered),
        is_open=False,
        closed_at=MONDAY + timedelta(days=1),
        learning_owed=True,
    )
    moved = a_story(
        a_run(ended_at=MONDAY + timedelta(days=2), nobody=True),
        a_run("managers", opened_at=MONDAY + timedelta(days=2), acknowledged_at=MONDAY + timedelta(days=2, hours=1)),
        urgency=Urgency.URGENT,
        raising="police",
    )
    withdrawn = a_story(is_open=False, withdrawn=True, closed_at=MONDAY + timedelta(days=3), kind="plan")
    found = of(agreed, moved, withdrawn)
    assert (found.raised, found.open, found.settled, found.withdrawn, found.urgent) == (3, 1, 1, 1, 1)
    assert found.by_raising == {"health": 2, "police": 1}
    assert found.by_kind == {"delay": 2, "plan": 1}
    assert found.early == InTime(1, 1)
    assert found.median_days == 2.0
    assert (found.nobody_reached, found.learning_owed) == (1, 1)
    first, second, last = found.stages
    assert (first.reached, first.settled, second.reached, last.reached) == (3, 1, 1, 0)
    assert first.acknowledged == InTime(1, 3)
    assert first.answered == InTime(1, 3)
    assert first.median_hours == 6.0
    assert second.acknowledged.percent == 0, "an hour after it opened, but that was after what had been promised"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["health", "police", "school"]),
            st.sampled_from(STAGES),
            st.sampled_from(["open", "settled", "withdrawn"]),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_no_small_figure_is_shown_and_none_can_be_worked_out(told: list[tuple[str, str, str, bool]]) -> None:
    stories = [
        a_story(
            a_run(stage, responded_at=MONDAY + timedelta(hours=2) if soon else None),
            raising=agency,
            is_open=how == "open",
            withdrawn=how == "withdrawn",
            closed_at=None if how == "open" else NOW,
        )
        for agency, stage, how, soon in told
    ]
    found = of(*stories, exact=False)
    total = found.raised
    partitions = [
        list(found.by_raising.values()),
        [found.open, found.settled, found.withdrawn],
        list(found.by_other.values()),
    ]
    for cells in partitions:
        shown = [n for n in cells if n is not None]
        assert all(n == 0 or n >= FLOOR for n in shown)
        if total is not None and len(shown) < len(cells):
            assert total - sum(shown) >= FLOOR
    stages = [stage.settled for stage in found.stages]
    if found.settled is None:
        assert set(stages) == {None}
        assert found.early == InTime(None, None)
    elif None in stages:
        assert found.settled - sum(n for n in stages if n is not None) >= FLOOR
    for stage in found.stages:
        for share in (stage.acknowledged, stage.answered):
            if share.of is not None and stage.reached is not None:
                assert stage.reached - share.of not in range(1, FLOOR)
            if share.kept is not None and share.of is not None:
                assert share.kept not in range(1, FLOOR)
                assert share.of - share.kept not in range(1, FLOOR)
