"""Writing bulletins in the browser: the list, a new draft, and the text of an edition."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.files.problems import FileProblems, Problem
from handlers.bulletins.drafting import draft
from handlers.bulletins.status import status_of
from handlers.partnership import partnership_of
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from storage.tables.bulletins import Bulletin
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Editor = Annotated[Person, Depends(allow("coordinator", "publisher"))]


@router.get("/ops/bulletins")
async def all_bulletins(request: Request, _editor: Editor) -> Response:
    """Every edition with its figures, the one changed last first."""
    async with context_of(request).store.reading() as uow:
        rows = [(row, await status_of(uow, row)) for row in (await uow.bulletins.all())[:100]]
    return render(request, "bulletins/list.html", rows=rows)


@router.get("/ops/bulletins/new")
async def new(request: Request, _editor: Editor) -> Response:
    """The few fields of a new draft."""
    return await _new_page(request, {})


@router.post("/ops/bulletins/new")
async def begin(request: Request, form: SentForm, editor: Editor) -> Response:
    """Keeps a new draft and opens it."""
    given = {name: form.text(name)[:200] for name in ("title", "series", "send_at")}
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            kept = await draft(
                uow, title=given["title"], series_id=given["series"], send_at=given["send_at"], by=editor
            )
    except FileProblems as wrong:
        return await _new_page(request, given, wrong.problems)
    return see_other(f"/ops/bulletins/{kept.id}/write")


async def _new_page(request: Request, given: dict[str, str], problems: tuple[Problem, ...] = ()) -> Response:
    async with context_of(request).store.reading() as uow:
        series = [(each.id, each.title) for each in (await partnership_of(uow)).series]
    status = 422 if problems else 200
    return render(request, "bulletins/new.html", status=status, series=series, given=given, problems=problems)


async def edition_row(uow: UnitOfWork, bulletin_id: str) -> Bulletin:
    """The edition of a page. Raises 404."""
    row = await uow.bulletins.get(bulletin_id)
    if row is None:
        raise HTTPException(404)
    return row
