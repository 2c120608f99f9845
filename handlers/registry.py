"""The explicit tables of what each subject offers: talks, acts, needs. A newcomer reads here what Herald can do.

The keys stand in stored conversations and in links that were sent, so they are never renamed.
"""

from collections.abc import Awaitable, Callable

from bot.links import Purpose
from handlers.acts import Act, Need
from handlers.talk import Talk
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NeedsOf = Callable[[UnitOfWork, Person], Awaitable[tuple[Need, ...]]]

TALKS: dict[str, Talk] = {}
ACTS: dict[Purpose, Act] = {}
NEEDS: tuple[NeedsOf, ...] = ()
"""What waits for a person, subject by subject, the most urgent subject first."""
MINE: tuple[NeedsOf, ...] = ()
"""What is a person's own without waiting: bookings, pledges, escalations."""
