"""Briefings for the operations team: who has a seat, who waits in which order, the register, calling a session off."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.rules.booking_states import HOLDS_A_SEAT, REGISTERED, BookingState
from handlers.bookings.cancelling import cancel_booking, cancel_session
from handlers.bookings.register import STATUSES, add_to_register, take_register
from handlers.bookings.sessions import hold
from handlers.bookings.wording import when
from handlers.partnership import calendar_of
from handlers.web.shell import Form, SentForm, allow, context_of, render, see_other
from storage.briefings import CANCELLED
from storage.tables.briefings import Booking, Briefing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()
Reader = Annotated[Person, Depends(allow("coordinator", "analyst"))]
Coordinator = Annotated[Person, Depends(allow("coordinator"))]
STATUS_WORDS = [("attended", "Attended"), ("partial", "Partly"), ("no-show", "Did not come"), ("excused", "Excused")]
CAME = (BookingState.ATTENDED, BookingState.PARTIAL)
STATUS_OF = {state.value: status for status, state in STATUSES.items()}
SAID = {
    "register": "The register is kept.",
    "cancelled": "The session is called off and everybody was told.",
    "given-back": "The booking is cancelled and the person was told.",
    "added": "Added to the register.",
}


@router.get("/ops/briefings")
async def sessions(request: Request, _person: Reader) -> Response:
    """Every session with seats and queue: those to come, the next one first, then the past, the latest first."""
    async with context_of(request).store.reading() as uow:
        calendar = await calendar_of(uow)
        now = uow.now
        found = sorted(await uow.briefings.all(), key=lambda each: (each.starts_at <= now, abs(each.starts_at - now)))
        counts = await uow.briefings.counts([briefing.id for briefing in found])
        lines = [(briefing, when(briefing, calendar), *counts[briefing.id]) for briefing in found]
    return render(request, "briefings/ops_list.html", lines=lines, now=now)


@router.get("/ops/briefings/{briefing_id}")
async def session(request: Request, person: Reader, briefing_id: str, said: str = "") -> Response:
    """One session: bookings, the queue in order, the register once it has begun."""
    return await _page(request, person, briefing_id, said=SAID.get(said, ""))


@router.post("/ops/briefings/{briefing_id}/register")
async def register(request: Request, person: Coordinator, briefing_id: str, form: SentForm) -> Response:
    """Keeps what was chosen for each person; a person left at “not yet” stays as they were."""
    async with context_of(request).store.transaction(intake=True) as uow:
        statuses = {name: form.text(name) for name in form.fields if form.text(name) in STATUSES}
        _, problem = await take_register(uow, briefing_id=briefing_id, statuses=statuses, by=person)
    if problem:
        return await _page(request, person, briefing_id, problem=problem)
    return see_other(f"/ops/briefings/{briefing_id}?said=register")


@router.post("/ops/briefings/{briefing_id}/register/add")
async def add(request: Request, person: Coordinator, briefing_id: str, form: SentForm) -> Response:
    """Adds somebody who came without a booking."""
    async with context_of(request).store.transaction(intake=True) as uow:
        problem = await _add(uow, briefing_id, form, by=person)
    if problem:
        return await _page(request, person, briefing_id, problem=problem)
    return see_other(f"/ops/briefings/{briefing_id}?said=added")


@router.post("/ops/briefings/{briefing_id}/cancel")
async def call_off(request: Request, person: Coordinator, briefing_id: str, form: SentForm) -> Response:
    """Calls a session off, after its box was ticked."""
    if form.text("sure") != "yes":
        return await _page(request, person, briefing_id, problem="Tick the box to say that you are sure.")
    async with context_of(request).store.transaction(intake=True) as uow:
        await cancel_session(uow, briefing_id=briefing_id, by=person)
    return see_other(f"/ops/briefings/{briefing_id}?said=cancelled")


@router.post("/ops/briefings/{briefing_id}/give-back")
async def give_back(request: Request, person: Coordinator, briefing_id: str, form: SentForm) -> Response:
    """Cancels one booking for its person."""
    async with context_of(request).store.transaction(intake=True) as uow:
        await cancel_booking(uow, reference=form.text("reference"), by=person)
    return see_other(f"/ops/briefings/{briefing_id}?said=given-back")


async def _add(uow: UnitOfWork, briefing_id: str, form: Form, *, by: Person) -> str:
    """Adds somebody to the register; gives back what is wrong, if anything."""
    held = await hold(uow, briefing_id)
    email, status = form.text("email"), form.text("status")
    found = await uow.people.by_email(email) if email else None
    if held is None or not held.started(uow.now):
        return "The register can be taken from the start of the session."
    if found is None:
        return "This address is not in the register of people. Add the person first."
    if status not in STATUSES:
        return "Choose how they took part."
    await add_to_register(uow, held=held, person=found, status=status, by=by)
    return ""


async def _page(request: Request, person: Person, briefing_id: str, *, said: str = "", problem: str = "") -> Response:
    async with context_of(request).store.reading() as uow:
        briefing = await uow.briefings.get(briefing_id)
        if briefing is None:
            return render(request, "briefings/unknown.html", status=404)
        bookings = await uow.briefings.bookings(briefing_id)
        agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
        counted = await uow.briefings.counted(briefing_id)
        moment = when(briefing, await calendar_of(uow))
        started = uow.now >= briefing.starts_at
    groups = _groups(bookings)
    return render(
        request,
        "briefings/ops_session.html",
        status=400 if problem else 200,
        briefing=briefing,
        moment=moment,
        rows=_rows(briefing, groups, moment),
        groups=groups,
        agencies=agencies,
        counted=[(agencies.get(agency_id, agency_id), count) for agency_id, count in sorted(counted.items())],
        started=started,
        cancelled=briefing.status == CANCELLED,
        may_act="coordinator" in person.roles,
        status_of=STATUS_OF,
        status_words=STATUS_WORDS,
        said=said,
        problem=problem,
    )


Group = list[tuple[Booking, Person]]


def _groups(bookings: Group) -> dict[str, Group]:
    """Bookings by what they mean to the organiser; the queue in its order."""
    return {
        "seats": [pair for pair in bookings if pair[0].state in HOLDS_A_SEAT],
        "waiting": [pair for pair in bookings if pair[0].state == BookingState.WAITLISTED],
        "register": [pair for pair in bookings if pair[0].state in {BookingState.CONFIRMED, *REGISTERED}],
        "gone": [
            pair for pair in bookings if pair[0].state not in {*HOLDS_A_SEAT, BookingState.WAITLISTED, *REGISTERED}
        ],
    }


def _rows(briefing: Briefing, groups: dict[str, Group], moment: str) -> list[tuple[str, str]]:
    taken = len({booking.id for booking, _ in (*groups["seats"], *groups["register"])})
    rows = [("When", moment), ("Where", briefing.place), ("Seats", f"{taken} of {briefing.capacity} taken")]
    if taken > briefing.capacity:
        rows.append(("Over by", f"{taken - briefing.capacity}: nobody is removed, nobody new comes in until then"))
    came = [booking for booking, _ in groups["register"] if booking.state in CAME]
    if came:
        agencies = {booking.agency_id for booking in came} - {None}
        rows.append(("Came", f"{len(came)}, from {len(agencies)} {'agency' if len(agencies) == 1 else 'agencies'}"))
    if briefing.per_agency:
        rows.append(("For one agency", f"at most {briefing.per_agency}"))
    rows.append(("Waiting", str(len(groups["waiting"]))))
    rows.append(("Agreement of the manager", briefing.approval))
    return rows
