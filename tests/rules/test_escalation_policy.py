"""The stage table of a partnership: what is wrong with it, and the clocks it sets."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_policy import (
    EscalationPolicy,
    Stage,
    Urgency,
    Who,
    clock_for,
    contact_clock,
    extension_limit,
    learning_note_due,
    levels_up,
    live_problem,
    may_reopen,
    next_stage,
    policy_problems,
    reminder_at,
    skip_problem,
    warning_at,
)
from bot.rules.working_time import Duration, Unit, parse_duration
from tests.rules.strategies import ENGLAND, calendars, instants, london, utc


def a_stage(stage_id: str, who: Who, times: str, *, final: bool = False) -> Stage:
    acknowledge, respond, urgent = (parse_duration(part) for part in times.split())
    return Stage(
        id=stage_id,
        label=stage_id.title(),
        who=who,
        acknowledge=acknowledge,
        respond=respond,
        urgent=urgent,
        final=final,
    )


PRACTITIONERS = a_stage("practitioners", Who.PRACTITIONER, "4h 1d 4h")
MANAGERS = a_stage("managers", Who.MANAGER, "4h 2d 4h")
EXECUTIVE = a_stage("executive", Who.EXECUTIVE, "1d 5d 24h", final=True)
POLICY = EscalationPolicy(
    version="2026-1",
    stages=(PRACTITIONERS, MANAGERS, EXECUTIVE),
    approved_by="Partnership Executive",
    approved_on=date(2026, 9, 1),
)


def test_the_contracts_policy_can_be_used() -> None:
    assert policy_problems(POLICY) == ()
    assert live_problem(POLICY) is None


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ((), "no stages"),
        ((PRACTITIONERS, MANAGERS), "No stage is the final one"),
        ((PRACTITIONERS, PRACTITIONERS, EXECUTIVE), '"practitioners" comes twice'),
        ((EXECUTIVE, MANAGERS), '"managers" can never be reached'),
        ((PRACTITIONERS, replace(MANAGERS, final=True), EXECUTIVE), '"executive" can never be reached'),
        ((replace(MANAGERS, urgent=Duration(0, Unit.WORKING_HOURS)), EXECUTIVE), "leaves no time: urgent is 0"),
        ((replace(MANAGERS, respond=Duration(-1, Unit.WORKING_DAYS)), EXECUTIVE), "leaves no time: respond is -1"),
        ((replace(MANAGERS, acknowledge=parse_duration("3d")), EXECUTIVE), "before an acknowledgement"),
    ],
)
def test_a_policy_that_cannot_work_says_what_to_write(stages: tuple[Stage, ...], words: str) -> None:
    assert any(words in problem for problem in policy_problems(replace(POLICY, stages=stages)))


def test_all_mistakes_are_listed_at_once() -> None:
    stages = (replace(MANAGERS, urgent=Duration(0, Unit.WORKING_HOURS)), MANAGERS)
    assert len(policy_problems(replace(POLICY, stages=stages))) == 3


@pytest.mark.parametrize("missing", [{"approved_by": None}, {"approved_on": None}, {"approved_by": ""}])
def test_a_policy_without_approval_is_an_example(missing: dict[str, Any]) -> None:
    assert "approved_by and approved_on" in (live_problem(replace(POLICY, **missing)) or "")


# Clocks


@pytest.mark.parametrize(
    ("stage", "urgency", "opened", "acknowledge_by", "respond_by"),
    [
        (PRACTITIONERS, Urgency.STANDARD, "2026-05-01 17:30", "2026-05-05 13:00", "2026-05-05 17:00"),
        (MANAGERS, Urgency.STANDARD, "2026-11-20 10:00", "2026-11-20 14:00", "2026-11-24 17:00"),
        (EXECUTIVE, Urgency.STANDARD, "2026-12-23 10:00", "2026-12-24 17:00", "2027-01-04 17:00"),
        (MANAGERS, Urgency.URGENT, "2026-11-21 23:00", "2026-11-22 01:00", "2026-11-22 03:00"),
        (EXECUTIVE, Urgency.URGENT, "2026-10-24 18:00", "2026-10-25 05:00", "2026-10-25 17:00"),
    ],
)
def test_the_clock_of_a_stage(
    stage: Stage, urgency: Urgency, opened: str, acknowledge_by: str, respond_by: str
) -> None:
    clock = clock_for(stage, urgency, utc(opened), ENGLAND)
    assert (london(clock.acknowledge_by), london(clock.respond_by)) == (acknowledge_by, respond_by)


@given(calendar=calendars, opened=instants, stage=st.sampled_from(POLICY.stages), urgency=st.sampled_from(Urgency))
def test_acknowledging_is_asked_first_and_both_after_the_opening(
    calendar: WorkingCalendar, opened: datetime, stage: Stage, urgency: Urgency
) -> None:
    clock = clock_for(stage, urgency, opened, calendar)
    assert opened < clock.acknowledge_by <= clock.respond_by


@given(calendar=calendars, opened=instants, stage=st.sampled_from(POLICY.stages))
def test_urgent_is_never_slower_than_standard(calendar: WorkingCalendar, opened: datetime, stage: Stage) -> None:
    urgent = clock_for(stage, Urgency.URGENT, opened, calendar)
    standard = clock_for(stage, Urgency.STANDARD, opened, calendar)
    assert urgent.respond_by <= standard.respond_by
    assert urgent.acknowledge_by <= standard.acknowledge_by


def test_looking_for_the_next_person_never_lengthens_the_stage() -> None:
    opened = utc("2026-11-20 10:00")
    clock = clock_for(PRACTITIONERS, Urgency.STANDARD, opened, ENGLAND)
    second = contact_clock(PRACTITIONERS, Urgency.STANDARD, clock.acknowledge_by, clock.respond_by, ENGLAND)
    assert london(second) == "2026-11-23 10:00"
    late = contact_clock(PRACTITIONERS, Urgency.STANDARD, utc("2026-11-23 16:00"), clock.respond_by, ENGLAND)
    assert late == clock.respond_by


# Stages


def test_stages_follow_each_other_up_to_the_final_one() -> None:
    assert next_stage(POLICY, "practitioners") == MANAGERS
    assert next_stage(POLICY, "managers") == EXECUTIVE
    assert next_stage(POLICY, "executive") is None
    assert POLICY.number("managers") == 2


def test_a_stage_of_another_version_is_not_found() -> None:
    with pytest.raises(KeyError):
        next_stage(POLICY, "panel")


@pytest.mark.parametrize(
    ("current", "wanted", "reason", "words"),
    [
        ("practitioners", "managers", "", None),
        ("practitioners", "executive", "The manager is the other party.", None),
        ("practitioners", "executive", "  ", "Say in a few words"),
        ("managers", "practitioners", "They talk again.", "not back"),
        ("managers", "managers", "Again.", "already at stage 2"),
    ],
)
def test_stages_are_skipped_upward_only_and_with_a_reason(
    current: str, wanted: str, reason: str, words: str | None
) -> None:
    problem = skip_problem(POLICY, current=current, wanted=wanted, reason=reason)
    assert problem is None if words is None else words in (problem or "")


def test_times_after_the_end() -> None:
    closed = utc("2026-11-20 18:00")
    assert london(extension_limit(closed, ENGLAND)) == "2026-11-24 17:00"
    assert london(learning_note_due(closed, ENGLAND)) == "2026-12-04 17:00"
    assert may_reopen(closed, utc("2026-12-04 16:59"), ENGLAND)
    assert not may_reopen(closed, utc("2026-12-04 17:00"), ENGLAND)


@given(calendar=calendars, closed=instants)
def test_a_closed_escalation_may_be_reopened_at_once(calendar: WorkingCalendar, closed: datetime) -> None:
    assert may_reopen(closed, closed + timedelta(minutes=1), calendar)


# Reminders, warnings, levels


@pytest.mark.parametrize(
    ("urgency", "told", "acknowledge_by", "reminded"),
    [
        (Urgency.STANDARD, "2026-11-20 10:00", "2026-11-20 14:00", "2026-11-20 12:00"),
        (Urgency.STANDARD, "2026-05-01 17:30", "2026-05-05 13:00", "2026-05-05 11:00"),
        (Urgency.URGENT, "2026-11-21 23:00", "2026-11-22 01:00", "2026-11-22 00:00"),
        (Urgency.STANDARD, "2026-11-20 14:00", "2026-11-20 14:00", None),
        (Urgency.STANDARD, "2026-11-21 10:00", "2026-11-22 10:00", None),
    ],
)
def test_a_reminder_comes_half_way_in_the_time_of_its_clock(
    urgency: Urgency, told: str, acknowledge_by: str, reminded: str | None
) -> None:
    at = reminder_at(utc(told), utc(acknowledge_by), urgency, ENGLAND)
    assert (None if at is None else london(at)) == reminded


@pytest.mark.parametrize(
    ("stage", "urgency", "opened", "answer_by", "warned"),
    [
        (MANAGERS, Urgency.STANDARD, "2026-11-20 10:00", "2026-11-24 17:00", "2026-11-24 15:00"),
        (
            replace(MANAGERS, warn=parse_duration("1d")),
            Urgency.STANDARD,
            "2026-05-01 10:00",
            "2026-05-06 12:00",
            "2026-05-05 12:00",
        ),
        (MANAGERS, Urgency.URGENT, "2026-11-21 23:00", "2026-11-22 03:00", "2026-11-22 02:00"),
        (MANAGERS, Urgency.STANDARD, "2026-11-20 16:00", "2026-11-20 17:00", None),
    ],
)
def test_a_warning_comes_before_the_answer_is_due(
    stage: Stage, urgency: Urgency, opened: str, answer_by: str, warned: str | None
) -> None:
    at = warning_at(stage, urgency, utc(opened), utc(answer_by), ENGLAND)
    assert (None if at is None else london(at)) == warned


@given(calendar=calendars, opened=instants, stage=st.sampled_from(POLICY.stages), urgency=st.sampled_from(Urgency))
def test_reminder_and_warning_lie_within_the_time_they_speak_of(
    calendar: WorkingCalendar, opened: datetime, stage: Stage, urgency: Urgency
) -> None:
    clock = clock_for(stage, urgency, opened, calendar)
    reminded = reminder_at(opened, clock.acknowledge_by, urgency, calendar)
    warned = warning_at(stage, urgency, opened, clock.respond_by, calendar)
    assert reminded is not None
    assert opened < reminded < clock.acknowledge_by
    assert warned is None or opened < warned < clock.respond_by


def test_a_second_stage_for_managers_is_one_level_higher() -> None:
    seniors = a_stage("seniors", Who.MANAGER, "1d 2d 24h")
    policy = replace(POLICY, stages=(PRACTITIONERS, MANAGERS, seniors, EXECUTIVE))
    assert [levels_up(policy, stage.id) for stage in policy.stages] == [0, 1, 2, 2]


def test_a_warning_before_the_beginning_is_refused() -> None:
    stages = (replace(MANAGERS, warn=parse_duration("2d")), EXECUTIVE)
    assert any("warns before it begins" in problem for problem in policy_problems(replace(POLICY, stages=stages)))
