"""Who is asking: the session behind the cookie, and what that person may open."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from fastapi import Request, Response

from bot.files.partnership import Partnership
from handlers.partnership import NotSetUp, partnership_of
from handlers.people_present import has_left
from handlers.permissions import Open, holds_one, who_may
from handlers.web.context import WebContext, context_of
from storage.database import DatabaseBusy
from storage.signin import LONGEST
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

SESSION_COOKIE = "herald"
BROWSER_COOKIE = "herald-browser"
TOUCH_AFTER = timedelta(minutes=5)
SAFE_PATH = re.compile(r"/(?:[A-Za-z0-9_.~-]+(?:/[A-Za-z0-9_.~-]+)*)?(?:\?[A-Za-z0-9_.~=&+-]*)?")
NEVER_NEXT = ("/l/", "/sign-in", "/sign-out", "/unsubscribe/", "/act", "/slack/", "/done")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser with a live session. `signed_in` is false when it came by a link and may do just what that was for.

    `person` is detached: read it freely, and fetch it again by id in a unit of work before changing it.
    """

    person: Person
    signed_in: bool
    allowed: tuple[str, ...]
    token: str

    def may_open(self, thing: str) -> bool:
        """Whether this browser may open a thing such as `talk:abc`."""
        return self.signed_in or thing in self.allowed


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: who is asking and which partnership this is (None before it is set up)."""

    visitor: Visitor | None
    partnership: Partnership | None


class NeedsSignIn(Exception):
    """The page is for people who have signed in."""


class Forbidden(Exception):
    """The page is for other roles than this person's."""


def safe_path(wanted: str | None, *, otherwise: str = "/me") -> str:
    """A path on this site to go on to, or `otherwise`: never another host, scheme or encoded trick (ASVS 3.7.2)."""
    if not wanted or not SAFE_PATH.fullmatch(wanted) or wanted.startswith(NEVER_NEXT):
        return otherwise
    return wanted


async def load_frame(request: Request) -> Frame:
    """The frame of this request, read once. A session in use is kept alive, at most one write in five minutes."""
    known = getattr(request.state, "frame", None)
    if isinstance(known, Frame):
        return known
    context = context_of(request)
    token = request.cookies.get(context.cookie(SESSION_COOKIE), "")
    async with context.store.reading() as uow:
        try:
            partnership = await partnership_of(uow)
        except NotSetUp:
            partnership = None
        visitor, idle = await _visitor(uow, token) if token else (None, timedelta(0))
    if idle > TOUCH_AFTER:
        await _touch(context, token)
    frame = Frame(visitor, partnership)
    request.state.frame = frame
    return frame


async def _visitor(uow: UnitOfWork, token: str) -> tuple[Visitor | None, timedelta]:
    row = await uow.signins.session(token)
    person = None if row is None else await uow.people.get(row.person_id)
    if row is None or person is None or await has_left(uow, person):
        return None, timedelta(0)
    return Visitor(person, row.signed_in, tuple(row.allowed), token), uow.now - row.seen_at


async def _touch(context: WebContext, token: str) -> None:
    try:
        async with context.store.transaction(intake=True) as uow:
            row = await uow.signins.session(token)
            if row is not None:
                row.seen_at = uow.now
    except DatabaseBusy:
        return  # the next request keeps the session alive


async def visitor(request: Request) -> Visitor | None:
    """The browser's session, or None."""
    return (await load_frame(request)).visitor


async def current_visitor(request: Request) -> Visitor:
    """The browser's session, signed in or by a link. Raises NeedsSignIn, which leads to `/sign-in`."""
    found = await visitor(request)
    if found is None:
        raise NeedsSignIn
    return found


async def current_person(request: Request) -> Person:
    """The person who has signed in. Raises NeedsSignIn, which leads to `/sign-in` and back."""
    found = await current_visitor(request)
    if not found.signed_in:
        raise NeedsSignIn
    return found.person


def allow(*roles: str) -> Callable[[Request], Awaitable[Person]]:
    """A dependency that lets in people who hold one of these roles; without roles, nobody. Raises Forbidden."""

    async def permitted(request: Request) -> Person:
        person = await current_person(request)
        if not holds_one(person.roles, roles):
            raise Forbidden
        return person

    return permitted


async def guard(request: Request) -> None:
    """Stands before every page: loads the frame and applies the table of `handlers/permissions.py`."""
    await load_frame(request)
    who = who_may(request.scope["route"].path, request.method)
    if who is Open.ANYBODY:
        return
    if who is Open.LINK_OR_SIGNED_IN:
        await current_visitor(request)
        return
    person = await current_person(request)
    if who is not Open.SIGNED_IN and not (isinstance(who, frozenset) and holds_one(person.roles, who)):
        raise Forbidden


def sign_in_path(request: Request) -> str:
    """Where to sign in, with the way back for pages that were only to be looked at."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = safe_path(wanted) if request.method in ("GET", "HEAD") else "/me"
    return f"/sign-in?next={quote(back, safe='/')}"


def browser_of(request: Request) -> str:
    """This browser's own random value: from its cookie, or a new one that `render` sets."""
    known = getattr(request.state, "browser", None)
    if isinstance(known, str):
        return known
    cookie = request.cookies.get(context_of(request).cookie(BROWSER_COOKIE), "")
    request.state.browser = cookie if re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie) else secrets.token_urlsafe(32)
    return str(request.state.browser)


def set_cookie(response: Response, context: WebContext, name: str, value: str, *, lasts: timedelta | None) -> None:
    """Sets a cookie the one way Herald does: HttpOnly, SameSite=Lax, `Secure` with https (ASVS 3.3)."""
    response.set_cookie(
        context.cookie(name),
        value,
        max_age=None if lasts is None else int(lasts.total_seconds()),
        path="/",
        secure=context.secure,
        httponly=True,
        samesite="lax",
    )


def set_session(response: Response, context: WebContext, token: str) -> None:
    """Gives the browser its session; the server ends it earlier when it idles."""
    set_cookie(response, context, SESSION_COOKIE, token, lasts=LONGEST)
