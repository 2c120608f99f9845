"""The page of one edition: where it stands, trying it out, and releasing it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.files.values import moment
from bot.rules.edition_states import CAN_CHANGE
from handlers.bulletins import releasing
from handlers.bulletins.freezing import reach_of
from handlers.bulletins.releasing import outside_hours, why_not_approve
from handlers.bulletins.status import status_of
from handlers.partnership import partnership_of
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Publisher = Annotated[Person, Depends(allow("publisher"))]


@router.get("/ops/bulletins/{bulletin_id}")
async def one(request: Request, bulletin_id: str, editor: Editor) -> Response:
    """One edition: where it stands, what can be done with it, and its text."""
    return await edition_page(request, bulletin_id, editor)


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


async def edition_page(
    request: Request,
    bulletin_id: str,
    editor: Person,
    *,
    status: int = 200,
    refused: str = "",
) -> Response:
    """The page of one edition, perhaps with the reason why something was refused."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        people = await uow.people.by_ids(i for i in (row.author_id, row.approved_by) if i is not None)
        begun = row.began_at is not None
        figures = await status_of(uow, row)
        reach = None if begun else await reach_of(uow, row)
        unusual = await outside_hours(uow, row)
    return render(
        request,
        "bulletins/one.html",
        status=status,
        row=row,
        figures=figures,
        reach=reach,
        may_change=row.state in CAN_CHANGE,
        why_not=why_not_approve(row, editor),
        publisher="publisher" in editor.roles,
        author=_name(people, row.author_id) or row.author,
        approver=_name(people, row.approved_by),
        refused=refused,
        unusual=unusual,
        done=request.query_params.get("done", ""),
    )


def _name(people: dict[int, Person], person_id: int | None) -> str:
    person = None if person_id is None else people.get(person_id)
    return "" if person is None else person.name
