"""Pages of plain text: privacy, accessibility, cookies, help, complaints."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from handlers.web.shell import context_of, render, visitor
from storage.retention import schedule
from storage.tables.people import Person

router = APIRouter()

KEPT = tuple(
    (record, "1 day" if keep.days == 1 else f"{keep.days} days", then, why) for record, keep, then, why in schedule()
)
"""What the privacy notice says about periods: the table that the sweep carries out, so that the two cannot differ."""
PAGES = ("privacy", "accessibility", "cookies", "help", "complaints")


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        settings = context_of(request).settings
        return render(
            request,
            f"texts/{name}.html",
            write_to=settings.mail.sender if settings.mail else "",
            coordinators=await _coordinators(request),
            kept=KEPT,
        )

    return page


async def _coordinators(request: Request) -> list[Person]:
    """Whom to ask, for somebody who has signed in; their addresses are not for the whole world."""
    before = await visitor(request)
    if before is None or not before.signed_in:
        return []
    async with context_of(request).store.reading() as uow:
        return await uow.people.with_role("coordinator")


for name in PAGES:
    router.add_api_route(f"/{name}", _page(name), methods=["GET"], name=name, response_class=Response)
