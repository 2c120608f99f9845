"""Writing an edition in the browser: its fields and stories, or the whole text; whatever is typed is kept."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.files.bulletin_fields import BulletinFields, NotFields, Placed, StoryFields, fields_of, placed, text_of
from bot.files.pictures import picture_facts
from bot.files.problems import Problem
from bot.rules.edition_states import CAN_CHANGE
from bot.rules.identifiers import remove
from handlers.bulletins.applying import identifiers_in, stored_pictures
from handlers.bulletins.working import Judged, Put, Unfinished, judge, mark_of, put, unfinished
from handlers.partnership import calendar_of, partnership_of
from handlers.web import bulletin_form as parts
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import Form, SentForm, context_of, render, see_other
from storage.tables.bulletins import Bulletin, BulletinImage
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

MEANWHILE: Final = (
    "Somebody else has changed this bulletin since you opened it. Yours is below; saving it now replaces theirs."
)
MOVES: Final = ("add", "up", "down", "remove-story", "put-back", "take-out", "picture", "insert")
"""Buttons after which a person goes on writing, whatever may still be wrong elsewhere."""
SAVES: Final = ("save", "remove", "")
"""Buttons that take stories out for good; the return key sends none. Until then each has a way back."""
ON_FORM: Final = {"audience": "who", "id": "", "author": "", "herald_bulletin": ""}
"""Where on the form a key of the front matter stands, if not under its own name."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something about a text, beside its field: `place` is the field's name, or empty."""

    place: str
    words: str
    error: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that is there; `used` says whether the text shows it."""

    name: str
    url: str
    size: str
    used: bool


@dataclass(frozen=True, slots=True)
class Editing:
    """A text on its page, with what is wrong with it. `theirs` is what somebody else wrote meanwhile."""

    judged: Judged
    unfinished: Unfinished | None = None
    meanwhile: bool = False
    theirs: str = ""
    done: str = ""


@router.get("/ops/bulletins/{bulletin_id}/write")
async def write(request: Request, bulletin_id: str, _editor: Editor) -> Response:
    """The fields and stories of an edition, as they were left."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        editing = await _as_left(uow, row, done=request.query_params.get("done", ""))
        try:
            fields = fields_of(editing.judged.text)
        except NotFields:
            return see_other(f"/ops/bulletins/{bulletin_id}/text")
        if row.state not in CAN_CHANGE:
            return see_other(f"/ops/bulletins/{bulletin_id}/text")
        fields = parts.strike(fields, request.query_params.getlist(parts.STRUCK))
        return await _fields_page(request, uow, row, fields, editing, blank="add" in request.query_params)


@router.post("/ops/bulletins/{bulletin_id}/write")
async def keep_fields(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Keeps what was typed, after a button did its work."""
    do = form.text("do")
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        known = _fields_or_none(row.source) or BulletinFields(bulletin_id)
        beside = await unfinished(uow, bulletin_id)
        left = (_fields_or_none(beside.text) if beside else None) or known
        partnership = await partnership_of(uow)
        fields = parts.with_blocks(parts.fields_from(form, known), form, parts.blocks_of(partnership))
        pictures = await stored_pictures(uow, row.source)
        name, refused = _taken(form, pictures)
        fields = parts.with_picture(fields, form, name) if name else fields
        fields, anchor = parts.moved(fields, do)
        judged, struck, wanting = await _looked_over(uow, row, fields, pictures, do=do)
        refused += wanting
        anchor = anchor or parts.where_changed(left, _fields_or_none(judged.text) or fields)
    outcome, judged = await _stored(request, bulletin_id, judged, form, editor)
    adding, moving = "&add=1" if do == "add" else "", do.partition(":")[0] in MOVES and not refused
    if outcome in (Put.KEPT, Put.BESIDE) and not refused and (outcome is Put.KEPT or moving):
        done = "struck" if do.startswith("remove-story") else "saved" if outcome is Put.KEPT else "beside"
        without = "".join(f"&{parts.STRUCK}={number}" for number in struck)
        return see_other(f"/ops/bulletins/{bulletin_id}/write?done={done}{adding}{without}#{anchor or 'main'}")
    judged = replace(judged, problems=(*judged.problems, *refused))
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        editing = await _not_kept(uow, row, judged, outcome)
        with contextlib.suppress(NotFields):  # a title with signs that nobody can see: shown as it was typed
            fields = parts.strike(fields_of(judged.text), struck)
        return await _fields_page(request, uow, row, fields, editing, blank=bool(adding), status=_status(outcome))


@router.get("/ops/bulletins/{bulletin_id}/text")
async def whole(request: Request, bulletin_id: str, _editor: Editor) -> Response:
    """The whole text of an edition, as its file has it."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        return _text_page(request, row, await _as_left(uow, row, done=request.query_params.get("done", "")))


@router.post("/ops/bulletins/{bulletin_id}/text")
async def keep_text(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Keeps a whole text."""
    text = f"{form.text('text')}\n".replace("\r\n", "\n")
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        text = remove(text, identifiers_in(text, await _today(uow))) if form.text("do") == "remove" else text
        pictures = await stored_pictures(uow, row.source)
        name, refused = _taken(form, pictures)
        text += f"\n{parts.picture_line(name, form.text('alt'))}\n" if name else ""
        judged = await judge(uow, bulletin_id, text, pictures)
    outcome, judged = await _stored(request, bulletin_id, judged, form, editor)
    if outcome is Put.KEPT and not refused:
        return see_other(f"/ops/bulletins/{bulletin_id}/text?done=saved")
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        judged = replace(judged, problems=(*judged.problems, *refused))
        return _text_page(request, row, await _not_kept(uow, row, judged, outcome), status=_status(outcome))


@router.post("/ops/bulletins/{bulletin_id}/throw-away")
async def throw_away(request: Request, bulletin_id: str, form: SentForm, _editor: Editor) -> Response:
    """Forgets the text that nobody has finished; the one that was right last stays."""
    async with context_of(request).store.transaction(intake=True) as uow:
        row = await uow.bulletins.get(bulletin_id, lock=True)
        if row is None:
            raise HTTPException(404)
        if form.text("seen") == mark_of(row, await unfinished(uow, bulletin_id)):
            await uow.working_texts.drop(bulletin_id)
            return see_other(f"/ops/bulletins/{bulletin_id}/write?done=gone")
    return see_other(f"/ops/bulletins/{bulletin_id}/write?done=meanwhile")


async def _looked_over(
    uow: UnitOfWork, row: Bulletin, fields: BulletinFields, pictures: dict[str, bytes], *, do: str
) -> tuple[Judged, tuple[str, ...], tuple[Problem, ...]]:
    """The text that these fields make, the numbers of the stories in it that are struck, and why it cannot do without.

    Saving takes those stories out for good, but only out of a text that is right without them: before that nothing is
    lost, whatever else is wrong.
    """

    async def judged(wanted: BulletinFields) -> Judged:
        text = text_of(wanted, before=row.source)
        text = remove(text, identifiers_in(text, await _today(uow))) if do == "remove" else text
        return await judge(uow, row.id, text, pictures)

    wanting: tuple[Problem, ...] = ()
    if do in SAVES and any(story.struck for story in fields.stories):
        without = await judged(parts.without_struck(fields))
        if without.written is not None and not without.found:
            return without, (), ()
        wanting = tuple(replace(problem, line=0) for problem in without.problems if problem.severity == "error")
    everything = await judged(fields)
    return everything, parts.struck_in(fields, everything.text), wanting if everything.written is not None else ()


async def _stored(request: Request, bulletin_id: str, judged: Judged, form: Form, editor: Person) -> tuple[Put, Judged]:
    async with context_of(request).store.transaction(intake=True) as uow:
        row = await uow.bulletins.get(bulletin_id, lock=True)
        if row is None:
            raise HTTPException(404)
        return await put(uow, row, judged, seen=form.text("seen"), by=editor)


async def _as_left(uow: UnitOfWork, row: Bulletin, *, done: str) -> Editing:
    """The text that nobody has finished, else the one that is kept, looked over again."""
    beside = await unfinished(uow, row.id)
    text = row.source if beside is None else beside.text
    if row.state not in CAN_CHANGE:
        return Editing(Judged(text, {}), beside)
    return Editing(await judge(uow, row.id, text, await stored_pictures(uow, row.source)), beside, done=done)


async def _not_kept(uow: UnitOfWork, row: Bulletin, judged: Judged, outcome: Put) -> Editing:
    beside = await unfinished(uow, row.id)
    theirs = (row.source if beside is None else beside.text) if outcome is Put.MEANWHILE else ""
    return Editing(judged, beside, outcome is Put.MEANWHILE, theirs)


def _taken(form: Form, pictures: dict[str, bytes]) -> tuple[str, tuple[Problem, ...]]:
    """The name under which a picture that was sent along joins the others; or why it cannot."""
    upload = form.file("picture")
    if upload is None or not upload.data:
        return "", ()
    if why := parts.picture_problem(upload):
        return "", (Problem("E263", 0, 0, "picture", why),)
    name = parts.picture_name(upload, sorted(pictures))
    pictures[name] = upload.data
    return name, ()


def _fields_or_none(text: str) -> BulletinFields | None:
    try:
        return fields_of(text)
    except NotFields:
        return None


def _status(outcome: Put) -> int:
    return 409 if outcome is Put.MEANWHILE else 422


async def _today(uow: UnitOfWork) -> date:
    return (await calendar_of(uow)).local(uow.now).date()


async def _fields_page(
    request: Request,
    uow: UnitOfWork,
    row: Bulletin,
    fields: BulletinFields,
    editing: Editing,
    *,
    blank: bool = False,
    status: int = 200,
) -> Response:
    partnership = await partnership_of(uow)
    stories = fields.stories + ((StoryFields(),) if blank or not fields.stories else ())
    try:
        said = _said(editing, placed(editing.judged.text))
    except NotFields:
        said = _said(editing, Placed())
    struck = {f"story-{number}" for number, story in enumerate(fields.stories, 1) if story.struck}
    said = [one for one in said if one.place not in struck]
    return render(
        request,
        "bulletins/write.html",
        status=status,
        row=row,
        editing=editing,
        fields=replace(fields, stories=stories),
        base=parts.base_of(fields),
        ticked=parts.ticked_of(fields),
        groups=parts.groups_of(partnership),
        series=[(each.id, each.title) for each in partnership.series],
        blocks=parts.blocks_of(partnership),
        pictures=_pictures(row.id, await uow.bulletins.images(row.id), editing.judged.text),
        said=said,
        said_of={place: [one for one in said if one.place == place] for place in {one.place for one in said}},
        seen=mark_of(row, editing.unfinished),
    )


def _text_page(request: Request, row: Bulletin, editing: Editing, *, status: int = 200) -> Response:
    return render(
        request,
        "bulletins/text.html",
        status=status,
        row=row,
        editing=editing,
        may_change=row.state in CAN_CHANGE,
        said=_said(editing, Placed()),
        seen=mark_of(row, editing.unfinished),
    )


def _said(editing: Editing, places: Placed) -> list[Said]:
    found = [Said("", MEANWHILE, error=True)] if editing.meanwhile else []
    for problem in editing.judged.problems:
        place, line = places.of(problem.line) if places.places else ("text", problem.line)
        if problem.where == "picture":
            place, line = "picture", 0
        place = ON_FORM.get(place, place)
        message = problem.message[:1].upper() + problem.message[1:]
        numbered = line and (place in ("text", "opening") or place.startswith("story-"))
        found.append(Said(place, f"Line {line}: {message}" if numbered else message, problem.severity == "error"))
    return found


def _pictures(bulletin_id: str, images: Sequence[BulletinImage], text: str) -> list[Shown]:
    shown = []
    for image in images:
        facts = picture_facts(image.content)
        pixels = f"{facts.width} × {facts.height} pixels, " if facts and facts.width else ""
        size = f"{pixels}{max(1, len(image.content) // 1000)} KB"
        used = f"]({image.name}" in text or f"](<{image.name}>" in text
        shown.append(Shown(image.name, f"/bulletins/{bulletin_id}/images/{image.served_as}", size, used))
    return shown
