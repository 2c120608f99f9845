"""Six weeks, six months, twelve months: when people are asked, and figures that add up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import WorkingCalendar
from bot.rules.pledge_checkins import (
    Answer,
    Checkin,
    Stage,
    Status,
    checkin_dates,
    pledge_figures,
    silenced,
    status_on,
    wilson_interval,
)
from tests.rules.strategies import ENGLAND, calendars, days


@pytest.mark.parametrize(
    ("made_on", "dates"),
    [
        ("2026-01-05", ["2026-02-16", "2026-07-06", "2027-01-05"]),  # 5 July is a Sunday
        ("2026-08-31", ["2026-10-12", "2027-03-01", "2027-08-31"]),  # 28 February is a Sunday
        ("2026-11-13", ["2026-12-29", "2027-05-13", "2027-11-15"]),  # Christmas Day and its weekend
    ],
)
def test_the_days_of_the_three_check_ins(made_on: str, dates: list[str]) -> None:
    found = checkin_dates(date.fromisoformat(made_on), ENGLAND)
    assert [one.stage for one in found] == [Stage.W6, Stage.M6, Stage.M12]
    assert [one.due_on.isoformat() for one in found] == dates


@given(made_on=days, calendar=calendars)
def test_check_ins_are_asked_on_working_days_and_the_reminder_comes_before_the_lapse(
    made_on: date, calendar: WorkingCalendar
) -> None:
    found = checkin_dates(made_on, calendar)
    for one in found:
        assert calendar.is_working_day(one.due_on)
        assert calendar.is_working_day(one.reminder_on)
        assert one.due_on + timedelta(days=7) <= one.reminder_on
        assert one.lapses_on == one.due_on + timedelta(days=14)
    assert [one.due_on for one in found] == sorted(one.due_on for one in found)
    assert found[0].due_on >= made_on + timedelta(days=42)


def test_silence_is_waited_for_two_weeks_and_never_becomes_kept() -> None:
    first = checkin_dates(date(2026, 1, 5), ENGLAND)[0]
    day_13, day_14 = first.due_on + timedelta(days=13), first.due_on + timedelta(days=14)
    assert status_on(first.due_on, first, sent=False, replied=False) is Status.DUE
    assert status_on(day_13, first, sent=True, replied=False) is Status.SENT
    assert status_on(day_14, first, sent=True, replied=False) is Status.LAPSED
    assert status_on(day_14, first, sent=True, replied=True) is Status.REPLIED  # better late


@pytest.mark.parametrize(
    ("statuses", "quiet"),
    [
        ([], False),
        ([Status.LAPSED], False),
        ([Status.LAPSED, Status.LAPSED], True),
        ([Status.LAPSED, Status.SENT], False),
        ([Status.LAPSED, Status.REPLIED], False),
        ([Status.REPLIED, Status.LAPSED], False),
        ([Status.REPLIED, Status.LAPSED, Status.LAPSED], True),
        ([Status.LAPSED, Status.LAPSED, Status.DUE], True),
        ([Status.LAPSED, Status.REPLIED, Status.LAPSED], False),
    ],
)
def test_two_stages_without_an_answer_in_a_row_and_herald_is_quiet(statuses: list[Status], quiet: bool) -> None:
    assert silenced(statuses) is quiet


def test_answers_are_stored_under_the_names_that_reports_use() -> None:
    assert [answer.value for answer in Answer] == ["kept", "partly", "not_yet", "replaced"]


# Figures

TODAY = date(2026, 11, 20)


def a_checkin(status: Status, answer: Answer | None = None, **parts: date) -> Checkin:
    return Checkin(stage=Stage.W6, due_on=parts.pop("due_on", date(2026, 11, 2)), status=status, answer=answer, **parts)


def test_kept_is_shown_against_those_who_answered_and_against_all_who_were_asked() -> None:
    figures = pledge_figures(
        7,
        [
            a_checkin(Status.REPLIED, Answer.KEPT),
            a_checkin(Status.REPLIED, Answer.KEPT),
            a_checkin(Status.REPLIED, Answer.NOT_YET),
            a_checkin(Status.REPLIED, Answer.REPLACED),
            a_checkin(Status.LAPSED),
            a_checkin(Status.SENT),
            a_checkin(Status.DUE),
            a_checkin(Status.SKIPPED),
            a_checkin(Status.DUE, due_on=date(2026, 11, 23)),
        ],
        TODAY,
    )
    assert (figures.made, figures.due, figures.replied, figures.lapsed, figures.waiting) == (7, 7, 4, 1, 2)
    assert figures.kept_of_replied == 2 / 4
    assert figures.kept_of_due == 2 / 7


def test_shares_of_nothing_are_no_figure() -> None:
    figures = pledge_figures(3, [], TODAY)
    assert figures.kept_of_replied is None
    assert figures.kept_of_due is None


def test_who_has_left_is_not_counted_from_that_day_on() -> None:
    before, after = date(2026, 11, 1), date(2026, 11, 3)
    assert pledge_figures(1, [a_checkin(Status.SENT, left_on=before)], TODAY).due == 0
    assert pledge_figures(1, [a_checkin(Status.SENT, left_on=after)], TODAY).due == 1
    assert pledge_figures(1, [a_checkin(Status.REPLIED, Answer.KEPT, left_on=before)], TODAY).due == 1


def test_an_answered_check_in_without_an_answer_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="has an answer"):
        pledge_figures(1, [a_checkin(Status.REPLIED)], TODAY)


def with_its_answer(status: Status) -> st.SearchStrategy[Checkin]:
    answers = st.sampled_from(Answer) if status is Status.REPLIED else st.none()
    return st.builds(
        Checkin,
        stage=st.sampled_from(Stage),
        due_on=st.dates(TODAY - timedelta(days=30), TODAY + timedelta(days=30)),
        status=st.just(status),
        answer=answers,
        left_on=st.none() | st.dates(TODAY - timedelta(days=30), TODAY),
    )


@given(checkins=st.lists(st.sampled_from(Status).flatmap(with_its_answer), max_size=40), made=st.integers(0, 50))
def test_the_denominators_reconcile(checkins: list[Checkin], made: int) -> None:
    figures = pledge_figures(made, checkins, TODAY)
    assert figures.due == figures.replied + figures.lapsed + figures.waiting
    assert figures.replied == figures.kept + figures.partly + figures.not_yet + figures.replaced
    assert figures.due <= sum(one.due_on <= TODAY for one in checkins)
    if figures.kept_of_due is not None and figures.kept_of_replied is not None:
        assert 0 <= figures.kept_of_due <= figures.kept_of_replied <= 1


@given(whole=st.integers(1, 500), data=st.data())
def test_the_interval_holds_the_share(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    low, high = wilson_interval(part, whole)
    assert 0 <= low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= high <= 1
    assert low < high


def test_a_published_interval() -> None:
    """15 of 148: 6.2 % to 16.0 % by Wilson's score (Newcombe 1998, table I, method 3)."""
    assert [round(bound, 4) for bound in wilson_interval(15, 148)] == [0.0624, 0.1605]


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (-1, 5), (6, 5)])
def test_a_share_of_nothing_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        wilson_interval(part, whole)
