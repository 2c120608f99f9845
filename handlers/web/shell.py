"""What a subject's pages use of the web door, in one place.

    router = APIRouter()

    Coordinator = Annotated[Person, Depends(allow("coordinator", "admin"))]

    @router.get("/ops/people")
    async def people(request: Request, person: Coordinator) -> Response:
        async with context_of(request).store.reading() as uow:
            ...
        return render(request, "people/list.html", rows=rows)

    @router.post("/ops/people")
    async def add(request: Request, person: Coordinator, form: SentForm) -> Response:
        async with context_of(request).store.transaction(intake=True) as uow:
            if await uow.conversations.first_time("web", form.key): ...
        return see_other("/ops/people")

Add the router to ROUTERS in `site.py` and, unless a row covers it already, its pattern to `handlers/permissions.py`.
The CSRF check, body limit, security headers and error pages are already around every page. GET changes nothing.
"""

from typing import Annotated

from fastapi import Depends, Path

from handlers.web.context import WebContext, context_of
from handlers.web.forms import Form, Upload, form_of, new_key
from handlers.web.pages import render, see_other
from handlers.web.visitors import (
    Forbidden,
    NeedsSignIn,
    Visitor,
    allow,
    current_person,
    current_visitor,
    safe_path,
    set_session,
    visitor,
)
from storage.tables.people import Person

SentForm = Annotated[Form, Depends(form_of)]
RowNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]  # what a database can count
SignedIn = Annotated[Person, Depends(current_person)]
InSession = Annotated[Visitor, Depends(current_visitor)]
MaybeVisitor = Annotated[Visitor | None, Depends(visitor)]

__all__ = [
    "Forbidden",
    "Form",
    "InSession",
    "MaybeVisitor",
    "NeedsSignIn",
    "RowNumber",
    "SentForm",
    "SignedIn",
    "Upload",
    "Visitor",
    "WebContext",
    "allow",
    "context_of",
    "current_person",
    "current_visitor",
    "form_of",
    "new_key",
    "render",
    "safe_path",
    "see_other",
    "set_session",
    "visitor",
]
