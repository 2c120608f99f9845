"""Every shipped kind of deadline, and when it comes round again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import WorkingCalendar
from bot.rules.deadline_kinds import KINDS
from bot.rules.deadlines import anchor_problem, is_overdue, next_due, parse_every, steps_for
from tests.rules.strategies import ENGLAND, calendars, days, london, utc

CONTRACT_KINDS = [
    "serious-incident-notification",
    "rapid-review",
    "practice-review",
    "learning-hub-cycle",
    "action-plan-6-months",
    "action-plan-12-months",
    "impact-review",
    "section-11",
    "self-assessment",
    "annual-report",
    "custom",
]
counted_kinds = st.sampled_from([key for key in CONTRACT_KINDS if key != "custom"])

DATES = [
    ("serious-incident-notification", "2026-12-23", {"notify": "2027-01-04"}),
    (
        "rapid-review",
        "2026-12-18",
        {"scoping": "2026-12-22", "returns": "2026-12-29", "meeting": "2027-01-11", "panel": "2027-01-13"},
    ),
    ("practice-review", "2026-08-31", {"publish": "2027-02-28"}),
    (
        "learning-hub-cycle",
        "2026-10-01",
        {
            "scoping": "2026-11-01",
            "auditing": "2026-12-01",
            "feedback": "2027-01-01",
            "board-paper": "2027-01-25",
            "recommendations": "2027-02-01",
        },
    ),
    ("action-plan-6-months", "2027-01-28", {"report": "2027-07-28"}),
    ("action-plan-12-months", "2026-01-28", {"report": "2027-01-28"}),
    ("impact-review", "2025-01-28", {"review": "2027-01-28"}),
    ("section-11", "2026-02-26", {"return": "2027-02-26"}),
    ("self-assessment", "2026-11-30", {"assess": "2027-02-28"}),
    ("annual-report", "2025-09-30", {"publish": "2026-09-30"}),
]


def test_the_contracts_kinds_are_shipped_and_no_others() -> None:
    assert list(KINDS) == CONTRACT_KINDS


@pytest.mark.parametrize(("kind", "anchor", "expected"), DATES)
def test_the_dates_of_every_kind(kind: str, anchor: str, expected: dict[str, str]) -> None:
    steps = steps_for(kind, date.fromisoformat(anchor), ENGLAND)
    assert {step.key: step.due_on.isoformat() for step in steps} == expected


def test_a_rapid_review_meeting_has_a_window_from_day_7_to_day_13() -> None:
    meeting = steps_for("rapid-review", date(2026, 12, 18), ENGLAND)[2]
    assert (meeting.window_from, meeting.due_on) == (date(2026, 12, 31), date(2027, 1, 11))


def test_a_sunday_date_is_shown_unchanged_with_the_friday_as_target() -> None:
    (step,) = steps_for("action-plan-6-months", date(2026, 8, 31), ENGLAND)
    assert (step.due_on, step.working_target) == (date(2027, 2, 28), date(2027, 2, 26))
    assert london(step.due_before) == "2027-03-01 00:00"


def test_the_last_minute_of_the_day_is_in_time_and_midnight_is_late() -> None:
    (step,) = steps_for("serious-incident-notification", date(2026, 11, 16), ENGLAND)
    assert not is_overdue(step, utc("2026-11-23 23:59"))
    assert is_overdue(step, utc("2026-11-24 00:00"))


@given(kind=counted_kinds, anchor=days, calendar=calendars)
def test_steps_come_in_order_and_after_the_anchor(kind: str, anchor: date, calendar: WorkingCalendar) -> None:
    steps = steps_for(kind, anchor, calendar)
    assert [step.due_on for step in steps] == sorted(step.due_on for step in steps)
    assert all(step.due_on > anchor for step in steps)
    assert all(anchor < step.window_from < step.due_on for step in steps if step.window_from)
    assert all(step.provisional == (step.due_on.year > 2027) for step in steps)


@given(kind=counted_kinds, anchor=days, calendar=calendars)
def test_local_closures_never_move_a_statutory_date(kind: str, anchor: date, calendar: WorkingCalendar) -> None:
    here, plain = steps_for(kind, anchor, calendar), steps_for(kind, anchor, ENGLAND)
    if KINDS[kind].statutory:
        assert [step.due_before for step in here] == [step.due_before for step in plain]


def test_an_instant_as_anchor_counts_from_its_local_date() -> None:
    late = utc("2026-07-01 00:30")  # still 30 June in UTC
    assert steps_for("rapid-review", late, ENGLAND) == steps_for("rapid-review", date(2026, 7, 1), ENGLAND)


# A date of one's own


def test_a_custom_deadline_is_due_on_its_date() -> None:
    (step,) = steps_for("custom", None, ENGLAND, due=date(2027, 2, 26), every="1y")
    assert step.due_on == date(2027, 2, 26)
    assert not step.statutory


def test_a_custom_deadline_may_count_from_an_anchor_by_its_period() -> None:
    (step,) = steps_for("custom", date(2026, 2, 26), ENGLAND, every="1y")
    assert step.due_on == date(2027, 2, 26)


def test_section_11_takes_the_date_that_the_partnership_gave() -> None:
    (step,) = steps_for("section-11", None, ENGLAND, due=date(2027, 4, 29))
    assert (step.key, step.due_on) == ("return", date(2027, 4, 29))


@pytest.mark.parametrize(
    ("kind", "anchor", "parts", "words"),
    [
        ("rapid-reviews", date(2026, 12, 18), {}, "The kinds are: .*rapid-review"),
        ("rapid-review", None, {"due": date(2027, 1, 29)}, "counted from the day the notification was sent"),
        ("serious-incident-notification", None, {"due": date(2027, 1, 29)}, "leave out due"),
        ("learning-hub-cycle", None, {"due": date(2027, 1, 29)}, "leave out due"),
        ("rapid-review", None, {}, "needs anchor, the day the notification was sent"),
        ("custom", None, {}, "needs a due date"),
        ("custom", date(2026, 12, 18), {}, "an anchor and every"),
        ("custom", None, {"due": date(2027, 2, 26), "every": "yearly"}, "Write 1y, 6m or 2w"),
    ],
)
def test_an_obligation_that_cannot_be_dated_says_what_to_write(
    kind: str, anchor: date | None, parts: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        steps_for(kind, anchor, ENGLAND, **parts)  # type: ignore[arg-type]  # a table of mistakes


def test_a_statutory_clock_cannot_start_tomorrow_but_others_may_be_planned() -> None:
    today = date(2026, 11, 20)
    assert "has not come yet" in (anchor_problem("rapid-review", today + timedelta(days=1), today) or "")
    assert anchor_problem("rapid-review", today, today) is None
    assert anchor_problem("rapid-review", today - timedelta(days=400), today) is None
    assert anchor_problem("action-plan-6-months", today + timedelta(days=60), today) is None


# Coming round again


@pytest.mark.parametrize(
    ("due", "every", "expected"),
    [
        ("2027-02-26", "1y", "2028-02-26"),
        ("2028-02-29", "1y", "2029-02-28"),
        ("2026-11-30", "3m", "2027-02-28"),
        ("2026-11-20", "2w", "2026-12-04"),
    ],
)
def test_the_next_date_of_something_that_comes_round(due: str, every: str, expected: str) -> None:
    assert next_due(date.fromisoformat(due), every) == date.fromisoformat(expected)


def test_the_31st_is_not_lost_in_february() -> None:
    first = date(2026, 1, 31)
    found = [first]
    for _ in range(3):
        found.append(next_due(found[-1], "1m", first=first))
    assert [day.isoformat() for day in found] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


@given(due=days, every=st.sampled_from(["1y", "6m", "3m", "1m", "1w", "13w"]), first=st.none() | days)
def test_the_next_date_is_always_later(due: date, every: str, first: date | None) -> None:
    assert next_due(due, every, first=first) > due


@pytest.mark.parametrize("text", ["", "1", "y", "0y", "1d", "one year", "-1y"])
def test_an_unreadable_period_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="Write 1y, 6m or 2w"):
        parse_every(text)
