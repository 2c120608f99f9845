"""How a person wants to be told, and leaving: as easy to leave as to join, and as easy to come back."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handlers.partnership import partnership_of
from storage.tables.deliveries import Channel
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NUDGES = "nudges"
SERIES = "series:"
CHANNELS = {"slack": "slack", "email": "email", "": None}
HOW_OFTEN: Final = {
    "weekly": "once a week",
    "fortnightly": "every two weeks",
    "monthly": "once a month",
    "quarterly": "four times a year",
    "termly": "once a term",
    "yearly": "once a year",
    "as needed": "when there is something to tell",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chose. `prefers` is `slack`, `email` or empty (Herald decides)."""

    prefers: str
    nudges: bool
    series: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class SeriesChoice:
    """A bulletin series as a person sees it; `left_at` is when they left it, if they did."""

    id: str
    title: str
    how_often: str
    receives: bool
    left_at: datetime | None


async def series_of(uow: UnitOfWork, person: Person) -> frozenset[str]:
    """The bulletin series that a person receives."""
    rows = await uow.people.subscriptions_of(person.id)
    return frozenset(row.series_id for row in rows if row.left_at is None)


async def choices_of(uow: UnitOfWork, person: Person) -> tuple[SeriesChoice, ...]:
    """Every series of the partnership, and whether this person receives it."""
    rows = {row.series_id: row for row in await uow.people.subscriptions_of(person.id)}
    found = []
    for series in (await partnership_of(uow)).series:
        row = rows.get(series.id)
        left_at = None if row is None else row.left_at
        how_often = HOW_OFTEN.get(series.cadence, series.cadence)
        found.append(SeriesChoice(series.id, series.title, how_often, row is not None and left_at is None, left_at))
    return tuple(found)


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


async def leave_all(uow: UnitOfWork, *, person_id: int) -> tuple[str, ...]:
    """Leaves every series, those included that a person gets without being on their list. Which it now left, by id.

    A series that is founded later is none of these: its first edition has its own way out.
    """
    person = await uow.people.get(person_id)
    if person is None:
        return ()
    before = {row.series_id for row in await uow.people.subscriptions_of(person.id) if row.left_at is not None}
    leaving = [series.id for series in (await partnership_of(uow)).series if series.id not in before]
    for series_id in leaving:
        await uow.people.unsubscribe(person_id=person.id, series_id=series_id)
    uow.audit.add("preferences.left", thing=f"person:{person.id}", by=person, detail={"what": "all series"})
    return tuple(sorted(leaving))


async def come_back(uow: UnitOfWork, *, person_id: int, what: Collection[str]) -> None:
    """Takes leaving back: `nudges` and ids of series, of which the partnership's own count.

    Each is as it was before: somebody who received it by sector, say, does so again and is on no list.
    """
    person = await uow.people.get(person_id)
    if person is None:
        return
    if NUDGES in what:
        person.nudges = True
    for series in (await partnership_of(uow)).series:
        if series.id in what:
            await uow.people.take_leaving_back(person_id=person.id, series_id=series.id)
    uow.audit.add("preferences.came-back", thing=f"person:{person.id}", by=person, detail={"what": sorted(what)[:20]})


async def prefer(uow: UnitOfWork, *, person_id: int, channel: Channel) -> None:
    """Everything by this channel from now on, bulletins included."""
    person = await uow.people.get(person_id)
    if person is not None:
        person.prefers = channel.value
        uow.audit.add("preferences.changed", thing=f"person:{person.id}", by=person)


def other_channel(uow: UnitOfWork, person: Person) -> Channel | None:
    """The other way to receive bulletins, if this person has one."""
    if person.prefers == Channel.SLACK:
        return Channel.EMAIL
    return Channel.SLACK if person.slack_id and uow.sending.slack else None
