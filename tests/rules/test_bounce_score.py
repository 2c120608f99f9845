"""When an address has bounced too often: three editions refused, half a year of a full mailbox, never one bad week."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.bounce_score import (
    STALE_AFTER,
    Score,
    Weight,
    after_arrivals,
    after_bounce,
    code_in_words,
    weight_of,
    worn_out,
)

MONDAY = date(2026, 11, 2)
WEIGHTS = st.sampled_from(list(Weight))
GAPS = st.integers(0, 130)


def monthly(weight: Weight, times: int, *, arrived: int = 0) -> Score | None:
    """The score after so many editions that came back, a month apart."""
    score = None
    for month in range(times):
        score = after_bounce(score, weight, on=MONDAY + timedelta(days=31 * month), arrived=arrived)
    return score


def test_three_monthly_bulletins_refused_are_enough_and_two_are_not() -> None:
    assert not worn_out(monthly(Weight.HARD, 2))
    assert worn_out(monthly(Weight.HARD, 3))


def test_a_mailbox_that_is_full_for_half_a_year_is_given_up() -> None:
    assert not worn_out(monthly(Weight.SOFT, 5))
    assert worn_out(monthly(Weight.SOFT, 6))


def test_a_month_without_a_bulletin_does_not_wipe_the_slate() -> None:
    first = after_bounce(None, Weight.HARD, on=date(2026, 7, 1))
    assert after_bounce(first, Weight.HARD, on=date(2026, 9, 1)) == Score(2.0, date(2026, 9, 1))


def test_a_bounce_after_a_long_silence_begins_anew() -> None:
    old = Score(2.5, MONDAY)
    on = MONDAY + STALE_AFTER + timedelta(days=1)
    assert after_bounce(old, Weight.SOFT, on=on) == Score(0.5, on)


def test_what_arrives_in_between_takes_off_as_much_as_a_hard_bounce_gives() -> None:
    assert not worn_out(monthly(Weight.HARD, 100, arrived=1))
    assert after_arrivals(Score(1.5, MONDAY), 1) == Score(0.5, MONDAY)
    assert after_arrivals(Score(1.0, MONDAY), 1) is None


@pytest.mark.parametrize("status", ["5.7.1", "5.7.26", "5.7.515", "4.7.0", "5.3.4", "5.6.1", "5.1.8", "5.5.4", "5.2.3"])
def test_what_is_our_own_fault_is_never_held_against_an_address(status: str) -> None:
    assert weight_of(status, permanent=True) is Weight.OURS
    assert after_bounce(Score(2.0, MONDAY), Weight.OURS, on=MONDAY + timedelta(days=5)) == Score(2.0, MONDAY)


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
def test_an_address_is_gone_only_if_the_report_is_about_it(status: str) -> None:
    assert weight_of(status, permanent=True) is Weight.GONE
    assert weight_of(status, permanent=True, names_us=False) is Weight.HARD


@pytest.mark.parametrize(
    ("status", "permanent", "weight"),
    [
        ("5.2.2", True, Weight.SOFT),
        ("4.2.2", False, Weight.SOFT),
        ("4.4.7", None, Weight.SOFT),
        ("5.4.7", True, Weight.SOFT),
        ("5.2.1", True, Weight.HARD),
        ("5.4.1", True, Weight.HARD),
        ("5.0.0", True, Weight.HARD),
        ("", True, Weight.HARD),
        ("", None, Weight.SOFT),
    ],
)
def test_what_a_code_weighs(status: str, permanent: bool | None, weight: Weight) -> None:
    assert weight_of(status, permanent=permanent) is weight


@given(st.lists(st.tuples(GAPS, WEIGHTS, st.integers(0, 3))))
def test_a_score_is_never_negative_and_grows_by_one_a_day_at_most(bounces: list[tuple[int, Weight, int]]) -> None:
    score, today = None, MONDAY
    days: dict[date, float] = {}
    for gap, weight, arrived in bounces:
        today += timedelta(days=gap)
        before = score.points if score else 0.0
        score = after_bounce(score, weight, on=today, arrived=arrived)
        after = score.points if score else 0.0
        days[today] = days.get(today, 0.0) + max(0.0, after - before)
        assert after >= 0
        assert score is None or score.bounced_on <= today
    assert all(grown <= 1.0 for grown in days.values())


@given(st.lists(st.tuples(st.integers(1, 100), st.sampled_from([Weight.OURS, Weight.NOTHING, Weight.GONE]))))
def test_what_weighs_nothing_never_wears_an_address_out(bounces: list[tuple[int, Weight]]) -> None:
    score: Score | None = Score(2.5, MONDAY)
    today = MONDAY
    for gap, weight in bounces:
        today += timedelta(days=gap)
        score = after_bounce(score, weight, on=today)
    assert not worn_out(score)


@given(st.text(max_size=12), st.sampled_from([True, False, None]), st.booleans())
def test_every_code_has_a_weight_and_words(status: str, permanent: bool | None, names_us: bool) -> None:
    assert weight_of(status, permanent=permanent, names_us=names_us) in Weight
    assert code_in_words(status)


def test_a_code_is_said_in_plain_words() -> None:
    assert code_in_words("5.1.1") == "the mailbox does not exist"
    assert code_in_words("4.2.2") == code_in_words("5.2.2") == "the mailbox is full"
    assert code_in_words("5.7.606") == "their mail server does not let our mail in"
    assert code_in_words("") == code_in_words("2.0.0") == "their mail server did not say why"
