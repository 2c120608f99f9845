"""Pages about escalations: raising one, reading one, and the queue of the escalation lead."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.rules.escalation_states import OPEN
from handlers.escalations.closing import close_by_lead, figures_of, queue_of, state_in_words
from handlers.escalations.reading import read
from handlers.partnership import partnership_of
from handlers.web.outcomes import ended, to_done
from handlers.web.shell import SentForm, SignedIn, allow, context_of, render
from storage.tables.people import Person

router = APIRouter()

Leader = Annotated[Person, Depends(allow("escalation-lead"))]


@router.get("/escalate")
async def before_raising(request: Request, _person: SignedIn) -> Response:
    """Danger first: the numbers to ring, before anything is typed."""
    context = context_of(request)
    async with context.store.reading() as uow:
        lines = (await partnership_of(uow)).front_door.danger_lines()
    return render(request, "escalations/before.html", danger_lines=lines)


@router.get("/escalations/{reference}")
async def one(request: Request, reference: str, person: SignedIn) -> Response:
    """The record with its words, for those who may read it. The reading is written into the audit log."""
    async with context_of(request).store.transaction(intake=True) as uow:
        record = await read(uow, person=person, reference=reference)
        agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
    if record is None:
        raise HTTPException(404)
    return render(
        request,
        "escalations/one.html",
        record=record,
        escalation=record.escalation,
        agencies=agencies,
        stands=state_in_words(record.escalation.state),
        is_open=record.escalation.state in OPEN,
        lead="escalation-lead" in person.roles,
    )


@router.get("/ops/escalations")
async def queue(request: Request, _lead: Leader) -> Response:
    """All escalations, the open ones first, each with what happens next."""
    async with context_of(request).store.reading() as uow:
        rows = await queue_of(uow)
        figures = await figures_of(uow)
    return render(request, "escalations/queue.html", rows=rows, figures=figures)


@router.post("/ops/escalations/{reference}/close")
async def close(request: Request, reference: str, form: SentForm, lead: Leader) -> Response:
    """The escalation lead closes one that was decided or settled."""
    async with context_of(request).store.transaction(intake=True) as uow:
        await uow.conversations.first_time("web", form.key)
        said = await close_by_lead(uow, reference=reference, by=lead)
    return to_done(request, ended(said, go_on="/ops/escalations"))
