"""Which days are worked in England, and what the local clock means in UTC."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import LAST_VERIFIED_YEAR, WorkingCalendar, public_holidays
from tests.rules.strategies import ENGLAND, calendars, days, instants, utc

# As published by the government for England and Wales, substitute days included, weekends left out.
PROCLAIMED = {
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}


@pytest.mark.parametrize("year", range(2024, LAST_VERIFIED_YEAR + 1))
def test_the_library_agrees_with_the_published_bank_holidays(year: int) -> None:
    published = {date.fromisoformat(f"{year}-{day}") for day in PROCLAIMED[year].split()}
    assert {day for day in public_holidays("GB", "ENG", year) if day.weekday() < 5} == published


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-04-06", False),  # Easter Monday, missing without the subdivision
        ("2026-08-31", False),  # the August holiday, likewise
        ("2026-12-28", False),  # the substitute for Boxing Day on a Saturday
        ("2026-12-24", True),
        ("2026-11-21", False),  # a Saturday
        ("2020-05-08", False),  # moved from Monday 4 May 2020
        ("2020-05-04", True),
        ("2022-06-02", False),  # moved from 30 May 2022
        ("2022-05-30", True),
    ],
)
def test_england_works_on_its_own_days(day: str, worked: bool) -> None:
    assert ENGLAND.is_working_day(date.fromisoformat(day)) is worked


def test_a_local_closure_is_no_working_day_but_never_lengthens_a_statutory_clock() -> None:
    moving_day = date(2026, 11, 25)
    calendar = WorkingCalendar(closures=frozenset({moving_day}))
    assert not calendar.is_working_day(moving_day)
    assert calendar.statutory.is_working_day(moving_day)
    assert calendar.statutory.working_day_after(date(2026, 11, 24), 1) == moving_day


def test_a_bank_holiday_proclaimed_after_the_release_counts_in_every_clock() -> None:
    coronation_like = date(2027, 5, 10)
    calendar = WorkingCalendar(proclaimed=frozenset({coronation_like}))
    assert not calendar.statutory.is_working_day(coronation_like)


def test_beyond_the_verified_years_a_day_is_provisional() -> None:
    assert not ENGLAND.provisional(date(LAST_VERIFIED_YEAR, 12, 31))
    assert ENGLAND.provisional(date(LAST_VERIFIED_YEAR + 1, 1, 1))


@given(calendar=calendars, day=days, n=st.integers(1, 40))
def test_the_nth_working_day_has_exactly_n_working_days_behind_it(calendar: WorkingCalendar, day: date, n: int) -> None:
    due = calendar.working_day_after(day, n)
    assert calendar.is_working_day(due)
    assert calendar.working_days_between(day, due) == n


@given(calendar=calendars, day=days, n=st.integers(1, 40))
def test_counting_back_from_the_nth_working_day_returns_to_the_start(
    calendar: WorkingCalendar, day: date, n: int
) -> None:
    start = calendar.working_day_on_or_after(day)
    assert calendar.working_day_before(calendar.working_day_after(start, n), n) == start


@given(calendar=calendars, day=days)
def test_the_neighbouring_working_days_have_none_between_them(calendar: WorkingCalendar, day: date) -> None:
    before, after = calendar.previous_working_day(day), calendar.next_working_day(day)
    assert before < day < after
    assert calendar.working_days_between(before, after) == 1 + calendar.is_working_day(day)


def test_a_count_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="starts at 1"):
        ENGLAND.working_day_after(date(2026, 11, 20), 0)


# The local clock


@given(instant=instants)
def test_an_instant_survives_the_way_through_local_time_except_in_the_repeated_hour(instant: datetime) -> None:
    local = ENGLAND.local(instant)
    back = ENGLAND.at_local(local.date(), local.time())
    assert back == (instant - timedelta(hours=1) if local.fold else instant)


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2026-03-29", "01:30", "2026-03-29T01:00"),  # skipped in spring: 02:00 BST, the first minute that exists
        ("2026-03-29", "00:59", "2026-03-29T00:59"),
        ("2026-10-25", "01:30", "2026-10-25T00:30"),  # twice in autumn: the first time, still BST
        ("2026-07-01", "09:00", "2026-07-01T08:00"),
        ("2026-12-01", "09:00", "2026-12-01T09:00"),
    ],
)
def test_local_times_around_the_changes_of_the_clock(day: str, clock: str, expected: str) -> None:
    found = ENGLAND.at_local(date.fromisoformat(day), time.fromisoformat(clock))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_the_day_of_the_spring_change_has_23_hours_and_that_of_the_autumn_change_25() -> None:
    for day, hours in [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 20), 24)]:
        assert ENGLAND.end_of(day) - ENGLAND.start_of(day) == timedelta(hours=hours)


def test_a_zone_that_changes_at_midnight_still_has_a_beginning_of_the_day() -> None:
    beirut = WorkingCalendar(timezone="Asia/Beirut", country="LB", subdivision=None)
    assert beirut.local(beirut.start_of(date(2026, 3, 29))).time() == time(1)


def test_day_zero_is_the_local_date_even_when_utc_is_still_on_the_day_before() -> None:
    assert ENGLAND.local_date(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == date(2026, 7, 2)
    assert ENGLAND.local_date(date(2026, 7, 1)) == date(2026, 7, 1)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        ENGLAND.local(datetime(2026, 7, 1, 9))  # noqa: DTZ001 - the mistake under test


def test_the_office_day_is_half_open() -> None:
    assert ENGLAND.office_day(date(2026, 11, 20)) == (utc("2026-11-20 09:00"), utc("2026-11-20 17:00"))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"timezone": "Europe/Londinium"}, "Write one such as Europe/London"),
        ({"timezone": "Europe"}, "Write one such as Europe/London"),
        ({"timezone": "../etc/passwd"}, "Write one such as Europe/London"),
        ({"country": "XX"}, "For England write country: GB"),
        ({"subdivision": "NOWHERE"}, "For England write country: GB"),
        ({"opens": time(17), "closes": time(9)}, "open before it closes"),
    ],
)
def test_a_calendar_that_cannot_work_says_what_to_write(parts: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WorkingCalendar(**parts)  # type: ignore[arg-type]  # the wrong values are the point
