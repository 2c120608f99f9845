"""Signing in by a one-time link, and the way in for somebody whom the register does not know.

The answer to somebody who asks for a link is the same whether the register knows the address or not (ASVS 6.3.8).
"""

import json
import re
from dataclasses import dataclass
from datetime import timedelta

from handlers.bouncing import it_works
from handlers.people_present import has_left
from storage.deliveries import Message
from storage.signin import SignInRefused
from storage.tables.deliveries import Channel, Lane
from storage.unit_of_work import UnitOfWork

MOST_LINKS = 5
WITHIN = timedelta(hours=1)
EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[^\s@,;:<>()\[\]\"\\]+\.[^\s@,;:<>()\[\]\"\\.]{2,63}")
LONGEST_EMAIL = 254  # RFC 5321 4.5.3.1.3, less the brackets


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its cookie's value, and whose it is."""

    token: str
    person_id: int


def looks_like_email(text: str) -> bool:
    """Whether a text has the shape of one plain e-mail address."""
    return len(text) <= LONGEST_EMAIL and text.isprintable() and EMAIL.fullmatch(text) is not None


async def ask_for_link(uow: UnitOfWork, *, email: str, browser: str, go_on: str = "") -> None:
    """Mails a sign-in link bound to the asking browser, at most five an hour; for a stranger it only takes note.

    `go_on` is the path to show afterwards, already proved safe by the door. The token stands sealed on the outbox row
    and opens only in `opened`, so that nobody who reads the database can sign in with it.
    """
    person = await uow.people.by_email(email)
    if person is None or await has_left(uow, person):
        uow.audit.add("signin.asked-by-stranger", thing="signin")
        return
    if await uow.signins.asked_lately(person.id, since=uow.now - WITHIN) >= MOST_LINKS:
        uow.audit.add("signin.asked-too-often", thing=f"person:{person.id}")
        return
    token = uow.signins.new_link(person_id=person.id, browser=browser)
    sealed = uow.keyring.seal(json.dumps([token, go_on]), about=_about(person.id))
    message = Message(
        kind="signin.link",
        ledger_key=f"signin.link:{uow.keyring.mac('ledger', token)[:24]}",
        lane=Lane.PROMPT,
        about=f"person:{person.id}",
        facts={"sealed": sealed},
        not_after=uow.now + WITHIN,
    )
    await uow.deliveries.tell(person, message, channels=(Channel.EMAIL,))
    uow.audit.add("signin.link-mailed", thing=f"person:{person.id}")


def opened(uow: UnitOfWork, *, sealed: str, person_id: int) -> tuple[str, str]:
    """The token and the path to go on to, from a mailed link. Raises CannotOpen for anything that we did not seal."""
    token, go_on = json.loads(uow.keyring.open(sealed, about=_about(person_id)))
    return str(token), str(go_on)


async def sign_in(
    uow: UnitOfWork, *, token: str, browser: str | None, previous: str | None = None
) -> SignedIn | SignInRefused:
    """Uses a link up and begins a new session; the browser's previous one ends (ASVS 7.2.4).

    The link came by e-mail, so mail to this person arrives: whatever bounced before is forgotten.
    """
    used = await uow.signins.use_link(token, browser=browser)
    if isinstance(used, SignInRefused):
        uow.audit.add("signin.refused", thing="signin", detail={"reason": used.reason})
        return used
    person = await uow.people.get(used)
    if person is None or await has_left(uow, person):
        uow.audit.add("signin.refused", thing=f"person:{used}", detail={"reason": "left"})
        return SignInRefused("unknown")
    if previous:
        await end_session(uow, token=previous)
    await it_works(uow, person.email)
    uow.audit.add("signin.done", thing=f"person:{used}", by=person)
    return SignedIn(uow.signins.new_session(person_id=used, signed_in=True), used)


async def end_session(uow: UnitOfWork, *, token: str) -> None:
    """Signs one browser out."""
    session = await uow.signins.session(token)
    if session is not None:
        session.ended_at = uow.now


async def open_by_link(uow: UnitOfWork, *, person_id: int, thing: str, previous: str | None = None) -> str:
    """A session for a browser that came by a link: not signed in, and allowed just this thing, such as `talk:abc`.

    What the same person's link session was already allowed stays allowed; the old cookie stops working.
    """
    allowed = [thing]
    before = await uow.signins.session(previous) if previous else None
    if before is not None:
        before.ended_at = uow.now
        if before.person_id == person_id and not before.signed_in:
            allowed = [*dict.fromkeys([*before.allowed, thing])]
    return uow.signins.new_session(person_id=person_id, signed_in=False, allowed=allowed)


def _about(person_id: int) -> str:
    return f"signin/{person_id}"
