"""Who got an edition: the list with its filter, search and file, one person with every try, and trying again."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from handlers.bulletins.finding import Refused
from handlers.bulletins.recipient_words import FILTERS, Filter, filter_named
from handlers.bulletins.recipients import A_PAGE, as_csv, one_person, page_of
from handlers.bulletins.retrying import retry
from handlers.bulletins.status import status_of
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import RowNumber, SentForm, context_of, render, see_other
from storage.tables.people import Person

router = APIRouter()

SEARCHED = 100
"""The longest text that is searched for."""
NOBODY_TICKED = "Nobody is ticked. Tick those to whom it shall be sent again, then press the button."


@router.get("/ops/bulletins/{bulletin_id}/recipients")
async def everybody(
    request: Request, bulletin_id: str, editor: Editor, show: str = "", find: str = "", page: int = 1
) -> Response:
    """The recipients with what became of each, a hundred at a time."""
    return await _list(request, bulletin_id, editor, chosen=filter_named(show), find=find[:SEARCHED], number=page)


async def _list(
    request: Request,
    bulletin_id: str,
    _editor: Person,
    *,
    chosen: Filter,
    find: str = "",
    number: int = 1,
    refused: str = "",
) -> Response:
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        figures = await status_of(uow, row)
        page = await page_of(uow, row, chosen=chosen, search=find, number=number)
    kept = urlencode({"show": chosen.name, "find": find})
    return render(
        request,
        "bulletins/recipients.html",
        status=422 if refused else 200,
        row=row,
        figures=figures,
        page=page,
        chosen=chosen,
        filters=[(each.name, each.words) for each in FILTERS],
        find=find,
        kept=kept,
        first=(page.number - 1) * A_PAGE + 1,
        refused=refused,
        again=request.query_params.get("again", ""),
    )


@router.get("/ops/bulletins/{bulletin_id}/recipients.csv")
async def download(request: Request, bulletin_id: str, _editor: Editor, show: str = "", find: str = "") -> Response:
    """Everybody whom the filter and the search find, as a file."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        table = await as_csv(uow, row, chosen=filter_named(show), search=find[:SEARCHED])
    name = f'attachment; filename="{row.id}-recipients.csv"'
    headers = {"content-disposition": name}
    return Response(table.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/ops/bulletins/{bulletin_id}/recipients")
async def try_again(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Sends it again to those who are ticked, where it failed or is uncertain."""
    picked = {int(each) for each in form.all("pick") if each.isascii() and each.isdigit() and len(each) < 10}
    chosen = filter_named(form.text("show"))
    if not picked:
        return await _list(request, bulletin_id, editor, chosen=chosen, refused=NOBODY_TICKED)
    again = 0
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            if await uow.bulletins.get(bulletin_id) is None:
                raise HTTPException(404)
            if await uow.conversations.first_time("web", form.key):
                again = await retry(uow, bulletin_id=bulletin_id, person_ids=picked, by=editor)
    except Refused as refused:
        return await _list(request, bulletin_id, editor, chosen=chosen, refused=str(refused))
    return see_other(f"/ops/bulletins/{bulletin_id}/recipients?again={again}")


@router.get("/ops/bulletins/{bulletin_id}/recipients/{person_id}")
async def one(request: Request, bulletin_id: str, person_id: RowNumber, _editor: Editor) -> Response:
    """One person: where their message stands, what the mail system said, every try."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        found = await one_person(uow, row, person_id)
    if found is None:
        raise HTTPException(404)
    line, tries = found
    return render(request, "bulletins/recipient.html", row=row, line=line, tries=tries)
