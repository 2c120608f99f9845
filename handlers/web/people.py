"""The register on the operations pages: search, look, add one, import many with a preview, let strangers in."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from bot.files.people import PersonRow, parse_people
from bot.files.problems import FileProblems, Problem
from bot.files.roles import CHAMPION_TIERS
from bot.files.values import email as read_email
from handlers.known import known_names
from handlers.partnership import NotSetUp
from handlers.people import Imported, import_people
from handlers.people_care import Refused, erase_person, settle_stranger
from handlers.reachability import agencies_without_anybody
from handlers.web.shell import Form, RowNumber, allow, context_of, form_of, render, see_other
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

router = APIRouter()

Staff = Annotated[Person, Depends(allow("coordinator", "admin"))]
Admin = Annotated[Person, Depends(allow("admin"))]
SentForm = Annotated[Form, Depends(form_of)]
SHOWN = 100
SHOWN_CHANGES = 500
NOT_SET_UP = Problem("E112", 1, 1, "partnership", "Apply the partnership file first, so that its agencies are known.")


class _Preview(Exception):
    """Rolls a preview back; carries what an import would do."""

    def __init__(self, imported: Imported) -> None:
        self.imported = imported
        super().__init__("preview")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a people.csv would do, or did: changes and advice, or the errors that stand in the way."""

    imported: Imported | None
    errors: tuple[Problem, ...] = ()


@router.get("/ops/people")
async def people(request: Request, _staff: Staff, q: str = "") -> Response:
    """The register, or the people that a search finds; above it whoever waits to be let in."""
    async with context_of(request).store.reading() as uow:
        found = await uow.people.search(q[:100], limit=SHOWN + 1)
        agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
        strangers = await uow.people.strangers_waiting()
        everybody = await uow.people.present()
        unreachable = agencies_without_anybody(everybody, await uow.people.agencies())
    counts = {name: request.query_params.get(name, "") for name in ("created", "changed", "unchanged")}
    done = {name: number for name, number in counts.items() if number.isdigit() and len(number) < 7}
    return render(
        request,
        "people/list.html",
        q=q[:100],
        people=found[:SHOWN],
        more=len(found) > SHOWN,
        total=len(everybody),
        agencies=agencies,
        strangers=strangers,
        unreachable=unreachable,
        done=done,
    )


@router.get("/ops/people/import")
async def choose_file(request: Request, _staff: Staff) -> Response:
    """Where a file is chosen."""
    return render(request, "people/import.html", errors=())


@router.post("/ops/people/import")
async def preview(request: Request, form: SentForm, staff: Staff) -> Response:
    """Shows every change that a file would make, and changes nothing."""
    upload = form.file("file")
    if upload is None or not upload.data:
        chosen = Problem("E111", 1, 1, "file", "Choose a file first.")
        return render(request, "people/import.html", status=422, errors=(chosen,))
    reading = await _read(context_of(request).store, upload.data, by=staff, keep=False)
    if reading.imported is None:
        return render(request, "people/import.html", status=422, errors=reading.errors)
    return render(
        request,
        "people/preview.html",
        imported=reading.imported,
        changes=[change for change in reading.imported.changes if change.outcome != "unchanged" or change.notes],
        shown=SHOWN_CHANGES,
        text=upload.data.decode("utf-8-sig"),
    )


@router.post("/ops/people/import/confirm")
async def confirm(request: Request, form: SentForm, staff: Staff) -> Response:
    """Imports what was previewed; sent twice, the second time changes nothing."""
    text = form.text("text").replace("\r\n", "\n")
    reading = await _read(context_of(request).store, text, by=staff, keep=True)
    if reading.imported is None:
        return render(request, "people/import.html", status=422, errors=reading.errors)
    counts = "&".join(f"{word}={reading.imported.count(word)}" for word in ("created", "changed", "unchanged"))
    return see_other(f"/ops/people?{counts}")


async def _read(store: Store, text: bytes | str, *, by: Person, keep: bool) -> Reading:
    try:
        async with store.transaction() as uow:
            rows = parse_people(text, await known_names(uow)).all_good()
            imported = await import_people(uow, rows=rows, by=by)
            if not keep:
                raise _Preview(imported)
    except _Preview as shown:
        return Reading(shown.imported)
    except NotSetUp:
        return Reading(None, (NOT_SET_UP,))
    except FileProblems as problems:
        return Reading(None, problems.problems)
    return Reading(imported)


@router.get("/ops/people/add")
async def new_person(request: Request, _staff: Staff, email: str = "") -> Response:
    """A form for one person, perhaps with a stranger's address already in it."""
    async with context_of(request).store.reading() as uow:
        agencies = await uow.people.agencies()
    return render(request, "people/add.html", agencies=agencies, given={"email": email[:254]}, errors={})


@router.post("/ops/people/add")
async def add(request: Request, form: SentForm, staff: Staff) -> Response:
    """Puts one person into the register and settles their request, if they made one."""
    given = {name: form.text(name)[:254] for name in ("email", "name", "agency", "champion")}
    store = context_of(request).store
    async with store.reading() as uow:
        agencies = await uow.people.agencies()
        errors = await _wrong(uow, given)
    if errors:
        return render(request, "people/add.html", status=422, agencies=agencies, given=given, errors=errors)
    champion = given["champion"] if given["champion"] in CHAMPION_TIERS else "no"
    row = PersonRow(1, given["email"].lower(), name=given["name"], agency=given["agency"] or None, champion=champion)
    async with store.transaction(intake=True) as uow:
        await import_people(uow, rows=[row], by=staff)
        for stranger in await uow.people.strangers_waiting():
            if stranger.email == row.email:
                await settle_stranger(uow, request_id=stranger.id, by=staff)
        person = await uow.people.by_email(row.email)
    return see_other(f"/ops/people/{person.id}" if person else "/ops/people")


async def _wrong(uow: UnitOfWork, given: dict[str, str]) -> dict[str, str]:
    errors = {}
    address = read_email(given["email"])
    if address is None:
        errors["email"] = "Enter an e-mail address in the form ada@example.org"
    elif await uow.people.by_email(address) is not None:
        errors["email"] = "This address is in the register already. Search for it to look at the person"
    if not given["name"]:
        errors["name"] = "Enter the name as colleagues know it"
    if given["agency"] and await uow.people.agency(given["agency"]) is None:
        errors["agency"] = "Choose an agency from the list"
    return errors


@router.get("/ops/people/{person_id}")
async def one(request: Request, person_id: RowNumber, staff: Staff) -> Response:
    """One person: what the register says, and what belongs to them."""
    async with context_of(request).store.reading() as uow:
        person = await _person(uow, person_id)
        agency = await uow.people.agency(person.agency_id)
        series = await uow.people.subscriptions_of(person.id)
        entries = await uow.audit.latest(limit=20, thing=f"person:{person.id}")
    return render(
        request,
        "people/one.html",
        one=person,
        agency=agency,
        receives=sorted(row.series_id for row in series if row.left_at is None),
        left=sorted(row.series_id for row in series if row.left_at is not None),
        entries=entries,
        may_erase="admin" in staff.roles,
    )


@router.get("/ops/people/{person_id}/erase")
async def ask_to_erase(request: Request, person_id: RowNumber, _admin: Admin) -> Response:
    """Asks before somebody is taken out for good."""
    async with context_of(request).store.reading() as uow:
        person = await _person(uow, person_id)
    return render(request, "people/erase.html", one=person, error="")


@router.post("/ops/people/{person_id}/erase")
async def erase(request: Request, person_id: RowNumber, admin: Admin) -> Response:
    """Takes somebody out of Herald for good."""
    try:
        async with context_of(request).store.transaction(intake=True) as uow:
            await erase_person(uow, person=await _person(uow, person_id), by=admin)
    except Refused as refused:
        async with context_of(request).store.reading() as uow:
            person = await _person(uow, person_id)
        return render(request, "people/erase.html", status=409, one=person, error=str(refused))
    return see_other("/ops/people")


@router.post("/ops/people/strangers/{request_id}/settle")
async def settle(request: Request, request_id: RowNumber, staff: Staff) -> Response:
    """Takes a request off the list; the person is not added."""
    async with context_of(request).store.transaction(intake=True) as uow:
        await settle_stranger(uow, request_id=request_id, by=staff)
    return see_other("/ops/people")


async def _person(uow: UnitOfWork, person_id: int) -> Person:
    person = await uow.people.get(person_id)
    if person is None:
        raise HTTPException(404)
    return person
