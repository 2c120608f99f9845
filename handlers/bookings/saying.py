"""The words `book` and `cancel`: a title or a day finds its session, and words alone change nothing."""

from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, utils

from bot.conversation.prompt import Notice
from bot.flows.booking import NAME
from bot.rules.calendar import WorkingCalendar
from bot.rules.spoken_dates import Wish
from handlers.acts import Listing, Opens
from handlers.bookings.sessions import level_fits
from handlers.bookings.showing import Bookable, bookable, booking_need, programme, session_need
from handlers.partnership import calendar_of
from handlers.sayings import wish_in
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

ALIKE = 80  # "lvels of need" finds "Levels of need and support"; "thank you" finds nothing
CLEARLY = 10  # so much nearer than the next one counts as the one that was meant
SHORTEST_PART = 4
NEAREST = 3
MOST_LISTED = 10
NOTHING_TO_BOOK = Notice(
    "Nothing can be booked just now", ("New dates are told in the bulletin. Please look again soon.",)
)


async def say_book(uow: UnitOfWork, person: Person, rest: str) -> Opens | Listing | Notice:
    """`book`: one clear title or day opens its booking, several are listed, none shows the nearest. Books nothing."""
    if not rest:
        return Opens(NAME) if await bookable(uow, person) else NOTHING_TO_BOOK
    sessions = [each for each in await programme(uow, person) if each.own or level_fits(each.briefing, person)]
    if not sessions:
        return NOTHING_TO_BOOK
    calendar = await calendar_of(uow)
    found = _found(rest, sessions, calendar, today=calendar.local(uow.now).date())
    if len(found.meant) == 1 and (own := found.meant[0].own) is not None:
        place = await uow.briefings.place(own)
        return Listing("You have this already", (booking_need(own, found.meant[0].briefing, calendar, place=place),))
    if len(found.meant) == 1:
        return Opens(NAME, found.meant[0].briefing.id)
    return Listing(
        found.title,
        tuple(session_need(each, calendar) for each in (found.meant or found.nearest)[:MOST_LISTED]),
        () if found.meant else (f"Nothing is booked. {found.why}",),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Sessions that were meant, or else those that come nearest, and why they are shown."""

    title: str
    meant: list[Bookable]
    nearest: list[Bookable] = field(default_factory=list)
    why: str = "These come nearest."


def _found(said: str, sessions: list[Bookable], calendar: WorkingCalendar, *, today: date) -> Found:
    """What was meant by a title, by days, or by both. `sessions` come in the order of their dates."""
    exact = [each for each in sessions if each.briefing.id == said.strip().casefold()]
    if exact:
        return Found("", exact)
    wish = wish_in(said, today=today)
    if wish.span is None:
        return _by_title(wish, said, sessions)
    span = wish.span
    then = [each for each in sessions if span.holds(calendar.local(each.briefing.starts_at).date())]
    meant = _meant(wish.rest, then) if wish.rest else then
    if meant:
        return Found(f"These are {span.said}. Which one do you mean?", meant)
    titled = _meant(said, sessions)  # a title may have a month in it
    if titled:
        return Found("Which one do you mean?", titled)
    other_days = _meant(wish.rest, sessions) if wish.rest else []
    why = "It is on other days." if other_days else "These come next." if not wish.rest else "These come nearest."
    nearest = other_days or then or (_ranked(wish.rest, sessions) if wish.rest else sessions)
    return Found(
        f"We found nothing like that {span.said}" if wish.rest else f"Nothing is {span.said}",
        [],
        nearest[:NEAREST],
        why,
    )


def _by_title(wish: Wish, said: str, sessions: list[Bookable]) -> Found:
    if not wish.rest:  # "the next briefing"
        return Found("The next sessions", [], sessions[:NEAREST], "Press a button to book.")
    meant = _meant(wish.rest, sessions) or _meant(said, sessions)
    if meant and wish.soonest:
        return Found("", sorted(meant, key=lambda each: each.briefing.starts_at)[:1])
    return Found(
        "Which one do you mean?" if meant else "We did not find that session",
        meant,
        _ranked(wish.rest, sessions)[:NEAREST],
    )


async def say_cancel(uow: UnitOfWork, person: Person, rest: str) -> Opens | Listing | Notice:
    """`cancel`: the person's bookings, each with its button; a title or days narrow them. Cancels nothing."""
    calendar = await calendar_of(uow)
    own = list(await uow.briefings.open_of(person.id))
    if not own:
        return Notice("You have no booking to cancel", ("Say “book” to see what can be booked.",))
    wish = wish_in(rest, today=calendar.local(uow.now).date())
    lines = ["Nothing is cancelled until you press the button."]
    if wish.span is not None:
        then = [each for each in own if wish.span.holds(calendar.local(each[1].starts_at).date())]
        lines += [] if then else [f"You have no booking {wish.span.said}; this is what you have."]
        own = then or own
    if wish.rest:
        own = [each for each in own if _alike(wish.rest, each[1].title) >= ALIKE] or own
    needs = tuple(
        [
            booking_need(booking, briefing, calendar, place=await uow.briefings.place(booking))
            for booking, briefing in own
        ]
    )
    title = "Cancel this booking?" if len(needs) == 1 else "Which booking shall we cancel?"
    return Listing(title, needs, tuple(lines))


def _ranked(said: str, sessions: list[Bookable]) -> list[Bookable]:
    """The nearest title first."""
    return sorted(sessions, key=lambda each: -_likeness(said, each))


def _meant(said: str, sessions: list[Bookable]) -> list[Bookable]:
    """The sessions that were meant: all as near as the nearest one, when it is near enough."""
    ranked = _ranked(said, sessions)
    if not ranked:
        return []
    best = _likeness(said, ranked[0])
    if best < ALIKE:
        return []
    return [each for each in ranked if _likeness(said, each) > best - CLEARLY]


def _likeness(said: str, each: Bookable) -> float:
    return _alike(said, each.briefing.title)


def _alike(said: str, title: str) -> float:
    whole = fuzz.token_set_ratio(said, title, processor=utils.default_process)
    if len(said) < SHORTEST_PART:
        return whole
    return max(whole, fuzz.partial_token_sort_ratio(said, title, processor=utils.default_process))
