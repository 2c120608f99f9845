"""One mail in, one transaction: what it is, whose it is, what it means, and the answer in the outbox.

The order of the checks is the order of this file. Every mail leaves a record with outcome and reason; its text goes
nowhere but to the talk that it answers.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.links import Button
from bot.mail_addresses import MailPurpose, Tagged, read_tagged
from bot.settings import MailSettings
from handlers.bouncing import Returned, came_back, it_works
from handlers.mail import answering, bounces, meaning
from handlers.mail.meaning import Reply
from handlers.mail.quotes import own_words
from handlers.mail.reading import LARGEST, Mail, Unreadable, read
from handlers.mail.sorting import why_not_a_person
from handlers.mail_outcomes import Outcome, Reason, Received
from handlers.people_present import has_left
from handlers.preferences import leave
from storage.people import normal_email
from storage.tables.deliveries import Delivery
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

log = logging.getLogger("herald.mail")

SOURCE: Final = "mail"
MOST_IN_A_DAY: Final = 100
"""Replies of one person that are read in a day; more are a machine's."""
READ_ASIDE: Final = 100_000
"""Bytes from which a mail is taken apart in a thread, so that nobody else waits."""


ReadSent = Callable[[UnitOfWork, Delivery], Awaitable[tuple[str, tuple[Button, ...]]]]
"""Reads a message of ours as it left: subject, and buttons in order. Given in, because `digests` writes them."""


@dataclass(frozen=True)
class MailContext:
    """What the door needs: the store, the mail settings, and how to read a message of ours again."""

    store: Store
    mail: MailSettings
    as_sent: ReadSent


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as it was handed over. `sender` is the envelope's: empty for the null path, None where nobody knows it."""

    raw: bytes
    recipients: tuple[str, ...]
    sender: str | None = None


async def receive(context: MailContext, arrived: Arrived) -> tuple[Received, ...]:
    """Takes one mail in, for each of its recipients; both ways in end here. When it returns, all is committed.

    Raises DatabaseBusy and everything else that should make the sender try again; never because of the mail's content.
    """
    mail = await _read(arrived.raw)
    done = []
    async with context.store.transaction(intake=True) as uow:
        for recipient in arrived.recipients or ("",):
            received = await _one(uow, context, arrived, mail, recipient=recipient)
            done.append(received)
    for received in done:
        log.info("mail: %s %s", received.outcome.value, received.reason.value if received.reason else "")
    return tuple(done)


async def _read(raw: bytes) -> Mail | Reason:
    if len(raw) > LARGEST:
        return Reason.TOO_BIG
    try:
        return await asyncio.to_thread(read, raw) if len(raw) > READ_ASIDE else read(raw)
    except Unreadable:
        return Reason.UNREADABLE


async def _one(
    uow: UnitOfWork, context: MailContext, arrived: Arrived, mail: Mail | Reason, *, recipient: str
) -> Received:
    tagged = read_tagged(recipient, keyring=uow.keyring)
    key = _receipt_key(arrived.raw, mail, recipient)
    status = ""
    delivery = await _delivery_of(uow, tagged, mail)
    if isinstance(mail, Reason):
        received = Received(Outcome.PASSED_OVER, mail)
    elif not await uow.conversations.first_time(SOURCE, key):
        received = Received(Outcome.DUPLICATE)
    elif delivery is None:
        received = Received(Outcome.REFUSED, Reason.NOT_OURS if tagged is None else Reason.GONE)
    elif tagged is not None and tagged.purpose is MailPurpose.LEAVE:
        received = await _left(uow, delivery)
    elif tagged is None or tagged.purpose is MailPurpose.BOUNCE or bounces.is_bounce(mail):
        received, status = await _bounced(uow, delivery, mail, arrived.raw)
    else:
        received = await _reply(uow, context, arrived, Addressed(mail, delivery, tagged, key))
    uow.mail.record(
        outcome=received.outcome.value,
        reason="" if received.reason is None else received.reason.value,
        purpose="" if tagged is None else tagged.purpose.value,
        delivery_id=None if delivery is None else delivery.id,
        status=status,
    )
    return received


def _receipt_key(raw: bytes, mail: Mail | Reason, recipient: str) -> str:
    """The mail's own name and whom it was for; where it has no name, its bytes."""
    named = mail.message_id if isinstance(mail, Mail) else ""
    digest = hashlib.sha256(named.encode() or raw)
    digest.update(b"\0" + recipient.strip().casefold().encode("utf-8", "replace"))
    return digest.hexdigest()


async def _delivery_of(uow: UnitOfWork, tagged: Tagged | None, mail: Mail | Reason) -> Delivery | None:
    """The delivery of an address of ours; for a bounce to any other address, the one whose message it returns."""
    if tagged is not None:
        return await uow.deliveries.get(tagged.delivery_id)
    if isinstance(mail, Mail) and bounces.from_a_mail_system(mail):
        for message_id in bounces.returned_message_ids(mail):
            if found := await uow.mail.delivery_named(message_id):
                return found
    return None


async def _bounced(uow: UnitOfWork, delivery: Delivery, mail: Mail, raw: bytes) -> tuple[Received, str]:
    bounce = bounces.bounce_in(mail, raw)
    if not bounce.came_back:
        return Received(Outcome.PASSED_OVER, bounce.kind), bounce.status
    permanent = {Reason.PERMANENT: True, Reason.TEMPORARY: False}.get(bounce.kind)
    await came_back(uow, delivery=delivery, returned=Returned(bounce.status, permanent, bounce.recipients))
    return Received(Outcome.BOUNCED, bounce.kind), bounce.status


async def _left(uow: UnitOfWork, delivery: Delivery) -> Received:
    """Any mail to the leaving address of a message leaves what that came from, whoever's program sent it (RFC 2369).

    Nothing is answered: a mail program's button has nobody who would read it.
    """
    what = await meaning.leaves(uow, delivery)
    if delivery.person_id is None or not what or not await leave(uow, person_id=delivery.person_id, what=what):
        return Received(Outcome.REFUSED, Reason.NOBODY)
    return Received(Outcome.LEFT)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A mail to the reply address of one of our messages."""

    mail: Mail
    delivery: Delivery
    tagged: Tagged
    key: str


async def _reply(uow: UnitOfWork, context: MailContext, arrived: Arrived, to: Addressed) -> Received:
    machine = why_not_a_person(to.mail, envelope_sender=arrived.sender, domain=context.mail.domain)
    if machine is not None:
        return Received(Outcome.PASSED_OVER, machine)
    person = None if to.delivery.person_id is None else await uow.people.get(to.delivery.person_id)
    subject, buttons = await context.as_sent(uow, to.delivery)
    thread = answering.Thread(to.mail.message_id, answering.subject_of_reply(subject))
    if person is None:
        return await _to_nobody(uow, to, thread)
    refused = await _why_refused(uow, person, to)
    if refused is not None:
        return refused
    await it_works(uow, person.email)
    reply = Reply(person, to.delivery, own_words(to.mail.text), to.key, buttons)
    said = await meaning.answer(uow, reply)
    if said is None:
        return Received(Outcome.TAKEN)
    turns = 0 if said.got_on else int(to.delivery.facts.get("turns", 0)) + 1
    if turns > answering.MOST_TURNS:
        return Received(Outcome.PASSED_OVER, Reason.NOTHING_HELPS)
    await answering.queue(uow, person, said.heard, answering.About(to.key, thread, turns))
    return Received(Outcome.TAKEN if reply.text else Outcome.PASSED_OVER, None if reply.text else Reason.EMPTY)


async def _why_refused(uow: UnitOfWork, person: Person, to: Addressed) -> Received | None:
    """Why this person's reply is not read, if it is not. Somebody else's is never answered."""
    if await has_left(uow, person):
        return Received(Outcome.REFUSED, Reason.LEFT)
    if not to.tagged.is_of(person.link_epoch):
        return Received(Outcome.REFUSED, Reason.REVOKED)
    if to.mail.sender != normal_email(person.email):
        await answering.tell_of_other_sender(uow, person, to.delivery)
        return Received(Outcome.REFUSED, Reason.OTHER_SENDER)
    if await uow.mail.taken_from(person.id, since=uow.now - timedelta(days=1)) >= MOST_IN_A_DAY:
        return Received(Outcome.PASSED_OVER, Reason.TOO_MANY)
    return None


async def _to_nobody(uow: UnitOfWork, to: Addressed, thread: answering.Thread) -> Received:
    """A shared mailbox has no person who could act; it is told once for each message, at its own address."""
    if to.delivery.address and to.mail.sender == normal_email(to.delivery.address):
        await answering.tell_mailbox(uow, to.delivery, thread)
    return Received(Outcome.REFUSED, Reason.NOBODY)
