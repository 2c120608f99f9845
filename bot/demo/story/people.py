"""Two hundred invented people as people.csv: the cast, and colleagues whose names and jobs are always drawn alike."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final

from bot.demo.story.cast import ALLIANCE, CAST, COMMUNITY, COUNCIL, HOSPITAL, POLICE, SCHOOLS, Part
from bot.files.csv_guard import Cell
from bot.files.people import PersonRow, cells_of, write_people

SIZES: Final = {POLICE: 30, COMMUNITY: 36, HOSPITAL: 30, COUNCIL: 44, SCHOOLS: 34, ALLIANCE: 26}
JOBS: Final = {
    POLICE: (
        "Police constable",
        "Detective constable",
        "Youth officer",
        "Neighbourhood officer",
        "Missing people officer",
    ),
    COMMUNITY: ("Health visitor", "School nurse", "Community nurse", "Speech therapist", "Family nurse"),
    HOSPITAL: ("Children's nurse", "Midwife", "Paediatrician", "Emergency nurse", "Play specialist"),
    COUNCIL: ("Social worker", "Family support worker", "Assessment officer", "Youth worker", "Contact supervisor"),
    SCHOOLS: ("Teacher", "Designated safeguarding lead", "Pastoral lead", "Learning mentor", "College tutor"),
    ALLIANCE: ("Nursery practitioner", "Room leader", "Childminder", "Family charity worker", "Youth club leader"),
}
VOLUNTARY: Final = ("Family charity worker", "Youth club leader")
ACTIVE_CHAMPIONS, MAILING_CHAMPIONS = 16, 24
IN_SLACK: Final = 0.6
LEFT: Final = (77, 143)
"""The places of two who left lately."""


@dataclass(frozen=True, slots=True)
class Invented:
    """One colleague. `away_days` and `leaves_in` count from the day of the telling; below 0 they have left."""

    email: str
    name: str
    agency: str
    job_title: str
    manager: str
    level: int
    slack_id: str
    series: tuple[str, ...]
    champion: str = "no"
    roles: tuple[str, ...] = ("practitioner",)
    deputy: str = ""
    away_days: int = 0
    leaves_in: int | None = None


@lru_cache(maxsize=1)
def everybody() -> tuple[Invented, ...]:
    """All two hundred, the cast first; the same each time."""
    draw = random.Random("northmere")  # noqa: S311 - invents people, protects nothing
    cast = [_from_cast(part, place) for place, part in enumerate(CAST, start=1)]
    names = _names(draw, taken={one.name for one in cast})
    colleagues = [
        _colleague(draw, agency, next(names), place)
        for agency, size in SIZES.items()
        for place in range(size - sum(part.agency == agency for part in CAST))
    ]
    return (*cast, *(_dated(one, place) for place, one in enumerate(_champions(draw, colleagues), start=len(cast))))


def present() -> tuple[Invented, ...]:
    """Those who are still there on the day on which the story is told."""
    return tuple(one for one in everybody() if one.leaves_in is None or one.leaves_in >= 0)


def people_csv(today: date) -> str:
    """The register as the coordinator would write it. `today` is the local date on which the story is told."""
    return write_people([_cells(one, place, today) for place, one in enumerate(everybody())])


def _from_cast(part: Part, place: int) -> Invented:
    return Invented(
        email=part.email,
        name=part.name,
        agency=part.agency,
        job_title=part.job_title,
        manager=part.manager,
        level=part.level,
        slack_id=f"U0NORTH{place:03d}" if part.slack else "",
        series=("main", "training", "resources") if part.champion != "no" else ("main", "training"),
        champion=part.champion,
        roles=part.roles,
        deputy=part.deputy,
    )


def _names(draw: random.Random, *, taken: set[str]) -> Iterator[str]:
    text = files("bot.demo.story").joinpath("names.txt").read_text(encoding="utf-8").partition("\n")[2]
    first, last = (part.split() for part in text.split("\n\n"))
    while True:
        name = f"{draw.choice(first)} {draw.choice(last)}"
        if name not in taken:
            taken.add(name)
            yield name


def _colleague(draw: random.Random, agency: str, name: str, place: int) -> Invented:
    managers = [part.email for part in CAST if part.agency == agency and "manager" in part.roles]
    leaders = [email for email in managers if not _executive(email)] or managers
    series = tuple(
        name for name, share in (("main", 0.85), ("training", 0.4), ("resources", 0.15)) if draw.random() < share
    )
    return Invented(
        email=f"{name.lower().replace(' ', '.')}@example.org",
        name=name,
        agency=agency,
        job_title=draw.choice(JOBS[agency]),
        manager=leaders[place % len(leaders)],
        level=draw.choices((1, 2, 3, 4), weights=(2, 3, 5, 1))[0],
        slack_id=f"U0{agency[:3].upper()}{place:05d}" if draw.random() < IN_SLACK else "",
        series=series,
    )


def _executive(email: str) -> bool:
    return any(part.email == email and "executive" in part.roles for part in CAST)


def _champions(draw: random.Random, colleagues: list[Invented]) -> list[Invented]:
    """Forty champions with the one of the cast: those who come, and those who only read."""
    chosen = draw.sample(range(len(colleagues)), ACTIVE_CHAMPIONS - 1 + MAILING_CHAMPIONS)
    tier = {place: "active" if at < ACTIVE_CHAMPIONS - 1 else "mailing-list" for at, place in enumerate(chosen)}
    return [one if place not in tier else _as_champion(one, tier[place]) for place, one in enumerate(colleagues)]


def _dated(one: Invented, place: int) -> Invented:
    """A few are away, some leave soon, two have left lately."""
    if place in LEFT:
        return replace(one, leaves_in=-20)
    leaves_in = 10 + place % 20 if place % 61 == 0 else None
    return replace(one, away_days=4 + place % 9 if place % 37 == 0 else 0, leaves_in=leaves_in)


def _as_champion(one: Invented, tier: str) -> Invented:
    series = ("main", "resources", "training") if tier == "active" else ("main", "resources")
    return Invented(one.email, one.name, one.agency, one.job_title, one.manager, 4, one.slack_id, series, champion=tier)


def _cells(one: Invented, place: int, today: date) -> tuple[Cell, ...]:
    return cells_of(
        PersonRow(
            line=0,
            email=one.email,
            name=one.name,
            agency=one.agency,
            sector="voluntary sector" if one.job_title in VOLUNTARY else None,
            area=("Northmere Town", "Westwold", "The Saltings")[place % 3],
            job_title=one.job_title,
            level=one.level,
            roles=one.roles,
            manager_email=one.manager or None,
            deputy_email=one.deputy or None,
            champion=one.champion,
            series=one.series,
            slack_id=one.slack_id or None,
            away_until=today + timedelta(days=one.away_days) if one.away_days else None,
            leaves_on=None if one.leaves_in is None else today + timedelta(days=one.leaves_in),
        )
    )
