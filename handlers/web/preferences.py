"""Choosing what comes and how, and leaving: by the reader's own link, without signing in.

One link stands below every bulletin and reminder. Its GET shows what can be done and changes nothing. Its POST does it:
with the words of a mail program's own button (RFC 8058), or none that we know, it leaves, without cookie, form or
redirect; with a button of our page it leads on to the preferences, in a session that may do just that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.links import Link, LinkExpired, LinkRefused, Purpose, read_link
from handlers.partnership import partnership_of
from handlers.people_present import has_left
from handlers.preferences import (
    NUDGES,
    SERIES,
    Chosen,
    choices_of,
    come_back,
    leave,
    leave_all,
    other_channel,
    prefer,
    save_preferences,
)
from handlers.signin import open_by_link
from handlers.web import errors
from handlers.web.bodies import parse_form
from handlers.web.forms import CSRF, Form, csrf_holds
from handlers.web.shell import (
    InSession,
    MaybeVisitor,
    NeedsSignIn,
    SentForm,
    Visitor,
    context_of,
    render,
    see_other,
    set_session,
)
from storage.tables.deliveries import Channel
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

THING: Final = "preferences"
"""What a session that came by a link may open here."""
PAGE: Final = "/preferences"
LEAVE, ALL, CHOOSE = "leave", "all", "choose"
NEED_OUR_PAGE: Final = frozenset({CHOOSE, Channel.SLACK.value, Channel.EMAIL.value})
"""What only a button of our own page may do: everything but leaving."""
LONGEST_LEFT: Final = 300


async def mine(visitor: InSession) -> Person:
    """The person whose preferences these are: signed in, or come by the link below a message of theirs."""
    if not visitor.may_open(THING):
        raise NeedsSignIn
    return visitor.person


Mine = Annotated[Person, Depends(mine)]


@dataclass(frozen=True, slots=True)
class Leaving:
    """What an unsubscribe link says. `fresh`: it was neither revoked nor is it too old to show anything personal."""

    link: Link
    fresh: bool
    person: Person | None
    title: str
    other: Channel | None
    several: bool

    @property
    def is_series(self) -> bool:
        """Whether it leaves a bulletin, not reminders."""
        return self.link.about != NUDGES


@router.get("/preferences")
async def preferences(request: Request, person: Mine, saved: str = "", left: str = "") -> Response:
    """How I am told, and what I receive."""
    async with context_of(request).store.reading() as uow:
        found = await uow.people.get(person.id) or person
        series = await choices_of(uow, found)
        slack = bool(found.slack_id and uow.sending.slack)
    named = left[:LONGEST_LEFT].split()
    gone = [each for each in series if each.id in named and not each.receives]
    quiet = NUDGES in named and not found.nudges
    return render(
        request,
        "home/preferences.html",
        mine=found,
        series=series,
        slack=slack,
        saved=bool(saved),
        gone=gone,
        quiet=quiet,
    )


@router.post("/preferences")
async def save(request: Request, person: Mine, form: SentForm) -> Response:
    """Keeps what I chose."""
    chosen = Chosen(form.text("prefers"), form.text("nudges") != "no", frozenset(form.all("series")))
    async with context_of(request).store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key):
            await save_preferences(uow, person_id=person.id, chosen=chosen)
    return see_other(f"{PAGE}?saved=1")


@router.post("/preferences/undo")
async def undo(request: Request, person: Mine, form: SentForm) -> Response:
    """Takes back what was just left."""
    async with context_of(request).store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key):
            await come_back(uow, person_id=person.id, what=form.all("what")[:100])
    return see_other(f"{PAGE}?saved=1")


@router.get("/unsubscribe/{token}")
async def unsubscribe_page(request: Request, token: str) -> Response:
    """What can be left, and what can be had instead. Changes nothing."""
    async with context_of(request).store.reading() as uow:
        found = await _read(uow, request, token)
    if found is None:
        return render(request, "link/refused.html", status=404)
    return render(request, "home/unsubscribe.html", token=token, found=found)


@router.post("/unsubscribe/{token}")
async def unsubscribe(request: Request, token: str, before: MaybeVisitor) -> Response:
    """Leaves at one press, without cookie or form: the token alone proves it (RFC 8058); or does what our page asks."""
    form = await _form(request)
    wanted = form.text("do")
    ours = csrf_holds(request, form.text(CSRF))
    if wanted in NEED_OUR_PAGE and not ours:
        return await errors.not_from_here(request, kept=False)
    async with context_of(request).store.transaction(intake=True) as uow:
        found = await _read(uow, request, token)
        if found is None or found.person is None:
            return render(request, "link/refused.html", status=404)
        if wanted in NEED_OUR_PAGE and not found.fresh:
            return see_other(PAGE)  # which asks to sign in
        left = await _act(uow, found, found.person, wanted)
        if not (wanted and ours and found.fresh):
            what = "any bulletins" if wanted == ALL else found.title
            return render(request, "home/unsubscribed.html", what=what)
        session = await _session(uow, found.person, before)
    response = see_other(_then(wanted, left))
    if session:
        set_session(response, context_of(request), session)
    return response


async def _act(uow: UnitOfWork, found: Leaving, person: Person, wanted: str) -> tuple[str, ...]:
    """Does it. What was left, so that it can be taken back at once."""
    if wanted in NEED_OUR_PAGE:
        if found.other == wanted:
            await prefer(uow, person_id=person.id, channel=found.other)
        return ()
    if wanted == ALL:
        return await leave_all(uow, person_id=person.id)
    await leave(uow, person_id=person.id, what=found.link.about)
    return (found.link.about.removeprefix(SERIES),)


def _then(wanted: str, left: Sequence[str]) -> str:
    """Where our own page leads on to."""
    if left:
        return f"{PAGE}?left={'+'.join(left)}"
    return PAGE if wanted == CHOOSE else f"{PAGE}?saved=1"


async def _session(uow: UnitOfWork, person: Person, before: Visitor | None) -> str | None:
    """A session for the preferences alone; None for somebody who has one that may open them."""
    if before is not None and before.person.id == person.id and before.may_open(THING):
        return None
    return await open_by_link(
        uow, person_id=person.id, thing=THING, previous=before.token if before is not None else None
    )


async def _read(uow: UnitOfWork, request: Request, token: str) -> Leaving | None:
    """What a link leaves. Leaving works at any time: neither age nor a revoked link stops it, as they stop choosing."""
    expired = False
    try:
        link = read_link(token, keyring=context_of(request).keyring, now=uow.now)
    except LinkExpired as late:
        link, expired = late.link, True
    except LinkRefused:
        return None
    if link.purpose is not Purpose.UNSUBSCRIBE or not (link.about == NUDGES or link.about.startswith(SERIES)):
        return None
    series = (await partnership_of(uow)).series
    titles = {each.id: each.title for each in series}
    title = "reminders" if link.about == NUDGES else titles.get(link.about.removeprefix(SERIES), "this bulletin")
    person = await uow.people.get(link.person_id)
    fresh = person is not None and not expired and person.link_epoch == link.epoch and not await has_left(uow, person)
    other = other_channel(uow, person) if person is not None and fresh else None
    return Leaving(link, fresh, person, title, other, several=len(series) > 1)


async def _form(request: Request) -> Form:
    """The form, read leniently: whoever sends an odd one wants to leave all the same."""
    try:
        return await parse_form(request, await request.body(), keyring=context_of(request).keyring)
    except HTTPException:
        return Form()
