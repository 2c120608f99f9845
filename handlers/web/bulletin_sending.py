"""Between the wish to send an edition and its leaving stands a page that says what the press would do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from bot.files.values import moment
from handlers.bulletins import releasing
from handlers.bulletins.planning import Plan, plan_of, plan_of_approval, proposal
from handlers.partnership import partnership_of
from handlers.web.bulletin_release import act_once
from handlers.web.ops_bulletins import edition_row
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from storage.tables.bulletins import Bulletin
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

Publisher = Annotated[Person, Depends(allow("publisher"))]
NOW: Final = "now"
NO_TIME: Final = "Give the date and the time at which it is to leave, or choose “Now”."


@dataclass(frozen=True, slots=True)
class Wish:
    """When somebody wants an edition to leave, as they typed it: local times."""

    when: str = ""
    at: str = ""
    not_after: str = ""

    @property
    def time(self) -> str:
        """The time that counts; empty for now."""
        return "" if self.when == NOW else self.at


@router.get("/ops/bulletins/{bulletin_id}/send")
async def ask(
    request: Request, bulletin_id: str, _publisher: Publisher, when: str = "", at: str = "", not_after: str = ""
) -> Response:
    """To how many it would go, and when: nothing leaves before the press on this page."""
    wish = Wish(when, at[:40].strip(), not_after[:40].strip())
    refused, plan = "", None
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        try:
            plan = await _plan(uow, request, row, wish)
        except releasing.Refused as why:
            refused = str(why)
        now, proposed = await proposal(uow, row)
    return render(
        request,
        "bulletins/send.html",
        status=422 if refused else 200,
        row=row,
        plan=plan,
        wish=wish,
        refused=refused,
        now=wish.when == NOW if wish.when else now,
        proposed=wish.at or proposed,
    )


@router.post("/ops/bulletins/{bulletin_id}/send")
async def send(request: Request, bulletin_id: str, form: SentForm, publisher: Publisher) -> Response:
    """Sends an approved edition now, or sets its time."""

    async def schedule(uow: UnitOfWork, me: Person) -> object:
        wish = Wish(form.text("when"), form.text("at"), form.text("not_after"))
        at, last = await _moment(uow, wish.time), await _moment(uow, wish.not_after)
        return await releasing.schedule(
            uow, bulletin_id=bulletin_id, at=at, not_after=last, by=me, seen=form.text("seen")
        )

    return await act_once(request, bulletin_id, form, publisher, "scheduled", schedule)


@router.get("/ops/bulletins/{bulletin_id}/approve")
async def ask_before_approval(request: Request, bulletin_id: str, publisher: Publisher) -> Response:
    """What approving would send at once, because the time in the text is past."""
    async with context_of(request).store.reading() as uow:
        row = await edition_row(uow, bulletin_id)
        plan = await plan_of_approval(uow, row, mail=context_of(request).settings.mail)
    if plan is None or releasing.why_not_approve(row, publisher):
        return see_other(f"/ops/bulletins/{bulletin_id}")
    return render(request, "bulletins/send.html", row=row, plan=plan, wish=Wish(NOW), refused="")


async def _plan(uow: UnitOfWork, request: Request, row: Bulletin, wish: Wish) -> Plan | None:
    """None while nothing was chosen yet. Raises Refused."""
    if not wish.when and not wish.at:
        return None
    if wish.when != NOW and not wish.at:
        raise releasing.Refused(NO_TIME)
    at, last = await _moment(uow, wish.time), await _moment(uow, wish.not_after)
    return await plan_of(uow, row, at=at, not_after=last, mail=context_of(request).settings.mail)


async def _moment(uow: UnitOfWork, text: str) -> datetime | None:
    """A local time that somebody typed; None for an empty box. Raises Refused."""
    when = moment(text.replace(" ", "T"), (await partnership_of(uow)).timezone) if text else None
    if text and when is None:
        raise releasing.Refused(f"“{text[:40]}” is not a date and time. Write it like 2026-12-01T09:00.")
    return when
