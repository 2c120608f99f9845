"""Addresses that mail does not reach: what a bounce or a refusal does to them, who they are, and how they are mended.

A bounce that says that there is no such address ends the matter at once, as a refusal by the relay does; every other
one scores (`bot/rules/bounce_score.py`). What nothing is sent to stands as a fingerprint with a reason of our own
words, so that it outlives the person's erasure and tells nothing about them.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from bot.mail_addresses import fingerprints
from bot.rules import bounce_score
from bot.rules.bounce_score import Weight, code_in_words, weight_of
from handlers.acts import Need
from handlers.people_present import today_of, zone_of
from handlers.suppressed import suppressed_among
from storage.people import normal_email
from storage.tables.deliveries import Channel, Delivery, Lane
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

STILL_NEWS: Final = timedelta(days=1)
_MAILBOX: Final = "5.2."
_CODE: Final = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)")


class How(StrEnum):
    """How an address came to be suppressed. The words stand in the database and are never renamed."""

    REFUSED = "refused"
    BOUNCED = "bounced"
    WORN_OUT = "worn-out"


@dataclass(frozen=True, slots=True)
class Returned:
    """What a bounce said: its code (RFC 3463) or nothing, whether it is for good (None: not said), whom it names."""

    status: str
    permanent: bool | None
    named: frozenset[str] = frozenset()


async def came_back(uow: UnitOfWork, *, delivery: Delivery, returned: Returned) -> None:
    """Scores the address that a message of ours came back from, and stops writing to it when that is enough."""
    await _by_another_way(uow, delivery)
    address = await _address_of(uow, delivery)
    if not address:
        return
    weight = weight_of(returned.status, permanent=returned.permanent, names_us=address in returned.named)
    macs = fingerprints(address, keyring=uow.keyring)
    if weight is Weight.GONE:
        await _stop(uow, macs[0], How.BOUNCED, returned.status, delivery.person_id)
    elif weight in (Weight.HARD, Weight.SOFT):
        await _score(uow, macs, weight, returned.status, delivery.person_id)


async def refused(uow: UnitOfWork, *, address: str, reply: str, person_id: int | None, gone: bool = True) -> None:
    """The relay refused a message to this address: because it does not exist (`gone`), or for a reason of its own.

    Only what is said of the mailbox itself (5.2.x: full, switched off) scores. A refusal of anything else may be about
    the message, and then it would be held against every reader of an edition.
    """
    code = _CODE.search(reply)
    status = code[0] if code else ""
    macs = fingerprints(address, keyring=uow.keyring)
    weight = weight_of(status, permanent=True)
    if gone:
        await _stop(uow, macs[0], How.REFUSED, status or "5.1.1", person_id)
    elif status.startswith(_MAILBOX) and weight in (Weight.HARD, Weight.SOFT):
        await _score(uow, macs, weight, status, person_id)


async def it_works(uow: UnitOfWork, address: str) -> None:
    """Somebody wrote to us from this address, so it exists: nothing is held against it any more."""
    await uow.addresses.forget(fingerprints(address, keyring=uow.keyring))


async def needs(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """What somebody whose mail does not arrive is told where they can still read it: `/me`, App Home, `my`."""
    if not await suppressed_among(uow, {person.email}):
        return ()
    line = f"We have stopped writing to {person.email}. Please tell the partnership’s operations team your address."
    return (Need("E-mail to you comes back", line),)


def reason_in_words(reason: str) -> str:
    """Why nothing is sent to an address, in plain words."""
    how, _, status = reason.partition(" ")
    if how not in set(How):
        code = _CODE.search(reason)  # as earlier versions kept it: the relay's own words
        return code_in_words(code[0] if code else "5.1.1")
    words = code_in_words(status)
    return f"it came back again and again, last because {words}" if how == How.WORN_OUT else words


async def _by_another_way(uow: UnitOfWork, delivery: Delivery) -> None:
    """What came back soon goes by Slack to whoever is there; never a bulletin, whose channel its reader has chosen."""
    soon = delivery.sent_at is not None and uow.now - delivery.sent_at <= STILL_NEWS
    person = None if delivery.person_id is None else await uow.people.get(delivery.person_id)
    if person is not None and soon and delivery.lane != Lane.BULLETIN:
        await uow.deliveries.switch(delivery, person, to=Channel.SLACK)


async def _score(uow: UnitOfWork, macs: tuple[str, ...], weight: Weight, status: str, person_id: int | None) -> None:
    today = await today_of(uow)
    before = await uow.addresses.score(macs)
    if await uow.addresses.suppressed_among(macs):  # asked under the lock of the score: what wears it out comes first
        await uow.addresses.keep_score(macs, None, status="")
        return
    arrived = 0
    if before is not None and person_id is not None:
        after = datetime.combine(before.bounced_on + timedelta(days=1), time(), await zone_of(uow))
        until = uow.now - bounce_score.COMES_BACK_WITHIN
        arrived = await uow.addresses.arrived(person_id, after=after, before=until)
    score = bounce_score.after_bounce(before, weight, on=today, arrived=arrived)
    if bounce_score.worn_out(score):
        await uow.addresses.keep_score(macs, None, status="")
        await _stop(uow, macs[0], How.WORN_OUT, status, person_id)
    else:
        await uow.addresses.keep_score(macs, score, status=status)


async def _stop(uow: UnitOfWork, mac: str, how: How, status: str, person_id: int | None) -> None:
    if await uow.addresses.suppress(address_mac=mac, reason=f"{how.value} {status}".strip()):
        thing = "address" if person_id is None else f"person:{person_id}"
        uow.audit.add("address.suppressed", thing=thing, detail={"how": how.value, "code": status})


async def _address_of(uow: UnitOfWork, delivery: Delivery) -> str:
    if delivery.address:
        return normal_email(delivery.address)
    person = None if delivery.person_id is None else await uow.people.get(delivery.person_id)
    return "" if person is None else normal_email(person.email)
