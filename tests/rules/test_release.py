"""Which figures may be shown: nothing under five, and nothing that the others would give away."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.release import FLOOR, publishable, publishable_total

breakdowns = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30), max_size=8)


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"police": 12, "health": 7, "schools": 20}, {"police": 12, "health": 7, "schools": 20}),
        ({"police": 12, "health": 4, "schools": 20}, {"police": None, "health": None, "schools": 20}),
        ({"police": 12, "health": 4, "schools": 3}, {"police": 12, "health": None, "schools": None}),
        ({"police": 12, "health": 1, "schools": 1}, {"police": None, "health": None, "schools": None}),
        ({"police": 12, "health": 0, "schools": 5}, {"police": 12, "health": 0, "schools": 5}),
        ({"police": 4, "health": 0}, {"police": None, "health": None}),
        ({"police": 5}, {"police": 5}),
        ({}, {}),
    ],
)
def test_small_numbers_by_example(cells: dict[str, int], shown: dict[str, int | None]) -> None:
    assert publishable(cells) == shown


def test_the_next_smallest_is_the_first_of_equals_in_the_order_of_the_file() -> None:
    assert publishable({"a": 9, "b": 6, "c": 6, "d": 1}) == {"a": 9, "b": None, "c": 6, "d": None}


@given(cells=breakdowns, floor=st.integers(-3, 12))
@example(cells={"a": 4, "b": 5}, floor=0)
def test_nothing_under_the_floor_is_shown_or_can_be_worked_out(cells: dict[str, int], floor: int) -> None:
    floor_in_force = max(floor, FLOOR)
    shown = publishable(cells, floor)
    assert shown.keys() == cells.keys()
    assert all(n is None or n == cells[value] for value, n in shown.items())
    assert all(n is None or n == 0 or n >= floor_in_force for n in shown.values())
    hidden = [value for value, n in shown.items() if n is None]
    remainder = sum(cells.values()) - sum(n for n in shown.values() if n is not None)
    if hidden and sum(cells.values()) >= floor_in_force:
        assert len(hidden) >= 2
        assert remainder >= floor_in_force


@given(cells=breakdowns)
def test_no_more_is_hidden_than_has_to_be(cells: dict[str, int]) -> None:
    if all(n == 0 or n >= FLOOR for n in cells.values()) and sum(cells.values()) >= FLOOR:
        assert publishable(cells) == cells


@given(cells=breakdowns)
def test_the_same_figures_are_always_released_alike(cells: dict[str, int]) -> None:
    assert publishable(cells) == publishable(dict(cells))


def test_a_single_figure() -> None:
    assert [publishable_total(n) for n in (0, 4, 5)] == [None, None, 5]
    assert publishable_total(9, floor=10) is None


def test_a_negative_count_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="negative"):
        publishable({"police": -1})
