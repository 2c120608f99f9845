"""Who is this? By Slack id, else by the e-mail address that Slack has verified, else a stranger with a way in."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.rendering.slack_blocks import Json
from handlers.people_care import stranger_asks
from handlers.people_present import has_left
from handlers.slack.client import SlackSaysNo
from handlers.slack.context import SlackContext
from handlers.slack.inbound import Inbound
from handlers.words import front_door
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

LOG = logging.getLogger("herald.slack")
NOBODY = frozenset({"user_not_found", "user_not_visible"})
"""Slack's word that it will never say who this is (docs.slack.dev, users.info): a stranger, not a passing fault."""
Made = TypeVar("Made")
Work = Callable[[UnitOfWork, Person], Awaitable[Made]]


class Stranger(Exception):
    """Somebody whom the register does not know, or who has left. `lines` are the numbers to ring in danger."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        """Keeps what to say first."""
        super().__init__("not in the register")
        self.lines = lines


class CannotTell(Exception):
    """Slack did not say who this is: to be tried again, never to be guessed."""


@dataclass(frozen=True, slots=True)
class _Done(Generic[Made]):
    """What the work made, to be told from nobody having been found."""

    made: Made


@dataclass(frozen=True, slots=True)
class _Profile:
    """What Slack says about somebody, as far as it may be believed."""

    slack_id: str
    email: str


async def for_person(context: SlackContext, inbound: Inbound, work: Work[Made], *, talk: str = "") -> Made:
    """Does `work` for whoever this is, in one transaction with finding them, whose commit others may share.

    `talk` is the conversation that this is about, if any: it is read together with the person. Slack is asked between
    two transactions, never within one, and only about people not seen before.

    Raises Stranger, CannotTell, DatabaseBusy.
    """

    async def known(uow: UnitOfWork) -> _Done[Made] | None:
        person = await uow.conversations.person_of(talk, slack_id=inbound.slack_id) if talk else None
        person = person or await uow.people.by_slack_id(inbound.slack_id)
        return None if person is None else _Done(await work(uow, await _present(uow, person)))

    done = await context.store.together(known)
    if done is None:
        done = await _matched_first(context, await _ask_slack(context, inbound), work)
    return done.made


async def _matched_first(context: SlackContext, profile: _Profile, work: Work[Made]) -> _Done[Made]:
    async with context.store.transaction(intake=True) as uow:
        person = await _matched(uow, profile)
        if person is not None:
            return _Done(await work(uow, await _present(uow, person)))
        if profile.email:
            await stranger_asks(uow, email=profile.email, slack_id=profile.slack_id)
        lines = await front_door(uow)
    raise Stranger(lines)


async def _present(uow: UnitOfWork, person: Person) -> Person:
    if await has_left(uow, person):
        raise Stranger(await front_door(uow))
    return person


async def _ask_slack(context: SlackContext, inbound: Inbound) -> _Profile:
    try:
        said = await context.slack.profile(inbound.slack_id)
    except SlackSaysNo as refused:
        if refused.code in NOBODY:
            return _Profile(inbound.slack_id, email="")
        raise CannotTell(refused.code) from refused
    return _believed(said, inbound)


def _believed(said: Json, inbound: Inbound) -> _Profile:
    """The e-mail address only where Slack has confirmed it and the account is a person's own.

    Somebody from another workspace (Slack Connect) is never matched by address: that workspace's administrators decide
    what it says. They come in by confirming their work e-mail on the web.
    """
    profile = said.get("profile")
    email = str(profile.get("email") or "") if isinstance(profile, dict) else ""
    at_home = not said.get("is_stranger") and said.get("team_id", inbound.team_id) == inbound.team_id
    confirmed = said.get("is_email_confirmed", True) and not said.get("deleted") and not said.get("is_bot")
    return _Profile(inbound.slack_id, email if confirmed and at_home else "")


async def _matched(uow: UnitOfWork, profile: _Profile) -> Person | None:
    """The person with this address; their Slack id is kept from now on, in place of an older one."""
    person = await uow.people.by_email(profile.email) if profile.email else None
    if person is None:
        return None
    if person.slack_id != profile.slack_id:
        person.slack_id = profile.slack_id
        person.slack_looked_up_at = uow.now
        uow.audit.add("person.found-in-slack", thing=f"person:{person.id}")
        LOG.info("person %s was found in Slack", person.id)
    return person
