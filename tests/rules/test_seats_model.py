"""The seats of one session under any order of events: the invariants B1 to B8.

An office of paper and pencil: a list of bookings, every decision taken from `bot.rules`. Hypothesis plays the people.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.rules.booking_states import ACTIVE, HOLDS_A_SEAT, BookingState, after_a_missed_offer, change
from bot.rules.seats import (
    Approval,
    Confirmed,
    Judgement,
    Refused,
    Requested,
    SessionState,
    SessionStatus,
    Waitlisted,
    agency_has_room,
    judge_booking,
    offer_expiry,
    offer_is_live,
    promotion_allowed,
    promotion_cutoff,
)
from tests.rules.strategies import ENGLAND, utc

AGENCIES = {person: "police" if number < 5 else "health" for number, person in enumerate("abcdefghij")}
people = st.sampled_from(sorted(AGENCIES))
STARTS = utc("2026-12-09 12:30")
CUTOFF = promotion_cutoff(STARTS, ENGLAND)


@dataclass
class Booking:
    person: str
    state: BookingState
    place: int
    expires: datetime | None = None
    missed: int = 0
    offered_at: list[datetime] = field(default_factory=list)


class Seats(RuleBasedStateMachine):
    """One session with few seats; its people book, cancel, accept, wait, and the clock only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.now = utc("2026-11-24 10:00")
        self.bookings: list[Booking] = []
        self.answers: dict[str, Judgement] = {}
        self.places = 0
        self.still_over = 0
        self.base = SessionState(capacity=3, booked=0, starts=STARTS, closes=STARTS - timedelta(hours=1), per_agency=2)

    # What the office knows

    def holding(self) -> list[Booking]:
        return [b for b in self.bookings if b.state in HOLDS_A_SEAT]

    def queue(self) -> list[Booking]:
        return sorted((b for b in self.bookings if b.state is BookingState.WAITLISTED), key=lambda b: b.place)

    def agency_booked(self, person: str) -> int:
        return sum(AGENCIES[b.person] == AGENCIES[person] for b in self.holding())

    def eligible(self) -> list[Booking]:
        return [b for b in self.queue() if agency_has_room(self.base, self.agency_booked(b.person))]

    def session(self) -> SessionState:
        return replace(
            self.base,
            booked=len(self.holding()),
            waiting=len(self.queue()),
            waiting_eligible=len(self.eligible()),
        )

    def active(self, person: str) -> Booking | None:
        return next((b for b in self.bookings if b.person == person and b.state in ACTIVE), None)

    def next_place(self) -> int:
        self.places += 1
        return self.places

    # What people do

    @rule(person=people, key=st.integers(0, 30))
    def book(self, person: str, key: int) -> None:
        request = f"{person}-{key}"
        if request in self.answers:  # B8: a repeated request returns the first result and changes nothing
            return
        own = self.active(person)
        session, eligible, agency_booked = self.session(), self.eligible(), self.agency_booked(person)
        judged = judge_booking(
            session, now=self.now, agency_booked=agency_booked, own=own.state if own else None, cutoff=CUTOFF
        )
        self.answers[request] = judged
        match judged:
            case Refused():
                return
            case Waitlisted(position, _):
                assert position == len(self.queue()) + 1
                if own is None:
                    self.bookings.append(Booking(person, BookingState.WAITLISTED, self.next_place()))
            case Confirmed() | Requested():
                assert self.now >= CUTOFF or not eligible, "B4: somebody who could have had the seat was bypassed"
                state = BookingState.CONFIRMED if judged == Confirmed() else BookingState.REQUESTED
                if own is None:
                    self.bookings.append(Booking(person, state, self.next_place()))
                else:
                    own.state = change(own.state, state)
        self.promote()

    @rule(person=people)
    def cancel(self, person: str) -> None:
        if booking := self.active(person):
            booking.state = change(booking.state, BookingState.CANCELLED)
            self.promote()

    @rule(person=people, says_yes=st.booleans())
    def answer_an_offer(self, person: str, says_yes: bool) -> None:
        booking = self.active(person)
        if booking is None or booking.state is not BookingState.OFFERED or booking.expires is None:
            return
        if not offer_is_live(now=self.now, expires=booking.expires, status=self.base.status):
            self.miss(booking)  # B7: no sweep has come by, and still it is too late
        else:
            booking.state = change(booking.state, BookingState.CONFIRMED if says_yes else BookingState.DECLINED)
        self.promote()

    @rule(person=people, says_yes=st.booleans())
    def the_manager_answers(self, person: str, says_yes: bool) -> None:
        booking = self.active(person)
        if booking and booking.state is BookingState.REQUESTED:
            booking.state = change(booking.state, BookingState.CONFIRMED if says_yes else BookingState.DECLINED)
            self.promote()

    # What the organiser and the clock do

    @rule(minutes=st.integers(1, 60 * 24 * 4))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def the_sweep_comes_by(self) -> None:
        for booking in self.holding():
            live = booking.expires is None or offer_is_live(now=self.now, expires=booking.expires)
            if booking.state is BookingState.OFFERED and not live:
                self.miss(booking)
        self.promote()

    @rule(capacity=st.integers(1, 6))
    def the_room_changes(self, capacity: int) -> None:
        before = len(self.holding())
        self.base = replace(self.base, capacity=capacity)
        assert len(self.holding()) == before, "nobody is removed because the room is smaller"
        assert self.session().over_by == max(0, before - capacity)
        self.still_over = before
        self.promote()

    @rule(approval=st.sampled_from(Approval))
    def approval_changes(self, approval: Approval) -> None:
        self.base = replace(self.base, approval=approval)

    @precondition(lambda self: len(self.bookings) > 8)
    @rule()
    def the_session_is_cancelled(self) -> None:
        self.base = replace(self.base, status=SessionStatus.CANCELLED)
        for booking in self.bookings:
            if booking.state in ACTIVE:
                booking.state = change(booking.state, BookingState.CANCELLED)
        self.promote()

    # The one way in which a free seat reaches the queue

    def promote(self) -> None:
        while self.eligible() and promotion_allowed(self.session(), now=self.now, cutoff=CUTOFF):
            first = self.eligible()[0]
            first.state = change(first.state, BookingState.OFFERED)
            first.expires = offer_expiry(self.now, ENGLAND, starts=STARTS, cutoff=CUTOFF)
            first.offered_at.append(self.now)

    def miss(self, booking: Booking) -> None:
        booking.state = change(booking.state, after_a_missed_offer(booking.missed))
        booking.missed += 1
        booking.place, booking.expires = self.next_place(), None

    # What always holds

    @invariant()
    def b1_no_seat_is_promised_twice(self) -> None:
        held = len(self.holding())
        assert held <= max(self.base.capacity, self.still_over)  # over only by what was held when the room shrank
        self.still_over = held if held > self.base.capacity else 0

    @invariant()
    def b2_b3_nobody_is_in_twice(self) -> None:
        active = [b.person for b in self.bookings if b.state in ACTIVE]
        assert len(active) == len(set(active))

    @invariant()
    def b4_no_seat_stays_empty_while_somebody_could_have_it(self) -> None:
        if promotion_allowed(self.session(), now=self.now, cutoff=CUTOFF):
            assert not self.eligible()

    @invariant()
    def b5_no_offer_is_made_at_or_after_the_cut_off_or_outlives_it(self) -> None:
        for booking in self.bookings:
            assert all(made < CUTOFF for made in booking.offered_at)
            assert booking.expires is None or booking.expires <= CUTOFF

    @invariant()
    def nobody_is_offered_a_seat_more_than_twice(self) -> None:
        assert all(booking.missed <= 2 for booking in self.bookings)

    @invariant()
    def the_limit_of_an_agency_holds(self) -> None:
        for agency in set(AGENCIES.values()):
            assert sum(AGENCIES[b.person] == agency for b in self.holding()) <= (self.base.per_agency or 99)


Seats.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSeats = Seats.TestCase


def test_a_thousand_ask_for_thirty_seats() -> None:
    """The figures of the promise: 30 confirmed, 970 waiting in a gapless order."""
    session = SessionState(capacity=30, booked=0, starts=STARTS, closes=STARTS - timedelta(hours=1))
    now = utc("2026-11-24 10:00")
    positions: list[int] = []
    for _ in range(1000):
        match judge_booking(session, now=now):
            case Confirmed():
                session = replace(session, booked=session.booked + 1)
            case Waitlisted(position, _):
                positions.append(position)
                session = replace(session, waiting=session.waiting + 1)
    assert session.booked == 30
    assert positions == list(range(1, 971))
