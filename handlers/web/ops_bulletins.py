"""Writing bulletins in the browser: the list, a new draft, and the text of an edition."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.files.problems import FileProblems, Problem
from handlers.bulletins.copying import copy, next_of
from handlers.bulletins.drafting import draft
from handlers.bulletins.status import status_of
from handlers.partnership import partnership_of
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from handlers.wording import moment_in_words
from storage.tables.bulletins import Bulletin
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

OTHER = "other"
Editor = Annotated[Person, Depends(allow("coordinator", "publisher"))]


@router.get("/ops/bulletins")
async def all_bulletins(request: Request, _editor: Editor) -> Response:
    """Every edition with its figures, the one changed last first."""
    async with context_of(request).store.reading() as uow:
        rows = [(row, await status_of(uow, row)) for row in (await uow.bulletins.all())[:100]]
        unfinished = await uow.working_texts.of([row.id for row, _ in rows])
    return render(request, "bulletins/list.html", rows=rows, unfinished=unfinished)


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


@router.get("/ops/bulletins/{bulletin_id}/copy")
async def copy_page(request: Request, bulletin_id: str, _editor: Editor) -> Response:
    """What the next edition after this one would be called, and when it could leave."""
    return await _copy_page(request, bulletin_id, {})


@router.post("/ops/bulletins/{bulletin_id}/copy")
async def begin_with(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Begins the next edition with the text and the pictures of this one."""
    given = {name: form.text(name)[:200] for name in ("title", "when", "send_at")}
    send_at = given["send_at"] or ("" if given["when"] == OTHER else given["when"])
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            row = await edition_row(uow, bulletin_id)
            if not await uow.conversations.first_time("web", form.key):
                return see_other("/ops/bulletins")
            kept = await copy(uow, row, title=given["title"], send_at=send_at, by=editor)
    except FileProblems as wrong:
        return await _copy_page(request, bulletin_id, given, wrong.problems)
    return see_other(f"/ops/bulletins/{kept.id}/write?done=copied")


async def _copy_page(
    request: Request, bulletin_id: str, given: dict[str, str], problems: tuple[Problem, ...] = ()
) -> Response:
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        coming = await next_of(uow, row)
    times = [(f"{each.at:%Y-%m-%dT%H:%M}", moment_in_words(each.at), each.why) for each in coming.suggestions]
    return render(
        request,
        "bulletins/copy.html",
        status=422 if problems else 200,
        row=row,
        title=given.get("title", coming.title),
        times=[*times, ("", "No time yet", ""), (OTHER, "Another time", "")],
        chosen=given.get("when", times[0][0]),
        send_at=given.get("send_at", ""),
        problems=problems,
    )


async def edition_row(uow: UnitOfWork, bulletin_id: str) -> Bulletin:
    """The edition of a page. Raises 404."""
    row = await uow.bulletins.get(bulletin_id)
    if row is None:
        raise HTTPException(404)
    return row
