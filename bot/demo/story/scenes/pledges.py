"""Pledges: made after learning events over a year, answered or not when people were asked how it went."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.demo.story.clock import When
from bot.demo.story.people import present
from bot.demo.story.stage import Play, Scene, Stage
from bot.flows.pledge import LIBRARY, OWN_WORDS
from bot.rules.pledge_checkins import Stage as CheckIn
from bot.rules.pledge_checkins import checkin_dates

OWN: Final = (
    "I will ask the school nurse to join our next planning meeting.",
    "I will read the plan aloud to the family before it is sent.",
    "I will ring the night team myself after each missing episode.",
    "I will put ten minutes for worries into every supervision.",
)
ANSWERS: Final = ("kept", "partly", "", "kept", "not_yet", "", "kept", "partly", "", "kept", "", "replaced")
"""How people answer in turn; empty is silence, which is never taken for an answer."""
DIFFERENCE: Final = ("some", "large", "small", "too_early")
BARRIERS: Final = ("time", "caseload", "other_agency")
LATELY: Final = 10
FFION: Final = "ffion.griffiths@example.org"
CALLUM: Final = "callum.reid@example.org"


@dataclass(frozen=True, slots=True)
class Event:
    """A learning event so many days (lately: working days) ago, after which people made pledges about a priority."""

    days_ago: int
    pledges: int
    priority: str


EVENTS: Final = (Event(385, 9, "p1"), Event(210, 14, "p1"), Event(96, 12, "p2"), Event(46, 9, "p2"), Event(2, 8, "p3"))


def scenes(when: When) -> list[Scene]:
    """Everybody's pledges, and the answers to what was asked by now."""
    made = []
    people = [one.email for one in present() if "practitioner" in one.roles]
    place = 0
    for event in EVENTS:
        for turn in range(event.pledges):
            email = people[(place * 17 + 5) % len(people)]
            made += _one(when, email=email, event=event, place=place, turn=turn)
            place += 1
    made += _one(when, email=FFION, event=Event(43, 1, "p2"), place=2, turn=1)  # 2: asked, and silent so far
    made += _one(when, email=CALLUM, event=Event(100, 1, "p1"), place=0, turn=3)
    return made


def _one(when: When, *, email: str, event: Event, place: int, turn: int) -> list[Scene]:
    key = f"pledge:{email}:{event.days_ago}"
    moment = when.back if event.days_ago < LATELY else when.ago
    made_at = moment(event.days_ago, f"{9 + turn % 7:02d}:{(turn * 13) % 60:02d}")
    found = [Scene(made_at, _make(key, email, event, place))]
    for at, dates in enumerate(checkin_dates(when.calendar.local_date(made_at), when.calendar)):
        answered_at = when.at_ten(dates.due_on) + timedelta(days=8 + place % 3, hours=place % 5)
        answer = ANSWERS[(place + at * 5) % len(ANSWERS)]
        if answer and answered_at < when.now:
            found.append(Scene(answered_at, _answer(key, email, dates.stage, answer, place)))
        if answer == "replaced":
            break
    return found


def _make(key: str, email: str, event: Event, place: int) -> Play:
    own = place % 7 == 3
    answers = {
        "pick": OWN_WORDS if own else LIBRARY[place % len(LIBRARY)].value,
        "own": OWN[place % len(OWN)],
        "plan_with": "our team meeting" if place % 2 else "",
        "visibility": ("private", "team", "public_named")[place % 3],
    }

    async def play(stage: Stage) -> None:
        receipt = await stage.talk(email, "pledge", f"priority:{event.priority}", answers=answers)
        stage.kept[key] = receipt.reference

    return play


def _answer(key: str, email: str, check_in: CheckIn, answer: str, place: int) -> Play:
    answers = {
        "answer": answer,
        "difference": DIFFERENCE[place % len(DIFFERENCE)],
        "barrier": BARRIERS[place % len(BARRIERS)],
        "quote_consent": "unnamed",
    }

    async def play(stage: Stage) -> None:
        await stage.talk(email, "check-in", f"{stage.kept[key]}/{check_in.value}", answers=answers)

    return play
