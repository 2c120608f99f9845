"""The inbox in a browser: the newest mails, one mail with all its parts, the raw file. No script, works at 320 px.

A mail's HTML is shown in a sandboxed frame from an address of its own, whose policy allows the inline styles that
e-mail needs and no script, form or font; the pages around it allow no inline style at all. The frame's links may leave
it.
"""

from importlib.resources import files
from typing import Annotated, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader

from bot.demo.inbox.reading import file_of, for_frame, read
from bot.demo.inbox.replying import NOT_TAKEN, TAKEN, Replies
from bot.demo.inbox.store import Inbox, Received

PREFIX: Final = "/demo/inbox"
SHOWN: Final = 50
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SANDBOX: Final = "allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; form-action 'none'; "
    f"frame-ancestors 'self'; sandbox {SANDBOX}"
)
_ALWAYS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def inbox_router(inbox: Inbox, replies: Replies | None = None) -> APIRouter:
    """The pages at `/demo/inbox`, to be included in an application. With `replies` a mail can be answered there."""
    answered = replies or Replies()
    templates = Environment(
        loader=PackageLoader("bot.demo.inbox"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    style = files("bot.demo.inbox").joinpath("static/inbox.css").read_bytes()
    router = APIRouter(prefix=PREFIX, include_in_schema=False)

    def draw(template: str, **context: object) -> Response:
        page = templates.get_template(template).render(prefix=PREFIX, sandbox=SANDBOX, **context)
        return HTMLResponse(page, headers={**_ALWAYS, "Content-Security-Policy": PAGE_POLICY})

    @router.get("")
    def mails(q: str = "", before: Annotated[int | None, Query(ge=0)] = None, replied: str = "") -> Response:
        found = [mail for mail in inbox.newest(q) if before is None or mail.number < before]
        older = ""
        if len(found) > SHOWN:
            older = f"{PREFIX}?{urlencode({'q': q, 'before': found[SHOWN - 1].number})}"
        said = TAKEN if replied == "yes" else ""
        return draw("mails.html", q=q, mails=found[:SHOWN], older=older, first=before is None, said=said)

    @router.get("/inbox.css")
    def stylesheet() -> Response:
        return Response(style, media_type="text/css", headers=_ALWAYS)

    @router.get("/{number}")
    def mail(number: int) -> Response:
        kept = _kept(inbox, number)
        return draw("mail.html", mail=kept, reading=read(kept), reply_to=answered.address(kept))

    @router.post("/{number}/reply")
    async def reply(number: int, request: Request, text: Annotated[str, Form()] = "") -> Response:
        """Answers a mail as its recipient; the list of that person's mails follows, where the answer will be."""
        kept = _kept(inbox, number)
        if _from_elsewhere(request) or not answered.address(kept):
            raise HTTPException(403)
        if await answered.send(kept, read(kept), text):
            where = urlencode({"q": kept.recipient, "replied": "yes"})
            return RedirectResponse(f"{PREFIX}?{where}", status_code=303, headers=_ALWAYS)
        page = {"mail": kept, "reading": read(kept), "reply_to": answered.address(kept)}
        return draw("mail.html", **page, said=NOT_TAKEN, written=text)

    @router.get("/{number}/html")
    def html(number: int) -> Response:
        page = for_frame(read(_kept(inbox, number)).html)
        return HTMLResponse(
            page, headers={**_ALWAYS, "Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        )

    @router.get("/{number}/message.eml")
    def raw(number: int) -> Response:
        return _download(f"herald-{number:06d}.eml", _kept(inbox, number).raw, "message/rfc822")

    @router.get("/{number}/files/{at}")
    def file(number: int, at: int) -> Response:
        found = file_of(_kept(inbox, number), at)
        if found is None:
            raise HTTPException(404)
        return _download(*found, "application/octet-stream")

    return router


def _from_elsewhere(request: Request) -> bool:
    """Whether a page of another site sent the form; only ours may answer mails in somebody's name.

    Our pages ask browsers to say nothing of where they come from, and so their forms bring `Origin: null` (Fetch, 3.1).
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.headers.get("host", "")


def _kept(inbox: Inbox, number: int) -> Received:
    mail = inbox.get(number)
    if mail is None:
        raise HTTPException(404)
    return mail


def _download(name: str, content: bytes, media_type: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={**_ALWAYS, "Content-Disposition": disposition})
