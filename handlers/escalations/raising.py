"""Raising an escalation: danger first, then a record, a stage and alerts in one transaction."""

from bot import words
from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.files.partnership import Partnership
from bot.flows.agencies import AgencyNamed, chosen_agency
from bot.flows.escalation import escalation_flow
from bot.rules.escalation_policy import Urgency
from bot.rules.escalation_states import State
from handlers.acts import Act, ActPage, Done, Opens, Option, Press
from handlers.escalations.stages import open_stage
from handlers.partnership import calendar_of, partnership_of
from handlers.policies import policy_for_new
from handlers.talk import About, Ending, Talk
from handlers.wording import local_moment
from storage.people import normal_email
from storage.tables.escalations import Escalation
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NO_STAGES = "Your partnership has not agreed its escalation stages in Herald. Use your agency's own procedure for now."
NO_OTHER_AGENCY = "Herald knows no other agency yet to take this up with. Use your agency's own procedure for now."


async def _flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    partnership = await partnership_of(uow)
    if await policy_for_new(uow) is None:
        return _not_yet(partnership, NO_STAGES)
    own = about.person.agency_id
    others = [AgencyNamed(agency.id, agency.name, agency.sector) for agency in partnership.agencies if agency.id != own]
    if not others:
        return _not_yet(partnership, NO_OTHER_AGENCY)
    door = partnership.front_door
    return escalation_flow(
        agencies=others,
        danger=partnership.front_door.danger_lines(),
        front_door=f"{door.name} on {door.phone}",
        practice=not uow.sending.live,
    )


def _not_yet(partnership: Partnership, why: str) -> Notice:
    """Nothing can be raised; the numbers to ring come first all the same, because somebody is worried."""
    return Notice("Herald cannot take this yet", (*partnership.front_door.danger_lines(), why))


async def _raise(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    partnership = await partnership_of(uow)
    policy = await policy_for_new(uow)
    if policy is None:
        return _not_yet(partnership, NO_STAGES)
    calendar = await calendar_of(uow)
    answers = ending.answers
    reference = await uow.conversations.next_reference("E", year=calendar.local(uow.now).year)
    counterpart = str(answers.get("counterpart", ""))
    escalation = Escalation(
        reference=reference,
        raised_by=about.person.id,
        practice=not uow.sending.live,
        raising_agency=about.person.agency_id or "",
        other_agency=chosen_agency(answers),
        counterpart=normal_email(counterpart) or None,
        kind=str(answers["kind"]),
        urgency=Urgency(str(answers["urgency"])).value,
        policy_version=policy.version,
        state=State.AWAITING_ACK.value,
        state_since=uow.now,
        stage=policy.stages[0].id,
        raised_at=uow.now,
    )
    await uow.escalations.add(escalation)
    author = about.person.id
    await uow.escalations.write(escalation, kind="own reference", author_id=author, text=str(answers["own_reference"]))
    await uow.escalations.write(escalation, kind="concern", author_id=author, text=str(answers["reason"]))
    uow.audit.add(
        "escalation.raised",
        thing=reference,
        by=about.person,
        detail={"agency": escalation.other_agency, "kind": escalation.kind, "urgency": escalation.urgency},
    )
    step = await open_stage(uow, escalation, policy, policy.stages[0])
    door = partnership.front_door
    lines: tuple[str, ...] = (
        "Thank you for speaking up. The other side has been told; they see the reference, not your words.",
        f"They have until {local_moment(step.acknowledge_by, calendar)} to say that they have it, "
        f"and until {local_moment(step.answer_by, calendar)} to answer. If they do not, it moves on by itself.",
        f"If things get worse, do not wait: ring {words.EMERGENCY}, or {door.name} on {door.phone}.",
    )
    if not uow.sending.live:
        lines = (
            f"{words.PRACTICE} Nobody on the other side was told. For a real concern ring {door.name} on {door.phone}, "
            f"or {words.EMERGENCY}.",
        )
    return Receipt("Your disagreement is raised", reference, lines, "escalation")


async def _page(uow: UnitOfWork, _person: Person, _about: str) -> ActPage:
    danger = (await partnership_of(uow)).front_door.danger_lines()
    return ActPage("Raise a professional disagreement", danger, options=(Option("start", "Start"),))


async def _start(_uow: UnitOfWork, _press: Press) -> Done:
    return Opens("escalation")


TALK = Talk(_flow, _raise)
ACT = Act(_page, _start)
