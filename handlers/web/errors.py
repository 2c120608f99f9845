"""Pages for what goes wrong: plain words, what became of the answers, what to do next. No codes, no blame."""

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from handlers.web.forms import CSRF, KEY, form_of
from handlers.web.pages import render, see_other
from handlers.web.visitors import Forbidden, NeedsSignIn, load_frame, sign_in_path
from storage.database import DatabaseBusy

HIDDEN = frozenset({CSRF, KEY, "revision", "remove", "do", "choice", "next", "token", "about", "purpose"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """The words of one error page."""

    title: str
    lines: tuple[str, ...]


TROUBLES = {
    400: Trouble(
        "We could not read this", ("Something in the address or the form was damaged.", "Go back and try again.")
    ),
    403: Trouble(
        "You cannot open this page",
        ("It is for people with another role in the partnership.", "If you need it, ask your coordinator."),
    ),
    404: Trouble(
        "We cannot find this page",
        (
            "If you typed the address, check that it is right.",
            "If you followed a link, what it led to may have ended. Nothing you wrote elsewhere is lost.",
        ),
    ),
    405: Trouble("This cannot be done here", ("Go back and use the buttons on the page.",)),
    408: Trouble("That took too long", ("What you sent did not arrive in time. Go back and send it again.",)),
    413: Trouble(
        "This is too large",
        ("Herald could not take it, so nothing was saved from this page.", "Go back and send less, or a smaller file."),
    ),
    429: Trouble(
        "Too many tries",
        ("Somebody on your network has asked for this very often. Wait ten minutes, then try again.",),
    ),
    500: Trouble(
        "Sorry, something went wrong on our side",
        (
            "What you had already sent is kept. What you sent from the last page may not be: go back to check it.",
            "Please try again in a minute.",
        ),
    ),
    503: Trouble("Herald is busy just now", ("Nothing is lost. Please try again in a minute.",)),
}

NOT_FROM_HERE = Trouble(
    "Please send this again",
    (
        "For your safety Herald takes answers only from its own pages, and could not tell that this came from one.",
        "Nothing was saved from it. This can happen when a page was open for a long time or cookies are switched off.",
        "Open the page again and send it once more.",
    ),
)
SIGNED_OUT = Trouble(
    "You have been signed out",
    (
        "You were away for a while, so Herald signed you out. What you just sent was not saved.",
        "Sign in and send it again.",
    ),
)


async def page_for(request: Request, status: int, *, headers: dict[str, str] | None = None) -> Response:
    """The page for a status."""
    trouble = TROUBLES.get(status, TROUBLES[400 if status < 500 else 500])
    return await _page(request, trouble, status=status, headers=headers)


async def not_from_here(request: Request, *, kept: bool) -> Response:
    """The page for a form that failed the CSRF check; with the words typed when it was our own page."""
    return await _page(request, NOT_FROM_HERE, status=403, kept=typed(request) if kept else ())


async def busy(request: Request) -> Response:
    """The page for a database that is locked for too long: what was typed is shown, so that nothing is lost (law 5)."""
    again = tuple((name, value) for name, values in form_of(request).fields.items() if name != CSRF for value in values)
    return await _page(
        request, TROUBLES[503], status=503, kept=typed(request), again=again, headers={"retry-after": "30"}
    )


async def unforeseen(request: Request) -> Response:
    """The page for an exception that nobody foresaw."""
    return await _page(request, TROUBLES[500], status=500, kept=typed(request))


async def needs_sign_in(request: Request) -> Response:
    """Sign in and come back; or, after a POST, a page that keeps the words typed."""
    if request.method in ("GET", "HEAD"):
        return see_other(sign_in_path(request))
    return await _page(request, SIGNED_OUT, status=403, kept=typed(request), sign_in=True)


def typed(request: Request) -> tuple[str, ...]:
    """What a person had written into the form, without its hidden fields."""
    fields = form_of(request).fields
    return tuple(value for name, values in fields.items() if name not in HIDDEN for value in values if value.strip())


def add_error_pages(app: FastAPI) -> None:
    """Puts the pages into the app."""

    async def refused(request: Request, problem: Exception) -> Response:
        if isinstance(problem, HTTPException):
            return await page_for(request, problem.status_code, headers=dict(problem.headers or {}))
        if isinstance(problem, NeedsSignIn):
            return await needs_sign_in(request)
        if isinstance(problem, DatabaseBusy):
            return await busy(request)
        return await page_for(request, 403 if isinstance(problem, Forbidden) else 400)

    for kind in (HTTPException, RequestValidationError, NeedsSignIn, Forbidden, DatabaseBusy):
        app.add_exception_handler(kind, refused)


async def _page(
    request: Request,
    trouble: Trouble,
    *,
    status: int,
    kept: tuple[str, ...] = (),
    sign_in: bool = False,
    again: tuple[tuple[str, str], ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    try:
        await load_frame(request)
    except Exception:  # an error page must come, also when the database does not answer
        request.state.frame = None
    response = render(request, "error.html", status=status, trouble=trouble, kept=kept, sign_in=sign_in, again=again)
    response.headers.update(headers or {})
    return response
