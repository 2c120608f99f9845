"""How a person wants to be told, and leaving: as easy to leave as to join."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from handlers.partnership import partnership_of
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NUDGES = "nudges"
SERIES = "series:"
CHANNELS = {"slack": "slack", "email": "email", "": None}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chose. `prefers` is `slack`, `email` or empty (Herald decides)."""

    prefers: str
    nudges: bool
    series: AbstractSet[str]


async def series_of(uow: UnitOfWork, person: Person) -> frozenset[str]:
    """The bulletin series that a person receives."""
    rows = await uow.people.subscriptions_of(person.id)
    return frozenset(row.series_id for row in rows if row.left_at is None)


async def save_preferences(uow: UnitOfWork, *, person_id: int, chosen: Chosen) -> None:
    """Keeps what a person chose; series that the partnership does not have are passed over."""
    person = await uow.people.get(person_id)
    if person is None:
        return
    person.prefers = CHANNELS.get(chosen.prefers)
    person.nudges = chosen.nudges
    person.updated_at = uow.now
    has = await series_of(uow, person)
    for series in (await partnership_of(uow)).series:
        if series.id in chosen.series and series.id not in has:
            await uow.people.subscribe(person_id=person.id, series_id=series.id)
        elif series.id in has and series.id not in chosen.series:
            await uow.people.unsubscribe(person_id=person.id, series_id=series.id)
    uow.audit.add("preferences.changed", thing=f"person:{person.id}", by=person)


async def leave(uow: UnitOfWork, *, person_id: int, what: str) -> bool:
    """Leaves what a link names: `nudges`, or `series:<id>`. Harmless twice; False when there is nothing to leave."""
    person = await uow.people.get(person_id)
    if person is None:
        return False
    if what == NUDGES:
        person.nudges = False
    elif what.startswith(SERIES):
        await uow.people.unsubscribe(person_id=person.id, series_id=what.removeprefix(SERIES))
    else:
        return False
    uow.audit.add("preferences.left", thing=f"person:{person.id}", by=person, detail={"what": what})
    return True
