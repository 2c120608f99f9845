"""`/demo`: what this is, whom to be, and what to try. Exists only in the demo's process."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from bot.demo.guide import TRIES
from bot.demo.story.cast import CHOICES
from handlers.people_present import has_left
from handlers.signin import SignedIn, sign_in
from handlers.web.pages import environment
from handlers.web.shell import MaybeVisitor, SentForm, context_of, render, safe_path, see_other, set_session
from handlers.web.visitors import load_frame

TEMPLATES: Final = Path(__file__).parent / "templates"
MOST_FOUND: Final = 30


def welcome_router() -> APIRouter:
    """The page and the one thing that it does."""
    pages = _environment()
    router = APIRouter(include_in_schema=False, dependencies=[Depends(load_frame)])

    @router.get("/demo")
    async def welcome(request: Request, q: str = "") -> Response:
        async with context_of(request).store.reading() as uow:
            known = {person.email: person for person in await uow.people.everybody()}
            agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
            found = list(await uow.people.search(q[:100], limit=MOST_FOUND)) if q.strip() else []
            gone = {person.id for person in found if await has_left(uow, person)}
        return render(
            request,
            pages.get_template("demo/welcome.html"),
            choices=[(part, known[part.email]) for part in CHOICES if part.email in known],
            tries=[(one, known[one.email]) for one in TRIES if one.email in known],
            agencies=agencies,
            q=q[:100],
            found=[person for person in found if person.id not in gone],
        )

    @router.post("/demo/be")
    async def be(request: Request, form: SentForm, before: MaybeVisitor) -> Response:
        """Signs this browser in as somebody, by a link made and used up at once, and goes on to a page."""
        context = context_of(request)
        async with context.store.transaction(intake=True) as uow:
            person = await uow.people.by_email(form.text("email"))
            if person is None or await has_left(uow, person):
                return see_other("/demo")
            token = uow.signins.new_link(person_id=person.id, browser=None)
            await uow.people.flush()
            done = await sign_in(uow, token=token, browser=None, previous=before.token if before else None)
        if not isinstance(done, SignedIn):
            return see_other("/demo")
        response: RedirectResponse = see_other(safe_path(form.text("next")))
        set_session(response, context, done.token)
        return response

    return router


def _environment() -> Environment:
    """Herald's own templates, and beside them the demo's."""
    own = environment()
    return own.overlay(loader=ChoiceLoader([FileSystemLoader(TEMPLATES), own.loader or FileSystemLoader(TEMPLATES)]))
