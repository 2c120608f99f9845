"""What a named survey does besides being answered: it makes pledges and books seats, in the reply's own transaction.

Each is made once. The kept answer then holds the reference too (`("ask_child", "P-2026-0003")`), so that a reply
that is changed later neither asks nor makes it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.conversation.conditions import Answer, Answers
from bot.conversation.prompt import Receipt
from bot.files.survey_model import SurveyFile, SurveyQuestion, Type
from bot.flows.booking import AGREES
from bot.flows.survey_asking import Offers
from bot.flows.survey_folding import NOT_NOW
from handlers.bookings.booking import book
from handlers.bookings.showing import as_offered, bookable
from handlers.partnership import calendar_of
from handlers.pledges import ABOUT_EVENT, make_pledge
from handlers.surveys.reading import parts_of
from handlers.talk import About, Ending
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

MAKING = (Type.PLEDGE, Type.BOOKING)


@dataclass(frozen=True, slots=True)
class Made:
    """What a reply has made: answers to keep, with their references, and what to say about each in the receipt."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def makes(file: SurveyFile) -> tuple[SurveyQuestion, ...]:
    """The questions of a survey that make something."""
    return tuple(question for question in file.questions() if question.kind in MAKING)


async def offers_for(uow: UnitOfWork, file: SurveyFile, person: Person, kept: Answers) -> Offers:
    """The sessions that this person could book now, and what their earlier reply has made already."""
    asked = makes(file)
    if not asked:
        return Offers()
    made = {question.id: _again(question, kept[question.id]) for question in asked if is_made(kept.get(question.id))}
    if not any(question.kind is Type.BOOKING and question.id not in made for question in asked):
        return Offers(made=made)
    calendar = await calendar_of(uow)
    sessions = [await as_offered(uow, person, each, calendar) for each in await bookable(uow, person)]
    return Offers(tuple(sessions), made)


def is_made(answer: Answer | None) -> bool:
    """Whether a kept answer to a pledge or a booking has led to one: then it holds the reference."""
    return isinstance(answer, tuple) and len(answer) > 1


def _again(question: SurveyQuestion, answer: Answer) -> str:
    reference = answer[1] if isinstance(answer, tuple) else ""
    what = "Your pledge" if question.kind is Type.PLEDGE else "Your booking"
    return f"{what} {reference} stands. You find it under “my”."


async def make(uow: UnitOfWork, file: SurveyFile, about: About, ending: Ending, kept: Answers) -> Made:
    """Makes the pledges and books the seats that this reply asks for; what an earlier one has made is kept."""
    answers: dict[str, Answer] = {}
    lines: list[str] = []
    for question in makes(file):
        before = kept.get(question.id)
        if before is not None and is_made(before):
            answers[question.id] = before
            continue
        picked = ending.answers.get(question.asked_as()[0])
        if picked is None:
            continue
        made = await (_pledge if question.kind is Type.PLEDGE else _seat)(uow, question, about, ending)
        if made is not None:
            answers[question.id] = (str(picked), *([made.reference] if made.reference else []))
            lines += made.lines
    return Made(answers, tuple(lines))


@dataclass(frozen=True, slots=True)
class _One:
    reference: str
    lines: tuple[str, ...]


async def _pledge(uow: UnitOfWork, question: SurveyQuestion, about: About, ending: Ending) -> _One | None:
    pick, own = (ending.answers.get(key) for key in question.asked_as())
    if pick == NOT_NOW:
        return None
    said = {key: answer for key, answer in (("pick", pick), ("own", own)) if answer is not None}
    _, session = parts_of(about.subject)
    source = About(about.person, f"{ABOUT_EVENT}{session}" if session else "")
    receipt = await make_pledge(uow, source, Ending(said, ending.surface, ending.conversation_id))
    return _One(receipt.reference, (f"Your pledge is {receipt.reference}. {' '.join(receipt.lines)}",))


async def _seat(uow: UnitOfWork, question: SurveyQuestion, about: About, ending: Ending) -> _One | None:
    session, declared = (ending.answers.get(key) for key in question.asked_as())
    if session == NOT_NOW:
        return None
    booked = await book(uow, person=about.person, briefing_id=str(session), declared=declared == AGREES)
    reference = booked.reference if isinstance(booked, Receipt) else ""
    title = f"{booked.title} ({reference})." if reference else f"{booked.title}."
    return _One(reference, (f"{title} {' '.join(booked.lines)}",))
