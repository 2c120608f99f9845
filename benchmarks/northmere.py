"""The invented partnership of the benchmarks: a store to reach it, its people, and somebody who has signed in."""

from pathlib import Path

from benchmarks.servers import SECRET_KEY
from bot.clock import system_clock
from bot.keyring import Keyring
from storage import schema
from storage.deliveries import SendingPolicy
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

PARTNERSHIP = Path(__file__).with_name("northmere.yaml")


def store_at(url: str) -> Store:
    """The store behind a database of the benchmarks, with the secret that their servers have."""
    sending = SendingPolicy(live=False, slack=True)
    return Store(url, clock=system_clock, keyring=Keyring((SECRET_KEY,)), sending=sending)


async def found(store: Store) -> None:
    """Brings the database to this schema and applies the partnership."""
    await schema.migrate(store.engines)
    async with store.transaction() as uow:
        await uow.partnership.save(PARTNERSHIP.read_text(encoding="utf-8"))


def person(uow: UnitOfWork, number: int) -> Person:
    """Puts an invented person with a Slack id into the register; they have an id after the next flush."""
    added = Person(
        email=f"person{number}@example.org",
        name=f"Person {number}",
        roles=["practitioner"],
        champion="no",
        slack_id=f"U{number:08d}",
        created_at=uow.now,
        updated_at=uow.now,
    )
    uow.people.add(added)
    return added


async def signed_in_cookie(store: Store) -> str:
    """The session cookie of an invented person who has signed in."""
    async with store.transaction() as uow:
        somebody = person(uow, 0)
        await uow.people.flush()
        return uow.signins.new_session(person_id=somebody.id, signed_in=True)
