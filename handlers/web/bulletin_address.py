"""The address that an edition will have in the public archive, changed while nothing of it was sent."""

from fastapi import APIRouter, Request, Response

from handlers.bulletins.finding import Refused
from handlers.bulletins.renaming import may_rename, proposed_id, rename
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import SentForm, context_of, render, see_other

router = APIRouter()


@router.get("/ops/bulletins/{bulletin_id}/address")
async def address(request: Request, bulletin_id: str, _editor: Editor) -> Response:
    """The address as it is, and the one that goes with its title and date."""
    return await _page(request, bulletin_id)


@router.post("/ops/bulletins/{bulletin_id}/address")
async def change(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Gives the edition another address."""
    wanted = form.text("id").strip().removeprefix("/bulletins/").lower()
    async with context_of(request).store.transaction(intake=True) as uow:
        await edition_row(uow, bulletin_id)
        try:
            renamed = await rename(uow, bulletin_id=bulletin_id, to=wanted, by=editor)
        except Refused as why:
            refused = str(why)
        else:
            return see_other(f"/ops/bulletins/{renamed.id}?done=renamed")
    return await _page(request, bulletin_id, typed=wanted[:60], refused=refused)


async def _page(request: Request, bulletin_id: str, *, typed: str = "", refused: str = "") -> Response:
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        proposed = await proposed_id(uow, row)
    return render(
        request,
        "bulletins/address.html",
        status=422 if refused else 200,
        row=row,
        typed=typed or proposed,
        proposed=proposed,
        may_rename=may_rename(row),
        refused=refused,
    )
