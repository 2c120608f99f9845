"""The front page, and what needs me."""

from datetime import date

from fastapi import APIRouter, Request, Response

from handlers.my import mine_of, needs_of
from handlers.people_present import today_of
from handlers.web.shell import MaybeVisitor, SignedIn, context_of, render, see_other
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()


@router.get("/")
async def front(request: Request, before: MaybeVisitor) -> Response:
    """What Herald is, and the way in."""
    if before is not None and before.signed_in:
        return see_other("/me")
    return render(request, "home/front.html")


@router.get("/me")
async def me(request: Request, person: SignedIn) -> Response:
    """What needs me, the urgent first, and what is mine."""
    async with context_of(request).store.reading() as uow:
        needs = await needs_of(uow, person)
        mine = await mine_of(uow, person)
        away = await _away(uow, person)
    return render(request, "home/me.html", needs=needs, mine=mine, away=away)


async def _away(uow: UnitOfWork, person: Person) -> tuple[date, str] | None:
    """Until when somebody is away and who stands in; None when they are here."""
    if person.away_until is None or person.away_until < await today_of(uow):
        return None
    deputy = await uow.people.by_email(person.deputy_email) if person.deputy_email else None
    return person.away_until, deputy.name if deputy else ""
