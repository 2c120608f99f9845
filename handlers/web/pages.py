"""Making pages: the Jinja2 environment and `render`. No script, no inline style, everything escaped."""

import hashlib
import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot import words
from bot.conversation.reading import long_date
from handlers.permissions import OPERATIONS, holds_one
from handlers.web.context import context_of
from handlers.web.forms import csrf_token, new_key
from handlers.web.visitors import BROWSER_COOKIE, Frame, browser_of, set_cookie
from handlers.wording import moment_in_words

HERE = Path(__file__).parent
STATIC = HERE / "static"
BROWSER_LASTS = timedelta(days=1)
LONDON = ZoneInfo("Europe/London")
NUMBER = re.compile(r"\+?[0-9][0-9 ()-]+")
IN_A_SENTENCE = re.compile(
    r"(?P<page>https://[^\s<>\"]*[^\s<>\".,;:!?)])|(?<![\w+-])(?P<number>999|(?:\+44|0)[0-9 ()-]{8,}[0-9])(?![\w-])"
)
"""Web pages and telephone numbers among other words: https only, and numbers as people in Britain write them."""


def render(request: Request, template: str | Template, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page from a template below `handlers/web/templates`, or one that was loaded elsewhere (the demo's).

    Every template can use: `site` (partnership, name, practice, staff), `person` (signed in, or None), `csrf`, `path`,
    `new_key()`, the filters `when`, `day`, `clock`, `dial`, `linked`, and the macros of `macros.html`.
    """
    web = context_of(request)
    frame = getattr(request.state, "frame", None) or Frame(None, None)
    visitor = frame.visitor
    person = visitor.person if visitor is not None and visitor.signed_in else None
    site = {
        "partnership": frame.partnership,
        "name": frame.partnership.short_name if frame.partnership else "Herald",
        "practice": "" if web.settings.live else words.PRACTICE,
        "staff": person is not None and holds_one(person.roles, OPERATIONS),
        "demo": web.settings.demo,
    }
    body = (
        environment()
        .get_template(template)
        .render({"site": site, "person": person, "csrf": csrf_token(request), "path": request.url.path, **context})
    )
    response = HTMLResponse(body, status_code=status)
    if request.cookies.get(web.cookie(BROWSER_COOKIE)) != browser_of(request):
        set_cookie(response, web, BROWSER_COOKIE, browser_of(request), lasts=BROWSER_LASTS)
    return response


def see_other(path: str) -> RedirectResponse:
    """After a POST: go and look there (303)."""
    return RedirectResponse(path, status_code=303)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The template environment: autoescape on, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(new_key=new_key, stylesheet=_stylesheet(), danger=words.EMERGENCY)
    made.filters.update(when=_when, day=_day, clock=_clock, dial=_dial, linked=_linked)
    return made


def _stylesheet() -> str:
    """The stylesheet's address with a fingerprint, so that a new version is fetched at once."""
    return f"/static/herald.css?v={hashlib.sha256((STATIC / 'herald.css').read_bytes()).hexdigest()[:12]}"


def _zone(context: Context) -> ZoneInfo:
    partnership = context["site"]["partnership"]
    return partnership.timezone if partnership else LONDON


@pass_context
def _when(context: Context, instant: datetime | None) -> str:
    """An instant in local words: Wednesday 9 December 2026, 12:30."""
    if instant is None:
        return ""
    local = instant.astimezone(_zone(context))
    return moment_in_words(local)


@pass_context
def _day(context: Context, value: date | datetime | None) -> str:
    """A local date in words: 9 December 2026."""
    if value is None:
        return ""
    return long_date(value.astimezone(_zone(context)).date() if isinstance(value, datetime) else value)


@pass_context
def _clock(context: Context, instant: datetime | None) -> str:
    """The local time of day: 12:30."""
    return "" if instant is None else f"{instant.astimezone(_zone(context)):%H:%M}"


def _dial(number: str) -> str | Markup:
    """A telephone number that a phone rings when it is touched (RFC 3966); other words stay as they are."""
    if NUMBER.fullmatch(number) is None:
        return number
    return Markup('<a href="tel:{}">{}</a>').format(re.sub(r"\(0\)|[^+0-9]", "", number), number)


def _linked(line: str) -> Markup:
    """A sentence in which pages open and numbers ring when they are touched; everything else is only words."""
    made, read = Markup(), 0
    for found in IN_A_SENTENCE.finditer(line):
        page = found["page"]
        made += line[read : found.start()]
        made += Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(page) if page else _dial(found["number"])
        read = found.end()
    return made + line[read:]
