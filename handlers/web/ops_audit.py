"""The audit log on the web: who did what, whether the chain is whole, and the same as a file."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from handlers import audit_log
from handlers.audit_log import Asked, as_csv, day_of, entries_asked_for
from handlers.web.shell import allow, context_of, render, see_other
from storage.tables.people import Person

router = APIRouter()

PAGE = "/ops/audit"
LONGEST_THING = 100
NOT_TAKEN = 422
Reader = Annotated[Person, Depends(allow("auditor", "admin"))]
Errors = list[tuple[str, str]]


@router.get(PAGE)
async def audit(request: Request, _reader: Reader, thing: str = "", since: str = "", until: str = "") -> Response:
    """The latest entries, perhaps about one thing or in some days."""
    asked, errors = _asked(thing, since, until)
    async with context_of(request).store.reading() as uow:
        found = None if errors else await entries_asked_for(uow, asked, limit=audit_log.ON_A_PAGE)
        verified = await uow.audit.verify()
    return render(
        request,
        "ops/audit.html",
        status=NOT_TAKEN if errors else 200,
        found=found,
        verified=verified,
        typed={"thing": thing[:LONGEST_THING], "since": since, "until": until},
        query=_query(thing, since, until),
        errors=errors,
        in_a_file=audit_log.IN_A_FILE,
    )


@router.get(f"{PAGE}/list.csv")
async def as_a_file(request: Request, _reader: Reader, thing: str = "", since: str = "", until: str = "") -> Response:
    """What the page would show, and further back."""
    asked, errors = _asked(thing, since, until)
    if errors:
        return see_other(f"{PAGE}?{_query(thing, since, until)}")
    async with context_of(request).store.reading() as uow:
        table = await as_csv(uow, asked)
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
