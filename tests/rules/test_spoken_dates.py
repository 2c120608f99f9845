"""Days in plain words, on Tuesday 24 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.spoken_dates import MONTHS, WEEKDAYS, Wish, day_in, wish_of

TODAY = date(2026, 11, 24)


def days(text: str) -> tuple[str, str, str]:
    wish = wish_of(text, today=TODAY)
    assert wish.span is not None, text
    return wish.rest, wish.span.first.isoformat(), wish.span.last.isoformat()


@pytest.mark.parametrize(
    ("said", "rest", "first", "last"),
    [
        ("signs of safety in december", "signs of safety", "2026-12-01", "2026-12-31"),
        ("December", "", "2026-12-01", "2026-12-31"),
        ("in Decmber", "", "2026-12-01", "2026-12-31"),
        ("in dec", "", "2026-12-01", "2026-12-31"),
        ("in january", "", "2027-01-01", "2027-01-31"),
        ("november", "", "2026-11-01", "2026-11-30"),
        ("in february 2028", "", "2028-02-01", "2028-02-29"),
        ("in may", "", "2027-05-01", "2027-05-31"),
        ("may", "", "2027-05-01", "2027-05-31"),
        ("thursday", "", "2026-11-26", "2026-11-26"),
        ("tuesday", "", "2026-11-24", "2026-11-24"),
        ("on Monday, please", "please", "2026-11-30", "2026-11-30"),
        ("thurdsay", "", "2026-11-26", "2026-11-26"),
        ("next thursday", "", "2026-12-03", "2026-12-03"),
        ("this thursday", "", "2026-11-26", "2026-11-26"),
        ("on sat", "", "2026-11-28", "2026-11-28"),
        ("today", "", "2026-11-24", "2026-11-24"),
        ("tomorow", "", "2026-11-25", "2026-11-25"),
        ("this week", "", "2026-11-23", "2026-11-29"),
        ("next week", "", "2026-11-30", "2026-12-06"),
        ("this month", "", "2026-11-01", "2026-11-30"),
        ("next month", "", "2026-12-01", "2026-12-31"),
        ("the 9th of december", "the", "2026-12-09", "2026-12-09"),
        ("9 december 2027", "", "2027-12-09", "2027-12-09"),
        ("december 9th", "", "2026-12-09", "2026-12-09"),
        ("9/12", "", "2026-12-09", "2026-12-09"),
        ("09.12.26", "", "2026-12-09", "2026-12-09"),
        ("9/12/2026", "", "2026-12-09", "2026-12-09"),
        ("2026-12-09", "", "2026-12-09", "2026-12-09"),
        ("23 november", "", "2027-11-23", "2027-11-23"),
        ("29 february", "", "2028-02-29", "2028-02-29"),
    ],
)
def test_days_are_found_and_taken_out(said: str, rest: str, first: str, last: str) -> None:
    assert days(said) == (rest, first, last)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "staff member",
        "remember the fridge",
        "we may need one",
        "march with us",
        "32/13",
        "levels of need",
        "999",
    ],
)
def test_what_is_no_day_is_left_alone(said: str) -> None:
    assert wish_of(said, today=TODAY) == Wish(said)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("27 March", "2027-03-27"),
        ("the 27th of march.", "2027-03-27"),
        ("on 24 November", "2026-11-24"),
        ("23/11", "2027-11-23"),
        ("in three weeks", "2026-12-15"),
        ("In 3 weeks' time", "2026-12-15"),
        ("three weeks from now", "2026-12-15"),
        ("in a fortnight", "2026-12-08"),
        ("in two months", "2027-01-24"),
        ("in 10 days", "2026-12-04"),
        ("next Tuesday", "2026-12-01"),
        ("on Friday", "2026-11-27"),
        ("by tomorrow", "2026-11-25"),
    ],
)
def test_a_whole_text_that_is_one_day(said: str, day: str) -> None:
    assert day_in(said, today=TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "next week",
        "december",
        "in a while",
        "in zero days",
        "soon",
        "31 February",
        "meet on 27 March with Jo",
        "weeks",
    ],
)
def test_a_text_that_is_more_or_less_than_one_day_is_none(said: str) -> None:
    assert day_in(said, today=TODAY) is None


def test_the_next_one_is_a_wish_of_its_own() -> None:
    assert wish_of("next signs of safety", today=TODAY) == Wish("signs of safety", soonest=True)
    assert wish_of("next", today=TODAY) == Wish("", soonest=True)


def test_december_said_in_december_is_this_one() -> None:
    wish = wish_of("in december", today=date(2026, 12, 31))
    assert wish.span is not None
    assert wish.span.first == date(2026, 12, 1)


@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)), st.sampled_from(WEEKDAYS))
def test_a_weekday_is_within_the_coming_seven_days(today: date, name: str) -> None:
    span = wish_of(f"on {name}", today=today).span
    assert span is not None
    assert today <= span.first < today + timedelta(days=7)
    assert f"{span.first:%A}".casefold() == name
    later = wish_of(f"next {name}", today=today).span
    assert later is not None
    assert later.first.isocalendar()[:2] == (today + timedelta(days=7)).isocalendar()[:2]


@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)), st.sampled_from(MONTHS))
def test_a_month_is_never_past(today: date, name: str) -> None:
    span = wish_of(f"in {name}", today=today).span
    assert span is not None
    assert span.last >= today
    assert (span.first.day, (span.last + timedelta(days=1)).day) == (1, 1)


@given(st.text(max_size=200), st.dates(date(2024, 1, 1), date(2040, 1, 1)))
def test_any_text_is_read_without_a_fault(text: str, today: date) -> None:
    wish = wish_of(text, today=today)
    assert wish.span is None or wish.span.first <= wish.span.last
    assert day_in(text, today=today) is None or isinstance(day_in(text, today=today), date)
