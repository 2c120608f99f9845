"""Looking at an edition as any reader, in all its forms."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from bot.rendering.bulletin import Reader
from bot.rendering.mime import UnsafeHeader, UnsendableLetter
from digests.compose_bulletin import Preview, preview, preview_desk, reader_address
from handlers.bulletins.loading import edition_of, readers_of
from handlers.partnership import partnership_of
from handlers.web.middleware import CONTENT_SECURITY_POLICY
from handlers.web.ops_bulletins import Editor
from handlers.web.shell import context_of, render

router = APIRouter()

FORMS = ("email", "text", "slack")
MAIL_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""For the mail in its frame: its own inline styles and pictures, no script, no form, no way out."""
WHOM_SHOWN = 200


@router.get("/ops/bulletins/{bulletin_id}/preview")
async def look(request: Request, bulletin_id: str, _editor: Editor, reader: int = 0, form: str = "email") -> Response:
    """The edition as a reader would get it, in one of its three forms."""
    shown = await _preview(request, bulletin_id, reader)
    async with context_of(request).store.reading() as uow:
        people = (await uow.people.present())[:WHOM_SHOWN]
    page = render(
        request,
        "bulletins/preview.html",
        bulletin_id=bulletin_id,
        preview=shown,
        slack=_slack_lines(shown),
        form=form if form in FORMS else "email",
        reader=reader,
        people=[(str(person.id), f"{person.name} ({person.email})") for person in people],
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
        person = await uow.people.get(person_id) if 0 < person_id < 2**31 else None
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


def _slack_lines(shown: Preview) -> list[str]:
    """What the Slack message says, block by block."""
    lines = []
    for block in shown.slack.blocks:
        texts = [block.get("text"), *block.get("elements", ())]
        said = " ".join(str(text.get("text", "")) for text in texts if isinstance(text, dict))
        button = block.get("accessory", {}).get("text", {}).get("text", "")
        lines.append(f"{said}  [{button}]" if button else said)
    return lines
