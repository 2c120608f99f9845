"""What the raiser's side decides: settle, take it further, give time, withdraw, open it again, hand it to a colleague.

The holder and their managers of the same level decide, and the escalation lead as chair; the other side proposes (E3).
Source: reference/booking-escalation-deadlines.md 2.4.
"""

from bot.conversation.prompt import Notice
from bot.rules.escalation_access import Side, may_decide, may_withdraw
from bot.rules.escalation_policy import Stage, Urgency, extension_limit, may_reopen, next_stage, skip_problem
from bot.rules.escalation_states import Event, NotPossibleNow, State
from handlers.escalations import learning
from handlers.escalations.cases import Case, case_for
from handlers.escalations.ending import close
from handlers.escalations.merging import take_back
from handlers.escalations.presence import why_not_here
from handlers.escalations.replies import NO_MORE_TIME, NOT_FOUND, late
from handlers.escalations.saying import BEING_TOLD
from handlers.escalations.stages import ADVANCED, REOPENED, SKIPPED, TIMED_OUT, change, open_stage
from handlers.escalations.standing import speakers_of, standing_of
from handlers.escalations.taking_over import say_it_is_theirs
from handlers.escalations.telling import about_step, news_of, people_of, tell_all, tell_raiser, those_who_watch
from handlers.partnership import calendar_of
from handlers.people_present import today_of
from handlers.wording import local_moment
from storage.tables.escalations import Escalation, EscalationHolder, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

HANDED_OVER = "handed over"


async def resolve(uow: UnitOfWork, *, person: Person, reference: str) -> Notice:
    """Closes it as settled: only for the raiser's side and the lead."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None or not may_decide(case.standing):
        return NOT_FOUND
    if not case.is_open:
        return await late(uow, case)
    await close(uow, case.escalation, case.step, Event.RESOLVE, by=person)
    return Notice("Settled", (f"{reference} is closed as resolved. Thank you both.",))


async def withdraw(uow: UnitOfWork, *, person: Person, reference: str, reason: str) -> Notice:
    """Withdraws it, with the reason: only for who holds it, and not once there is a final decision."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None or not may_withdraw(case.standing):
        return NOT_FOUND
    if not case.is_open or case.escalation.state == State.FINAL_DECISION:
        return await late(uow, case)
    await _why(uow, case, "why withdrawn", reason, by=person)
    await close(uow, case.escalation, case.step, Event.WITHDRAW, by=person)
    return Notice("Withdrawn", (f"{reference} is closed. We are telling both sides.",))


async def move_on(uow: UnitOfWork, *, person: Person, reference: str, number: int) -> Notice:
    """Takes it to the next stage from step `number`: two presses, or two people, move it by one stage (E5)."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None or not may_decide(case.standing):
        return NOT_FOUND
    further = next_stage(case.policy, case.step.stage)
    if not case.is_open or case.step.number != number or further is None:
        return await late(uow, case)
    try:
        await advance(uow, case, by=person)
    except NotPossibleNow:
        return await late(uow, case)
    return Notice("It moves on", (f"{reference} is at the next stage now. {BEING_TOLD}",))


async def skip(
    uow: UnitOfWork, *, person: Person, reference: str, stage: str, reason: str, named: str | None = None
) -> Notice:
    """Takes it straight to a stage further up, with the reason; never down (E3). `named`: whom to tell there."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None or not may_decide(case.standing):
        return NOT_FOUND
    if not case.is_open or stage not in {each.id for each in case.policy.stages}:
        return await late(uow, case)
    problem = skip_problem(case.policy, current=case.step.stage, wanted=stage, reason=reason)
    if problem is not None:
        return Notice("It stays where it is", (problem,))
    if case.escalation.state == State.FINAL_DECISION:
        return await late(uow, case)
    await _why(uow, case, "why moved up", reason, by=person)
    await advance(uow, case, by=person, to=case.policy.stage(stage), named=named)
    return Notice("It moves on", (f"{reference} is at {case.policy.stage(stage).label} now. {BEING_TOLD}",))


async def advance(
    uow: UnitOfWork, case: Case, *, by: Person | None, to: Stage | None = None, named: str | None = None
) -> EscalationStep:
    """Opens the next stage, or one further up; `by` None is the clock. Raises NotPossibleNow at the last one."""
    escalation, step = case.escalation, case.step
    following = next_stage(case.policy, step.stage)
    stage = following if to is None else to
    if stage is None or following is None:
        raise NotPossibleNow("This is the last stage.")
    change(escalation, Event.ADVANCE, uow, final=False)
    how = TIMED_OUT if by is None else ADVANCED if stage.id == following.id else SKIPPED
    step.ended_at, step.ended_as = uow.now, how
    await take_back(uow, about=about_step(escalation, step))
    detail = {"from": step.stage, "to": stage.id, "as": how}
    uow.audit.add("escalation.advanced", thing=escalation.reference, by=by, detail=detail)
    opened = await open_stage(uow, escalation, case.policy, stage, by=by, opened_as=how, named=named)
    await _say_it_moved(uow, escalation, step, opened, stage=stage)
    return opened


async def _say_it_moved(
    uow: UnitOfWork, escalation: Escalation, before: EscalationStep, opened: EscalationStep, *, stage: Stage
) -> None:
    """Both sides hear where it went; who is asked at the new stage has an alert of their own."""
    until = local_moment(opened.answer_by, await calendar_of(uow))
    key = about_step(escalation, opened)
    await tell_raiser(uow, escalation, "escalation.moved", key=key, until=until)
    told = await uow.escalations.contacts(before)
    there = {row.person_id for row in await uow.escalations.contacts(opened) if row.alerted_at is not None}
    there |= {person.id for person in await speakers_of(uow, escalation)}
    people = [*await people_of(uow, told, Side.OTHER), *await people_of(uow, told, Side.OWN)]
    message = news_of(
        escalation,
        "escalation.moved",
        key=key,
        step=opened.number,
        stage=stage.label,
        final=stage.final,
        until=until,
    )
    await tell_all(uow, escalation, [person for person in people if person.id not in there], message)


async def give_time(uow: UnitOfWork, *, person: Person, reference: str, number: int) -> Notice:
    """Gives the other side two more working days, once at a stage, before they have answered; not if urgent (E2)."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None or not may_decide(case.standing):
        return NOT_FOUND
    if not case.is_open or case.step.number != number:
        return await late(uow, case)
    if not may_have_time(case):
        return NO_MORE_TIME
    escalation, step, calendar = case.escalation, case.step, await calendar_of(uow)
    step.extended_until = extension_limit(max(uow.now, step.respond_by), calendar)
    step.warned_at = escalation.asked_raiser_at = None
    uow.audit.add("escalation.time-given", thing=reference, by=person, detail={"step": step.number})
    until = local_moment(step.extended_until, calendar)
    message = news_of(
        escalation, "escalation.time-given", key=about_step(escalation, step), step=step.number, until=until
    )
    told = await uow.escalations.contacts(step)
    people = [*await people_of(uow, told, Side.OTHER), *await people_of(uow, told, Side.OWN)]
    await tell_all(uow, escalation, people, message, but=person)
    return Notice("More time given", (f"They have until {until}.",))


def may_have_time(case: Case) -> bool:
    """Once for each stage that has another above it, and only to those who have not answered (E2).

    Never in urgent matters: their hours run through the night, and once they are over it goes further by itself.
    """
    escalation, step = case.escalation, case.step
    waiting = case.is_open and escalation.state not in (State.RESPONDED, State.FINAL_DECISION)
    once = step.extended_until is None and next_stage(case.policy, step.stage) is not None
    return waiting and once and escalation.urgency != Urgency.URGENT


async def reopen(uow: UnitOfWork, *, person: Person, reference: str, reason: str) -> Notice:
    """Opens it again at its last stage, with a new clock, for ten working days after its end: only for the holder."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None or not may_withdraw(case.standing):
        return NOT_FOUND
    problem = await why_not_reopen(uow, case)
    if problem is not None:
        return problem
    escalation = case.escalation
    change(escalation, Event.REOPEN, uow, final=case.stage.final)
    escalation.closed_at = escalation.outcome = None
    uow.audit.add("escalation.reopened", thing=reference, by=person, detail={"stage": case.step.stage})
    await learning.taken_back(uow, escalation)
    opened = await open_stage(
        uow, escalation, case.policy, case.stage, by=person, opened_as=REOPENED, named=case.step.named
    )
    await _why(uow, case, "why reopened", reason, by=person, step=opened)
    await _say_it_is_open_again(uow, case, opened, by=person)
    return Notice("It is open again", (f"{reference} goes on at {case.stage.label}. {BEING_TOLD}",))


async def why_not_reopen(uow: UnitOfWork, case: Case) -> Notice | None:
    """Why it cannot be opened again now; None when it can."""
    closed = case.escalation.closed_at
    if case.is_open or closed is None:
        return Notice("It is open", (f"{case.escalation.reference} has not ended.",))
    if case.escalation.practice and uow.sending.live:
        return Notice("This was practice", ("It was raised in practice and told to nobody. Raise a real one instead.",))
    if not may_reopen(closed, uow.now, await calendar_of(uow)):
        line = "It can be opened again for ten working days after its end. Raise a new one, and name this reference."
        return Notice("Its time is over", (line,))
    return None


async def _say_it_is_open_again(uow: UnitOfWork, case: Case, opened: EscalationStep, *, by: Person) -> None:
    escalation = case.escalation
    there = {row.person_id for row in await uow.escalations.contacts(opened) if row.alerted_at is not None}
    told = [row.person_id for row in await uow.escalations.told(escalation) if row.person_id is not None]
    before = await uow.people.by_ids(told)
    message = news_of(
        escalation,
        "escalation.reopened",
        key=about_step(escalation, opened),
        step=opened.number,
        stage=case.stage.label,
        until=local_moment(opened.answer_by, await calendar_of(uow)),
    )
    people = [*before.values(), *await those_who_watch(uow)]
    await tell_all(uow, escalation, [person for person in people if person.id not in there], message, but=by)


async def give_holder(uow: UnitOfWork, *, person: Person, reference: str, to: Person) -> Notice:
    """Lets a colleague of the raiser's agency speak for its side from now on."""
    case = await case_for(uow, person, reference, lock=True)
    if case is None or not may_decide(case.standing):
        return NOT_FOUND
    if not case.is_open:
        return await late(uow, case)
    escalation = case.escalation
    before = await speakers_of(uow, escalation)
    if not await may_hold(uow, escalation, to):
        line = "Choose a colleague of the agency that raised it, who is here and was not asked for an answer."
        return Notice("They cannot take it over", (line,))
    if [each.id for each in before] == [to.id]:
        return Notice("It is theirs already", (f"{to.name} speaks for your side.",))
    row = EscalationHolder(
        escalation_id=escalation.id, person_id=to.id, because=HANDED_OVER, given_by=person.id, since=uow.now
    )
    await uow.escalations.give_holder(row)
    detail = {"to": to.id, "step": case.step.number}
    uow.audit.add("escalation.handed-over", thing=reference, by=person, detail=detail)
    await say_it_is_theirs(uow, escalation, row, to=to, before=[each for each in before if each.id != person.id])
    return Notice("Handed over", (f"{to.name} speaks for your side now. We are telling them.",))


async def may_hold(uow: UnitOfWork, escalation: Escalation, person: Person) -> bool:
    """Whether somebody could speak for the raiser's side: of its agency, here, and not asked on the other side."""
    if person.agency_id is None or person.agency_id != escalation.raising_agency:
        return False
    here = why_not_here(person, today=await today_of(uow)) is None
    return here and (await standing_of(uow, escalation, person)).side is not Side.OTHER


async def _why(
    uow: UnitOfWork, case: Case, kind: str, reason: str, *, by: Person, step: EscalationStep | None = None
) -> None:
    if reason.strip():
        number = (step or case.step).number
        await uow.escalations.write(case.escalation, kind=kind, author_id=by.id, text=reason, step=number)
