"""What Herald answers to words, whatever door they came through: a form to open, a list to choose from, or a notice.

Every sentence gets a useful answer. A subject plugs its word in through WORDS in `handlers/registry.py`.
"""

from bot import words
from bot.conversation.prompt import Notice
from handlers import registry
from handlers.acts import Listing, Opens
from handlers.my import mine_of, needs_of
from handlers.partnership import NotSetUp, partnership_of
from handlers.registry import Answered
from handlers.sayings import (
    LONGEST_READ,
    SAYINGS,
    Meant,
    asks_whom_to_ring,
    exactly,
    is_loose,
    is_thanks,
    nearest,
    speaks_of_danger,
)
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

HELP, MY, BOOK = "help", "my", "book"
DANGER_TITLE = "If a child is in danger now"
AND_ELSE = "Nobody reads what you write here as it comes in. For anything else, write: help"
RING_TITLE = "Whom to ring"
NOTHING_OPEN = Notice(
    "There is nothing to answer here just now",
    (
        "Say “my” to see what waits for you and what you began, or “help” for everything. "
        "To leave a bulletin, use the link at its end.",
    ),
)
GLADLY = Notice("Gladly", ("Say “my” to see what waits for you, or “help” for everything.",))
NOT_UNDERSTOOD = "Sorry, I did not understand that. Here is what you can say."


async def understand(uow: UnitOfWork, person: Person, text: str) -> Answered:
    """The answer to what somebody in the register said. It reads; it begins nothing."""
    said = text.strip()
    meant = exactly(said)
    if meant is None and speaks_of_danger(said):
        return Notice(DANGER_TITLE, (*await front_door(uow), AND_ELSE), urgent=True)
    if meant is None and asks_whom_to_ring(said):
        return Notice(RING_TITLE, (*await front_door(uow), AND_ELSE))
    if meant is None and (is_loose(said) or is_thanks(said)):
        return NOTHING_OPEN if is_loose(said) else GLADLY
    if meant is None or meant.word not in _offered():
        meant = nearest(said, offered=_offered())
    if meant is not None:
        return await _say(uow, person, meant)
    titled = await _by_title(uow, person, said[:LONGEST_READ]) if said else None
    return titled or await help_for(uow, NOT_UNDERSTOOD if said else "")


async def front_door(uow: UnitOfWork) -> tuple[str, ...]:
    """Whom to ring when a child may be in danger: said at once, to everybody, known or not."""
    try:
        door = (await partnership_of(uow)).front_door
    except NotSetUp:
        return (f"Ring {words.EMERGENCY} now if a child is in immediate danger.",)
    return door.danger_lines()


async def help_for(uow: UnitOfWork, first: str = "") -> Listing:
    """What can be said to Herald, and whom to ring."""
    said = [f"{saying.word} – {saying.what}" for saying in SAYINGS if saying.word in _offered()]
    lines = (*((first,) if first else ()), "\n".join(said), "\n".join(await front_door(uow)))
    return Listing("How Herald can help", (), lines)


def starts() -> tuple[tuple[str, str], ...]:
    """The words that begin something, with the label of their button, in the order shown."""
    return tuple((saying.word, saying.label) for saying in SAYINGS if saying.word in registry.WORDS)


async def _say(uow: UnitOfWork, person: Person, meant: Meant) -> Answered:
    if meant.word == HELP:
        return await help_for(uow)
    if meant.word == MY:
        return await _my(uow, person)
    return await registry.WORDS[meant.word](uow, person, meant.rest)


async def _by_title(uow: UnitOfWork, person: Person, said: str) -> Opens | Listing | None:
    """Somebody who writes just the title of a briefing, or a day, wants a seat in it."""
    book = registry.WORDS.get(BOOK)
    answer = await book(uow, person, said) if book else None
    found = isinstance(answer, Opens) or (isinstance(answer, Listing) and not answer.lines)
    return answer if found and not isinstance(answer, Notice) else None


async def _my(uow: UnitOfWork, person: Person) -> Listing:
    needs, mine = await needs_of(uow, person), await mine_of(uow, person)
    waiting = "" if needs else "Nothing is waiting for you."
    return Listing("What needs you, and what is yours", (*needs, *mine), (waiting,) if waiting else ())


def _offered() -> frozenset[str]:
    return frozenset({HELP, MY, *registry.WORDS})
