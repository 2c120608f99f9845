"""Raising an escalation: danger first, then a record, a stage and alerts in one transaction."""

from dataclasses import dataclass
from datetime import date

from bot.conversation.conditions import Answers
from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.files.partnership import Partnership
from bot.flows.agencies import AgencyNamed, chosen_agency
from bot.flows.escalation import escalation_flow
from bot.rules.escalation_policy import EscalationPolicy, Urgency
from bot.rules.escalation_states import State
from handlers.acts import Act, ActPage, Done, Opens, Option, Press
from handlers.escalations.receipts import receipt_of
from handlers.escalations.stages import open_stage
from handlers.partnership import calendar_of, partnership_of
from handlers.people_present import today_of
from handlers.policies import policy_for_new
from handlers.talk import About, Ending, Talk
from storage.people import normal_email
from storage.tables.escalations import Escalation
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NO_STAGES = "Your partnership has not agreed its escalation stages in Herald. Use your agency's own procedure for now."
NO_OTHER_AGENCY = "Herald knows no other agency yet to take this up with. Use your agency's own procedure for now."
WHERE_PROCEDURE = "Your safeguarding adviser or manager knows it."


@dataclass(frozen=True, slots=True)
class Before:
    """What somebody reads before they begin: the numbers to ring, their own procedure, and why it cannot be if so."""

    danger: tuple[str, ...]
    procedure: str
    live: bool
    why_not: str


async def before(uow: UnitOfWork, *, person: Person) -> Before:
    """What stands on the page from which a disagreement is raised."""
    partnership = await partnership_of(uow)
    return Before(
        danger=partnership.front_door.danger_lines(),
        procedure=procedure_of(partnership, person.agency_id),
        live=uow.sending.live,
        why_not=await _why_not(uow, partnership, person),
    )


async def _why_not(uow: UnitOfWork, partnership: Partnership, person: Person) -> str:
    """Why nothing can be raised just now, asked when a talk begins and again when it ends; empty when it can."""
    if await policy_for_new(uow) is None:
        return NO_STAGES
    if all(agency.id == person.agency_id for agency in partnership.agencies):
        return NO_OTHER_AGENCY
    return ""


async def _flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    partnership = await partnership_of(uow)
    own = about.person.agency_id
    procedure = procedure_of(partnership, own)
    if why_not := await _why_not(uow, partnership, about.person):
        return _not_yet(partnership, f"{why_not} {procedure}")
    door = partnership.front_door
    return escalation_flow(
        agencies=[
            AgencyNamed(agency.id, agency.name, agency.sector, _own_first(procedure) if agency.id == own else "")
            for agency in partnership.agencies
        ],
        danger=partnership.front_door.danger_lines(),
        front_door=f"{door.name} on {door.phone}",
        today=await today_of(uow),
        procedure=procedure,
        practice=not uow.sending.live,
    )


def procedure_of(partnership: Partnership, agency_id: str | None) -> str:
    """Where somebody finds their own agency's procedure, as a sentence."""
    page = next((agency.procedure for agency in partnership.agencies if agency.id == agency_id), "")
    return f"You find it at {page}" if page else WHERE_PROCEDURE


def _own_first(procedure: str) -> str:
    return f"This is your own agency. Use its own procedure first. {procedure}"


def _own(partnership: Partnership, agency_id: str) -> Notice:
    said = _own_first(procedure_of(partnership, agency_id))
    return Notice("Your own agency's procedure first", (*partnership.front_door.danger_lines(), said))


def _not_yet(partnership: Partnership, why: str) -> Notice:
    """Nothing can be raised; the numbers to ring come first all the same, because somebody is worried."""
    return Notice("Herald cannot take this yet", (*partnership.front_door.danger_lines(), why))


async def _raise(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    policy = await policy_for_new(uow)
    if policy is None:
        partnership = await partnership_of(uow)
        return _not_yet(partnership, f"{NO_STAGES} {procedure_of(partnership, about.person.agency_id)}")
    own = about.person.agency_id
    if own == chosen_agency(ending.answers):  # they moved to that agency since they chose it
        return _own(await partnership_of(uow), own)
    escalation = await _record(uow, about, ending.answers, policy)
    await _words(uow, escalation, ending.answers, by=about.person)
    uow.audit.add(
        "escalation.raised",
        thing=escalation.reference,
        by=about.person,
        detail={
            "agency": escalation.other_agency,
            "kind": escalation.kind,
            "urgency": escalation.urgency,
            "policy": policy.version,
            "consulted": escalation.consulted,
        },
    )
    step = await open_stage(uow, escalation, policy, policy.stages[0], by=about.person)
    return await receipt_of(uow, escalation, step)


async def _record(uow: UnitOfWork, about: About, answers: Answers, policy: EscalationPolicy) -> Escalation:
    year = (await calendar_of(uow)).local(uow.now).year
    consulted = str(answers.get("consulted", "")) or None
    on = answers.get("consulted_on") if consulted == "yes" else None
    escalation = Escalation(
        reference=await uow.conversations.next_reference("E", year=year),
        raised_by=about.person.id,
        raising_agency=about.person.agency_id or "",
        other_agency=chosen_agency(answers),
        counterpart=normal_email(str(answers.get("counterpart", ""))) or None,
        kind=str(answers["kind"]),
        urgency=Urgency(str(answers["urgency"])).value,
        consulted=consulted,
        consulted_on=None if on is None else date.fromisoformat(str(on)),
        practice=not uow.sending.live,
        policy_version=policy.version,
        state=State.AWAITING_ACK.value,
        state_since=uow.now,
        stage=policy.stages[0].id,
        raised_at=uow.now,
    )
    await uow.escalations.add(escalation)
    return escalation


async def _words(uow: UnitOfWork, escalation: Escalation, answers: Answers, *, by: Person) -> None:
    """Seals what was written; every box under its own name, an empty one not at all."""
    for kind, key in (("own reference", "own_reference"), ("concern", "reason"), ("would help", "would_help")):
        if answers.get(key):
            await uow.escalations.write(escalation, kind=kind, author_id=by.id, text=str(answers[key]))


async def _page(uow: UnitOfWork, _person: Person, _about: str) -> ActPage:
    danger = (await partnership_of(uow)).front_door.danger_lines()
    return ActPage("Raise a professional disagreement", danger, options=(Option("start", "Start"),))


async def _start(_uow: UnitOfWork, _press: Press) -> Done:
    return Opens("escalation")


TALK = Talk(_flow, _raise)
ACT = Act(_page, _start)
