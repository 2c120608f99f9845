"""Briefings for everybody in the register: the programme, one session with its button, my bookings, a calendar file."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from bot.links import Button
from bot.rendering.calendar_file import calendar_download
from bot.rendering.note import CalendarEntry
from bot.rules.booking_states import HOLDS_A_SEAT, BookingState
from bot.rules.seats import Approval
from handlers.acts import Need
from handlers.bookings.answering import DECLARE
from handlers.bookings.sessions import level_fits
from handlers.bookings.showing import (
    Bookable,
    booking_need,
    needs,
    opening_hours,
    overlap,
    programme,
)
from handlers.bookings.wording import levels_in_words, refusal, when
from handlers.partnership import calendar_of
from handlers.web.shell import SignedIn, context_of, render
from storage.tables.briefings import Booking, Briefing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()

STANDS = {
    BookingState.CONFIRMED: "You have a seat",
    BookingState.REQUESTED: "A seat is held for you",
    BookingState.OFFERED: "A seat is offered to you",
    BookingState.WAITLISTED: "You are on the waiting list",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A session in the programme."""

    briefing: Briefing
    when: str
    seats: str
    mine: str
    closed: bool


@router.get("/briefings")
async def briefings(request: Request, person: SignedIn) -> Response:
    """What can be booked, the next session first, and what waits for my answer."""
    async with context_of(request).store.reading() as uow:
        calendar = await calendar_of(uow)
        lines = [
            Line(
                each.briefing,
                when(each.briefing, calendar),
                each.seats,
                STANDS[BookingState(each.own.state)] if each.own else "",
                opening_hours(each.briefing, now=uow.now) is not None,
            )
            for each in await programme(uow, person)
        ]
        waiting = await needs(uow, person)
    return render(request, "briefings/list.html", lines=lines, needs=waiting)


@router.get("/briefings/{briefing_id}")
async def briefing(request: Request, person: SignedIn, briefing_id: str) -> Response:
    """One session: when, where, for whom, how many seats, and what I can do."""
    async with context_of(request).store.reading() as uow:
        found = await uow.briefings.get(briefing_id)
        if found is None:
            return render(request, "briefings/unknown.html", status=404)
        calendar = await calendar_of(uow)
        taken, waiting = (await uow.briefings.counts([found.id]))[found.id]
        own = await uow.briefings.booking_of(briefing_id=found.id, person_id=person.id)
        shown = Bookable(found, taken, waiting, own)
        rows = _rows(shown, when(found, calendar))
        mine = await _mine(uow, shown)
        closed = "" if mine else await _closed(uow, found, person)
        warning = "" if mine or closed else await overlap(uow, person, found)
        answers = await _answers(uow, person, own)
    return render(
        request,
        "briefings/session.html",
        briefing=found,
        rows=rows,
        mine=mine,
        has_seat=own is not None and own.state == BookingState.CONFIRMED,
        own=own,
        answers=answers,
        closed=closed,
        warning=warning,
        choice=DECLARE if found.approval == Approval.DECLARED else "book",
        full=not shown.free or bool(waiting),
    )


@router.get("/bookings")
async def bookings(request: Request, person: SignedIn) -> Response:
    """My bookings: those to come, and what I had a seat at."""
    async with context_of(request).store.reading() as uow:
        calendar = await calendar_of(uow)
        coming = [
            (booking, session, when(session, calendar), await _stands(uow, booking))
            for booking, session in await uow.briefings.open_of(person.id)
        ]
        past = [
            (session.title, when(session, calendar), booking.state.replace("_", " "))
            for booking, session in await uow.briefings.past_of(person.id)
        ]
    return render(request, "briefings/mine.html", coming=coming, past=past)


@router.get("/bookings/{reference}/calendar.ics")
async def calendar_entry(request: Request, person: SignedIn, reference: str) -> Response:
    """My booking as a file for a calendar; somebody else's is not found."""
    async with context_of(request).store.reading() as uow:
        booking = await uow.briefings.booking(reference)
        session = None if booking is None else await uow.briefings.get(booking.briefing_id)
        if booking is None or session is None or booking.person_id != person.id:
            return render(request, "briefings/unknown.html", status=404)
        if booking.state != BookingState.CONFIRMED:
            return render(request, "briefings/unknown.html", status=404)
        entry = CalendarEntry(
            uid=booking.calendar_uid,
            sequence=booking.calendar_sequence,
            title=session.title,
            starts=session.starts_at,
            ends=session.ends_at,
            place=session.place,
            words=f"Your booking {booking.reference}.",
        )
        body = calendar_download(entry, stamp=uow.now)
    headers = {"content-disposition": f'attachment; filename="{reference}.ics"', "cache-control": "no-store"}
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


def _rows(shown: Bookable, moment: str) -> list[tuple[str, str]]:
    briefing = shown.briefing
    rows = [("When", moment), ("Where", briefing.place), ("Kind", briefing.kind.capitalize())]
    if briefing.levels:
        rows.append(("For", levels_in_words(briefing.levels).capitalize()))
    return [*rows, ("Seats", shown.seats)]


async def _mine(uow: UnitOfWork, shown: Bookable) -> str:
    """How my own booking stands, in words; empty when I have none."""
    own = shown.own
    if own is None or BookingState(own.state) not in (*HOLDS_A_SEAT, BookingState.WAITLISTED):
        return ""
    return await _stands(uow, own)


async def _stands(uow: UnitOfWork, own: Booking) -> str:
    if own.state == BookingState.WAITLISTED:
        return f"You are number {await uow.briefings.place(own)} on the waiting list"
    return STANDS[BookingState(own.state)]


async def _closed(uow: UnitOfWork, briefing: Briefing, person: Person) -> str:
    """Why I cannot book this session now; empty when I can."""
    refused = opening_hours(briefing, now=uow.now)
    if refused is not None:
        said = await refusal(uow, briefing, await calendar_of(uow), refused)
        return " ".join(said.lines)
    if not level_fits(briefing, person):
        return f"This session is for {levels_in_words(briefing.levels)}, and the register has another level for you."
    return ""


async def _answers(uow: UnitOfWork, person: Person, own: Booking | None) -> list[Button]:
    """The buttons for what waits for me here, or else the one that gives my booking back."""
    if own is None:
        return []
    about = {own.reference, own.briefing_id}
    asked = [button for need in await needs(uow, person) for button in need.buttons if button.about in about]
    briefing = await uow.briefings.get(own.briefing_id)
    open_now = briefing is not None and uow.now < briefing.starts_at
    if own.state == BookingState.OFFERED or not open_now or briefing is None:
        return asked
    if BookingState(own.state) not in STANDS:
        return asked
    need: Need = booking_need(own, briefing, await calendar_of(uow))
    return [*asked, *need.buttons]
