"""What briefings, deadlines and registers become."""

from datetime import UTC, date, datetime

from bot.files.attendance import CountedAttendance, NamedAttendance, parse_attendance
from bot.files.briefings import parse_briefings
from bot.files.deadlines import parse_deadlines
from tests.files.samples import ATTENDANCE, BRIEFINGS, COUNTED, DEADLINES, KNOWN
from tests.files.wrong import codes_of


def test_a_briefing_of_the_contract_is_understood_whole() -> None:
    (found,) = parse_briefings(BRIEFINGS, KNOWN).value
    assert (found.starts, found.booking_closes) == (
        datetime(2026, 12, 9, 12, 30, tzinfo=UTC),
        datetime(2026, 12, 9, 11, 30, tzinfo=UTC),
    )
    assert (found.capacity, found.per_agency, found.levels, found.priority) == (20, 4, (2, 3), "p1")
    assert (found.approval, found.evaluation, found.cancelled) == ("none", "briefing-feedback", False)


def test_what_a_briefing_leaves_out_takes_the_defaults_of_the_contract() -> None:
    text = "herald_briefings: 1\nbriefings:\n  - {id: forum-1, title: Local forum, starts: 2026-06-09 12:30, ends: 2026-06-09 13:30, place: Town hall, capacity: 8}\n"
    (found,) = parse_briefings(text).value
    assert (found.booking_opens, found.booking_closes) == (None, datetime(2026, 6, 9, 10, 30, tzinfo=UTC))
    assert (found.kind, found.per_agency, found.levels, found.evaluation) == ("briefing", None, (), "briefing-feedback")


def test_a_briefing_can_be_cancelled_and_an_evaluation_left_out() -> None:
    text = BRIEFINGS.replace("evaluation: briefing-feedback", "evaluation: none, status: cancelled")
    (found,) = parse_briefings(text, KNOWN).value
    assert (found.cancelled, found.evaluation) == (True, "")


def test_two_briefings_of_one_id_are_told() -> None:
    assert codes_of("briefings", BRIEFINGS + BRIEFINGS.split("briefings:\n")[1]) == ["E202"]


def test_deadlines_count_from_an_anchor_or_have_a_date() -> None:
    plan, review, return_ = parse_deadlines(DEADLINES, KNOWN).value
    assert (plan.kind, plan.anchor, plan.due, plan.priority) == ("action-plan-6-months", date(2027, 1, 28), None, "p1")
    assert (review.kind, review.owner) == ("rapid-review", "ben@example.org")
    assert (return_.due, return_.every) == (date(2027, 2, 26), "1y")


def test_a_register_by_name() -> None:
    assert parse_attendance(ATTENDANCE, KNOWN).all_good() == (
        NamedAttendance(2, "levels-of-need-2026-12", "ada@example.org", "attended"),
    )


def test_a_register_without_names() -> None:
    assert parse_attendance(COUNTED, KNOWN).all_good() == (
        CountedAttendance(2, "levels-of-need-2026-12", "northmere-police", 7),
    )


def test_a_count_must_be_a_number_of_people() -> None:
    found = parse_attendance(COUNTED.replace(",7", ",seven"), KNOWN)
    assert [(p.code, p.line, p.column) for p in found.problems] == [("E204", 2, 3)]
