"""What differs in an edition: from the one before it in its series, and from the text that was approved last."""

from fastapi import APIRouter, Request, Response

from handlers.bulletins.comparing import since_approved, since_last_edition
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import context_of, render

router = APIRouter()


@router.get("/ops/bulletins/{bulletin_id}/differences")
async def differences(request: Request, bulletin_id: str, _editor: Editor) -> Response:
    """Story by story: new, changed, moved, the same, gone."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        last = await since_last_edition(uow, row)
        approved = await since_approved(uow, row)
    return render(
        request,
        "bulletins/differences.html",
        row=row,
        last_row=last[0] if last else None,
        last=last[1] if last else None,
        approved=approved,
    )
