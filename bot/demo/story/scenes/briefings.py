"""Briefings: a year of them with registers and evaluations, and a programme with one seat left and a waiting list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.demo.story.cast import ADA
from bot.demo.story.clock import When
from bot.demo.story.people import present
from bot.demo.story.scenes.evaluations import evaluated
from bot.demo.story.stage import Play, Scene, Stage, person
from bot.rules.booking_states import BookingState
from handlers.bookings.approvals import answer_request
from handlers.bookings.booking import book
from handlers.bookings.cancelling import cancel_booking
from handlers.bookings.register import take_register
from storage.unit_of_work import UnitOfWork

FFION: Final = "ffion.griffiths@example.org"
CALLUM: Final = "callum.reid@example.org"
YUSUF: Final = "yusuf.demir@example.org"
LATELY: Final = 10


@dataclass(frozen=True, slots=True)
class Past:
    """A session that took place so many days (lately: working days) ago.

    How many came is as published for eight real ones; `stayed_away` had booked as well.
    """

    id: str
    title: str
    days_ago: int
    came: int
    stayed_away: int = 0


PAST: Final = (
    Past("partnership-arrangements", "How the partnership works", 380, 20, 2),
    Past("national-guidance", "National guidance in an hour", 350, 7, 1),
    Past("levels-of-need-spring", "Levels of need and support", 300, 4),
    Past("core-groups", "Core groups and conferences", 240, 5, 1),
    Past("signs-of-safety-summer", "Signs of Safety in practice", 190, 5),
    Past("private-fostering", "Private fostering", 120, 2, 1),
    Past("missing-conversations", "Return conversations that help", 62, 11, 2),
    Past("babies-under-one", "Babies under one", 6, 7, 1),
)


@dataclass(frozen=True, slots=True)
class Coming:
    """A session ahead. `booked` people have asked for a seat; those beyond the capacity wait."""

    id: str
    title: str
    days: int
    capacity: int
    booked: int
    place: str = "Online"
    kind: str = "briefing"
    more: str = ""

    @property
    def asks_managers(self) -> bool:
        """Whether the line manager has to agree to each seat."""
        return "approval: manager" in self.more


COMING: Final = (
    Coming("signs-of-safety", "Signs of Safety in practice", 11, 12, 17, place="Westwold Library"),
    Coming("levels-of-need", "Levels of need and support", 18, 20, 19, more=", per_agency: 8"),
    Coming("core-groups-winter", "Core groups: from meeting to plan", 25, 24, 6, kind="forum"),
    Coming(
        "neglect-masterclass",
        "Neglect in plain words",
        32,
        16,
        5,
        place="Northmere Town Hall",
        kind="masterclass",
        more=", approval: manager, priority: p3",
    ),
    Coming(
        "missing-learning-event",
        "Young people who go missing: a year on",
        40,
        90,
        17,
        place="Saltings Community Centre",
        kind="learning event",
        more=", approval: declared, priority: p1",
    ),
)

LATER: Final = (
    ("partnership-next", "How the partnership works", 67),
    ("national-guidance-next", "National guidance in an hour", 95),
    ("plain-words-next", "Plans in plain words", 123),
    ("core-groups-next", "Core groups and conferences", 151),
    ("private-fostering-next", "Private fostering", 179),
    ("levels-of-need-next", "Levels of need and support", 214),
    ("signs-of-safety-next", "Signs of Safety in practice", 242),
    ("escalation-next", "When agencies disagree", 270),
)
"""The briefings later in the year, and in how many days; booking opens five weeks before each."""
OPENS_BEFORE: Final = 35


def scenes(when: When) -> list[Scene]:
    """The year that was, and the programme ahead."""
    guests = [one.email for one in present() if "practitioner" in one.roles and one.email not in (FFION, CALLUM)]
    made = [Scene(when.ago(396, "09:30"), _apply(_programme(when)))]
    place = 0
    for past in PAST:
        made += _took_place(when, past, [guests[(place + turn * 7) % len(guests)] for turn in range(30)])
        place += 31
    made.append(Scene(when.back(14, "09:15"), _apply(programme_ahead(when))))
    for coming in COMING:
        made += _filling(when, coming, [guests[(place + turn * 11) % len(guests)] for turn in range(coming.booked)])
        place += 53
    return [*made, *_this_week(when)]


def _programme(when: When) -> str:
    return _file(
        f"{_entry(past.id, past.title, when, past.days_ago, ago=True)}, place: Online, capacity: 25}}" for past in PAST
    )


def programme_ahead(when: When) -> str:
    """The file of the sessions to come."""
    soon = (
        f"{_entry(one.id, one.title, when, one.days, ago=False)}, kind: {one.kind}, place: {one.place}, "
        f"capacity: {one.capacity}{one.more}}}"
        for one in COMING
    )
    later = (
        f"{_entry(briefing_id, title, when, days, ago=False)}, place: Online, capacity: 25, "
        f"booking_opens: {when.local(when.ahead(days - OPENS_BEFORE, '09:00'))}}}"
        for briefing_id, title, days in LATER
    )
    return _file([*soon, *later])


def _entry(briefing_id: str, title: str, when: When, days: int, *, ago: bool) -> str:
    starts = _then(when, days) if ago else when.ahead(days, "12:30")
    ends = starts + timedelta(hours=1)
    return f'  - {{id: {briefing_id}, title: "{title}", starts: {when.local(starts)}, ends: {when.local(ends)}'


def _then(when: When, days: int) -> datetime:
    return when.back(days, "12:30") if days < LATELY else when.ago(days, "12:30")


def _file(entries: Iterable[str]) -> str:
    return "herald_briefings: 1\nbriefings:\n" + "\n".join(entries) + "\n"


def _took_place(when: When, past: Past, guests: list[str]) -> list[Scene]:
    starts = _then(when, past.days_ago)
    booked = list(dict.fromkeys(guests))[: past.came + past.stayed_away]
    statuses = ["attended"] * past.came + ["no-show"] * past.stayed_away
    return [
        Scene(starts - timedelta(days=9, hours=2), _book_all(past.id, booked)),
        Scene(starts + timedelta(hours=1, minutes=10), _register(past.id, dict(zip(booked, statuses, strict=True)))),
        *evaluated(past.id, booked[: past.came], asked=starts + timedelta(hours=2, minutes=30)),
    ]


def _filling(when: When, coming: Coming, guests: list[str]) -> list[Scene]:
    """Some book each day; where a line manager has to agree, they do within the hour."""
    days = (13, 12, 9, 7, 4, 2)
    made = []
    for at, day in enumerate(days):
        moment = when.back(day, f"{9 + at:02d}:{40 - at * 5}")
        made.append(Scene(moment, _book_all(coming.id, guests[at :: len(days)])))
        if coming.asks_managers:
            made.append(Scene(moment + timedelta(minutes=35), _approve_all(coming.id)))
    return made


def _this_week(when: When) -> list[Scene]:
    """Callum waits for a seat and is offered one; a nurse waits for her manager's word; Ffion has a seat."""
    asking = next(one.email for one in present() if one.manager == YUSUF and one.email != FFION)
    return [
        Scene(when.back(6, "16:20"), _book_all("signs-of-safety", [CALLUM])),
        Scene(when.back(4, "11:05"), _book_all("core-groups-winter", [FFION])),
        Scene(when.back(1, "14:10"), _book_all("neglect-masterclass", [asking])),
        Scene(when.back(1, "15:35"), _cancel_until_offered("signs-of-safety", CALLUM)),
    ]


def _apply(text: str) -> Play:
    async def play(stage: Stage) -> None:
        await stage.apply("briefings.yaml", text, by=ADA)

    return play


def _book_all(briefing_id: str, emails: list[str]) -> Play:
    async def book_all(uow: UnitOfWork) -> None:
        for email in emails:
            await book(uow, person=await person(uow, email), briefing_id=briefing_id, declared=True)

    async def play(stage: Stage) -> None:
        await stage.work(book_all)

    return play


def _approve_all(briefing_id: str) -> Play:
    async def approve(uow: UnitOfWork) -> None:
        for booking, asking in await uow.briefings.bookings(briefing_id, states=[BookingState.REQUESTED]):
            manager = await person(uow, asking.manager_email or ADA)
            await answer_request(uow, reference=booking.reference, by=manager, approve=True)

    async def play(stage: Stage) -> None:
        await stage.work(approve)

    return play


def _register(briefing_id: str, statuses: dict[str, str]) -> Play:
    async def take(uow: UnitOfWork) -> None:
        bookings = await uow.briefings.bookings(briefing_id)
        said = {booking.reference: statuses[who.email] for booking, who in bookings if who.email in statuses}
        await take_register(uow, briefing_id=briefing_id, statuses=said, by=await person(uow, ADA))

    async def play(stage: Stage) -> None:
        await stage.work(take)

    return play


def _cancel_until_offered(briefing_id: str, email: str) -> Play:
    """People with a seat give it back one by one until this person is offered one."""

    async def play(stage: Stage) -> None:
        async with stage.store.transaction() as uow:
            waiting = await person(uow, email)
            for booking, seated in await uow.briefings.bookings(briefing_id):
                own = await uow.briefings.booking_of(briefing_id=briefing_id, person_id=waiting.id)
                if own is None or own.state != BookingState.WAITLISTED:
                    break
                if booking.state == BookingState.CONFIRMED:
                    await cancel_booking(uow, reference=booking.reference, by=seated)

    return play
