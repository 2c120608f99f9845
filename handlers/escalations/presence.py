"""Who is there, at one moment: whom an alert can reach and who can act. The ladder, the clock and every door ask here.

Somebody who has left, is away, works for another agency now, or whom no channel reaches is not there; one who changes
agency takes nothing of an escalation along. Source: reference/booking-escalation-deadlines.md 2.4 (E4).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.rules.escalation_access import Side
from bot.rules.escalation_contacts import RUNGS, Because, Place
from handlers.people_present import last_day_is_over, today_of
from storage.alerts import Lost, unreachable
from storage.tables.escalations import Escalation, EscalationContact
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

WATCHING = ("escalation-lead", "coordinator", "admin")
"""Who stands behind every ladder: the escalation leads; where there is none, the next role that somebody holds."""
LEFT, AWAY, MOVED, ERASED = "has left", "is away", "works for another agency now", "is not in the register any more"


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """What is known of people at one moment. `today` is the partnership's date; `mailboxes` are by agency.

    `lost`: whom no way reaches any more, by what the messages are about.
    """

    today: date
    people: Mapping[int, Person]
    mailboxes: Mapping[str, str]
    lost: Mapping[str, Lost]

    def why_gone(
        self, escalation: Escalation, contact: EscalationContact, ladder: Iterable[EscalationContact]
    ) -> str | None:
        """Why a contact is not there, in words for the record; None when they are."""
        if contact.person_id is None:
            return None if contact.address == self.mailboxes.get(escalation.other_agency) else ERASED
        person = self.people.get(contact.person_id)
        if person is None:
            return ERASED
        away = why_not_here(person, today=self.today)
        if away is not None:
            return away
        beside = [
            self.people[each] for other in ladder if (each := other.person_id) is not None and each in self.people
        ]
        return None if belongs(escalation, contact, person, beside) else MOVED

    def is_there(
        self, escalation: Escalation, contact: EscalationContact, ladder: Iterable[EscalationContact], *, about: str
    ) -> bool:
        """Whether somebody who was told is there, and was reached by at least one way or may still be."""
        lost = self.lost.get(about)
        if lost is not None and (contact.person_id in lost.people or contact.address in lost.mailboxes):
            return False
        return self.why_gone(escalation, contact, ladder) is None

    def is_present(self, person_id: int | None) -> bool:
        """Whether this person is here now, wherever they belong."""
        person = None if person_id is None else self.people.get(person_id)
        return person is not None and why_not_here(person, today=self.today) is None


def why_not_here(person: Person, *, today: date) -> str | None:
    """Why somebody cannot be asked for anything now, wherever they belong; None when they can."""
    if person.left_at is not None or last_day_is_over(person, today=today):
        return LEFT
    return AWAY if person.away_until is not None and person.away_until >= today else None


def belongs(
    escalation: Escalation, contact: EscalationContact, person: Person, beside: Collection[Person] = ()
) -> bool:
    """Whether somebody still is what they were told as. `beside` are the people on the same ladder."""
    agency = person.agency_id or ""
    if contact.side == Side.OWN:
        return agency == escalation.raising_agency
    if contact.rung == RUNGS[Place.OPERATIONS_TEAM]:
        return any(role in person.roles for role in WATCHING)
    if contact.because == Because.INVITED or agency == escalation.other_agency:
        return True
    if agency == escalation.raising_agency:
        return False
    match contact.because:
        case Because.ROLE:  # an executive of a third agency stands in where the other one has none
            return "executive" in person.roles
        case Because.DEPUTY | Because.DELEGATED:
            return any(other.agency_id == person.agency_id for other in beside if other.id != person.id)
        case _:
            return False


async def presence_of(
    uow: UnitOfWork,
    contacts: Iterable[EscalationContact],
    *,
    having: Iterable[int | None] = (),
    abouts: Collection[str] = (),
) -> Presence:
    """What is known now of these contacts, of people who have something, and of messages about something."""
    ids = {contact.person_id for contact in contacts} | set(having)
    return Presence(
        today=await today_of(uow),
        people=await uow.people.by_ids(number for number in ids if number is not None) if ids else {},
        mailboxes={agency.id: agency.role_mailbox for agency in await uow.people.agencies() if agency.role_mailbox},
        lost=await unreachable(uow.session, abouts) if abouts else {},
    )
