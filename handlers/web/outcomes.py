"""What became of a press, shown on `/done` after the redirect: it survives a reload and stands only in the browser.

The words travel in a sealed cookie of half an hour, so no session and no row is needed for somebody who came by a link.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from fastapi import Request, Response

from bot.conversation.prompt import Notice, Receipt
from bot.keyring import CannotOpen
from handlers.web.context import context_of
from handlers.web.pages import see_other
from handlers.web.visitors import browser_of, set_cookie

COOKIE = "herald-outcome"
LASTS = timedelta(minutes=30)
LONGEST = 3600  # browsers keep at least 4,096 bytes of one cookie (RFC 6265, 6.1)
DONE = "/done"


@dataclass(frozen=True, slots=True)
class Ended:
    """The words of an outcome; `go_on` is a path of our own that leads back to answers, if there is one.

    `leads` are pages of our own on which somebody goes on, each with its words.
    """

    title: str
    lines: tuple[str, ...] = ()
    reference: str = ""
    urgent: bool = False
    go_on: str = ""
    leads: tuple[tuple[str, str], ...] = ()


def ended(outcome: Notice | Receipt, *, go_on: str = "") -> Ended:
    """The outcome of a press or a talk, as it is shown."""
    if isinstance(outcome, Receipt):
        return Ended(outcome.title, tuple(outcome.lines), outcome.reference, go_on=go_on)
    return Ended(outcome.title, tuple(outcome.lines), urgent=outcome.urgent, go_on=go_on, leads=outcome.leads)


def to_done(request: Request, outcome: Ended) -> Response:
    """Leads to `/done`, which shows this."""
    context = context_of(request)
    response = see_other(DONE)
    set_cookie(response, context, COOKIE, _sealed(request, outcome), lasts=LASTS)
    return response


def outcome_of(request: Request) -> Ended | None:
    """The outcome that this browser carries, or None."""
    context = context_of(request)
    try:
        text = context.keyring.open(request.cookies.get(context.cookie(COOKIE), ""), about=_about(request))
    except CannotOpen:
        return None
    kept = json.loads(text)
    leads = tuple((path, label) for path, label in kept.get("leads", ()))
    return Ended(**{**kept, "lines": tuple(kept["lines"]), "leads": leads})


def _sealed(request: Request, outcome: Ended) -> str:
    """Sealed for this browser; lines that one cookie cannot hold are left out from the end."""
    lines = outcome.lines
    while True:
        text = json.dumps({**asdict(outcome), "lines": lines}, ensure_ascii=False)
        sealed = context_of(request).keyring.seal(text, about=_about(request))
        if len(sealed) <= LONGEST or not lines:
            return sealed
        lines = lines[:-1]


def _about(request: Request) -> str:
    return f"outcome/{browser_of(request)}"
