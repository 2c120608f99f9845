"""The explicit tables of what each subject offers: talks, acts, needs. A newcomer reads here what Herald can do.

The keys stand in stored conversations and in links that were sent, so they are never renamed.
"""

from collections.abc import Awaitable, Callable

from bot.conversation.prompt import Notice
from bot.links import Purpose
from handlers import bouncing, continuing, pledges
from handlers.acts import Act, Listing, Need, Opens
from handlers.bookings import answering as bookings
from handlers.bookings import saying as bookings_said
from handlers.bookings import showing as bookings_shown
from handlers.deadlines import answering as deadlines
from handlers.deadlines import showing as deadlines_shown
from handlers.escalations import lists as escalations
from handlers.escalations import pressing, raising
from handlers.escalations import talks as escalation_talks
from handlers.surveys import answering as surveys
from handlers.surveys import showing as surveys_shown
from handlers.talk import Talk
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NeedsOf = Callable[[UnitOfWork, Person], Awaitable[tuple[Need, ...]]]
Answered = Opens | Listing | Notice
Speak = Callable[[UnitOfWork, Person, str], Awaitable[Answered]]
"""Answers one of the words of the contract; it is given what was written after the word, which may be nothing."""

TALKS: dict[str, Talk] = {
    "survey": surveys.TALK,
    "escalation": raising.TALK,
    **escalation_talks.TALKS,
    "pledge": pledges.TALK,
    "check-in": pledges.CHECK_IN_TALK,
    "booking": bookings.TALK,
    "deadline-more-time": deadlines.MORE_TIME_TALK,
    "deadline-hand-over": deadlines.HAND_OVER_TALK,
}
ACTS: dict[Purpose, Act] = {
    Purpose.SURVEY: surveys.ACT,
    Purpose.TALK: continuing.act_for(TALKS),
    Purpose.RAISE: raising.ACT,
    Purpose.ALERT: pressing.ALERT_ACT,
    Purpose.ESCALATION: pressing.RAISER_ACT,
    Purpose.PLEDGE: pledges.ACT,
    Purpose.CHECK_IN: pledges.CHECK_IN_ACT,
    Purpose.BOOK: bookings.BOOK_ACT,
    Purpose.BOOKING: bookings.BOOKING_ACT,
    Purpose.OFFER: bookings.OFFER_ACT,
    Purpose.APPROVAL: bookings.APPROVAL_ACT,
    Purpose.DEADLINE: deadlines.ACT,
    Purpose.HANDOVER: deadlines.HANDOVER_ACT,
}
NEEDS: tuple[NeedsOf, ...] = (
    bouncing.needs,
    escalations.needs,
    deadlines_shown.needs,
    bookings_shown.needs,
    continuing.begun_talks(TALKS),
    pledges.needs,
    surveys_shown.needs,
)
"""What waits for a person, subject by subject, the most urgent subject first."""
MINE: tuple[NeedsOf, ...] = (escalations.mine, bookings_shown.mine, pledges.mine, surveys_shown.mine)
"""What is a person's own without waiting: bookings, pledges, escalations."""
WORDS: dict[str, Speak] = {
    "survey": surveys_shown.words,
    "book": bookings_said.say_book,
    "cancel": bookings_said.say_cancel,
    "deadlines": deadlines_shown.words,
    "escalate": escalations.words,
    "pledge": pledges.words,
}
"""What can be said: `survey`, `pledge`, `escalate`, `book`, `cancel`, `deadlines`. `help` and `my` are built in."""
