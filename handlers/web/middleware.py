"""What stands around every response and before every change: security headers, body limits, the CSRF check.

Two small ASGI layers. `Headers` is the outer one, so that error pages carry the headers too; it also turns an exception
that nobody foresaw into the page for it. `FormGuard` reads forms and refuses what did not come from our own pages.
"""

import logging
import secrets
import traceback
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.logs import REQUEST
from handlers.web import access, errors
from handlers.web.bodies import TooLarge, TooSlow, limit_for, parse_form, read_body, replay
from handlers.web.context import WebContext, context_of
from handlers.web.forms import CSRF, Form, csrf_holds

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PROVE_THEMSELVES = ("/slack/events", "/unsubscribe/")  # settled: Links
CSRF_HEADER = "x-herald-csrf"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""Set unless the page set its own: the archive may be cached, the demo's pages may hold frames."""
HSTS = "max-age=31536000; includeSubDomains"

log = logging.getLogger("herald.web")


class Headers:
    """Security headers on every response; HEAD answered as GET without a body; a page for what nobody foresaw."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        REQUEST.set(request_id)
        scope.setdefault("state", {})  # shared by every layer, so that error pages find the form that was read
        head = scope["method"] == "HEAD"
        began = False

        async def with_headers(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                headers["x-request-id"] = request_id
                if self._secure:
                    headers["strict-transport-security"] = HSTS
                access.note(scope, message["status"])
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"} if head else scope
        try:
            await self._app(inner, receive, with_headers)
        except Exception as problem:
            _note(scope, problem)
            if began:
                raise
            response = await errors.unforeseen(Request(inner))
            await response(inner, receive, with_headers)


class FormGuard:
    """Reads the form of every unsafe request once, within limits, and lets it through only from our own pages."""

    def __init__(self, app: ASGIApp, *, exempt: tuple[str, ...] = ()) -> None:
        self._app = app
        self._exempt = (*PROVE_THEMSELVES, *exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await (await errors.page_for(request, 400))(scope, receive, send)
            return
        if scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        try:
            body = await _body(request, receive)
            refusal = None if scope["path"].startswith(self._exempt) else await _refusal(request, body, receive)
        except (TooLarge, TooSlow) as problem:
            refusal = await errors.page_for(request, 413 if isinstance(problem, TooLarge) else 408)
        except HTTPException as problem:  # the form could not be read
            refusal = await errors.page_for(request, problem.status_code)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, replay(body, receive), send)


async def _refusal(request: Request, body: bytes, receive: Receive) -> Response | None:
    """Reads the form; the page to answer with when it is not from our own pages."""
    keyring = context_of(request).keyring
    form = await parse_form(Request(request.scope, replay(body, receive)), body, keyring=keyring)
    request.state.form = form
    return None if _ours(request, form) else await errors.not_from_here(request, kept=_comes_from_here(request))


async def _body(request: Request, receive: Receive) -> bytes:
    limit = limit_for(request.url.path)
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge
    return await read_body(receive, limit=limit)


def _ours(request: Request, form: Form) -> bool:
    if not _origin_fits(request):
        return False
    given = form.text(CSRF) or request.headers.get(CSRF_HEADER, "")
    return bool(given) and csrf_holds(request, given)


def _origin_fits(request: Request) -> bool:
    """Whether the browser says that the request comes from our own page.

    `Origin: null` is what browsers send from pages with `Referrer-Policy: no-referrer` (Fetch, 3.1): it says
    nothing either way.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin", "null")
    if origin == "null":
        return True
    return urlsplit(origin).netloc in (request.headers.get("host", ""), _public_host(context_of(request)))


def _comes_from_here(request: Request) -> bool:
    return request.headers.get("sec-fetch-site") == "same-origin" and _origin_fits(request)


def _public_host(context: WebContext) -> str:
    return urlsplit(context.settings.base_url).netloc


def _note(scope: Scope, problem: Exception) -> None:
    """Logs where it broke; never values, since an exception's text may hold what a person wrote (laws 7 and 8)."""
    where = traceback.extract_tb(problem.__traceback__)
    frames = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in where[-6:])
    route = scope.get("route")
    pattern = getattr(route, "path", "a page")
    log.error("%s %s failed: %s at %s", scope["method"], pattern, type(problem).__name__, frames)
