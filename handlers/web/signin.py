"""Sign-in by a one-time link, signing out, and the way in for strangers."""

import asyncio

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from handlers.people_care import stranger_asks
from handlers.signin import SignedIn as NewSession
from handlers.signin import ask_for_link, end_session, looks_like_email, sign_in
from handlers.web.limiter import Limiter
from handlers.web.shell import (
    MaybeVisitor,
    SentForm,
    context_of,
    render,
    safe_path,
    see_other,
    set_session,
)
from handlers.web.visitors import BROWSER_COOKIE, SESSION_COOKIE, browser_of

router = APIRouter()

SAME_TIME_S = 0.3
"""Every request for a link is answered after this long: its time says nothing about the address (ASVS 6.3.8)."""
WRONG_EMAIL = "Enter an e-mail address like name@example.org"
REFUSED = {
    "used": "This link has been used already.",
    "expired": "This link has run out. It works for 10 minutes.",
    "other-browser": "Open the link in the same browser in which you asked for it.",
    "unknown": "This link does not work. It may be cut short.",
}


@router.get("/sign-in")
async def ask(request: Request, before: MaybeVisitor, next: str = "") -> Response:
    """Asks for the e-mail address."""
    if before is not None and before.signed_in:
        return see_other(safe_path(next))
    return render(request, "signin/ask.html", email="", go_on=safe_path(next), error="")


@router.post("/sign-in")
async def send(request: Request, form: SentForm) -> Response:
    """Mails a link. The answer is the same for everybody, after the same time."""
    began = asyncio.get_running_loop().time()
    _slow_down(request)
    email, go_on = form.text("email"), safe_path(form.text("next"))
    if not looks_like_email(email):
        return render(request, "signin/ask.html", status=422, email=email, go_on=go_on, error=WRONG_EMAIL)
    async with context_of(request).store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key):
            await ask_for_link(uow, email=email, browser=browser_of(request), go_on=go_on)
    await asyncio.sleep(max(0.0, SAME_TIME_S - (asyncio.get_running_loop().time() - began)))
    return see_other("/sign-in/sent")


@router.get("/sign-in/sent")
async def sent(request: Request) -> Response:
    """Look into your mail."""
    return render(request, "signin/sent.html")


@router.get("/sign-in/{token}")
async def show_button(request: Request, token: str, next: str = "") -> Response:
    """A page with a button; scanners that open every link sign nobody in."""
    return render(request, "signin/button.html", token=token, go_on=safe_path(next))


@router.post("/sign-in/{token}")
async def use(request: Request, token: str, form: SentForm, before: MaybeVisitor) -> Response:
    """Uses the link up and begins a session with a new id."""
    _slow_down(request)
    context = context_of(request)
    browser = request.cookies.get(context.cookie(BROWSER_COOKIE))
    async with context.store.transaction(intake=True) as uow:
        done = await sign_in(uow, token=token, browser=browser, previous=before.token if before else None)
    if not isinstance(done, NewSession):
        why = REFUSED.get(done.reason, REFUSED["unknown"])
        return render(request, "signin/refused.html", status=410, why=why)
    response = see_other(safe_path(form.text("next")))
    set_session(response, context, done.token)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, before: MaybeVisitor) -> Response:
    """Ends this browser's session."""
    context = context_of(request)
    if before is not None:
        async with context.store.transaction(intake=True) as uow:
            await end_session(uow, token=before.token)
    response = see_other("/")
    response.delete_cookie(
        context.cookie(SESSION_COOKIE), path="/", secure=context.secure, httponly=True, samesite="lax"
    )
    return response


@router.get("/welcome")
async def welcome(request: Request) -> Response:
    """For somebody whom the register does not know: whom to ring, and how to be let in."""
    return render(request, "signin/welcome.html", email="", error="")


@router.post("/welcome")
async def let_me_in(request: Request, form: SentForm) -> Response:
    """Tells the coordinators; the answer is the same for everybody."""
    _slow_down(request)
    email = form.text("email")
    if not looks_like_email(email):
        return render(request, "signin/welcome.html", status=422, email=email, error=WRONG_EMAIL)
    async with context_of(request).store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key) and await uow.people.by_email(email) is None:
            await stranger_asks(uow, email=email)
    return see_other("/welcome/asked")


@router.get("/welcome/asked")
async def asked(request: Request) -> Response:
    """What happens now."""
    return render(request, "signin/asked.html")


def _slow_down(request: Request) -> None:
    limiter = request.app.state.limiter
    address = request.client.host if request.client else ""
    if isinstance(limiter, Limiter) and not limiter.allows(address, now=context_of(request).store.clock()):
        raise HTTPException(429, headers={"Retry-After": "600"})
