"""Writing bulletins in the browser: the list, a new draft, and the text of an edition."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.files.bulletin_body import PICTURE
from bot.files.pictures import picture_facts
from bot.files.problems import FileProblems, Problem
from bot.rules.edition_states import CAN_CHANGE
from bot.rules.identifiers import remove
from handlers.apply import FileSource
from handlers.bulletins.applying import check, identifiers_in, keep, stored_pictures
from handlers.bulletins.drafting import draft
from handlers.bulletins.status import status_of
from handlers.partnership import calendar_of, partnership_of
from handlers.web.shell import Form, SentForm, Upload, allow, context_of, render, see_other
from storage.tables.bulletins import Bulletin
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Editor = Annotated[Person, Depends(allow("coordinator", "publisher"))]
MEANWHILE = (
    "Somebody else has changed this bulletin since you opened it. Yours is below; saving it now replaces theirs."
)
NOT_ITS_ID = "The id in the text is not this bulletin's. Put it back, or begin a new bulletin."


@dataclass(frozen=True, slots=True)
class Editing:
    """A text in the browser that is not kept (yet): what is wrong with it, and what seems to be a child's."""

    text: str
    problems: tuple[Problem, ...] = ()
    found: tuple[tuple[str, str], ...] = ()
    checked: bool = False


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


@router.get("/ops/bulletins/{bulletin_id}/write")
async def write(request: Request, bulletin_id: str, _editor: Editor) -> Response:
    """The text of one edition."""
    return await _write_page(request, bulletin_id)


@router.post("/ops/bulletins/{bulletin_id}/write")
async def change(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Checks a changed text, and keeps it unless it was only to be checked or something is wrong."""
    context = context_of(request)
    text = f"{form.text('text')}\n".replace("\r\n", "\n")
    async with context.store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        today = (await calendar_of(uow)).local(uow.now).date()
        if form.text("do") == "remove":
            text = remove(text, identifiers_in(text, today))
        pictures, text = _with_upload(form, await stored_pictures(uow, row.source), text)
        problems: tuple[Problem, ...] = ()
        try:
            written = await check(uow, text, pictures)
            problems = written.warnings
            if written.file.id != bulletin_id:
                raise FileProblems([Problem("E201", 1, 1, "id", NOT_ITS_ID)])
        except FileProblems as wrong:
            found = tuple((text[span.start : span.end], span.label) for span in identifiers_in(text, today))
            return await _write_page(request, bulletin_id, Editing(text, wrong.problems, found), status=422)
        if form.text("seen") != row.content_hash:
            meanwhile = Problem("E270", 1, 1, "text", MEANWHILE)
            return await _write_page(request, bulletin_id, Editing(text, (meanwhile,)), status=409)
    if form.text("do") == "check":
        return await _write_page(request, bulletin_id, Editing(text, problems, checked=True))
    try:
        async with context.store.transaction(intake=True) as uow:
            kept = await keep(uow, FileSource("bulletin", text, by=editor), await check(uow, text, pictures))
    except FileProblems as wrong:
        return await _write_page(request, bulletin_id, Editing(text, wrong.problems), status=422)
    return see_other(f"/ops/bulletins/{kept.id}/write?done=saved")


def _with_upload(form: Form, stored: dict[str, bytes], text: str) -> tuple[dict[str, bytes], str]:
    """The pictures at hand with the one that was sent along; the text shows it at its end unless it does already."""
    upload = form.file("picture")
    if upload is None or not upload.data:
        return stored, text
    name = _picture_name(upload, stored)
    shown = f"]({name})" in text or f"](<{name}>)" in text
    alt = " ".join(form.text("alt").split()).replace("[", "(").replace("]", ")")
    return {**stored, name: upload.data}, text if shown else f"{text}\n![{alt}](<{name}>)\n"


def _picture_name(upload: Upload, stored: dict[str, bytes]) -> str:
    name = upload.name.replace("\\", "/").rpartition("/")[2]
    if PICTURE.fullmatch(name) and not name.startswith(".") and not set(name) & set("<>()[]"):
        return name
    facts = picture_facts(upload.data)
    return f"picture-{len(stored) + 1}.{facts.ending if facts else 'png'}"


async def edition_row(uow: UnitOfWork, bulletin_id: str) -> Bulletin:
    """The edition of a page. Raises 404."""
    row = await uow.bulletins.get(bulletin_id)
    if row is None:
        raise HTTPException(404)
    return row


async def _write_page(
    request: Request, bulletin_id: str, editing: Editing | None = None, *, status: int = 200
) -> Response:
    """The page for the text, perhaps with one that is not kept."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        pictures = await uow.bulletins.images(row.id)
    return render(
        request,
        "bulletins/write.html",
        status=status,
        row=row,
        editing=editing or Editing(row.source),
        may_change=row.state in CAN_CHANGE,
        pictures=[image.name for image in pictures],
        done=request.query_params.get("done", ""),
    )
