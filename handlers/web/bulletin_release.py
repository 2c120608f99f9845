"""The page of one edition: where it stands, trying it out, releasing it, following it while it is sent."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.files.values import moment
from bot.rules.edition_states import CAN_CHANGE
from handlers.bulletins import releasing
from handlers.bulletins.checking import check_edition
from handlers.bulletins.missed import send_to_missed, who_missed
from handlers.bulletins.progress import forecast, progress_of
from handlers.bulletins.releasing import outside_hours, why_not_approve
from handlers.bulletins.retrying import BEGUN
from handlers.bulletins.status import status_of
from handlers.connections import try_mail_now
from handlers.partnership import partnership_of
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Publisher = Annotated[Person, Depends(allow("publisher"))]
LOOKS_AGAIN_S: Final = 10
"""How often the page of an edition that is being sent looks again, unless the person stops it (WCAG 2.2.1, 2.2.2)."""


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
        at, last = await _moment(uow, form.text("at")), await _moment(uow, form.text("not_after"))
        return await releasing.schedule(uow, bulletin_id=bulletin_id, at=at, not_after=last, by=me)

    return await _do(request, bulletin_id, form, publisher, "scheduled", schedule)


@router.get("/ops/bulletins/{bulletin_id}/sending")
async def watch(request: Request, bulletin_id: str, _editor: Editor, refresh: str = "on") -> Response:
    """How an edition gets on. It looks again by itself while something may change, until the person stops that."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        figures = await status_of(uow, row)
        progress = await progress_of(uow, row, figures, mail=context_of(request).settings.mail)
    looks = progress.moving and refresh != "off"
    done = request.query_params.get("done", "")
    page = render(
        request, "bulletins/sending.html", row=row, figures=figures, progress=progress, looks=looks, done=done
    )
    if looks:
        page.headers["refresh"] = f"{LOOKS_AGAIN_S};url=/ops/bulletins/{row.id}/sending"
    return page


@router.post("/ops/bulletins/{bulletin_id}/sending")
async def sending(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Pauses, resumes, cancels, or has a resting relay tried at once."""
    acts: dict[str, Callable[[UnitOfWork, Person], Awaitable[object]]] = {
        "pause": lambda uow, me: releasing.pause(uow, bulletin_id=bulletin_id, by=me),
        "resume": lambda uow, me: releasing.resume(uow, bulletin_id=bulletin_id, by=me),
        "cancel": lambda uow, me: releasing.cancel(uow, bulletin_id=bulletin_id, by=me),
        "try": lambda uow, me: try_mail_now(uow, by=me),
    }
    act = acts.get(form.text("do"))
    if act is None:
        raise HTTPException(400)
    return await _do(request, bulletin_id, form, editor, form.text("do"), act)


@router.get("/ops/bulletins/{bulletin_id}/missed")
async def missed(request: Request, bulletin_id: str, editor: Editor) -> Response:
    """Who is meant to have it now and does not, with the reasons, before it is sent to them."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        found = await who_missed(uow, row) if row.state in BEGUN else None
        over = row.not_after is not None and uow.now > row.not_after
    publisher = "publisher" in editor.roles
    return render(request, "bulletins/missed.html", row=row, missed=found, publisher=publisher, over=over)


@router.post("/ops/bulletins/{bulletin_id}/missed")
async def reach_them(request: Request, bulletin_id: str, form: SentForm, publisher: Publisher) -> Response:
    """Sends it to those who missed it: each of them once, however often this is pressed."""
    return await _do(
        request,
        bulletin_id,
        form,
        publisher,
        "missed",
        lambda uow, me: send_to_missed(uow, bulletin_id=bulletin_id, by=me),
    )


async def _moment(uow: UnitOfWork, text: str) -> datetime | None:
    """A local time that somebody typed; None for an empty box. Raises Refused."""
    when = moment(text.replace(" ", "T"), (await partnership_of(uow)).timezone) if text else None
    if text and when is None:
        raise releasing.Refused(f"“{text[:40]}” is not a date and time. Write it like 2026-12-01T09:00.")
    return when


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
        # Not as intake: a pause has to get through even while the recipients are being written down.
        async with context_of(request).store.transaction() as uow:
            if await uow.bulletins.get(bulletin_id) is None:
                raise HTTPException(404)
            if await uow.conversations.first_time("web", form.key):
                await act(uow, person)
    except releasing.Refused as refused:
        return await edition_page(request, bulletin_id, person, status=409, refused=str(refused))
    page = "/sending" if form.text("back") == "sending" else ""
    return see_other(f"/ops/bulletins/{bulletin_id}{page}?done={done}")


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
        checked = None if begun else await check_edition(uow, row)
        reach = checked.reach if checked else None
        mail = context_of(request).settings.mail
        takes = None if reach is None else await forecast(uow, row, people=len(reach.going), mail=mail)
        progress = await progress_of(uow, row, figures, mail=mail) if begun else None
        unusual = await outside_hours(uow, row)
    return render(
        request,
        "bulletins/one.html",
        status=status,
        row=row,
        figures=figures,
        reach=reach,
        checked=checked,
        takes=takes,
        progress=progress,
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
