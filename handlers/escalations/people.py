"""Whom a stage reaches, on both sides: the ladder of the other side, and the same level in the raiser's agency.

On the other side: whom the raiser named for this stage, else up the line from whom they named, else everybody of the
role, and who is invited; then their deputies, the role mailbox, the operations team. Everybody who is passed over is
kept with the reason. Source: issue "Escalation queries" 2, reference/booking-escalation-deadlines.md 2.4 (E4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.rules.escalation_access import Side
from bot.rules.escalation_contacts import RUNGS, Because, Contact, Place, ladder_of_contacts
from bot.rules.escalation_policy import EscalationPolicy, Stage, Who, levels_up
from handlers.escalations.presence import AWAY, LEFT, why_not_here
from handlers.escalations.standing import speaker_of, speakers_of
from handlers.escalations.telling import raiser_of, those_behind_the_ladder
from handlers.people_present import today_of
from handlers.suppressed import suppressed_among
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

ROLE_OF = {Who.PRACTITIONER: "manager", Who.MANAGER: "manager", Who.EXECUTIVE: "executive"}
OWN_SIDE = "speaks for the raiser's side"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be told, where on the ladder, and how they came onto it."""

    person: Person
    place: Place
    because: Because


async def contacts_of_stage(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, stage: Stage, *, step: EscalationStep
) -> list[EscalationContact]:
    """Everybody of a stage on both sides, told and passed over alike; rows that nobody has kept yet."""
    own = await _own_side(uow, escalation, policy, stage, step)
    kept_out = {row.address for row in own}
    for person in (*await speakers_of(uow, escalation), await raiser_of(uow, escalation)):
        if person is not None:
            kept_out.add(person.email)
    return [*await _other_side(uow, escalation, policy, stage, step, kept_out=kept_out), *own]


async def _other_side(
    uow: UnitOfWork,
    escalation: Escalation,
    policy: EscalationPolicy,
    stage: Stage,
    step: EscalationStep,
    *,
    kept_out: set[str],
) -> list[EscalationContact]:
    meant = [*await _meant(uow, escalation, policy, stage, step), *await _invited(uow, stage)]
    candidates = [
        *meant,
        *await _deputies(uow, meant),
        *(Candidate(person, Place.OPERATIONS_TEAM, Because.WATCHING) for person in await those_behind_the_ladder(uow)),
    ]
    contacts = await _as_contacts(uow, [each for each in candidates if each.person.email not in kept_out])
    agency = await uow.people.agency(escalation.other_agency)
    if agency is not None and agency.role_mailbox:
        mailbox = Contact(key=agency.role_mailbox, place=Place.ROLE_MAILBOX, ways=("email",), because=Because.MAILBOX)
        contacts.append(mailbox)
    rows = _rows(step, Side.OTHER, contacts, candidates)
    theirs = {each.person.email: each for each in candidates if each.place is not Place.OPERATIONS_TEAM}
    for address in kept_out & set(theirs):
        one = theirs[address]
        aside = Contact(key=address, place=one.place, ways=(), because=one.because)
        rows.append(_row(step, Side.OTHER, aside, one.person, skipped=OWN_SIDE))
    return rows


async def _own_side(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, stage: Stage, step: EscalationStep
) -> list[EscalationContact]:
    """The same level in the raiser's agency; nobody between practitioners, where the raiser stands alone."""
    if stage.who is Who.PRACTITIONER:
        return []
    speaker, agency = await speaker_of(uow, escalation), escalation.raising_agency
    above = None
    if stage.who is Who.MANAGER:
        above = await _up_the_line(uow, speaker, levels_up(policy, stage.id), agency)
    if above is not None and await _why_not(uow, above) != LEFT:
        found = [Candidate(above, Place.PERSON, Because.LINE)]
    else:
        people = await uow.people.with_role(ROLE_OF[stage.who], agency_id=agency) if agency else []
        found = [Candidate(person, Place.PERSON, Because.ROLE) for person in people]
    others = [each for each in found if speaker is None or each.person.id != speaker.id]
    return _rows(step, Side.OWN, await _as_contacts(uow, others), others)


async def _meant(
    uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, stage: Stage, step: EscalationStep
) -> list[Candidate]:
    """Those for whom a stage is meant. Who has left is kept for the record, and somebody else is looked for."""
    agency = escalation.other_agency
    gone: list[Candidate] = []
    for person, because in (
        (await _named(uow, step.named, agency), Because.NAMED),
        (await _line(uow, escalation, policy, stage), Because.LINE),
    ):
        if person is not None and await _why_not(uow, person) != LEFT:
            return [*gone, Candidate(person, Place.PERSON, because)]
        if person is not None:
            gone.append(Candidate(person, Place.PERSON, because))
    people = await uow.people.with_role(ROLE_OF[stage.who], agency_id=agency)
    if stage.who is Who.EXECUTIVE and not people:
        everywhere = await uow.people.with_role(ROLE_OF[stage.who])
        people = [person for person in everywhere if (person.agency_id or "") != escalation.raising_agency]
    return [*gone, *(Candidate(person, Place.PERSON, Because.ROLE) for person in people)]


async def _line(uow: UnitOfWork, escalation: Escalation, policy: EscalationPolicy, stage: Stage) -> Person | None:
    """Up the line from whom the raiser named at the beginning, as many managers as the stage is high."""
    if stage.who is Who.EXECUTIVE:
        return None
    agency = escalation.other_agency
    start = await _named(uow, escalation.counterpart, agency)
    return await _up_the_line(uow, start, levels_up(policy, stage.id), agency)


async def _named(uow: UnitOfWork, address: str | None, agency: str) -> Person | None:
    person = None if address is None else await uow.people.by_email(address)
    return person if person is not None and person.agency_id == agency else None


async def _up_the_line(uow: UnitOfWork, start: Person | None, levels: int, agency: str) -> Person | None:
    """So many managers above somebody in their agency; None where the line is shorter, leaves it, or is a ring."""
    person, seen = start, set[int]()
    for _ in range(levels):
        if person is None or person.manager_email is None or person.id in seen:
            return None
        seen.add(person.id)
        person = await _named(uow, person.manager_email, agency)
    return None if person is None or person.id in seen else person


async def _invited(uow: UnitOfWork, stage: Stage) -> list[Candidate]:
    people = [await uow.people.by_email(address) for address in stage.invite]
    return [Candidate(person, Place.PERSON, Because.INVITED) for person in people if person is not None]


async def _deputies(uow: UnitOfWork, people: Iterable[Candidate]) -> list[Candidate]:
    """Those who stand in for them, from the same agency: what one agency may read, its own deputies may."""
    found = []
    for each in people:
        address = each.person.deputy_email
        deputy = None if address is None else await uow.people.by_email(address)
        if deputy is not None and deputy.agency_id == each.person.agency_id:
            found.append(Candidate(deputy, Place.DEPUTY, Because.DEPUTY))
    return found


async def _as_contacts(uow: UnitOfWork, candidates: Sequence[Candidate]) -> list[Contact]:
    refused = await suppressed_among(uow, {each.person.email for each in candidates})
    today = await today_of(uow)
    contacts = []
    for each in candidates:
        gone = why_not_here(each.person, today=today)
        contact = Contact(
            key=each.person.email,
            place=each.place,
            ways=_ways(uow, each.person, refused=each.person.email in refused),
            because=each.because,
            away=gone == AWAY,
            left=gone == LEFT,
        )
        contacts.append(contact)
    return contacts


def _ways(uow: UnitOfWork, person: Person, *, refused: bool) -> tuple[str, ...]:
    slack = ("slack",) if uow.sending.slack and person.slack_id else ()
    return slack if refused else (*slack, "email")


async def _why_not(uow: UnitOfWork, person: Person) -> str | None:
    return why_not_here(person, today=await today_of(uow))


def _rows(
    step: EscalationStep, side: Side, contacts: Iterable[Contact], candidates: Sequence[Candidate]
) -> list[EscalationContact]:
    """A row for each, with who is passed over and why; somebody who comes twice is kept where they come first."""
    people = {each.person.email: each.person for each in candidates}
    ladder = ladder_of_contacts(contacts, raised_by="")
    rows = {
        contact.key: _row(step, side, contact, people.get(contact.key), skipped=None) for contact in ladder.reachable
    }
    for skipped in ladder.skipped:
        contact = skipped.contact
        if contact.key not in rows:
            rows[contact.key] = _row(step, side, contact, people.get(contact.key), skipped=skipped.reason)
    return list(rows.values())


def _row(
    step: EscalationStep, side: Side, contact: Contact, person: Person | None, *, skipped: str | None
) -> EscalationContact:
    return EscalationContact(
        step_id=step.id,
        person_id=None if person is None else person.id,
        address=contact.key,
        side=side.value,
        rung=RUNGS[contact.place],
        because=None if contact.because is None else contact.because.value,
        skipped_because=skipped,
    )
