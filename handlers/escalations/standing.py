"""How people stand to escalations, worked out from the rows at the moment it is asked. Every door asks here.

What somebody may do then is `bot/rules/escalation_access.py`. They are asked for anew each time: somebody may have
left, or changed agency, between the door that let them in and this moment. However many escalations, it is as few
questions to the database as for one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bot.rules.escalation_access import Side, Standing
from bot.rules.escalation_contacts import PLACES, RUNGS, Place
from handlers.escalations.presence import AWAY, LEFT, belongs, why_not_here
from handlers.people_present import today_of
from storage.escalation_history import contacts_of, holders_of
from storage.tables.escalations import Escalation, EscalationContact, EscalationHolder, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

STANDS_IN: Final = "stands in"
"""Why a holder's row is there of somebody who speaks only while whose matter it is are away or gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What it is worked out from. Steps and holders by escalation, in order; ladders by step; mailboxes by agency.

    `managers` are the line managers of those who spoke for a raiser's side, by address.
    """

    today: date
    steps: Mapping[int, Sequence[EscalationStep]]
    ladders: Mapping[int, Sequence[EscalationContact]]
    holders: Mapping[int, Sequence[EscalationHolder]]
    people: Mapping[int, Person]
    managers: Mapping[str, Person]
    mailboxes: Mapping[str, str]

    def standing(self, escalation: Escalation, person: Person) -> Standing:
        """How this person stands to it now. For somebody who has left, or was erased, nothing but `present=False`."""
        here = self.people.get(person.id)
        if here is None or self._why_not_here(here) == LEFT:
            return Standing(present=False)
        present = self._present_step(escalation)
        told = [(contact, step) for contact, step in self._told(escalation, here) if self._still(escalation, contact)]
        own = any(contact.side == Side.OWN for contact, _ in told)
        rungs = [contact.rung for contact, _ in told]
        return Standing(
            raiser=escalation.raised_by == here.id,
            holder=any(each.id == here.id for each in self.speakers(escalation)),
            lead="escalation-lead" in here.roles,
            side=None if not told else Side.OWN if own else Side.OTHER,
            place=PLACES[min(rungs)] if rungs else None,
            now=any(step is present for _, step in told),
            colleague=self._mailbox_was_told(escalation, here),
        )

    def speaker(self, escalation: Escalation) -> Person | None:
        """Whose matter it is on the raiser's side, whether or not they are still there; None when they were erased.

        The latest who took it over, else the raiser.
        """
        took = [row for row in self.holders.get(escalation.id, ()) if row.because != STANDS_IN]
        return self.people.get((took[-1].person_id if took else escalation.raised_by) or 0)

    def speakers(self, escalation: Escalation) -> tuple[Person, ...]:
        """Who speaks for the raiser's side now, whoever is asked first before all; empty when nobody of theirs is left.

        While whose matter it is are away, their manager stands in, and both may speak; when they are gone, for them.
        """
        whose = self.speaker(escalation)
        here = whose if whose is not None and self._is_of(escalation, whose) else None
        if here is not None and self._why_not_here(here) is None:
            return (here,)
        managers = self._managers(escalation, whose)
        there = [each for each in managers if self._why_not_here(each) is None]
        if here is not None:
            return (*there[:1], here)
        return tuple((there or managers)[:1])

    def first_known(self, escalation: Escalation) -> int | None:
        """The id of who speaks first as it was last written down; None where they were erased."""
        rows = self.holders.get(escalation.id, ())
        return rows[-1].person_id if rows else escalation.raised_by

    def _managers(self, escalation: Escalation, whose: Person | None) -> list[Person]:
        """Who could stand in: their managers who were told at this stage, then the line manager; none who is asked."""
        step, steps = self._present_step(escalation), self.steps.get(escalation.id, ())
        asked = {
            each.person_id
            for one in steps
            for each in self.ladders.get(one.id, ())
            if each.side == Side.OTHER and each.alerted_at is not None
        }
        own = [
            each.person_id
            for each in (() if step is None else self.ladders.get(step.id, ()))
            if each.side == Side.OWN and each.alerted_at is not None
        ]
        found = [self.people[number] for number in own if number is not None and number in self.people]
        line = None if whose is None or whose.manager_email is None else self.managers.get(whose.manager_email)
        found += [] if line is None else [line]
        mine = 0 if whose is None else whose.id
        return [each for each in found if each.id not in (asked | {mine}) and self._is_of(escalation, each)]

    def _is_of(self, escalation: Escalation, person: Person) -> bool:
        ours = (person.agency_id or "") == escalation.raising_agency
        return ours and self._why_not_here(person) in (None, AWAY)

    def _why_not_here(self, person: Person) -> str | None:
        return why_not_here(person, today=self.today)

    def _present_step(self, escalation: Escalation) -> EscalationStep | None:
        steps = self.steps.get(escalation.id, ())
        return steps[-1] if steps else None

    def _told(self, escalation: Escalation, person: Person) -> list[tuple[EscalationContact, EscalationStep]]:
        return [
            (contact, step)
            for step in self.steps.get(escalation.id, ())
            for contact in self.ladders.get(step.id, ())
            if contact.person_id == person.id and contact.alerted_at is not None
        ]

    def _still(self, escalation: Escalation, contact: EscalationContact) -> bool:
        """Whether somebody still is what they were told as."""
        beside = [self.people.get(other.person_id or 0) for other in self.ladders.get(contact.step_id, ())]
        person = self.people[contact.person_id or 0]
        return belongs(escalation, contact, person, [each for each in beside if each is not None])

    def _mailbox_was_told(self, escalation: Escalation, person: Person) -> bool:
        mailbox, step = self.mailboxes.get(escalation.other_agency), self._present_step(escalation)
        if person.agency_id != escalation.other_agency or mailbox is None or step is None:
            return False
        return any(
            contact.rung == RUNGS[Place.ROLE_MAILBOX] and contact.address == mailbox and contact.alerted_at is not None
            for contact in self.ladders.get(step.id, ())
        )


async def known_of(uow: UnitOfWork, escalations: Collection[Escalation], people: Iterable[Person] = ()) -> Known:
    """All that says how these people stand to these escalations, and who speaks for each raiser's side."""
    steps: dict[int, list[EscalationStep]] = {each.id: [] for each in escalations}
    for step in await uow.escalations.steps(steps):
        steps[step.escalation_id].append(step)
    ladders = await contacts_of(uow, [step.id for several in steps.values() for step in several])
    holders = await holders_of(uow, list(steps))
    ids = {person.id for person in people} | {each.raised_by for each in escalations}
    ids |= {contact.person_id for ladder in ladders.values() for contact in ladder}
    ids |= {row.person_id for rows in holders.values() for row in rows}
    known = Known(
        today=await today_of(uow),
        steps=steps,
        ladders=ladders,
        holders=holders,
        people=await uow.people.by_ids(number for number in ids if number is not None),
        managers={},
        mailboxes={agency.id: agency.role_mailbox for agency in await uow.people.agencies() if agency.role_mailbox},
    )
    whose = [known.speaker(each) for each in escalations]
    addresses = {each.manager_email for each in whose if each is not None and each.manager_email is not None}
    return replace(known, managers=await uow.people.by_emails(addresses)) if addresses else known


async def standing_of(uow: UnitOfWork, escalation: Escalation, person: Person) -> Standing:
    """How this person stands to one escalation now."""
    return (await known_of(uow, [escalation], [person])).standing(escalation, person)


async def speakers_of(uow: UnitOfWork, escalation: Escalation) -> tuple[Person, ...]:
    """Who speaks for the raiser's side of one escalation now."""
    return (await known_of(uow, [escalation])).speakers(escalation)


async def holder_of(uow: UnitOfWork, escalation: Escalation) -> Person | None:
    """Who is asked first on the raiser's side; None when nobody of theirs is left."""
    return next(iter(await speakers_of(uow, escalation)), None)


async def speaker_of(uow: UnitOfWork, escalation: Escalation) -> Person | None:
    """Whose matter it is on the raiser's side, whether or not they are still there; None when they were erased."""
    return (await known_of(uow, [escalation])).speaker(escalation)
