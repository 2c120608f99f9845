"""What people are answered about bookings: receipts for every state, refusals with their reason and a next step."""

from datetime import datetime

from bot.conversation.prompt import Notice, Receipt
from bot.rules.booking_states import BookingState
from bot.rules.calendar import WorkingCalendar
from bot.rules.seats import RefusalReason, Refused, free_cancellation_until
from handlers.wording import local_moment, moment_in_words
from storage.tables.briefings import Booking, Briefing
from storage.unit_of_work import UnitOfWork

FLOW = "booking"
NOT_FOUND = Notice(
    "We cannot find this session", ("It may have been taken off the programme. Say “book” to see others.",)
)
NOT_YOURS = Notice("We cannot find this booking", ("It may belong to somebody else. Say “my” to see what is yours.",))


def when(briefing: Briefing, calendar: WorkingCalendar) -> str:
    """When a session is, as people read it: Wednesday 9 December 2026, 12:30 to 13:30."""
    starts, ends = calendar.local(briefing.starts_at), calendar.local(briefing.ends_at)
    until = f"{ends:%H:%M}" if ends.date() == starts.date() else moment_in_words(ends)
    return f"{moment_in_words(starts)} to {until}"


def levels_in_words(levels: list[int]) -> str:
    """The target levels of a session: “levels 2 and 3”; empty when it is for everyone."""
    if not levels:
        return ""
    named = [str(level) for level in levels]
    if len(named) == 1:
        return f"level {named[0]}"
    return f"levels {', '.join(named[:-1])} and {named[-1]}"


async def receipt_of(uow: UnitOfWork, briefing: Briefing, booking: Booking, calendar: WorkingCalendar) -> Receipt:
    """How a booking stands, in words; the same booking gives the same receipt on every surface."""
    title, lines = await _title_and_lines(uow, briefing, booking, calendar)
    return Receipt(title, booking.reference, (f"{briefing.title}, {when(briefing, calendar)}.", *lines), FLOW)


async def _title_and_lines(
    uow: UnitOfWork, briefing: Briefing, booking: Booking, calendar: WorkingCalendar
) -> tuple[str, tuple[str, ...]]:
    match BookingState(booking.state):
        case BookingState.CONFIRMED:
            until = local_moment(free_cancellation_until(briefing.starts_at, calendar), calendar)
            return "Your seat is booked", (
                f"Place: {briefing.place}.",
                f"If you cannot come, please cancel by {until}, so that somebody else can have the seat.",
            )
        case BookingState.REQUESTED:
            return "A seat is held for you", (
                f"Your line manager has been asked and has until {_moment(booking.hold_expires_at, calendar)}.",
                "We will tell you as soon as there is an answer.",
            )
        case BookingState.WAITLISTED:
            place = await uow.briefings.place(booking)
            return f"You are number {place} on the waiting list", (
                "No seat is free for you now. If one comes free it is offered to those who wait, in order.",
            )
        case BookingState.OFFERED:
            return "A seat is offered to you", (f"Accept it before {_moment(booking.offer_expires_at, calendar)}.",)
        case state:
            return f"Your booking is {state.value.replace('_', ' ')}", ()


def not_for_level(briefing: Briefing) -> Notice:
    """Refused because of the level in the register."""
    return Notice(
        "This session is for other colleagues",
        (
            f"“{briefing.title}” is for {levels_in_words(briefing.levels)}; the register has another level for you.",
            "If that is not right, ask the operations team to correct it. Say “book” to see other sessions.",
        ),
    )


def ask_manager_first(briefing: Briefing) -> Notice:
    """Refused because nobody said that the line manager agrees."""
    return Notice(
        "Please ask your line manager first",
        (f"A seat at “{briefing.title}” needs their agreement. Book again and say that they agree.",),
    )


async def refusal(uow: UnitOfWork, briefing: Briefing, calendar: WorkingCalendar, refused: Refused) -> Notice:
    """Why no seat can be booked, since when, and the next date of the same session if there is one."""
    title, line = _reason(briefing, calendar, refused)
    following = await _next_date(uow, briefing, calendar)
    return Notice(title, (line, following))


def _reason(briefing: Briefing, calendar: WorkingCalendar, refused: Refused) -> tuple[str, str]:
    since = _moment(refused.since, calendar)
    match refused.reason:
        case RefusalReason.NOT_OPEN_YET:
            return "Booking is not open yet", f"Booking for “{briefing.title}” opens on {since}."
        case RefusalReason.CLOSED:
            return "Booking has closed", f"Booking for “{briefing.title}” closed on {since}."
        case RefusalReason.STARTED:
            return "This session has begun", f"“{briefing.title}” began on {since}."
        case RefusalReason.CANCELLED:
            return "This session is cancelled", f"“{briefing.title}” does not take place."
        case RefusalReason.QUEUE_FULL:
            return "The waiting list is full", f"Nobody else can be put on the list for “{briefing.title}”."
        case RefusalReason.NOT_PUBLISHED | RefusalReason.ALREADY_BOOKED:
            return "This session cannot be booked", f"“{briefing.title}” is not open for booking."


async def _next_date(uow: UnitOfWork, missed: Briefing, calendar: WorkingCalendar) -> str:
    for briefing in await uow.briefings.upcoming():
        same = briefing.title == missed.title and briefing.id != missed.id
        if same and briefing.booking_closes_at > uow.now:
            return f"The next date is {when(briefing, calendar)}. Say “book” to book it."
    return "Say “book” to see what can be booked."


def _moment(instant: datetime | None, calendar: WorkingCalendar) -> str:
    return "" if instant is None else local_moment(instant, calendar)
