"""Pages about escalations for those who have a part in one: before raising, mine, one with its words, its export."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.links import Purpose
from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_access import may_close
from handlers.escalations.export import Export, as_csv, export_of, what_came_of
from handlers.escalations.history import sent_about
from handlers.escalations.lists import lines_of, mine_of
from handlers.escalations.pressing import ACKNOWLEDGE
from handlers.escalations.raising import before
from handlers.escalations.reading import Record, read
from handlers.escalations.saying import part_in_words, place_in_words
from handlers.partnership import calendar_of
from handlers.registry import ACTS
from handlers.web.shell import SignedIn, context_of, render
from storage.deadlines import ACTIVE
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Deed:
    """A button on the page of one escalation: the same act as behind a message's button. `primary` stands out."""

    purpose: Purpose
    about: str
    choice: str
    label: str
    primary: bool = True


@router.get("/escalate")
async def before_raising(request: Request, person: SignedIn) -> Response:
    """Danger first: the numbers to ring, before anything is typed."""
    async with context_of(request).store.reading() as uow:
        said = await before(uow, person=person)
    return render(request, "escalations/before.html", said=said)


@router.get("/escalations")
async def mine(request: Request, person: SignedIn) -> Response:
    """What I raised, speak for or was told of, and where it stands. Nothing of what was written."""
    async with context_of(request).store.reading() as uow:
        lines = await mine_of(uow, person)
    return render(
        request,
        "escalations/mine.html",
        running=[line for line in lines if line.is_open],
        ended=[line for line in lines if not line.is_open],
    )


@router.get("/escalations/{reference}")
async def one(request: Request, reference: str, person: SignedIn) -> Response:
    """The record, with its words for those who may read it. The reading is written into the audit log."""
    async with context_of(request).store.transaction(intake=True) as uow:
        record = await read(uow, person=person, reference=reference)
        if record is not None:
            (line,) = await lines_of(uow, [record.escalation])
            deeds = await _deeds(uow, record, person)
            sent = () if record.words is None else await sent_about(uow, record.escalation)
    if record is None:
        raise HTTPException(404)
    return render(
        request,
        "escalations/one.html",
        record=record,
        line=line,
        deeds=deeds,
        sent=sent,
        part=part_in_words(record.standing),
        place=place_in_words,
        came_of=what_came_of,
    )


@router.get("/escalations/{reference}/export")
async def export_page(request: Request, reference: str, person: SignedIn) -> Response:
    """Everything that is kept about it, to print. The export is written into the audit log."""
    export, _ = await _export(request, reference, person)
    return render(request, "escalations/export.html", export=export)


@router.get("/escalations/{reference}/export/record.csv")
async def export_file(request: Request, reference: str, person: SignedIn) -> Response:
    """The same as a file."""
    export, calendar = await _export(request, reference, person)
    headers = {"content-disposition": f'attachment; filename="{export.escalation.reference}.csv"'}
    text = as_csv(export, calendar)
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


async def _export(request: Request, reference: str, person: Person) -> tuple[Export, WorkingCalendar]:
    """The export and the calendar of its moments, or 404 for somebody who may not read it."""
    async with context_of(request).store.transaction(intake=True) as uow:
        export = await export_of(uow, person=person, reference=reference)
        calendar = await calendar_of(uow)
    if export is None:
        raise HTTPException(404)
    return export, calendar


async def _deeds(uow: UnitOfWork, record: Record, person: Person) -> list[tuple[str, list[Deed]]]:
    """What this person can do now, for each side: just what the buttons of the messages show, for the present step."""
    about = f"{record.escalation.reference}/{record.steps[-1].number}"
    asked = await _options(uow, Purpose.ALERT, about, person)
    if record.may_answer:
        taking_on = bool(asked) and asked[0].choice == ACKNOWLEDGE.choice
        answer = Deed(Purpose.ALERT, about, "answer", "Write the answer", primary=not taking_on)
        asked.insert(1 if taking_on else 0, answer)
    deciding = await _options(uow, Purpose.ESCALATION, about, person)
    sides = (
        ("For the side that it was put to", asked),
        ("For the side that raised it", deciding),
        ("For the partnership", await _learning(uow, record)),
    )
    return [(side, deeds) for side, deeds in sides if deeds]


async def _options(uow: UnitOfWork, purpose: Purpose, about: str, person: Person) -> list[Deed]:
    page = await ACTS[purpose].page(uow, person, about)
    options = [option for option in page.options if option.choice != "read"]
    return [Deed(purpose, about, option.choice, option.label, primary=option.primary) for option in options]


async def _learning(uow: UnitOfWork, record: Record) -> list[Deed]:
    """The button of the deadline by which the lead writes what it taught."""
    known = await uow.escalations.learning(record.escalation)
    if known is None or known.deadline_id is None or known.written_at is not None or not may_close(record.standing):
        return []
    steps = [step for step in await uow.deadlines.steps(known.deadline_id) if step.state == ACTIVE]
    return [Deed(Purpose.DEADLINE, str(step.id), "done", "Write what it taught") for step in steps[:1]]
