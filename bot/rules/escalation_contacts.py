"""Whom an escalation reaches: person, deputy, role mailbox, operations team. Resolved when the message is sent.

Nobody is waited for who cannot be reached; each one left out is logged with the reason.
Source: reference/booking-escalation-deadlines.md 2.4 (E4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    PERSON = "person"
    DEPUTY = "deputy"
    ROLE_MAILBOX = "role mailbox"
    OPERATIONS_TEAM = "operations team"


PLACES = tuple(Place)
RUNGS = {place: rung for rung, place in enumerate(PLACES)}
"""The order in which they are told, as rows keep it: the rung of the operations team has nobody of the agency."""


class Because(StrEnum):
    """How somebody came onto the ladder: kept with them, so that the record explains itself."""

    NAMED = "named"
    LINE = "line manager"
    ROLE = "role"
    INVITED = "invited"
    DEPUTY = "deputy"
    MAILBOX = "role mailbox"
    WATCHING = "operations team"
    DELEGATED = "handed on"
    TOOK_ON = "took it on"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Somebody, or a mailbox, who could be told. `key` is stable: a person's id or an address.

    `ways` are the channels on which they can be reached at all (`slack`, `email`).
    """

    key: str
    place: Place
    ways: tuple[str, ...]
    because: Because | None = None
    away: bool = False
    left: bool = False


@dataclass(frozen=True)
class Skipped:
    """A contact that was left out, and why, in words for the log."""

    contact: Contact
    reason: str


@dataclass(frozen=True)
class ContactLadder:
    """Who is told, one after the other. Empty means that nobody can be reached: that is an alarm."""

    reachable: tuple[Contact, ...]
    skipped: tuple[Skipped, ...]

    @property
    def nobody_reached(self) -> bool:
        """Whether no person at all was found, only the operations team or nobody: counted in the reports."""
        return all(contact.place is Place.OPERATIONS_TEAM for contact in self.reachable)


_ORDER = tuple(Place)


def ladder_of_contacts(candidates: Iterable[Contact], *, raised_by: str) -> ContactLadder:
    """Puts candidates in order (person, deputy, role mailbox, operations team) and leaves out the unreachable.

    Several managers at the same place keep the order in which they are given. `raised_by` is the key of the person
    who raised it: nobody acknowledges their own escalation.
    """
    reachable: list[Contact] = []
    skipped: list[Skipped] = []
    seen: set[str] = set()
    for contact in sorted(candidates, key=lambda candidate: _ORDER.index(candidate.place)):
        reason = _reason_to_skip(contact, raised_by=raised_by, seen=seen)
        if reason is None:
            reachable.append(contact)
            seen.add(contact.key)
        else:
            skipped.append(Skipped(contact, reason))
    return ContactLadder(tuple(reachable), tuple(skipped))


def _reason_to_skip(contact: Contact, *, raised_by: str, seen: set[str]) -> str | None:
    if contact.left:
        return "has left"
    if contact.away:
        return "is away"
    if not contact.ways:
        return "has no address that Herald knows"
    if contact.key == raised_by:
        return "raised it"
    if contact.key in seen:
        return "is on the list already"
    return None
