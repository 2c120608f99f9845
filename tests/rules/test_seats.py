"""Who gets a seat, until when an offer lives, and what may follow what."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.booking_states import (
    ACTIVE,
    FIRST,
    TRANSITIONS,
    BookingState,
    NotPossibleNow,
    after_a_missed_offer,
    change,
)
from bot.rules.calendar import WorkingCalendar
from bot.rules.seats import (
    Approval,
    Confirmed,
    Judgement,
    RefusalReason,
    Refused,
    Requested,
    SessionState,
    SessionStatus,
    WaitingReason,
    Waitlisted,
    agency_has_room,
    judge_booking,
    late_cancellation,
    offer_expiry,
    offer_is_live,
    open_round,
    promotion_allowed,
    promotion_cutoff,
)
from tests.rules.strategies import ENGLAND, calendars, instants, london, utc

BRIEFING = SessionState(
    capacity=20,
    booked=19,
    starts=utc("2026-12-09 12:30"),
    opens=utc("2026-11-20 09:00"),
    closes=utc("2026-12-09 11:30"),
)
OPEN = utc("2026-11-24 10:00")
CUTOFF = promotion_cutoff(BRIEFING.starts, ENGLAND)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Confirmed()),
        ({"approval": Approval.MANAGER}, Requested()),
        ({"approval": Approval.DECLARED}, Confirmed()),
        ({"booked": 20}, Waitlisted(1, WaitingReason.FULL)),
        ({"booked": 20, "waiting": 4}, Waitlisted(5, WaitingReason.FULL)),
        ({"booked": 23}, Waitlisted(1, WaitingReason.FULL)),
        ({"waiting": 3}, Waitlisted(4, WaitingReason.OTHERS_FIRST)),
        ({"waiting": 3, "waiting_eligible": 0}, Confirmed()),
        ({"per_agency": 4}, Waitlisted(1, WaitingReason.AGENCY_LIMIT)),
        ({"per_agency": 5}, Confirmed()),
        ({"booked": 20, "waiting": 9, "waiting_limit": 10}, Waitlisted(10, WaitingReason.FULL)),
        ({"booked": 20, "waiting": 10, "waiting_limit": 10}, Refused(RefusalReason.QUEUE_FULL)),
        ({"status": SessionStatus.DRAFT}, Refused(RefusalReason.NOT_PUBLISHED)),
        ({"status": SessionStatus.CANCELLED}, Refused(RefusalReason.CANCELLED)),
        ({"status": SessionStatus.CLOSED}, Refused(RefusalReason.CLOSED, BRIEFING.closes)),
        ({"status": SessionStatus.RUNNING}, Refused(RefusalReason.STARTED, BRIEFING.starts)),
        ({"opens": None}, Confirmed()),
    ],
)
def test_a_request_for_a_seat(changes: dict[str, object], expected: Judgement) -> None:
    session = replace(BRIEFING, **changes)  # type: ignore[arg-type]  # a table of variations
    assert judge_booking(session, now=OPEN, agency_booked=4) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20 08:59", Refused(RefusalReason.NOT_OPEN_YET, BRIEFING.opens)),
        ("2026-11-20 09:00", Confirmed()),
        ("2026-12-09 11:29", Confirmed()),
        ("2026-12-09 11:30", Refused(RefusalReason.CLOSED, BRIEFING.closes)),
        ("2026-12-09 12:30", Refused(RefusalReason.STARTED, BRIEFING.starts)),
    ],
)
def test_booking_opens_and_closes_to_the_minute(now: str, expected: Judgement) -> None:
    assert judge_booking(BRIEFING, now=utc(now)) == expected


@pytest.mark.parametrize("own", sorted(ACTIVE))
def test_b2_somebody_with_a_booking_gets_no_second_one(own: BookingState) -> None:
    assert judge_booking(BRIEFING, now=OPEN, own=own) == Refused(RefusalReason.ALREADY_BOOKED)


def test_lowering_the_capacity_removes_nobody_and_shows_by_how_many_it_is_over() -> None:
    shrunk = replace(BRIEFING, capacity=15)
    assert (shrunk.over_by, shrunk.free) == (4, 0)
    assert not promotion_allowed(shrunk, now=OPEN, cutoff=CUTOFF)


sessions = st.builds(
    SessionState,
    capacity=st.integers(1, 5),
    booked=st.integers(0, 7),
    waiting=st.integers(0, 3),
    waiting_eligible=st.none() | st.integers(0, 3),
    per_agency=st.none() | st.integers(1, 3),
    waiting_limit=st.none() | st.integers(0, 3),
    status=st.sampled_from(SessionStatus),
    approval=st.sampled_from(Approval),
    starts=st.just(BRIEFING.starts),
    opens=st.just(BRIEFING.opens),
    closes=st.just(BRIEFING.closes),
)
moments = st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31), timezones=st.just(OPEN.tzinfo))  # type: ignore[arg-type]  # noqa: DTZ001 - OPEN is UTC; the bounds are naive by contract


@given(session=sessions, now=moments, agency_booked=st.integers(0, 4))
def test_a_seat_is_given_only_where_there_is_one_and_nobody_is_passed_over(
    session: SessionState, now: datetime, agency_booked: int
) -> None:
    judged = judge_booking(session, now=now, agency_booked=agency_booked)
    if isinstance(judged, Confirmed | Requested):
        assert session.booked < session.capacity
        assert not session.somebody_is_first
        assert agency_has_room(session, agency_booked)
        assert now < session.closes < session.starts
    if isinstance(judged, Waitlisted):
        assert judged.position == session.waiting + 1


@given(session=sessions, now=moments)
def test_b5_nobody_is_promoted_late_or_into_a_full_or_cancelled_session(session: SessionState, now: datetime) -> None:
    if promotion_allowed(session, now=now, cutoff=CUTOFF):
        assert now < CUTOFF < session.starts
        assert session.free > 0
        assert session.status not in (SessionStatus.CANCELLED, SessionStatus.ENDED, SessionStatus.RUNNING)
        assert offer_expiry(now, ENGLAND, starts=session.starts) > now
        assert not open_round(session, now=now, cutoff=CUTOFF)


def test_after_the_cut_off_the_seat_goes_to_whoever_answers_first_until_the_start() -> None:
    assert not promotion_allowed(BRIEFING, now=CUTOFF, cutoff=CUTOFF)
    assert open_round(BRIEFING, now=CUTOFF, cutoff=CUTOFF)
    assert not open_round(BRIEFING, now=BRIEFING.starts, cutoff=CUTOFF)


def test_in_the_open_round_those_waiting_and_newcomers_stand_alike() -> None:
    one_seat = replace(BRIEFING, waiting=3)
    waiting = BookingState.WAITLISTED
    assert judge_booking(one_seat, now=CUTOFF, own=waiting, cutoff=CUTOFF) == Confirmed()
    assert judge_booking(one_seat, now=CUTOFF, cutoff=CUTOFF) == Confirmed()
    before = CUTOFF - timedelta(seconds=1)
    assert judge_booking(one_seat, now=before, own=waiting, cutoff=CUTOFF) == Refused(RefusalReason.ALREADY_BOOKED)
    assert judge_booking(one_seat, now=before, cutoff=CUTOFF) == Waitlisted(4, WaitingReason.OTHERS_FIRST)
    limited = replace(one_seat, per_agency=1)
    assert judge_booking(limited, now=CUTOFF, own=waiting, cutoff=CUTOFF, agency_booked=1) == Refused(
        RefusalReason.ALREADY_BOOKED
    )


# Offers


@pytest.mark.parametrize(
    ("made", "expires"),
    [
        ("2026-11-20 16:00", "2026-11-23 16:00"),  # a Friday afternoon offer lives until Monday
        ("2026-11-21 11:00", "2026-11-23 17:00"),
        ("2026-12-08 09:30", "2026-12-08 12:30"),  # never after the cut-off
        ("2026-12-07 13:00", "2026-12-08 12:30"),
    ],
)
def test_how_long_an_offer_lives(made: str, expires: str) -> None:
    assert london(offer_expiry(utc(made), ENGLAND, starts=BRIEFING.starts)) == expires


@given(calendar=calendars, now=instants, ahead=st.integers(0, 60 * 24 * 30))
def test_an_offer_never_outlives_the_cut_off_or_the_start(calendar: WorkingCalendar, now: datetime, ahead: int) -> None:
    starts = now + timedelta(minutes=ahead)
    expires = offer_expiry(now, calendar, starts=starts)
    assert expires <= promotion_cutoff(starts, calendar) < starts
    late_cutoff = starts + timedelta(days=3)
    assert offer_expiry(now, calendar, starts=starts, cutoff=late_cutoff) <= starts


def test_b7_an_offer_is_accepted_a_second_before_it_ends_and_refused_at_the_end() -> None:
    expires = utc("2026-11-24 10:00")
    assert offer_is_live(now=expires - timedelta(seconds=1), expires=expires)
    assert not offer_is_live(now=expires, expires=expires)
    assert not offer_is_live(now=expires - timedelta(hours=1), expires=expires, status=SessionStatus.CANCELLED)


def test_the_cut_off_of_an_evening_session_is_the_evening_before() -> None:
    assert london(promotion_cutoff(utc("2026-12-09 18:30"), ENGLAND)) == "2026-12-08 18:30"
    assert london(promotion_cutoff(utc("2026-12-12 10:00"), ENGLAND)) == "2026-12-11 10:00"  # a Saturday


@pytest.mark.parametrize(
    ("cancelled", "late"),
    [("2026-12-07 12:30", False), ("2026-12-07 12:31", True), ("2026-12-05 23:00", False), ("2026-12-09 12:00", True)],
)
def test_two_working_days_ahead_is_not_late(cancelled: str, late: bool) -> None:
    assert late_cancellation(utc(cancelled), BRIEFING.starts, ENGLAND) is late


# States


def test_a_missed_offer_goes_to_the_back_once_and_then_lapses() -> None:
    assert after_a_missed_offer(0) is BookingState.WAITLISTED
    assert after_a_missed_offer(1) is BookingState.LAPSED


def test_every_state_has_its_row_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(BookingState)
    assert FIRST | {state for row in TRANSITIONS.values() for state in row} == set(BookingState)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BookingState.CANCELLED, BookingState.CONFIRMED),
        (BookingState.LAPSED, BookingState.CONFIRMED),
        (BookingState.WAITLISTED, BookingState.ATTENDED),
        (BookingState.DECLINED, BookingState.OFFERED),
        (BookingState.CONFIRMED, BookingState.CONFIRMED),
    ],
)
def test_steps_that_are_not_in_the_table_are_refused(before: BookingState, after: BookingState) -> None:
    with pytest.raises(NotPossibleNow):
        change(before, after)


def test_a_register_can_be_put_right() -> None:
    assert change(BookingState.NO_SHOW, BookingState.ATTENDED) is BookingState.ATTENDED
