"""What the buttons of an escalation do, and what a link shows before anything happens: for both sides."""

from dataclasses import replace

from bot.rules.escalation_access import may_acknowledge, may_answer, may_decide, may_see, may_withdraw
from bot.rules.escalation_policy import next_stage
from bot.rules.escalation_states import State
from handlers.acts import Act, ActPage, Done, Goes, Opens, Option, Press, number_in
from handlers.escalations.answering import acknowledge, late_for, rethink
from handlers.escalations.cases import Case, case_for
from handlers.escalations.deciding import give_time, may_have_time, move_on, resolve, why_not_reopen
from handlers.escalations.replies import NOT_FOUND, NOT_YOURS
from handlers.partnership import calendar_of
from handlers.wording import local_moment
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

ACKNOWLEDGE = Option("acknowledge", "I have this")
HAND_ON = Option("hand-on", "Hand it to a colleague", primary=False)
RETHINK = Option("rethink", "Think it over together first", primary=False)
SETTLED = Option("resolve", "This settles it")
SETTLED_BETWEEN_US = Option("resolve", "It is settled between us", primary=False)
"""The same before there is an answer: nothing came yet that could settle it, but the two may have spoken."""
FURTHER = Option("advance", "Take it to the next stage", primary=False)
STRAIGHT_UP = Option("skip", "Take it straight further up", primary=False)
MORE_TIME = Option("give-time", "Give them two more working days", primary=False)
HAND_OVER = Option("hand-over", "Let a colleague speak for us", primary=False)
WITHDRAW = Option("withdraw", "Withdraw it", primary=False)
REOPEN = Option("reopen", "Open it again", primary=False)
TALKS = {
    "answer": "escalation-response",
    "hand-on": "escalation-hand-on",
    "withdraw": "escalation-withdraw",
    "skip": "escalation-skip",
    "hand-over": "escalation-hand-over",
    "reopen": "escalation-reopen",
}
"""The choices that need words, and the talk in which they are given."""


async def _alert_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    reference, number = step_of(about)
    case = await case_for(uow, person, reference)
    if case is None:
        return ActPage(NOT_FOUND.title, NOT_FOUND.lines)
    if number not in (0, case.step.number) or not case.is_open:
        said = await late_for(uow, case, person)
        return ActPage(said.title, said.lines)
    if not may_acknowledge(case.standing):
        read = (Option("read", "Read it"),) if may_see(case.standing) else ()
        return ActPage(NOT_YOURS.title, NOT_YOURS.lines, options=read)
    calendar = await calendar_of(uow)
    rows = (
        ("Reference", reference),
        ("Stage", case.stage.label),
        ("Acknowledge by", local_moment(case.step.acknowledge_by, calendar)),
        ("Answer by", local_moment(case.step.answer_by, calendar)),
    )
    return ActPage("A colleague asks for your decision", (), rows, _options_when_asked(case))


def _options_when_asked(case: Case) -> tuple[Option, ...]:
    state, answers = case.escalation.state, may_answer(case.standing)
    waits = state == State.AWAITING_ACK
    options = [ACKNOWLEDGE] if waits else []
    label = "Read and answer" if answers else "See where it stands"
    options.append(Option("read", label, primary=answers and not waits))
    if answers and state in (State.AWAITING_ACK, State.ACKNOWLEDGED):
        options.append(RETHINK)
    if state in (State.AWAITING_ACK, State.ACKNOWLEDGED, State.RETHINK):
        options.append(replace(HAND_ON, primary=not answers and not waits))  # all that is left to do
    return tuple(options)


async def _alert_act(uow: UnitOfWork, press: Press) -> Done:
    reference, number = step_of(press.about)
    match press.choice:
        case "acknowledge":
            return await acknowledge(uow, person=press.person, reference=reference, number=number)
        case "rethink":
            return await rethink(uow, person=press.person, reference=reference, number=number or None)
        case "answer" | "hand-on":
            return Opens(TALKS[press.choice], reference)
        case _:
            return Goes(f"/escalations/{reference}")


async def _raiser_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    reference, number = step_of(about)
    case = await case_for(uow, person, reference)
    if case is None or not may_see(case.standing):
        return ActPage(NOT_FOUND.title, NOT_FOUND.lines)
    rows = (("Reference", reference), ("Stage", case.stage.label))
    options = (*await raiser_options(uow, case, stale=case.step.number != number), Option("read", "Read it"))
    if not case.is_open:
        return ActPage(f"{reference} is closed", ("Nothing more is needed of you.",), rows, options)
    asked = len(options) > 1
    return ActPage("What should happen now?" if asked else "Where it stands", (), rows, options)


async def raiser_options(uow: UnitOfWork, case: Case, *, stale: bool) -> tuple[Option, ...]:
    """What somebody of the raiser's side, or the lead, can do now; with `stale` nothing that counts for one stage."""
    standing = case.standing
    if not case.is_open:
        can = may_withdraw(standing) and await why_not_reopen(uow, case) is None
        return (REOPEN,) if can else ()
    if not may_decide(standing):
        return ()
    decided = case.escalation.state == State.FINAL_DECISION
    answered = decided or case.escalation.state == State.RESPONDED
    further = next_stage(case.policy, case.step.stage) is not None
    options = [SETTLED] if answered else []
    if further and not stale:
        options.append(replace(FURTHER, primary=not answered and case.step.answer_by <= uow.now))
    if further and len(stages_above(case)) > 1:
        options.append(STRAIGHT_UP)
    if not stale and may_have_time(case):
        options.append(MORE_TIME)
    if not answered:
        options.append(SETTLED_BETWEEN_US)
    options.append(HAND_OVER)
    if may_withdraw(standing) and not decided:
        options.append(WITHDRAW)
    return tuple(options)


def stages_above(case: Case) -> tuple[tuple[str, str], ...]:
    """The ids and labels of the stages above the present one."""
    place = case.policy.number(case.step.stage)
    return tuple((stage.id, stage.label) for stage in case.policy.stages[place:])


async def _raiser_act(uow: UnitOfWork, press: Press) -> Done:
    reference, number = step_of(press.about)
    match press.choice:
        case "resolve":
            return await resolve(uow, person=press.person, reference=reference)
        case "advance":
            return await move_on(uow, person=press.person, reference=reference, number=number)
        case "give-time":
            return await give_time(uow, person=press.person, reference=reference, number=number)
        case "withdraw" | "skip" | "hand-over" | "reopen":
            return Opens(TALKS[press.choice], reference)
        case _:
            return Goes(f"/escalations/{reference}")


def step_of(about: str) -> tuple[str, int]:
    """The reference and the number of the step that a button carries; 0 where it carries none."""
    reference, _, number = about.partition("/")
    return reference, number_in(number) or 0


ALERT_ACT = Act(_alert_page, _alert_act)
RAISER_ACT = Act(_raiser_page, _raiser_act)
