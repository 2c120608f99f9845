"""What the talk, the links and the buttons about bookings do: the same on every surface."""

from dataclasses import replace

from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.flows.booking import AGREES, NAME, WHICH, choosing_flow, confirming_flow
from bot.rules.booking_states import ACTIVE, BookingState
from bot.rules.seats import Approval
from handlers.acts import Act, ActPage, Done, Goes, Opens, Option, Press
from handlers.bookings.approvals import answer_request
from handlers.bookings.booking import book
from handlers.bookings.cancelling import cancel_booking
from handlers.bookings.offers import accept_offer, decline_offer
from handlers.bookings.saying import NOTHING_TO_BOOK
from handlers.bookings.showing import Bookable, as_offered, bookable, opening_hours, overlap
from handlers.bookings.telling import may_approve
from handlers.bookings.wording import NOT_FOUND, NOT_YOURS, receipt_of, refusal, when
from handlers.partnership import calendar_of
from handlers.talk import About, Ending, Talk
from handlers.wording import local_moment
from storage.tables.briefings import Booking, Briefing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

DECLARE = "declare"
CANCEL_OPTIONS = (Option("cancel", "Cancel my booking"), Option("keep", "Keep it", primary=False))
OFFER_OPTIONS = (Option("accept", "Accept the seat"), Option("decline", "No, thank you", primary=False))
APPROVAL_OPTIONS = (Option("approve", "Approve"), Option("refuse", "Refuse", primary=False))


async def _flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    calendar = await calendar_of(uow)
    if about.subject:
        briefing = await uow.briefings.get(about.subject)
        if briefing is None:
            return NOT_FOUND
        refused = opening_hours(briefing, now=uow.now)
        if refused is not None:
            return await refusal(uow, briefing, calendar, refused)
        taken, waiting = (await uow.briefings.counts([briefing.id]))[briefing.id]
        return confirming_flow(await as_offered(uow, about.person, Bookable(briefing, taken, waiting), calendar))
    sessions = await bookable(uow, about.person)
    if not sessions:
        return NOTHING_TO_BOOK
    return choosing_flow([await as_offered(uow, about.person, each, calendar) for each in sessions])


async def _finish(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    briefing_id = about.subject or str(ending.answers[WHICH])
    declared = ending.answers.get("declared") == AGREES
    return await book(uow, person=about.person, briefing_id=briefing_id, declared=declared)


async def _book_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    briefing = await uow.briefings.get(about)
    if briefing is None:
        return ActPage(NOT_FOUND.title, NOT_FOUND.lines)
    offered = await _offered(uow, person, briefing)
    if offered is not None:
        return await _offer_page(uow, person, offered.reference)
    calendar = await calendar_of(uow)
    taken, waiting = (await uow.briefings.counts([briefing.id]))[briefing.id]
    shown = Bookable(briefing, taken, waiting)
    rows = (*_rows(briefing, when(briefing, calendar)), ("Seats", shown.seats))
    declared = briefing.approval == Approval.DECLARED
    option = Option(DECLARE, "My line manager agrees: book my seat") if declared else Option("book", "Book my seat")
    lines = (briefing.description,) if briefing.description else ()
    return ActPage(briefing.title, lines, rows, (option,), warning=await overlap(uow, person, briefing))


async def _book_act(uow: UnitOfWork, press: Press) -> Done:
    """One press books; where the line manager's agreement has to be declared, a button that does not say so asks.

    Whoever is offered a seat of it takes that one.
    """
    briefing = await uow.briefings.get(press.about)
    if briefing is None:
        return NOT_FOUND
    offered = await _offered(uow, press.person, briefing)
    if offered is not None:
        choice = press.choice if press.choice == "decline" else "accept"
        return await _offer_act(uow, replace(press, about=offered.reference, choice=choice))
    declared = press.choice == DECLARE
    if briefing.approval == Approval.DECLARED and not declared and not await _has_booking(uow, press, briefing):
        return Opens(NAME, press.about)
    return await book(uow, person=press.person, briefing_id=press.about, declared=declared)


async def _offered(uow: UnitOfWork, person: Person, briefing: Briefing) -> Booking | None:
    own = await uow.briefings.booking_of(briefing_id=briefing.id, person_id=person.id)
    return own if own is not None and own.state == BookingState.OFFERED else None


async def _has_booking(uow: UnitOfWork, press: Press, briefing: Briefing) -> bool:
    own = await uow.briefings.booking_of(briefing_id=briefing.id, person_id=press.person.id)
    return own is not None and own.state in ACTIVE


async def _booking_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    found = await _own(uow, person, about)
    if found is None:
        return ActPage(NOT_YOURS.title, NOT_YOURS.lines)
    booking, briefing = found
    calendar = await calendar_of(uow)
    receipt = await receipt_of(uow, briefing, booking, calendar)
    rows = _rows(briefing, when(briefing, calendar))
    if booking.state not in ACTIVE or uow.now >= briefing.starts_at:
        return ActPage(receipt.title, ("Nothing can be cancelled now.",), rows)
    return ActPage("Cancel your booking?", (f"{receipt.title}.",), rows, CANCEL_OPTIONS)


async def _booking_act(uow: UnitOfWork, press: Press) -> Done:
    if press.choice == "cancel":
        return await cancel_booking(uow, reference=press.about, by=press.person)
    found = await _own(uow, press.person, press.about)
    return NOT_YOURS if found is None else Goes(f"/briefings/{found[1].id}")


async def _offer_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    found = await _own(uow, person, about)
    if found is None:
        return ActPage(NOT_YOURS.title, NOT_YOURS.lines)
    booking, briefing = found
    calendar = await calendar_of(uow)
    rows = _rows(briefing, when(briefing, calendar))
    expires = booking.offer_expires_at
    if booking.state != BookingState.OFFERED or expires is None:
        receipt = await receipt_of(uow, briefing, booking, calendar)
        return ActPage(receipt.title, receipt.lines, rows)
    until = local_moment(expires, calendar)
    if uow.now >= expires:
        return ActPage("This offer has ended", (f"It ended at {until}.",), rows)
    return ActPage("A seat is offered to you", (), (*rows, ("Accept before", until)), OFFER_OPTIONS)


async def _offer_act(uow: UnitOfWork, press: Press) -> Done:
    if press.choice == "decline":
        return await decline_offer(uow, reference=press.about, by=press.person)
    if press.choice == "accept":
        return await accept_offer(uow, reference=press.about, by=press.person)
    return Goes("/bookings")


async def _approval_page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    booking = await uow.briefings.booking(about)
    asking = None if booking is None else await uow.people.get(booking.person_id)
    briefing = None if booking is None else await uow.briefings.get(booking.briefing_id)
    if booking is None or asking is None or briefing is None or not await may_approve(uow, asking, by=person):
        return ActPage(NOT_YOURS.title, NOT_YOURS.lines)
    calendar = await calendar_of(uow)
    rows = (("Who", asking.name), ("Session", briefing.title), *_rows(briefing, when(briefing, calendar)))
    held_until = booking.hold_expires_at
    if booking.state != BookingState.REQUESTED or held_until is None or uow.now >= held_until:
        return ActPage("Nothing is waiting for you here", ("It was answered, or its time is over.",), rows)
    return ActPage(
        f"May {asking.name} come?", (), (*rows, ("Answer before", local_moment(held_until, calendar))), APPROVAL_OPTIONS
    )


async def _approval_act(uow: UnitOfWork, press: Press) -> Done:
    if press.choice not in ("approve", "refuse"):
        return Notice("Please choose", ("Press “Approve” or “Refuse”.",))
    return await answer_request(uow, reference=press.about, by=press.person, approve=press.choice == "approve")


async def _own(uow: UnitOfWork, person: Person, reference: str) -> tuple[Booking, Briefing] | None:
    booking = await uow.briefings.booking(reference)
    briefing = None if booking is None else await uow.briefings.get(booking.briefing_id)
    if booking is None or briefing is None or booking.person_id != person.id:
        return None
    return booking, briefing


def _rows(briefing: Briefing, moment: str) -> tuple[tuple[str, str], ...]:
    return (("When", moment), ("Where", briefing.place))


TALK = Talk(_flow, _finish)
BOOK_ACT = Act(_book_page, _book_act)
BOOKING_ACT = Act(_booking_page, _booking_act)
OFFER_ACT = Act(_offer_page, _offer_act)
APPROVAL_ACT = Act(_approval_page, _approval_act)
