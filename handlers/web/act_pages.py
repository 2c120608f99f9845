"""Links in messages and buttons on `/me`: GET shows what can be done, POST does it (law 6).

The page that a link shows is left at once after the act, so that the token does not stay in the address bar.
"""

from fastapi import APIRouter, Request, Response

from bot.conversation.flow import Surface
from bot.conversation.prompt import Prompt, Shown
from bot.keyring import CannotOpen
from bot.links import Link, LinkExpired, LinkRefused, Purpose
from handlers import conversations, links
from handlers.acts import LONGEST_ABOUT, ActPage, Done, Goes, Opens, Press
from handlers.registry import ACTS
from handlers.signin import open_by_link, opened
from handlers.web.outcomes import Ended, ended, outcome_of, to_done
from handlers.web.shell import (
    Form,
    MaybeVisitor,
    SentForm,
    SignedIn,
    Visitor,
    context_of,
    render,
    safe_path,
    see_other,
    set_session,
)
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()
SOURCE = "web"
NOTHING_TO_SHOW = Ended("Nothing to show here", ("What stood here is shown for half an hour after you did something.",))
FRESH_SENT = Ended(
    "We have sent a new link",
    ("It goes to the address that the first link was sent to. What you had already answered is kept.",),
)


@router.get("/l/{token}")
async def show_link(request: Request, token: str, choice: str = "") -> Response:
    """What a link is about and what can be done. Changes nothing, however often it is opened."""
    context = context_of(request)
    try:
        async with context.store.reading() as uow:
            link, person = await links.prove(uow, token, keyring=context.keyring)
            if link.purpose is Purpose.SIGN_IN:
                return _to_sign_in(uow, link)
            if link.purpose is Purpose.UNSUBSCRIBE:
                return see_other(f"/unsubscribe/{token}")
            if link.purpose not in ACTS:
                return _refused(request)
            page = await ACTS[link.purpose].page(uow, person, link.about)
    except LinkExpired as expired:
        return render(request, "link/expired.html", status=410, token=token, fresh=expired.link.purpose in ACTS)
    except (LinkRefused, CannotOpen):
        return _refused(request)
    return render(request, "link/act.html", act=_chosen_first(page, choice), person_name=person.name, token=token)


@router.post("/l/{token}")
async def act_by_link(
    request: Request,
    token: str,
    form: SentForm,
    before: MaybeVisitor,
) -> Response:
    """Does what was chosen, or sends a fresh link in place of one that has run out."""
    context = context_of(request)
    session = None
    try:
        async with context.store.transaction(intake=True) as uow:
            try:
                link, person = await links.prove(uow, token, keyring=context.keyring)
            except LinkExpired as expired:
                await links.send_fresh(uow, expired.link)
                return to_done(request, FRESH_SENT)
            if link.purpose not in ACTS:
                return _refused(request)
            done = await _act(uow, person=person, purpose=link.purpose, about=link.about, form=form)
            if isinstance(done, Prompt) and not _signed_in_as(before, person):
                session = await open_by_link(
                    uow,
                    person_id=person.id,
                    thing=f"talk:{done.conversation_id}",
                    previous=before.token if before else None,
                )
    except LinkRefused:
        return _refused(request)
    response = _answer(request, done)
    if session:
        set_session(response, context, session)
    return response


@router.post("/act")
async def act_signed_in(request: Request, person: SignedIn, form: SentForm) -> Response:
    """A button on `/me` or on a subject's page: the same act as its link in a message."""
    try:
        purpose = Purpose(form.text("purpose"))
        known = purpose in ACTS and len(form.text("about")) <= LONGEST_ABOUT
    except ValueError:
        known = False
    if not known:
        return _refused(request)
    async with context_of(request).store.transaction(intake=True) as uow:
        found = await uow.people.get(person.id)
        done = await _act(uow, person=found or person, purpose=purpose, about=form.text("about"), form=form)
    return _answer(request, done)


@router.get("/done")
async def what_became_of_it(request: Request) -> Response:
    """What became of the last press in this browser."""
    return render(request, "notice.html", notice=outcome_of(request) or NOTHING_TO_SHOW)


async def _act(uow: UnitOfWork, *, person: Person, purpose: Purpose, about: str, form: Form) -> Done | Shown:
    """The act; a talk that it opens is begun in the same transaction."""
    await uow.conversations.first_time(SOURCE, form.key)
    done = await ACTS[purpose].act(uow, Press(person, about, form.text("choice"), form.key))
    if not isinstance(done, Opens):
        return done
    return await conversations.start(
        uow, person=person, flow=done.flow, subject=done.subject, surface=Surface.WEB, answers=done.answers
    )


def _answer(request: Request, done: Done | Shown) -> Response:
    if isinstance(done, Prompt):
        return see_other(f"/talk/{done.conversation_id}/{done.step}")
    if isinstance(done, Goes):
        return see_other(safe_path(done.path))
    if isinstance(done, Opens):
        raise TypeError("A talk that an act opens is begun before the answer.")
    return to_done(request, ended(done))


def _signed_in_as(before: Visitor | None, person: Person) -> bool:
    return before is not None and before.signed_in and before.person.id == person.id


def _to_sign_in(uow: UnitOfWork, link: Link) -> Response:
    token, go_on = opened(uow, sealed=link.about, person_id=link.person_id)
    return see_other(f"/sign-in/{token}?next={safe_path(go_on)}" if go_on else f"/sign-in/{token}")


def _chosen_first(page: ActPage, choice: str) -> ActPage:
    """The option that the message's button stood for comes first."""
    options = tuple(sorted(page.options, key=lambda option: option.choice != choice)) if choice else page.options
    return ActPage(page.title, page.lines, page.rows, options, page.warning)


def _refused(request: Request) -> Response:
    return render(request, "link/refused.html", status=404)
