"""Whose e-mail does not arrive, and what a coordinator does about it: another chance, or the right address.

What is kept of a suppressed address is a fingerprint, so it is found by the people and shared mailboxes whose address
has it. One that nobody has any more (somebody left and was erased) is only counted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.files.csv_guard import write_csv
from bot.mail_addresses import fingerprints
from handlers.bouncing import reason_in_words
from handlers.signin import looks_like_email
from storage.people import normal_email
from storage.tables.deliveries import Delivery
from storage.tables.people import Agency, Person
from storage.unit_of_work import UnitOfWork

NEW_FOR: Final = timedelta(days=14)
"""How long the operations team's first page speaks of an address that nothing is sent to any more."""
_BULLETIN: Final = "bulletin:"
_ABOUT: Final = {
    "survey": "a message about a survey",
    "booking": "a message about a booking",
    "session": "a message about a briefing",
    "pledge": "a message about a pledge",
    "deadline": "a message about a deadline",
    "escalation": "an alert",
    "signin": "a sign-in link",
}


class NotMended(Exception):
    """Why an address cannot be changed; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody, or a shared mailbox, whose e-mail does not arrive: why, since when, and what showed it."""

    person: Person | None
    agency: Agency | None
    name: str
    address: str
    why: str
    since: datetime
    seen_by: str


@dataclass(frozen=True, slots=True)
class _Using:
    """Who uses an address."""

    address: str
    person: Person | None
    agency: Agency | None

    @property
    def name(self) -> str:
        if self.person is not None:
            return self.person.name
        return f"{self.agency.name}, shared mailbox" if self.agency is not None else ""


@dataclass(frozen=True, slots=True)
class NotArriving:
    """Everybody whose e-mail does not arrive, the latest first; `nobodys` counts addresses that nobody has now."""

    rows: tuple[Unreached, ...]
    nobodys: int


async def not_arriving(uow: UnitOfWork) -> NotArriving:
    """Whose e-mail does not arrive, of the people present and the agencies' shared mailboxes."""
    held = {row.address_mac: row for row in await uow.addresses.all_suppressed()}
    if not held:
        return NotArriving((), 0)
    using = [_Using(person.email, person, None) for person in await uow.people.present()]
    using += [_Using(each.role_mailbox, None, each) for each in await uow.people.agencies() if each.role_mailbox]
    marked = [(each, mark) for each in using if (mark := _mark(uow, each.address, held))]
    seen = await _seen_by(uow, [each for each, _ in marked])
    rows = [
        Unreached(
            person=each.person,
            agency=each.agency,
            name=each.name,
            address=each.address,
            why=reason_in_words(held[mark].reason),
            since=held[mark].since,
            seen_by=seen.get(each.address, ""),
        )
        for each, mark in marked
    ]
    rows.sort(key=lambda row: (row.since, row.name), reverse=True)
    return NotArriving(tuple(rows), len(held.keys() - {mark for _, mark in marked}))


async def newly_lost(uow: UnitOfWork) -> int:
    """How many of the addresses in use nothing is sent to any more since a fortnight."""
    since = uow.now - NEW_FOR
    if not await uow.addresses.newly_suppressed(since=since):
        return 0
    return sum(row.since >= since for row in (await not_arriving(uow)).rows)


async def another_chance(uow: UnitOfWork, *, address: str, thing: str, by: Person) -> bool:
    """Lets an address be written to again, from the next message on; False when nothing was held against it."""
    if not await uow.addresses.forget(fingerprints(address, keyring=uow.keyring)):
        return False
    uow.audit.add("address.another-chance", thing=thing, by=by)
    return True


async def mend(uow: UnitOfWork, *, person: Person, email: str, by: Person) -> None:
    """Gives a person another address. Raises NotMended.

    Every link sent so far ends: whoever reads the old mailbox, if anybody does, is not this person. Who names them as
    manager or deputy names the new address from now on.
    """
    old, new = person.email, normal_email(email)
    if not looks_like_email(new):
        raise NotMended("Write one whole e-mail address, like name@example.org.")
    if new == old:
        raise NotMended("This is the address that does not work. Write another one, or give it another chance.")
    if await uow.people.by_email(new) is not None:
        raise NotMended("Somebody else in the register has this address. Look whether they are the same person.")
    person.email, person.updated_at = new, uow.now
    person.link_epoch += 1
    person.slack_looked_up_at = None
    await uow.people.rename_in_references(old, new)
    uow.audit.add("person.changed", thing=f"person:{person.id}", by=by, detail={"fields": ["email"]})


def as_csv(rows: Sequence[Unreached]) -> str:
    """The same as a file."""
    header = ("name", "e-mail", "agency", "why", "since", "seen by")
    return write_csv(
        header,
        [(row.name, row.address, _agency_of(row), row.why, row.since.date().isoformat(), row.seen_by) for row in rows],
    )


def _agency_of(row: Unreached) -> str:
    if row.agency is not None:
        return row.agency.id
    return (row.person.agency_id if row.person is not None else None) or ""


def _mark(uow: UnitOfWork, address: str, held: Collection[str]) -> str:
    """The fingerprint of an address among those held, or nothing."""
    return next((mark for mark in fingerprints(address, keyring=uow.keyring) if mark in held), "")


async def _seen_by(uow: UnitOfWork, using: Sequence[_Using]) -> dict[str, str]:
    """The latest message that did not arrive, by address, in words."""
    address_of = {each.person.id: each.address for each in using if each.person is not None}
    shared = [each.address for each in using if each.person is None]
    latest: dict[str, Delivery] = {}
    for row in await uow.addresses.troubled(person_ids=address_of.keys(), addresses=shared):
        latest.setdefault(row.address or address_of.get(row.person_id or 0, ""), row)
    return {address: await _in_words(uow, row) for address, row in latest.items()}


async def _in_words(uow: UnitOfWork, row: Delivery) -> str:
    if row.about.startswith(_BULLETIN):
        bulletin = await uow.bulletins.get(row.about.removeprefix(_BULLETIN))
        return "a bulletin" if bulletin is None else bulletin.title
    return _ABOUT.get(row.kind.partition(".")[0], "another message")
