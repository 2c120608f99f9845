"""The words `book` and `cancel`: a title finds its session, several are listed, and words alone change nothing."""

from rapidfuzz import fuzz, utils

from bot.conversation.prompt import Notice
from bot.flows.booking import NAME
from handlers.acts import Listing, Opens
from handlers.bookings.sessions import level_fits
from handlers.bookings.showing import Bookable, bookable, booking_need, programme, session_need
from handlers.partnership import calendar_of
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
    """`book`: one clear title opens its booking, several are listed, none shows the nearest. Nothing is booked here."""
    if not rest:
        return Opens(NAME) if await bookable(uow, person) else NOTHING_TO_BOOK
    sessions = [each for each in await programme(uow, person) if each.own or level_fits(each.briefing, person)]
    if not sessions:
        return NOTHING_TO_BOOK
    exact = next((each for each in sessions if each.briefing.id == rest.strip().casefold()), None)
    calendar = await calendar_of(uow)
    ranked = sorted(sessions, key=lambda each: -_likeness(rest, each))
    meant = [exact] if exact else _meant(rest, ranked)
    if len(meant) == 1 and (own := meant[0].own) is not None:
        place = await uow.briefings.place(own)
        return Listing("You have this already", (booking_need(own, meant[0].briefing, calendar, place=place),))
    if len(meant) == 1:
        return Opens(NAME, meant[0].briefing.id)
    if meant:
        return Listing("Which one do you mean?", tuple(session_need(each, calendar) for each in meant[:MOST_LISTED]))
    return Listing(
        "We did not find that session",
        tuple(session_need(each, calendar) for each in ranked[:NEAREST]),
        ("Nothing is booked. These come nearest.",),
    )


async def say_cancel(uow: UnitOfWork, person: Person, rest: str) -> Opens | Listing | Notice:
    """`cancel`: the person's bookings, each with its button; a title narrows them. Nothing is cancelled here."""
    calendar = await calendar_of(uow)
    own = await uow.briefings.open_of(person.id)
    if not own:
        return Notice("You have no booking to cancel", ("Say “book” to see what can be booked.",))
    if rest:
        alike = [(booking, briefing) for booking, briefing in own if _alike(rest, briefing.title) >= ALIKE]
        own = alike or own
    needs = tuple(
        [
            booking_need(booking, briefing, calendar, place=await uow.briefings.place(booking))
            for booking, briefing in own
        ]
    )
    title = "Cancel this booking?" if len(needs) == 1 else "Which booking shall we cancel?"
    return Listing(title, needs, ("Nothing is cancelled until you press the button.",))


def _meant(said: str, ranked: list[Bookable]) -> list[Bookable]:
    """The sessions that were meant: all as near as the nearest one, when it is near enough."""
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
