"""The web site: every router in one visible table, inside the same guard."""

from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from handlers.web import (
    act_pages,
    briefings,
    bulletin_address,
    bulletin_differences,
    bulletin_opinions,
    bulletin_preview,
    bulletin_recipients,
    bulletin_release,
    bulletin_sending,
    bulletin_writing,
    bulletins,
    deadlines,
    escalation_policy,
    escalations,
    home,
    operations,
    ops_addresses,
    ops_audit,
    ops_briefings,
    ops_bulletins,
    ops_escalations,
    people,
    pledges,
    preferences,
    signin,
    surveys,
    talk,
    texts,
)
from handlers.web.context import WebContext
from handlers.web.errors import add_error_pages
from handlers.web.limiter import Limiter
from handlers.web.middleware import FormGuard, Headers
from handlers.web.pages import STATIC
from handlers.web.visitors import guard

ROUTERS: tuple[APIRouter, ...] = (
    home.router,
    preferences.router,
    signin.router,
    act_pages.router,
    talk.router,
    texts.router,
    operations.router,
    ops_addresses.router,
    ops_audit.router,
    people.router,
    pledges.router,
    surveys.router,
    escalations.router,
    escalation_policy.router,
    ops_escalations.router,
    deadlines.router,
    briefings.router,
    ops_briefings.router,
    bulletins.router,
    bulletin_opinions.router,
    ops_bulletins.router,
    bulletin_writing.router,
    bulletin_preview.router,
    bulletin_differences.router,
    bulletin_address.router,
    bulletin_release.router,
    bulletin_sending.router,
    bulletin_recipients.router,
)
"""Each subject's pages. Every pattern needs a row in `handlers/permissions.py`."""


class Static(StaticFiles):
    """The stylesheet and the icon: the same for everybody, so they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or 404."""
        response = await super().get_response(path, scope)
        response.headers.setdefault("cache-control", "public, max-age=86400")
        return response


def build_site(context: WebContext) -> FastAPI:
    """The web door. The shell mounts Slack and health beside it; `/openapi.json` describes what is under `/api`."""
    app = FastAPI(
        title="Herald",
        summary="The JSON API of Herald. Pages for people are not part of it.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    app.state.context = context
    app.state.limiter = Limiter()
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(guard)], include_in_schema=False)
    app.mount("/static", Static(directory=STATIC), name="static")
    add_error_pages(app)
    app.add_middleware(FormGuard, exempt=context.csrf_exempt)
    app.add_middleware(Headers, secure=context.secure)  # added last, so it is outermost
    return app
