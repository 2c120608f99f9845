"""What a link in a message leads to: proving it, and sending a fresh one when its time is over."""

from bot.keyring import Keyring
from bot.links import Link, LinkExpired, LinkRefused, read_link
from handlers.people_present import has_left
from storage.deliveries import Message
from storage.tables.deliveries import Channel
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


async def person_behind(uow: UnitOfWork, link: Link) -> Person:
    """The person a proved link was made for. Raises LinkRefused when it was revoked or the person has left."""
    person = await uow.people.get(link.person_id)
    if person is None or person.link_epoch != link.epoch or await has_left(uow, person):
        raise LinkRefused("This link no longer works.")
    return person


async def prove(uow: UnitOfWork, token: str, *, keyring: Keyring) -> tuple[Link, Person]:
    """A link and the person it was made for. Raises LinkRefused, or LinkExpired if a fresh one may be sent."""
    try:
        link = read_link(token, keyring=keyring, now=uow.now)
    except LinkExpired as expired:
        await person_behind(uow, expired.link)
        raise
    return link, await person_behind(uow, link)


async def send_fresh(uow: UnitOfWork, link: Link) -> None:
    """Mails a fresh link for the same thing to the same person's own address, at most one an hour.

    Raises LinkRefused when the link was revoked.
    """
    person = await person_behind(uow, link)
    message = Message(
        kind="link.fresh",
        ledger_key=f"link.fresh:{link.purpose.value}:{link.about}:{uow.now:%Y%m%d%H}",
        about=link.about,
        facts={"purpose": link.purpose.value, "about": link.about},
    )
    await uow.deliveries.tell(person, message, channels=(Channel.EMAIL,))
    uow.audit.add("link.fresh-sent", thing=f"{link.purpose.value}:{link.about}", by=person)
