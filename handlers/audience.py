"""Whom an audience means: the people of the register, judged by the one rule in `bot/files/audience.py`."""

from datetime import date

from bot.files.audience import Audience, PersonFacts
from handlers.partnership import partnership_of
from storage.people import Recipient
from storage.people import Recipient
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def people_in(uow: UnitOfWork, audience: Audience, *, series_id: str | None = None) -> list[Person]:
    """Everybody whom an audience means, by name: only people who are present, their last day included.

    `series_id` is the bulletin series this is sent in: whoever left it is left out, whatever else the audience says.
    """
    zone = (await partnership_of(uow)).timezone
    today = uow.now.astimezone(zone).date()
    receives: dict[int, set[str]] = {}
    left: set[tuple[int, str]] = set()
    for subscription in await uow.people.subscriptions():
        if subscription.left_at is None:
            receives.setdefault(subscription.person_id, set()).add(subscription.series_id)
        else:
            left.add((subscription.person_id, subscription.series_id))
    sector_of = {agency.id: agency.sector for agency in await uow.people.agencies()}
    return [
        person
        for person in await uow.people.present()
        if not gone(person, today)
        and (series_id is None or (person.id, series_id) not in left)
        and audience.matches(facts_of(person, receives.get(person.id, set()), sector_of))
    ]


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
