"""What needs a person and what is theirs, from every subject: App Home, `/me` and the word `my` show the same."""

from handlers import registry
from handlers.acts import Need
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def needs_of(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """What waits for this person, in the order of the table, urgent things first."""
    needs = [need for ask in registry.NEEDS for need in await ask(uow, person)]
    return tuple(sorted(needs, key=lambda need: not need.urgent))


async def mine_of(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """What is this person's own without waiting for them."""
    return tuple([mine for ask in registry.MINE for mine in await ask(uow, person)])
