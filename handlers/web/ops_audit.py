"""The audit log on the web: who did what, whether it fits together, the whole chain proved, and the same as a file."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from handlers import audit_log
from handlers.audit_log import Asked, as_csv, day_of, note_taken, page_of
from handlers.audit_proof import note_proof
from handlers.web.shell import SentForm, allow, context_of, render, see_other
from storage.tables.people import Person

router = APIRouter()

PAGE = "/ops/audit"
LONGEST_THING = 100
NOT_TAKEN = 422
Reader = Annotated[Person, Depends(allow("auditor", "admin"))]
Errors = list[tuple[str, str]]


@router.get(PAGE)
async def audit(
    request: Request, _reader: Reader, thing: str = "", since: str = "", until: str = "", page: int = 1
) -> Response:
    """The entries, perhaps about one thing or in some days, fifty at a time, and whether they fit together."""
    asked, errors = _asked(thing, since, until)
    async with context_of(request).store.reading() as uow:
        found = None if errors else await page_of(uow, asked, number=page)
    return render(
        request,
        "ops/audit.html",
        status=NOT_TAKEN if errors else 200,
        page=found,
        first=1 if found is None else (found.number - 1) * audit_log.ON_A_PAGE + 1,
        typed={"thing": thing[:LONGEST_THING], "since": since, "until": until},
        query=_query(thing, since, until),
        errors=errors,
        in_a_file=audit_log.IN_A_FILE,
    )


@router.post(f"{PAGE}/verify")
async def prove(request: Request, form: SentForm, reader: Reader) -> Response:
    """Walks through the whole chain, and writes into the log what came of it."""
    store = context_of(request).store
    async with store.reading() as uow:  # the walk is long: nobody waits for a lock meanwhile
        found = await uow.audit.verify()
    async with store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key):
            note_proof(uow, found, by=reader)
    return see_other(f"{PAGE}?{_query(*(form.text(name) for name in ('thing', 'since', 'until')))}")


@router.get(f"{PAGE}/list.csv")
async def as_a_file(request: Request, reader: Reader, thing: str = "", since: str = "", until: str = "") -> Response:
    """What the page would show, and further back. The export is written into the audit log."""
    asked, errors = _asked(thing, since, until)
    if errors:
        return see_other(f"{PAGE}?{_query(thing, since, until)}")
    store = context_of(request).store
    async with store.reading() as uow:  # a long file: nobody waits for a lock meanwhile
        table, entries = await as_csv(uow, asked)
    async with store.transaction(intake=True) as uow:
        note_taken(uow, asked, entries=entries, by=reader)
    headers = {"content-disposition": 'attachment; filename="audit-log.csv"'}
    return Response(table.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _query(thing: str, since: str, until: str) -> str:
    asked = {"thing": thing[:LONGEST_THING], "since": since, "until": until}
    return urlencode({name: value for name, value in asked.items() if value})


def _asked(thing: str, since: str, until: str) -> tuple[Asked, Errors]:
    """What is asked for, or what is wrong with the days."""
    days: dict[str, date | None] = {}
    errors: Errors = []
    for name, words, text in (("since", "first", since), ("until", "last", until)):
        try:
            days[name] = day_of(text)
        except ValueError:
            errors.append((f"#{name}", f"Give the {words} day like 2026-11-24."))
    first, last = days.get("since"), days.get("until")
    if first is not None and last is not None and first > last:
        errors.append(("#since", "The first day comes after the last one."))
    return Asked(thing.strip()[:LONGEST_THING] or None, first, last), errors
