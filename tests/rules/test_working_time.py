"""What holds for every date by reference/booking-escalation-deadlines.md 3.2; `test_worked_dates` has its table."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import WorkingCalendar
from bot.rules.months import add_months
from bot.rules.working_time import (
    Duration,
    Unit,
    add_working_hours,
    due_at,
    months_due,
    next_sending_moment,
    parse_duration,
    service_due,
    statutory_due,
    subtract_working_hours,
    working_days_due,
    working_hours_between,
)
from tests.rules.strategies import ENGLAND, calendars, days, instants, london, utc


def test_an_early_warning_is_counted_in_working_time() -> None:
    long_day = WorkingCalendar(opens=utc("2026-11-16 08:00").time(), closes=utc("2026-11-16 18:00").time())
    due = add_working_hours(utc("2026-11-16 17:00"), 4, long_day)
    assert london(due) == "2026-11-17 11:00"
    assert london(subtract_working_hours(due, 1, long_day)) == "2026-11-17 10:00"
    assert london(subtract_working_hours(due, 3, long_day)) == "2026-11-17 08:00"
    assert london(subtract_working_hours(due, 4, long_day)) == "2026-11-16 17:00"


# Statutory and service counts


@given(calendar=calendars, anchor=instants, n=st.integers(1, 30))
def test_a_statutory_clock_ignores_the_hour_and_the_local_closures(
    calendar: WorkingCalendar, anchor: datetime, n: int
) -> None:
    found, plain = statutory_due(anchor, n, calendar), statutory_due(ENGLAND.local_date(anchor), n, ENGLAND)
    assert (found.on, found.before) == (plain.on, plain.before)
    assert calendar.is_working_day(found.working_target)


@given(calendar=calendars, anchor=instants, n=st.integers(1, 10))
def test_n_service_days_always_hold_n_full_office_days(calendar: WorkingCalendar, anchor: datetime, n: int) -> None:
    assert working_hours_between(anchor, service_due(anchor, n, calendar), calendar) >= 8 * n


@given(calendar=calendars, day=days, n=st.integers(1, 30))
def test_the_partnerships_own_clock_is_never_shorter_than_the_statutory_one(
    calendar: WorkingCalendar, day: date, n: int
) -> None:
    assert working_days_due(day, n, calendar).on >= statutory_due(day, n, calendar).on


def test_a_date_in_a_year_without_verified_holidays_is_provisional() -> None:
    assert statutory_due(date(2027, 12, 30), 5, ENGLAND).provisional
    assert not statutory_due(date(2027, 12, 20), 5, ENGLAND).provisional


# Working hours

hours = st.integers(1, 200).map(lambda quarters: quarters / 4)


@given(calendar=calendars, anchor=instants, length=hours)
def test_exactly_the_asked_working_hours_lie_before_the_due_moment(
    calendar: WorkingCalendar, anchor: datetime, length: float
) -> None:
    due = add_working_hours(anchor, length, calendar)
    assert working_hours_between(anchor, due, calendar) == pytest.approx(length)
    assert calendar.is_working_day(calendar.local_date(due))


@given(calendar=calendars, anchor=instants, length=hours)
def test_subtracting_undoes_adding(calendar: WorkingCalendar, anchor: datetime, length: float) -> None:
    due = add_working_hours(anchor, length, calendar)
    warned = subtract_working_hours(due, length, calendar)
    assert add_working_hours(warned, length, calendar) == due
    opening, closing = calendar.office_day(calendar.local_date(warned))
    assert opening <= warned < closing


@given(calendar=calendars, anchor=instants, first=hours, second=hours)
def test_working_hours_add_up(calendar: WorkingCalendar, anchor: datetime, first: float, second: float) -> None:
    in_two_steps = add_working_hours(add_working_hours(anchor, first, calendar), second, calendar)
    assert in_two_steps == add_working_hours(anchor, first + second, calendar)


@pytest.mark.parametrize(
    ("anchor", "length", "due"),
    [
        ("2026-11-20 16:00", 8, "2026-11-23 16:00"),  # Friday to Monday
        ("2026-11-20 09:00", 8, "2026-11-20 17:00"),  # one whole day ends at closing
        ("2026-11-20 17:00", 1, "2026-11-23 10:00"),  # closing time is outside the day
        ("2026-11-21 12:00", 1, "2026-11-23 10:00"),  # a Saturday
        ("2026-11-20 03:00", 1, "2026-11-20 10:00"),  # before opening
        ("2026-11-20 12:00", 0, "2026-11-20 12:00"),
        ("2026-11-20 17:00", 0, "2026-11-23 09:00"),
    ],
)
def test_working_hours_by_example(anchor: str, length: float, due: str) -> None:
    assert london(add_working_hours(utc(anchor), length, ENGLAND)) == due


def test_a_bound_at_night_is_warned_of_in_the_last_office_hours() -> None:
    assert london(subtract_working_hours(utc("2026-11-22 23:00"), 2, ENGLAND)) == "2026-11-20 15:00"


@pytest.mark.parametrize("length", [-1, -0.25])
def test_negative_working_hours_are_refused(length: float) -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_hours(utc("2026-11-20 12:00"), length, ENGLAND)


def test_a_warning_at_the_very_moment_is_no_warning() -> None:
    with pytest.raises(ValueError, match="before the moment"):
        subtract_working_hours(utc("2026-11-20 12:00"), 0, ENGLAND)


# Months


@given(day=days, months=st.integers(0, 36))
def test_months_keep_the_day_or_clamp_to_the_end(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


def test_a_leap_day_and_twelve_months_is_the_28th() -> None:
    assert add_months(date(2028, 2, 29), 12) == date(2029, 2, 28)


@given(day=days, months=st.integers(1, 24))
def test_the_working_target_is_never_after_the_date(day: date, months: int) -> None:
    found = months_due(day, months, ENGLAND)
    assert found.working_target <= found.on
    assert ENGLAND.is_working_day(found.working_target)
    assert ENGLAND.working_days_between(found.working_target, found.on) == 0


# Durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("4h", Duration(4, Unit.WORKING_HOURS)),
        ("2d", Duration(2, Unit.WORKING_DAYS)),
        (" 24H elapsed ", Duration(24, Unit.ELAPSED_HOURS)),
    ],
)
def test_durations_are_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "4", "h", "4 weeks", "1.5h", "4h 2d", "2d elapsed", "٤h hours", "4m", "9999999h"])
def test_an_unreadable_duration_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="Write working hours as 4h"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0h", "-3h", "0d", "0h elapsed"])
def test_a_duration_of_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at least 1h"):
        parse_duration(text)


def test_a_duration_can_be_said() -> None:
    assert [str(parse_duration(text)) for text in ("1h", "2d", "24h elapsed")] == [
        "1 working hour",
        "2 working days",
        "24 hours",
    ]


@given(anchor=instants, amount=st.integers(1, 20))
def test_urgent_means_nights_and_weekends_count(anchor: datetime, amount: int) -> None:
    four_hours = Duration(amount, Unit.WORKING_HOURS)
    assert due_at(anchor, four_hours, ENGLAND, urgent=True) == anchor + timedelta(hours=amount)
    assert due_at(anchor, four_hours, ENGLAND) >= anchor + timedelta(hours=amount)


def test_a_duration_of_no_time_never_becomes_a_clock() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        due_at(datetime(2026, 11, 20, tzinfo=UTC), Duration(0, Unit.WORKING_HOURS), ENGLAND)


# Sending hours


@given(calendar=calendars, now=instants)
def test_reminders_leave_on_working_days_between_eight_and_six(calendar: WorkingCalendar, now: datetime) -> None:
    moment = next_sending_moment(now, calendar)
    local = calendar.local(moment)
    assert moment >= now
    assert calendar.is_working_day(local.date())
    assert 8 <= local.hour < 18
    assert next_sending_moment(moment, calendar) == moment


@given(day=days, minutes=st.integers(0, 10 * 60 - 1))
def test_nothing_waits_that_may_leave_now(day: date, minutes: int) -> None:
    now = ENGLAND.at_local(ENGLAND.working_day_on_or_after(day), time(8)) + timedelta(minutes=minutes)
    assert next_sending_moment(now, ENGLAND) == now


def test_friday_evening_waits_for_monday_morning() -> None:
    assert london(next_sending_moment(utc("2026-11-20 18:00"), ENGLAND)) == "2026-11-23 08:00"
