"""Readers say which stories were useful: a page of their own for each edition. GET shows, POST counts (law 6).

The link in a letter opens `/opinions/{token}#story-3`; which story was meant stands behind the # and never reaches us.
After the first press the browser goes on at `/bulletins/{id}/opinions`, without the token, with a sealed cookie of two
hours that says whose page it is and what became of the last press. Nothing else is kept of a press than the tally and
the fingerprint: no receipt key, no time, no log line (`bot/logs.py`).
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.keyring import CannotOpen
from bot.links import Link, LinkExpired, LinkRefused, Purpose
from bot.rules.opinions import beside_the_usual
from handlers import links
from handlers.bulletins.opinions import OUTCOME_WORDS, Asking, Outcome, asking, report_of, speak
from handlers.web.shell import Form, SentForm, allow, context_of, render, see_other
from handlers.web.visitors import browser_of, set_cookie
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

COOKIE = "herald-opinions"
LASTS = timedelta(hours=2)
Staff = Annotated[Person, Depends(allow("coordinator", "publisher", "analyst"))]


@dataclass(frozen=True, slots=True)
class Reading:
    """Whose page this browser shows, of which edition, and what became of the last press (`story` 0: none yet)."""

    person_id: int
    epoch: int
    bulletin_id: str
    until: int
    story: int = 0
    outcome: str = ""


@router.get("/opinions/{token}")
async def by_link(request: Request, token: str) -> Response:
    """The stories of an edition with their buttons. Changes nothing, however often it is opened."""
    try:
        async with context_of(request).store.reading() as uow:
            link, person = await _proved(uow, request, token)
            found = await asking(uow, bulletin_id=link.about, person=person)
    except LinkExpired:
        return _said(request, Outcome.CLOSED, status=410)
    except LinkRefused:
        return render(request, "link/refused.html", status=404)
    if found is None:
        return _said(request, Outcome.UNKNOWN, status=404)
    return _page(request, found, person, action=f"/opinions/{token}")


@router.post("/opinions/{token}")
async def speak_by_link(request: Request, token: str, form: SentForm) -> Response:
    """Counts what was pressed and goes on without the token, to the same story."""
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            link, person = await _proved(uow, request, token)
            reading = _reading(uow, person, link.about)
            return await _press(request, uow, reading, person, form)
    except LinkExpired:
        return _said(request, Outcome.CLOSED, status=410)
    except LinkRefused:
        return render(request, "link/refused.html", status=404)


@router.get("/bulletins/{bulletin_id}/opinions")
async def without_link(request: Request, bulletin_id: str) -> Response:
    """The same page after a press: what became of it stands at its story, the other stories can be pressed."""
    async with context_of(request).store.reading() as uow:
        known = await _known(uow, request, bulletin_id)
        found = None if known is None else await asking(uow, bulletin_id=bulletin_id, person=known[1])
    if known is None or found is None:
        return render(request, "bulletins/opinions_elsewhere.html", status=404)
    reading, person = known
    action = f"/bulletins/{bulletin_id}/opinions"
    return _page(request, found, person, action=action, story=reading.story, outcome=reading.outcome)


@router.post("/bulletins/{bulletin_id}/opinions")
async def speak_again(request: Request, bulletin_id: str, form: SentForm) -> Response:
    """Counts what was pressed about another story."""
    async with context_of(request).store.transaction(intake=True) as uow:
        known = await _known(uow, request, bulletin_id)
        if known is None:
            return render(request, "bulletins/opinions_elsewhere.html", status=404)
        return await _press(request, uow, _reading(uow, known[1], bulletin_id), known[1], form)


@router.get("/ops/bulletins/{bulletin_id}/opinions")
async def report(request: Request, bulletin_id: str, _staff: Staff) -> Response:
    """What readers thought of an edition, beside its series."""
    async with context_of(request).store.reading() as uow:
        row = await uow.bulletins.get(bulletin_id)
        if row is None:
            raise HTTPException(404)
        found = await report_of(uow, row)
    return render(request, "bulletins/opinion_report.html", report=found, beside=beside_the_usual)


async def _proved(uow: UnitOfWork, request: Request, token: str) -> tuple[Link, Person]:
    link, person = await links.prove(uow, token, keyring=context_of(request).keyring)
    if link.purpose is not Purpose.OPINION:
        raise LinkRefused("This link is for something else.")
    return link, person


async def _press(request: Request, uow: UnitOfWork, reading: Reading, person: Person, form: Form) -> Response:
    story = form.number("story")
    outcome = await speak(uow, bulletin_id=reading.bulletin_id, story=story, choice=form.text("choice"), person=person)
    if outcome is Outcome.UNKNOWN:
        return _said(request, outcome, status=404)
    response = see_other(f"/bulletins/{reading.bulletin_id}/opinions#story-{story}")
    kept = json.dumps({**asdict(reading), "story": story, "outcome": outcome.value})
    context = context_of(request)
    set_cookie(response, context, COOKIE, context.keyring.seal(kept, about=_about(request)), lasts=LASTS)
    return response


def _reading(uow: UnitOfWork, person: Person, bulletin_id: str) -> Reading:
    return Reading(person.id, person.link_epoch, bulletin_id, int((uow.now + LASTS).timestamp()))


async def _known(uow: UnitOfWork, request: Request, bulletin_id: str) -> tuple[Reading, Person] | None:
    """Whose page this is, by the browser's cookie; None without one, or when the person's links were revoked."""
    context = context_of(request)
    try:
        kept = context.keyring.open(request.cookies.get(context.cookie(COOKIE), ""), about=_about(request))
    except CannotOpen:
        return None
    reading = Reading(**json.loads(kept))
    if reading.bulletin_id != bulletin_id or uow.now.timestamp() >= reading.until:
        return None
    as_link = Link(Purpose.OPINION, reading.person_id, reading.bulletin_id, reading.epoch, uow.now)
    try:
        return reading, await links.person_behind(uow, as_link)
    except LinkRefused:
        return None


def _page(
    request: Request, found: Asking, person: Person, *, action: str, story: int = 0, outcome: str = ""
) -> Response:
    title, line = OUTCOME_WORDS[Outcome(outcome)] if outcome else ("", "")
    return render(
        request,
        "bulletins/opinions.html",
        found=found,
        person_name=person.name,
        action=action,
        story=story,
        said=title,
        said_more=line,
        closed=OUTCOME_WORDS[found.closed] if found.closed else None,
    )


def _said(request: Request, outcome: Outcome, *, status: int) -> Response:
    title, line = OUTCOME_WORDS[outcome]
    return render(request, "bulletins/opinions_elsewhere.html", status=status, said=title, said_more=line)


def _about(request: Request) -> str:
    return f"opinions/{browser_of(request)}"
