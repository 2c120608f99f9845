"""Pages about deadlines: my own, and the timetable of the operations team."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.files.problems import FileProblems
from bot.rules.deadline_kinds import KINDS
from handlers.acts import Listing
from handlers.deadlines.overview import timetable_of
from handlers.deadlines.showing import words
from handlers.files import apply_file
from handlers.web.shell import SentForm, SignedIn, allow, context_of, render, see_other
from storage.tables.people import Person

router = APIRouter()

Staff = Annotated[Person, Depends(allow("coordinator", "analyst"))]
Coordinator = Annotated[Person, Depends(allow("coordinator"))]


@router.get("/deadlines")
async def mine(request: Request, person: SignedIn) -> Response:
    """All my deadlines, the nearest first."""
    async with context_of(request).store.reading() as uow:
        said = await words(uow, person, "")
    needs = said.needs if isinstance(said, Listing) else ()
    return render(request, "deadlines/mine.html", needs=needs)


@router.get("/ops/deadlines")
async def timetable(request: Request, staff: Staff) -> Response:
    """Everything that is due, the overdue first, and what was nudged."""
    async with context_of(request).store.reading() as uow:
        rows = await timetable_of(uow)
    return render(
        request,
        "deadlines/timetable.html",
        rows=rows,
        kinds=KINDS,
        may_change="coordinator" in staff.roles,
        problems=(),
    )


@router.post("/ops/deadlines/apply")
async def apply(request: Request, form: SentForm, staff: Coordinator) -> Response:
    """Adds or corrects deadlines from a file."""
    upload = form.file("file")
    data = b"" if upload is None else upload.data
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            await apply_file(uow, name="deadlines.yaml", text=data.decode("utf-8-sig", "replace"), by=staff)
    except FileProblems as wrong:
        async with context_of(request).store.reading() as uow:
            rows = await timetable_of(uow)
        problems = [(problem.line, problem.where, problem.message) for problem in wrong.problems]
        return render(
            request, "deadlines/timetable.html", status=422, rows=rows, kinds=KINDS, may_change=True, problems=problems
        )
    return see_other("/ops/deadlines")
