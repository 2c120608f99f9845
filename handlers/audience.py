"""Whom an audience means: the people of the register, judged by the one rule in `bot/files/audience.py`."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.files.audience import Audience, PersonFacts
from handlers.partnership import partnership_of
from storage.people import Recipient
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Meant:
    """Some of the people whom an audience means, by name, and those of them who left the series it is sent in."""

    people: tuple[Person, ...]
    left_series: tuple[Person, ...]


async def portions_of(uow: UnitOfWork, audience: Audience, *, series_id: str | None = None) -> AsyncIterator[Meant]:
    """Everybody whom an audience means, by name, a thousand of the register at a time: however many they are, no more
    of them are held in memory. Only people who are present, their last day included.
    """
    zone = (await partnership_of(uow)).timezone
    today = uow.now.astimezone(zone).date()
    sector_of = {agency.id: agency.sector for agency in await uow.people.agencies()}
    ids = await uow.people.present_ids()
    for some in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)):
        receives: dict[int, set[str]] = defaultdict(set)
        left: set[int] = set()
        for person_id, series, left_at in await uow.people.series_among(some):
            if left_at is None:
                receives[person_id].add(series)
            elif series == series_id:
                left.add(person_id)
        people = await uow.people.by_ids(some)
        meant = [
            person
            for person in (people[one] for one in some if one in people)
            if not gone(person, today) and audience.matches(facts_of(person, receives[person.id], sector_of))
        ]
        yield Meant(
            tuple(person for person in meant if person.id not in left),
            tuple(person for person in meant if person.id in left),
        )


async def people_in(uow: UnitOfWork, audience: Audience, *, series_id: str | None = None) -> list[Person]:
    """Everybody whom an audience means, by name: only people who are present, their last day included.

    `series_id` is the bulletin series this is sent in: whoever left it is left out, whatever else the audience says.
    """
    return [person async for some in portions_of(uow, audience, series_id=series_id) for person in some.people]


def gone(person: Person | Recipient, today: date) -> bool:
    """Whether somebody has left, or their last day (local date) is over."""
    return person.left_at is not None or (person.leaves_on is not None and person.leaves_on < today)


def facts_of(person: Person, receives: set[str], sector_of: dict[str, str]) -> PersonFacts:
    """What an audience can ask about a person; without a sector of their own they have their agency's."""
    return PersonFacts(
        email=person.email,
        roles=frozenset(person.roles),
        sector=person.sector or sector_of.get(person.agency_id or "", ""),
        agency=person.agency_id or "",
        area=person.area or "",
        level=person.level,
        champion=person.champion,
        series=frozenset(receives),
    )
