"""Looking at an edition as any reader, in all its forms."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from bot.rendering.bulletin import Reader
from bot.rendering.mime import UnsafeHeader, UnsendableLetter
from bot.rules.storable import storable
from digests.compose_bulletin import Preview, preview, preview_desk, reader_address
from handlers.bulletins.loading import edition_of, readers_of
from handlers.partnership import partnership_of
from handlers.web.middleware import CONTENT_SECURITY_POLICY
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import context_of, render
from handlers.web.slack_look import parts_of

router = APIRouter()

MAIL_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""For the mail in its frame: its own inline styles and pictures, no script, no form, no way out."""
FOUND_SHOWN = 20
READERS = range(1, 2**31)


@router.get("/ops/bulletins/{bulletin_id}/preview")
async def look(request: Request, bulletin_id: str, _editor: Editor, reader: int = 0, q: str = "") -> Response:
    """The edition as a reader would get it, in all its forms beside each other. `q` looks for a reader."""
    shown = await _preview(request, bulletin_id, reader)
    wanted = storable(q).strip()[:80]
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        person = await uow.people.get(reader) if reader in READERS else None
        found = await uow.people.search(wanted, limit=FOUND_SHOWN + 1) if wanted else ()
        beside = await uow.working_texts.get(bulletin_id)
    page = render(
        request,
        "bulletins/preview.html",
        row=row,
        preview=shown,
        slack=parts_of(shown.slack.blocks),
        person_shown=person,
        q=wanted,
        found=[each for each in found if each.left_at is None][:FOUND_SHOWN],
        more=len(found) > FOUND_SHOWN,
        unfinished=beside is not None,
    )
    page.headers["content-security-policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return page


@router.get("/ops/bulletins/{bulletin_id}/preview/email")
async def mail(request: Request, bulletin_id: str, _editor: Editor, reader: int = 0) -> Response:
    """The e-mail alone, for its frame."""
    shown = await _preview(request, bulletin_id, reader)
    return HTMLResponse(shown.letter.html, headers={"content-security-policy": MAIL_POLICY})


async def _preview(request: Request, bulletin_id: str, person_id: int) -> Preview:
    context = context_of(request)
    base_url = context.settings.base_url
    async with context.store.reading() as uow:
        row = await uow.bulletins.get(bulletin_id)
        person = await uow.people.get(person_id) if person_id in READERS else None
        if row is None:
            raise HTTPException(404)
        edition = await edition_of(uow, row, base_url=base_url)
        readers = await readers_of(uow, edition, [person.id] if person else [])
        desk = preview_desk(uow, await partnership_of(uow), base_url=base_url, mail=context.settings.mail)
        to = reader_address(person)
    reader = readers[person.id] if person else Reader()
    try:
        return preview(edition, reader, to=to, desk=desk)
    except (UnsafeHeader, UnsendableLetter) as problem:
        raise HTTPException(409, str(problem)) from problem
