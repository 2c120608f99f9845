"""Pages about pledges: making one, my pledges, and figures with honest denominators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.rules.pledge_checkins import wilson_interval
from handlers.pledge_figures import by_agency, figures_of, public_pledges
from handlers.web.shell import SignedIn, allow, context_of, render
from storage.tables.people import Person

router = APIRouter()

Staff = Annotated[Person, Depends(allow("coordinator", "analyst"))]


@router.get("/pledge")
async def before_pledging(request: Request, person: SignedIn) -> Response:
    """What a pledge is, my own ones, and the button to make one."""
    async with context_of(request).store.reading() as uow:
        mine = await uow.pledges.of(person.id)
        check_ins = await uow.pledges.check_ins_of([pledge.id for pledge in mine])
    asked = {pledge.id: [row for row in check_ins if row.pledge_id == pledge.id] for pledge in mine}
    return render(request, "pledges/mine.html", pledges=mine, asked=asked)


@router.get("/ops/pledges")
async def figures(request: Request, _staff: Staff) -> Response:
    """Pledges made and kept; never a list of who kept what."""
    async with context_of(request).store.reading() as uow:
        whole = await figures_of(uow)
        agencies = await by_agency(uow)
        shared = await public_pledges(uow)
    interval = wilson_interval(whole.kept, whole.replied) if 0 < whole.replied < 100 else None
    return render(request, "pledges/figures.html", figures=whole, agencies=agencies, shared=shared, interval=interval)
