"""The talks after an escalation was raised, each with what a finished one means."""

from collections.abc import Awaitable, Callable

from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.flows.escalation_answers import (
    hand_to_flow,
    learning_flow,
    reopen_flow,
    response_flow,
    skip_flow,
    withdraw_flow,
)
from bot.rules.escalation_access import may_acknowledge, may_answer, may_decide, may_withdraw
from bot.rules.escalation_states import State
from handlers.escalations import learning
from handlers.escalations.answering import hand_on, late_for, respond
from handlers.escalations.cases import Case, case_for
from handlers.escalations.deciding import give_holder, reopen, skip, why_not_reopen, withdraw
from handlers.escalations.pressing import stages_above
from handlers.escalations.replies import NOT_FOUND, NOT_YOURS, late
from handlers.talk import About, Ending, Talk
from storage.people import normal_email
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

UNKNOWN = Notice("Nobody has this address", ("Herald does not know that e-mail address. Check how it is written.",))
HandTo = Callable[..., Awaitable[Notice]]


def _receipt(said: Notice, reference: str) -> Receipt | Notice:
    """A talk that did what it was for ends with a receipt; one that was refused keeps what was typed."""
    return Receipt(said.title, reference, said.lines) if said.title in DONE else said


DONE = frozenset({"Withdrawn", "It moves on", "It is open again", "Handed on", "Handed over"})


async def _response_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    case = await case_for(uow, about.person, about.subject)
    if case is None:
        return NOT_FOUND
    if not may_answer(case.standing):
        return NOT_YOURS
    if not case.is_open or case.escalation.state in (State.RESPONDED, State.FINAL_DECISION):
        return await late_for(uow, case, about.person)
    return response_flow(reference=case.escalation.reference, stage=case.stage.label)


async def _respond(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    given = ending.answers
    return await respond(
        uow,
        person=about.person,
        reference=about.subject,
        response=str(given["response"]),
        words=str(given["words"]),
    )


async def _of_the_raiser(uow: UnitOfWork, about: About, *, holder: bool) -> Case | Notice:
    case = await case_for(uow, about.person, about.subject)
    may = may_withdraw if holder else may_decide
    return NOT_FOUND if case is None or not may(case.standing) else case


async def _withdraw_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    case = await _of_the_raiser(uow, about, holder=True)
    if isinstance(case, Notice):
        return case
    if not case.is_open or case.escalation.state == State.FINAL_DECISION:
        return await late(uow, case)
    return withdraw_flow(reference=about.subject)


async def _withdraw(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    reason = str(ending.answers["reason"])
    return _receipt(await withdraw(uow, person=about.person, reference=about.subject, reason=reason), about.subject)


async def _skip_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    case = await _of_the_raiser(uow, about, holder=False)
    if isinstance(case, Notice):
        return case
    stages = stages_above(case)
    if not case.is_open or not stages or case.stage.final:
        return await late(uow, case)
    return skip_flow(reference=about.subject, stages=stages)


async def _skip(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    given = ending.answers
    said = await skip(
        uow,
        person=about.person,
        reference=about.subject,
        stage=str(given["stage"]),
        reason=str(given["reason"]),
        named=normal_email(str(given.get("named") or "")) or None,
    )
    return _receipt(said, about.subject)


async def _reopen_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    case = await _of_the_raiser(uow, about, holder=True)
    if isinstance(case, Notice):
        return case
    problem = await why_not_reopen(uow, case)
    return problem or reopen_flow(reference=about.subject, stage=case.stage.label)


async def _reopen(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    reason = str(ending.answers["reason"])
    return _receipt(await reopen(uow, person=about.person, reference=about.subject, reason=reason), about.subject)


async def _hand_over_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    case = await _of_the_raiser(uow, about, holder=False)
    if isinstance(case, Notice):
        return case
    intro = "They speak for your side from now on, read what was written, and hear of every step. You still read it."
    return hand_to_flow(name="escalation-hand-over", reference=about.subject, intro=intro)


async def _hand_on_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    case = await case_for(uow, about.person, about.subject)
    if case is None:
        return NOT_FOUND
    if not may_acknowledge(case.standing):
        return NOT_YOURS
    if not case.is_open:
        return await late_for(uow, case, about.person)
    intro = "They are told at once and say that they have it. The time to answer runs on."
    return hand_to_flow(name="escalation-hand-on", reference=about.subject, intro=intro)


def _handing(hand: HandTo) -> Callable[[UnitOfWork, About, Ending], Awaitable[Receipt | Notice]]:
    async def finish(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
        to: Person | None = await uow.people.by_email(str(ending.answers["to"]))
        if to is None:
            return UNKNOWN
        return _receipt(await hand(uow, person=about.person, reference=about.subject, to=to), about.subject)

    return finish


async def _learning_flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    escalation = await uow.escalations.by_reference(about.subject)
    refused = await learning.why_not(uow, escalation, about.person)
    return refused or learning_flow(reference=about.subject)


async def _learned(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    given = ending.answers
    return await learning.written(
        uow, person=about.person, reference=about.subject, theme=str(given["theme"]), words=str(given["words"])
    )


TALKS: dict[str, Talk] = {
    "escalation-response": Talk(_response_flow, _respond),
    "escalation-withdraw": Talk(_withdraw_flow, _withdraw),
    "escalation-skip": Talk(_skip_flow, _skip),
    "escalation-reopen": Talk(_reopen_flow, _reopen),
    "escalation-hand-over": Talk(_hand_over_flow, _handing(give_holder)),
    "escalation-hand-on": Talk(_hand_on_flow, _handing(hand_on)),
    "escalation-learning": Talk(_learning_flow, _learned),
}
