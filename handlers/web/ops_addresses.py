"""Whose e-mail does not arrive, on the operations pages: why, since when, and what can be done about it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from handlers.addresses import NotMended, another_chance, as_csv, mend, not_arriving
from handlers.permissions import rule_for
from handlers.web.shell import Form, SentForm, allow, context_of, render, see_other
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

PAGE = "/ops/addresses"
Reader = Annotated[Person, Depends(allow("coordinator", "publisher", "admin"))]
Mender = Annotated[Person, Depends(allow("coordinator", "admin"))]
NOT_TAKEN = 422


@router.get("/ops/addresses")
async def addresses(request: Request, reader: Reader, done: str = "") -> Response:
    """The list, with what can be done."""
    return await _page(request, reader, done=done)


@router.get("/ops/addresses/list.csv")
async def as_a_file(request: Request, _reader: Reader) -> Response:
    """The list as a file."""
    async with context_of(request).store.reading() as uow:
        found = await not_arriving(uow)
    headers = {"content-disposition": 'attachment; filename="addresses.csv"'}
    return Response(as_csv(found.rows).encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/ops/addresses/again")
async def again(request: Request, form: SentForm, mender: Mender) -> Response:
    """Gives an address another chance: of a person, or an agency's shared mailbox."""
    async with context_of(request).store.transaction(intake=True) as uow:
        address, thing = await _whose(uow, form)
        if await uow.conversations.first_time("web", form.key):
            await another_chance(uow, address=address, thing=thing, by=mender)
    return see_other(f"{PAGE}?done=again")


@router.post("/ops/addresses/mend")
async def new_address(request: Request, form: SentForm, mender: Mender) -> Response:
    """Gives a person another address."""
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            person = await uow.people.get(form.number("person"))
            if person is None:
                raise HTTPException(404)
            if await uow.conversations.first_time("web", form.key):
                await mend(uow, person=person, email=form.text("email"), by=mender)
    except NotMended as problem:
        return await _page(request, mender, wrong=form.number("person"), typed=form.text("email"), error=str(problem))
    return see_other(f"{PAGE}?done=mended")


async def _whose(uow: UnitOfWork, form: Form) -> tuple[str, str]:
    """The address that a form means, and what the audit log calls it."""
    if person := await uow.people.get(form.number("person")):
        return person.email, f"person:{person.id}"
    agency = await uow.people.agency(form.text("agency") or None)
    if agency is None or not agency.role_mailbox:
        raise HTTPException(404)
    return agency.role_mailbox, f"agency:{agency.id}"


async def _page(
    request: Request, reader: Person, *, done: str = "", wrong: int = 0, typed: str = "", error: str = ""
) -> Response:
    async with context_of(request).store.reading() as uow:
        found = await not_arriving(uow)
    rule = rule_for(PAGE)
    may_mend = rule is not None and isinstance(rule.act, frozenset) and bool(rule.act & set(reader.roles))
    shown = {"found": found, "may_mend": may_mend, "done": done, "wrong": wrong, "typed": typed, "error": error}
    return render(request, "ops/addresses.html", status=NOT_TAKEN if error else 200, **shown)
