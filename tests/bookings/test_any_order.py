"""Whatever people, managers, organisers and the clock do in whatever order, the seats add up and the queue is whole."""

import random
from collections import Counter

import pytest

from bot.rules.booking_states import HOLDS_A_SEAT, BookingState
from digests.bookings import settle_all
from handlers.bookings.approvals import answer_request
from handlers.bookings.cancelling import cancel_booking
from handlers.bookings.offers import accept_offer, decline_offer
from storage.tables.briefings import Booking
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.bookings.sessions import LEVELS, a_booker, apply, booked, local, places, the_partnership
from tests.clocks import MovingClock

AGENCIES = ("northmere-police", "northmere-health", "hilltop-school", None)
STEPS = 110
CUTOFF = local("2026-12-08T12:30")
ACTS = ["book"] * 6 + ["cancel", "accept", "accept", "decline", "manager", "time", "time", "file", "sweep"]


class Walk:
    """A random walk through everything that can happen to one session."""

    def __init__(self, store: Store, clock: MovingClock, dice: random.Random) -> None:
        self.store, self.clock, self.dice = store, clock, dice
        self.capacity, self.held_before = 3, 0
        self.last_act = ""
        self.per_agency = 2
        self.manager: Person
        self.people: list[Person] = []

    async def begin(self) -> None:
        """Twelve people of four agencies, three seats, at most two for an agency."""
        await the_partnership(self.store, {"capacity": 3, "per_agency": 2})
        self.manager = await a_booker(self.store, "Mo", roles=["manager"])
        for number in range(12):
            agency = AGENCIES[number % len(AGENCIES)]
            self.people.append(
                await a_booker(self.store, f"P {number}", agency_id=agency, manager_email=self.manager.email)
            )

    async def step(self) -> None:
        """One thing happens."""
        person = self.dice.choice(self.people)
        booking = await self._booking(person)
        act = self.last_act = self.dice.choice(ACTS)
        match act:
            case "book":
                await booked(self.store, person)
            case "time":
                self.clock.move(minutes=self.dice.randint(1, 60 * 60))
            case "file":
                self.capacity = self.dice.randint(1, 5)
                approval = self.dice.choice(["none", "none", "manager"])
                per_agency = self.per_agency = min(2, self.capacity)
                await apply(self.store, {"capacity": self.capacity, "per_agency": per_agency, "approval": approval})
            case "sweep":
                await settle_all(self.store)
            case _ if booking is not None:
                await self._press(act, person, booking.reference)

    async def _press(self, act: str, person: Person, reference: str) -> None:
        async with self.store.transaction() as uow:
            match act:
                case "cancel":
                    await cancel_booking(uow, reference=reference, by=person)
                case "accept":
                    await accept_offer(uow, reference=reference, by=person)
                case "decline":
                    await decline_offer(uow, reference=reference, by=person)
                case "manager":
                    approve = self.dice.random() < 0.6
                    await answer_request(uow, reference=reference, by=self.manager, approve=approve)

    async def _booking(self, person: Person) -> Booking | None:
        async with self.store.reading() as uow:
            return await uow.briefings.booking_of(briefing_id=LEVELS, person_id=person.id)

    async def check(self) -> None:
        """What always holds, after every commit."""
        async with self.store.reading() as uow:
            bookings = [booking for booking, _ in await uow.briefings.bookings(LEVELS)]
            waiting = [booking for booking in bookings if booking.state == BookingState.WAITLISTED]
            holding = [booking for booking in bookings if booking.state in HOLDS_A_SEAT]
            assert await places(uow, waiting) == list(range(1, len(waiting) + 1)), "the queue has no gaps"
            briefing = await uow.briefings.get(LEVELS)
            assert briefing is not None
            assert len(holding) <= max(self.capacity, self.held_before), "B1: no seat is promised twice"
            self.held_before = len(holding)
            assert len({booking.calendar_uid for booking in bookings}) == len(bookings)
            for booking in bookings:
                if booking.state == BookingState.OFFERED:
                    assert booking.offer_expires_at is not None
                    assert booking.offer_expires_at <= CUTOFF
                    assert booking.changed_at < CUTOFF, "B5: nobody is offered a seat so late"
            if self.last_act == "sweep" and self.clock.now < CUTOFF and len(holding) < self.capacity:
                seats = Counter(booking.agency_id for booking in holding)
                passed_over = [b for b in waiting if b.agency_id and seats[b.agency_id] >= self.per_agency]
                assert passed_over == waiting, "B4: a seat is free and somebody who could have it waits"


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_the_seats_add_up(sqlite_store: Store, clock: MovingClock, seed: int) -> None:
    walk = Walk(sqlite_store, clock, random.Random(seed))
    await walk.begin()
    for _ in range(STEPS):
        await walk.step()
        await walk.check()
