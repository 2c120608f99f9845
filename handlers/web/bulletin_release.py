"""The page of one edition: where it stands, trying it out, releasing it, following it while it is sent."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.rules.edition_states import CAN_CHANGE, EditionState
from handlers.bulletins import releasing
from handlers.bulletins.checking import check_edition
from handlers.bulletins.missed import send_to_missed, who_missed
from handlers.bulletins.planning import is_due, proposal
from handlers.bulletins.progress import before_it_begins, forecast, progress_of
from handlers.bulletins.releasing import approvers_of, outside_hours, why_not_approve
from handlers.bulletins.renaming import may_rename
from handlers.bulletins.retrying import BEGUN
from handlers.bulletins.status import status_of
from handlers.connections import try_mail_now
from handlers.web.ops_bulletins import Editor, edition_row
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from storage.tables.bulletins import Bulletin
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Publisher = Annotated[Person, Depends(allow("publisher"))]
SENT_BY: Final = ("scheduled", "missed")
LOOKS_AGAIN_S: Final = 10
"""How often the page of an edition that is being sent looks again, unless the person stops it (WCAG 2.2.1, 2.2.2)."""


@router.get("/ops/bulletins/{bulletin_id}")
async def one(request: Request, bulletin_id: str, editor: Editor) -> Response:
    """One edition: where it stands, what can be done with it, and its text."""
    return await edition_page(request, bulletin_id, editor)


@router.post("/ops/bulletins/{bulletin_id}/test")
async def test(request: Request, bulletin_id: str, form: SentForm, editor: Editor) -> Response:
    """Sends the edition to whoever presses, marked as a test; then says where it went."""

    async def to_me(uow: UnitOfWork, me: Person) -> str:
        return f"tested-{(await releasing.send_test(uow, bulletin_id=bulletin_id, to=me, by=me)).way}"

    return await act_once(
        request,
        bulletin_id,
        form,
        editor,
        "tested",
        to_me,
    )


@router.post("/ops/bulletins/{bulletin_id}/approve")
async def approve(request: Request, bulletin_id: str, form: SentForm, publisher: Publisher) -> Response:
    """A second person says yes to the text that they looked at."""

    async def yes(uow: UnitOfWork, me: Person) -> str:
        row = await releasing.approve(uow, bulletin_id=bulletin_id, by=me, seen=form.text("seen"))
        return "scheduled" if is_due(row, now=uow.now) else "approved"

    return await act_once(request, bulletin_id, form, publisher, "approved", yes)


@router.get("/ops/bulletins/{bulletin_id}/sending")
async def watch(request: Request, bulletin_id: str, _editor: Editor, refresh: str = "on") -> Response:
    """How an edition gets on. It looks again by itself while something may change, until the person stops that."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        figures = await status_of(uow, row)
        mail = context_of(request).settings.mail
        begun = row.began_at is not None
        progress = (
            await progress_of(uow, row, figures, mail=mail) if begun else await before_it_begins(uow, row, figures)
        )
        due = row.state == EditionState.APPROVED and is_due(row, now=uow.now)
    looks = progress.moving and refresh != "off"
    done = request.query_params.get("done", "")
    page = render(
        request, "bulletins/sending.html", row=row, figures=figures, progress=progress, looks=looks, done=done, due=due
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
    return await act_once(request, bulletin_id, form, editor, form.text("do"), act)


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
    return await act_once(
        request,
        bulletin_id,
        form,
        publisher,
        "missed",
        lambda uow, me: send_to_missed(uow, bulletin_id=bulletin_id, by=me),
    )


async def act_once(
    request: Request,
    bulletin_id: str,
    form: SentForm,
    person: Person,
    done: str,
    act: Callable[[UnitOfWork, Person], Awaitable[object]],
) -> Response:
    """Does one thing once, and shows what was done, or why it was refused. What `act` says counts before `done`.

    Whoever has sent something is led to the page on which they can follow it.
    """
    try:
        # Not as intake: a pause has to get through even while the recipients are being written down.
        async with context_of(request).store.transaction() as uow:
            if await uow.bulletins.get(bulletin_id) is None:
                raise HTTPException(404)
            if await uow.conversations.first_time("web", form.key):
                said = await act(uow, person)
                done = said if isinstance(said, str) else done
    except releasing.Refused as refused:
        return await edition_page(request, bulletin_id, person, status=409, refused=str(refused))
    page = "/sending" if done in SENT_BY or form.text("back") == "sending" else ""
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
        others = await approvers_of(uow, row)
        now, proposed = await proposal(uow, row)
        due = is_due(row, now=uow.now)
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
        may_rename=may_rename(row),
        why_not=why_not_approve(row, editor, others=others),
        stands=_stands(row, figures.state, due=due),
        due=due,
        now=now,
        proposed=proposed,
        publisher="publisher" in editor.roles,
        author=_name(people, row.author_id) or row.author,
        approver=_name(people, row.approved_by),
        refused=refused,
        unusual=unusual,
        done=request.query_params.get("done", ""),
    )


def _stands(row: Bulletin, state: str, *, due: bool) -> str:
    """The state of an edition in words."""
    if state != EditionState.APPROVED:
        return state
    if row.send_at is None:
        return "approved; nobody has sent it yet"
    return "approved, and it leaves now" if due else "approved; it leaves by itself at its time"


def _name(people: dict[int, Person], person_id: int | None) -> str:
    person = None if person_id is None else people.get(person_id)
    return "" if person is None else person.name
