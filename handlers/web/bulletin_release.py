"""Looking at an edition as any reader, trying it out, and releasing it, on the operations pages."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from bot.files.values import moment
from bot.rendering.bulletin import Reader
from bot.rendering.mime import UnsafeHeader, UnsendableLetter
from digests.compose_bulletin import Preview, preview, preview_desk, reader_address
from handlers.bulletins import releasing
from handlers.bulletins.loading import edition_of, readers_of
from handlers.partnership import partnership_of
from handlers.web.middleware import CONTENT_SECURITY_POLICY
from handlers.web.ops_bulletins import Editor, edition_page
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Publisher = Annotated[Person, Depends(allow("publisher"))]
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


@router.post("/ops/bulletins/{bulletin_id}/test")
async def test(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Sends the edition to whoever presses, marked as a test."""
    return await _do(
        request,
        bulletin_id,
        form,
        editor,
        "tested",
        lambda uow, me: releasing.send_test(uow, bulletin_id=bulletin_id, to=me, by=me),
    )


@router.post("/ops/bulletins/{bulletin_id}/approve")
async def approve(request: Request, bulletin_id: str, form: SentForm, publisher: Publisher) -> Response:
    """A second person says yes to the text that they looked at."""
    return await _do(
        request,
        bulletin_id,
        form,
        publisher,
        "approved",
        lambda uow, me: releasing.approve(uow, bulletin_id=bulletin_id, by=me, seen=form.text("seen")),
    )


@router.post("/ops/bulletins/{bulletin_id}/send")
async def send(request: Request, bulletin_id: str, form: SentForm, publisher: Publisher) -> Response:
    """Sends an approved edition now, or sets its time."""

    async def schedule(uow: UnitOfWork, me: Person) -> object:
        at = form.text("at")
        when = moment(at.replace(" ", "T"), (await partnership_of(uow)).timezone) if at else None
        if at and when is None:
            raise releasing.Refused(f"“{at[:40]}” is not a date and time. Write it like 2026-12-01T09:00.")
        return await releasing.schedule(uow, bulletin_id=bulletin_id, at=when, by=me)

    return await _do(request, bulletin_id, form, publisher, "scheduled", schedule)


@router.post("/ops/bulletins/{bulletin_id}/sending")
async def sending(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Pauses, resumes or cancels."""
    acts = {"pause": releasing.pause, "resume": releasing.resume, "cancel": releasing.cancel}
    act = acts.get(form.text("do"))
    if act is None:
        raise HTTPException(400)
    return await _do(
        request, bulletin_id, form, editor, form.text("do"), lambda uow, me: act(uow, bulletin_id=bulletin_id, by=me)
    )


async def _do(
    request: Request,
    bulletin_id: str,
    form: SentForm,
    person: Person,
    done: str,
    act: Callable[[UnitOfWork, Person], Awaitable[object]],
) -> Response:
    """Does one thing once, and shows the edition again: with what was done, or why it was refused."""
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            if await uow.bulletins.get(bulletin_id) is None:
                raise HTTPException(404)
            if await uow.conversations.first_time("web", form.key):
                await act(uow, person)
    except releasing.Refused as refused:
        return await edition_page(request, bulletin_id, person, status=409, refused=str(refused))
    return see_other(f"/ops/bulletins/{bulletin_id}?done={done}")


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
