"""Who is reminded of a deadline, and when."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import WorkingCalendar
from bot.rules.nudge_ladder import Rung, Whom, ladder, rungs_due, snooze_problem, snoozed
from tests.rules.strategies import ENGLAND, calendars, days

FRIDAY = date(2026, 11, 20)


def plain(rungs: tuple[Rung, ...]) -> list[tuple[str, str, str]]:
    return [(rung.key, rung.on.isoformat(), "+".join(rung.whom)) for rung in rungs]


def test_a_long_deadline_is_named_from_30_days_before_until_the_executive_hears() -> None:
    assert plain(ladder(date(2027, 2, 26), FRIDAY, ENGLAND)) == [
        ("30-days-before", "2027-01-27", "owner"),
        ("10-days-before", "2027-02-12", "owner"),
        ("5-days-before", "2027-02-19", "owner"),
        ("2-days-before", "2027-02-24", "owner"),
        ("on-the-day", "2027-02-26", "owner"),
        ("1-day-over", "2027-03-01", "owner"),
        ("2-days-over", "2027-03-02", "manager"),
        ("5-days-over", "2027-03-05", "executive"),
    ]


def test_a_short_deadline_is_named_half_way_and_its_lateness_at_once_to_the_manager() -> None:
    assert plain(ladder(date(2026, 12, 4), FRIDAY, ENGLAND)) == [
        ("half-way", "2026-11-27", "owner"),
        ("2-days-before", "2026-12-02", "owner"),
        ("1-day-before", "2026-12-03", "owner"),
        ("on-the-day", "2026-12-04", "owner"),
        ("1-day-over", "2026-12-07", "owner+manager"),
    ]


def test_fifteen_working_days_are_short_and_sixteen_are_long() -> None:
    assert ladder(ENGLAND.working_day_after(FRIDAY, 15), FRIDAY, ENGLAND)[0].key == "half-way"
    assert ladder(ENGLAND.working_day_after(FRIDAY, 16), FRIDAY, ENGLAND)[-1].key == "5-days-over"


def test_rungs_past_at_creation_become_one_nudge() -> None:
    first, *rest = ladder(date(2026, 12, 15), FRIDAY, ENGLAND)  # 17 working days: 30 days before is past
    assert (first.key, first.on) == ("30-days-before", FRIDAY)
    first, *rest = ladder(date(2026, 11, 23), FRIDAY, ENGLAND)  # due on Monday
    assert (first.key, first.on, first.covers) == ("1-day-before", FRIDAY, ("2-days-before",))
    assert [rung.key for rung in rest] == ["on-the-day", "1-day-over"]


def test_a_deadline_entered_too_late_tells_owner_and_manager_once() -> None:
    (only,) = ladder(date(2026, 11, 2), FRIDAY, ENGLAND)
    assert plain((only,)) == [("1-day-over", "2026-11-20", "owner+manager")]
    assert only.overdue


def test_a_deadline_entered_on_saturday_speaks_on_monday() -> None:
    first = ladder(date(2026, 11, 24), date(2026, 11, 21), ENGLAND)[0]
    assert first.on == date(2026, 11, 23)


def test_only_a_statutory_day_is_named_on_a_sunday() -> None:
    sunday = date(2027, 2, 28)
    on_the_day = {rung.key: rung.on for rung in ladder(sunday, FRIDAY, ENGLAND)}["on-the-day"]
    assert on_the_day == date(2027, 2, 26)
    on_the_day = {rung.key: rung.on for rung in ladder(sunday, FRIDAY, ENGLAND, statutory=True)}["on-the-day"]
    assert on_the_day == sunday


@given(calendar=calendars, created=days, length=st.integers(-30, 300), statutory=st.booleans())
def test_the_ladder_climbs_on_working_days_and_ends_with_someone_above_the_owner(
    calendar: WorkingCalendar, created: date, length: int, statutory: bool
) -> None:
    due = created + timedelta(days=length)
    rungs = ladder(due, created, calendar, statutory=statutory)
    assert [rung.on for rung in rungs] == sorted(rung.on for rung in rungs)
    assert all(created <= rung.on for rung in rungs)
    assert all(calendar.is_working_day(rung.on) or (statutory and rung.on == due) for rung in rungs)
    assert len({rung.key for rung in rungs}) == len(rungs)
    assert Whom.OWNER in {whom for rung in rungs for whom in rung.whom}
    assert {Whom.MANAGER, Whom.EXECUTIVE} & set(rungs[-1].whom)
    assert all(rung.on > due or rung.covers or not rung.overdue for rung in rungs)


# What is due now


def test_nothing_is_due_before_the_first_rung() -> None:
    assert rungs_due(ladder(date(2027, 2, 26), FRIDAY, ENGLAND), FRIDAY, ()) is None


def test_a_rung_is_due_on_its_day_and_once() -> None:
    rungs = ladder(date(2027, 2, 26), FRIDAY, ENGLAND)
    nudge = rungs_due(rungs, date(2027, 1, 27), ())
    assert nudge is not None
    assert (nudge.key, nudge.whom) == ("30-days-before", (Whom.OWNER,))
    assert rungs_due(rungs, date(2027, 2, 11), nudge.keys) is None


def test_after_an_outage_one_nudge_tells_everybody_who_was_missed() -> None:
    rungs = ladder(date(2027, 2, 26), FRIDAY, ENGLAND)
    nudge = rungs_due(rungs, date(2027, 3, 3), {"30-days-before", "10-days-before"})
    assert nudge is not None
    assert nudge.keys == ("5-days-before", "2-days-before", "on-the-day", "1-day-over", "2-days-over")
    assert nudge.whom == (Whom.OWNER, Whom.MANAGER)
    assert nudge.overdue


def test_a_rung_before_one_that_was_done_is_not_caught_up() -> None:
    rungs = ladder(date(2027, 2, 26), FRIDAY, ENGLAND)
    assert rungs_due(rungs, date(2027, 2, 19), {"5-days-before"}) is None


@given(calendar=calendars, created=days, length=st.integers(0, 120), data=st.data())
def test_whatever_days_the_sweep_runs_everybody_is_told_and_nobody_twice_in_a_day(
    calendar: WorkingCalendar, created: date, length: int, data: st.DataObject
) -> None:
    due = created + timedelta(days=length)
    rungs = ladder(due, created, calendar)
    ran_on = sorted(data.draw(st.sets(st.integers(0, length + 20), max_size=30)) | {length + 30})
    done: list[str] = []
    told: set[Whom] = set()
    for offset in ran_on:
        today = created + timedelta(days=offset)
        if nudge := rungs_due(rungs, today, done):
            assert not set(nudge.keys) & set(done)
            done += nudge.keys
            told |= set(nudge.whom)
        assert rungs_due(rungs, today, done) is None
    assert told == {whom for rung in rungs for whom in rung.whom}


# Putting off


def put_off(**parts: object) -> str | None:
    usual: dict[str, object] = {
        "by_owner": True,
        "until": date(2026, 11, 25),
        "today": FRIDAY,
        "due_on": date(2026, 12, 4),
        "snoozes": 0,
        "calendar": ENGLAND,
    }
    return snooze_problem(**(usual | parts))  # type: ignore[arg-type]  # a table of variations


def test_the_owner_may_put_reminders_off_to_a_working_day_before_the_due_date() -> None:
    assert put_off() is None
    assert put_off(until=date(2026, 12, 3), snoozes=1) is None


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"by_owner": False}, "Only the owner"),
        ({"snoozes": 2}, "twice already"),
        ({"until": date(2026, 12, 4)}, "before it is due on Friday 4 December"),
        ({"until": date(2026, 11, 28)}, "Saturday 28 November is not a working day"),
        ({"until": FRIDAY}, "after today"),
        ({"today": date(2026, 12, 5)}, "overdue"),
    ],
)
def test_other_wishes_are_refused_with_a_reason(parts: dict[str, object], words: str) -> None:
    assert words in (put_off(**parts) or "")


def test_a_put_off_reminder_comes_on_the_chosen_day_and_the_rest_of_the_ladder_stands() -> None:
    rungs = ladder(date(2026, 12, 4), FRIDAY, ENGLAND)
    later = snoozed(rungs, date(2026, 12, 2))
    assert plain(later) == [
        ("put-off-until-2026-12-02", "2026-12-02", "owner"),
        ("1-day-before", "2026-12-03", "owner"),
        ("on-the-day", "2026-12-04", "owner"),
        ("1-day-over", "2026-12-07", "owner+manager"),
    ]
    assert rungs_due(later, date(2026, 12, 1), ()) is None
    assert snoozed(later, date(2026, 12, 3))[0].covers[-1] == "1-day-before"
