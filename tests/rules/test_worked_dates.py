"""The worked dates of reference/booking-escalation-deadlines.md 3.2, row by row, each by the rule that Herald uses."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import NamedTuple

import pytest

from bot.rules.escalation_policy import Stage, Urgency, Who, clock_for
from bot.rules.working_time import (
    add_working_hours,
    due_at,
    months_due,
    parse_duration,
    service_due,
    statutory_due,
)
from tests.rules.strategies import ENGLAND, london, utc

Rule = Callable[[datetime], str]


class Worked(NamedTuple):
    """A row of the table: from when, by which rule, until when. Local times of London."""

    anchor: str
    rule: Rule
    due: str


def statutory(days: int) -> Rule:
    """The day shown, and the first moment that is too late: midnight after it."""

    def rule(anchor: datetime) -> str:
        due = statutory_due(anchor, days, ENGLAND)
        assert not due.provisional
        assert due.working_target == due.on
        return f"{due.on:%a %d %b %Y} before {london(due.before)}"

    return rule


def service(days: int) -> Rule:
    return lambda anchor: london(service_due(anchor, days, ENGLAND))


def working_hours(hours: int) -> Rule:
    return lambda anchor: london(add_working_hours(anchor, hours, ENGLAND))


def elapsed(text: str) -> Rule:
    return lambda anchor: london(due_at(anchor, parse_duration(text).elapsed(), ENGLAND))


def months(number: int) -> Rule:
    def rule(anchor: datetime) -> str:
        due = months_due(ENGLAND.local_date(anchor), number, ENGLAND)
        return f"{due.on:%a %d %b %Y}, working target {due.working_target:%a %d %b}"

    return rule


def stage_one(urgency: Urgency) -> Rule:
    """As an escalation's first stage has it: when to acknowledge, when to answer."""
    hours = parse_duration("4h")
    stage = Stage(
        id="one",
        label="One",
        who=Who.PRACTITIONER,
        acknowledge=hours,
        respond=parse_duration("1d"),
        urgent=hours.elapsed(),
    )

    def rule(anchor: datetime) -> str:
        clock = clock_for(stage, urgency, anchor, ENGLAND)
        return f"{london(clock.acknowledge_by)}, {london(clock.respond_by)}"

    return rule


EASTER = "Mon 13 Apr 2026 before 2026-04-14 00:00"
REVIEW = "Wed 13 Jan 2027 before 2027-01-14 00:00"

TABLE = [
    Worked("2026-12-23 09:00", statutory(5), "Mon 04 Jan 2027 before 2027-01-05 00:00"),
    Worked("2026-12-23 23:59", statutory(5), "Mon 04 Jan 2027 before 2027-01-05 00:00"),
    Worked("2026-12-18 09:00", statutory(15), REVIEW),
    Worked("2026-12-18 09:00", statutory(2), "Tue 22 Dec 2026 before 2026-12-23 00:00"),
    Worked("2026-12-18 09:00", statutory(5), "Tue 29 Dec 2026 before 2026-12-30 00:00"),
    Worked("2026-12-18 09:00", statutory(7), "Thu 31 Dec 2026 before 2027-01-01 00:00"),
    Worked("2026-12-18 09:00", statutory(13), "Mon 11 Jan 2027 before 2027-01-12 00:00"),
    Worked("2026-12-19 09:00", statutory(15), REVIEW),
    Worked("2026-04-02 09:00", statutory(5), EASTER),
    Worked("2026-04-02 23:30", statutory(5), EASTER),  # summer time: still Thursday in London
    Worked("2027-03-23 09:00", statutory(15), "Thu 15 Apr 2027 before 2027-04-16 00:00"),
    Worked("2026-05-01 17:30", service(1), "2026-05-05 17:00"),
    Worked("2026-05-02 12:00", service(1), "2026-05-05 17:00"),  # rule 3: a Saturday anchor the same
    Worked("2026-05-01 17:30", working_hours(4), "2026-05-05 13:00"),
    Worked("2026-05-01 17:30", stage_one(Urgency.STANDARD), "2026-05-05 13:00, 2026-05-05 17:00"),
    Worked("2026-05-01 17:30", stage_one(Urgency.URGENT), "2026-05-01 19:30, 2026-05-01 21:30"),
    Worked("2026-08-31 09:00", months(6), "Sun 28 Feb 2027, working target Fri 26 Feb"),
    Worked("2026-10-24 18:00", elapsed("24h"), "2026-10-25 17:00"),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.anchor} -> {row.due}")
def test_a_worked_date_of_the_reference(row: Worked) -> None:
    assert row.rule(utc(row.anchor)) == row.due


def test_a_local_time_that_does_not_exist_or_comes_twice() -> None:
    """Rule 7: 01:30 on 29 March 2026 is no time in London, 01:30 on 25 October comes twice and means the first."""
    gap = ENGLAND.at_local(date(2026, 3, 29), time(1, 30))
    twice = ENGLAND.at_local(date(2026, 10, 25), time(1, 30))
    assert london(gap) == "2026-03-29 02:00"
    assert twice.hour == 0, "summer time still: half past midnight UTC"
