"""Surveys on the web: mine to answer, and for the operations team the list, the file, the figures."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.files.kinds import FileKind, kind_of
from bot.files.library import NoSuchTemplate, template, templates
from bot.files.problems import FileProblems, Problem
from bot.flows.survey_words import minutes, who_sees
from handlers.apply import Applied, FileSource
from handlers.audience import people_in
from handlers.partnership import calendar_of
from handlers.surveys.applying import apply_survey
from handlers.surveys.exporting import as_csv, as_xlsx, lines_of
from handlers.surveys.opening import CannotClose, CannotOpen, close_survey, open_survey, why_not_open
from handlers.surveys.reading import NoSuchSurvey, file_of, state_of, survey_of
from handlers.surveys.results import results_of, status_of
from handlers.surveys.retention import erase_reply
from handlers.surveys.showing import surveys_of
from handlers.surveys.starting import copy_of
from handlers.web.shell import SentForm, SignedIn, allow, context_of, render, see_other
from storage.surveys import DRAFT
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Reader = Annotated[Person, Depends(allow("coordinator", "analyst"))]
Coordinator = Annotated[Person, Depends(allow("coordinator"))]
SOURCE = "web"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Checked(Exception):
    """Rolls a check back; carries what loading the file would do."""

    def __init__(self, applied: list[Applied]) -> None:
        self.applied = applied
        super().__init__("checked")


@router.get("/surveys")
async def mine(request: Request, person: SignedIn) -> Response:
    """The surveys that ask for my view, and the replies I can still change."""
    async with context_of(request).store.reading() as uow:
        found = await surveys_of(uow, person)
    waiting = [each for each in found if not each.replied]
    return render(request, "surveys/mine.html", waiting=waiting, replied=[each for each in found if each.replied])


@router.get("/ops/surveys")
async def every(request: Request, person: Reader) -> Response:
    """Every survey with how it stands, and the shipped ones to start from."""
    async with context_of(request).store.reading() as uow:
        surveys = [(survey, await status_of(uow, survey_id=survey.id)) for survey in await uow.surveys.all()]
    return render(
        request,
        "surveys/list.html",
        surveys=surveys,
        templates=[each.survey for each in templates()],
        may_act="coordinator" in person.roles,
    )


@router.get("/ops/surveys/new")
async def new(request: Request, _staff: Coordinator, start: str = "") -> Response:
    """A file to write or choose, perhaps with the text of a shipped survey in it."""
    async with context_of(request).store.reading() as uow:
        text = await _text_of(uow, start[:80])
    return render(request, "surveys/new.html", text=text, errors=(), advice=None)


async def _text_of(uow: UnitOfWork, start: str) -> str:
    known = await uow.surveys.get(start) if start else None
    if known is not None:
        return known.document
    try:
        shipped = template(start)
    except NoSuchTemplate:
        return ""
    today = (await calendar_of(uow)).local(uow.now).date()
    return copy_of(shipped, today=today, taken=frozenset(await uow.surveys.ids()))


@router.post("/ops/surveys/new")
async def load(request: Request, form: SentForm, staff: Coordinator) -> Response:
    """Checks what was written, or keeps it; every problem is told at once and nothing that was typed is lost."""
    upload = form.file("file")
    text = _decoded(upload.data) if upload is not None and upload.data else form.text("text").replace("\r\n", "\n")
    keep = form.text("do") == "keep"
    try:
        kind = kind_of(text)
        if kind is not FileKind.SURVEY:
            raise FileProblems(
                [Problem("E112", 1, 1, "file", f"this is {kind}: a survey begins with herald_survey: 1.")]
            )
        async with context_of(request).store.transaction() as uow:
            applied = await apply_survey(uow, FileSource("survey", text, by=await uow.people.get(staff.id)))
            if not keep:
                raise _Checked(applied)
    except _Checked as checked:
        advice = [f"{each.code} line {each.line}: {each.message}" for each in checked.applied[0].problems]
        return render(request, "surveys/new.html", text=text, errors=(), advice=advice)
    except FileProblems as wrong:
        return render(request, "surveys/new.html", status=422, text=text, errors=wrong.problems, advice=None)
    return see_other(f"/ops/surveys/{applied[0].id}")


def _decoded(data: bytes) -> str:
    """Unreadable letters stay visible, so that the problems name their place."""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


@router.get("/ops/surveys/{survey_id}")
async def one(request: Request, survey_id: str, person: Reader) -> Response:
    """How a survey stands, and its figures: the table first."""
    return await _show(request, survey_id, person)


async def _show(request: Request, survey_id: str, person: Person, *, problem: str = "", status: int = 200) -> Response:
    try:
        async with context_of(request).store.reading() as uow:
            survey = await survey_of(uow, survey_id)
            file = file_of(survey)
            draft = survey.state == DRAFT
            results = None if survey.state == DRAFT else await results_of(uow, survey_id=survey_id)
            context = {
                "survey": survey,
                "state": state_of(survey, uow.now),
                "standing": await status_of(uow, survey_id=survey_id),
                "results": results,
                "why_not": await why_not_open(uow, survey) if draft else "",
                "asks": len(await people_in(uow, file.audience)) if draft and file.audience else 0,
            }
    except NoSuchSurvey:
        raise HTTPException(404) from None
    lines = [] if results is None else lines_of(results)
    invited = request.query_params.get("invited", "")
    return render(
        request,
        "surveys/one.html",
        status=status,
        **context,
        everybody=[line for line in lines if line.group == "Everybody" and line.question],
        groups=[line for line in lines if line.group != "Everybody"],
        privacy=who_sees(file),
        minutes=minutes(file),
        problem=problem,
        may_act="coordinator" in person.roles,
        invited=invited if invited.isdigit() and len(invited) < 7 else "",
        held_back=bool(request.query_params.get("practice")),
        erased=bool(request.query_params.get("erased")),
    )


@router.post("/ops/surveys/{survey_id}/open")
async def begin(request: Request, survey_id: str, form: SentForm, staff: Coordinator) -> Response:
    """Opens a survey and invites its audience."""
    try:
        async with context_of(request).store.transaction() as uow:
            await uow.conversations.first_time(SOURCE, form.key)
            opened = await open_survey(uow, survey_id=survey_id, by=staff)
    except NoSuchSurvey:
        raise HTTPException(404) from None
    except CannotOpen as reason:
        return await _show(request, survey_id, staff, problem=str(reason), status=409)
    held = "&practice=1" if opened.practice else ""
    return see_other(f"/ops/surveys/{survey_id}?invited={opened.invited}{held}")


@router.post("/ops/surveys/{survey_id}/close")
async def end(request: Request, survey_id: str, form: SentForm, staff: Coordinator) -> Response:
    """Closes a survey."""
    try:
        async with context_of(request).store.transaction() as uow:
            await uow.conversations.first_time(SOURCE, form.key)
            await close_survey(uow, survey_id=survey_id, by=staff)
    except NoSuchSurvey:
        raise HTTPException(404) from None
    except CannotClose as reason:
        return await _show(request, survey_id, staff, problem=str(reason), status=409)
    return see_other(f"/ops/surveys/{survey_id}")


@router.post("/ops/surveys/{survey_id}/erase")
async def erase(request: Request, survey_id: str, form: SentForm, staff: Coordinator) -> Response:
    """Erases the reply of somebody who gave their receipt code."""
    try:
        async with context_of(request).store.transaction() as uow:
            erased = await erase_reply(uow, survey_id=survey_id, code=form.text("code")[:40], by=staff)
    except NoSuchSurvey:
        raise HTTPException(404) from None
    if not erased:
        problem = "No reply to this survey has that code. Compare it with the receipt, letter by letter."
        return await _show(request, survey_id, staff, problem=problem, status=422)
    return see_other(f"/ops/surveys/{survey_id}?erased=1")


@router.get("/ops/surveys/{survey_id}/results.{ending}")
async def download(request: Request, survey_id: str, ending: str, _person: Reader) -> Response:
    """The table that the page shows, as a file."""
    if ending not in ("csv", "xlsx"):
        raise HTTPException(404)
    try:
        async with context_of(request).store.reading() as uow:
            results = await results_of(uow, survey_id=survey_id)
    except NoSuchSurvey:
        raise HTTPException(404) from None
    name = f'attachment; filename="{results["id"]}-results.{ending}"'
    data = as_csv(results).encode("utf-8-sig") if ending == "csv" else as_xlsx(results)
    kind = "text/csv; charset=utf-8" if ending == "csv" else XLSX
    return Response(data, media_type=kind, headers={"content-disposition": name})
