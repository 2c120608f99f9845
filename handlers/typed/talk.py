"""What both ways of typing do alike with an open talk: stop, save, begin again, help, and questions to Herald."""

import re
from dataclasses import dataclass, replace
from datetime import date

from bot import words
from bot.conversation import engine
from bot.conversation.prompt import Notice, Prompt
from bot.conversation.reading import folded
from bot.conversation.snapshot import Snapshot
from bot.flows import survey
from handlers import conversations
from handlers.acts import Opens
from handlers.conversations import Found
from handlers.registry import WORDS
from handlers.sayings import Meant, exactly, nearest, speaks_of_danger
from handlers.typed import phrases
from handlers.typed.said import Heard, Place, Said
from handlers.words import DANGER_TITLE, HELP, MY, front_door
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

OFFERED = frozenset({HELP, MY})
WHO_SEES = re.compile(
    r"(?:and |so |but |please,? )?(?:who|who else) (?:(?:can|could|will|would|may|does|do|is|are|gets? to) )*"
    r"(?:see|sees|seeing|read|reads|reading)"
    r"(?: (?:all|any) of)?"
    r"(?: (?:this|that|it|these|them|my (?:answers?|replies|reply|words)|what i (?:write|say|answer)))?"
    r"(?: please)?"
)
"""The whole of a question about who reads what somebody writes."""
SHORT_QUESTION = 8
EXAMPLE_AT, WAYS_AT = 2, 3
"""After so many answers that were not understood an example is given, and other ways on are offered."""
BEGUN = Place()


@dataclass(frozen=True, slots=True)
class Talking:
    """An open talk while something typed is heard in it."""

    found: Found
    snapshot: Snapshot
    place: Place
    said: Said
    person: Person
    today: date
    """The local day of the partnership."""

    @property
    def prompt(self) -> Prompt:
        """The step where it stands."""
        return conversations.prompt_of(self.found, self.snapshot)


def remember(talking: Talking, place: Place) -> None:
    """Keeps where the talk stands within its step, and that it is held here now."""
    talking.found.conversation.place = place.stored()
    talking.found.conversation.surface = talking.said.surface.value


async def keep(uow: UnitOfWork, talking: Talking, snapshot: Snapshot, place: Place = BEGUN) -> Talking:
    """Stores where the talk stands now: the step and its answers, and the place within the step."""
    await conversations.save(uow, talking.found, snapshot, surface=talking.said.surface)
    remember(talking, place)
    await uow.conversations.flush()
    return replace(talking, snapshot=snapshot, place=place)


async def stop(uow: UnitOfWork, talking: Talking) -> Heard:
    """Ends the talk; nothing is sent."""
    notice = await conversations.stop(uow, person=talking.person, conversation_id=talking.found.conversation.id)
    return Heard(notice)


async def put_aside(uow: UnitOfWork, talking: Talking) -> Heard:
    """Keeps everything and says how to go on."""
    remember(talking, Place(question=talking.place.question, only=talking.place.only, saved=True))
    await uow.conversations.flush()
    return Heard(Notice("Saved", phrases.saved(talking.found.flow.title, talking.said.surface)))


async def begin_again(uow: UnitOfWork, talking: Talking) -> Talking:
    """An empty talk in place of this one."""
    return await keep(uow, talking, engine.begin(talking.found.flow))


def help_lines() -> tuple[str, ...]:
    """What can be written while answering, and that nobody watches."""
    return (f"{phrases.HELP}\n{phrases.COMMANDS}", words.NOT_MONITORED)


async def danger_lines(uow: UnitOfWork, text: str) -> tuple[str, ...]:
    """Whom to ring, whenever a text sounds like danger, whatever else becomes of it."""
    return (f"{DANGER_TITLE}:", *await front_door(uow)) if speaks_of_danger(text) else ()


def instead_of(talking: Talking, wanted: Opens) -> str:
    """What is said to a word that would begin a talk while this one is open."""
    here = talking.found.conversation
    same = wanted.flow == here.flow and wanted.subject in ("", here.subject)
    return phrases.HERE_ALREADY if same else phrases.STOP_OR_SAVE


def who_sees(talking: Talking, text: str) -> tuple[str, ...]:
    """What a survey says about who reads the answers, if that is all that the text asks; else nothing."""
    flow = talking.found.flow
    asked = WHO_SEES.fullmatch(folded(text).strip(" ?!."))
    return flow.check_intro if asked and flow.name == survey.NAME else ()


def word_for_herald(text: str, *, writing: bool) -> Meant | None:
    """The word of Herald's that a text means instead of an answer, if any.

    Where the answer is in somebody's own words, only a word alone or a short question counts, because nearly everything
    else could be their answer.
    """
    said = text.strip()
    offered = OFFERED | WORDS.keys()
    if not writing:
        return exactly(said) or nearest(said, offered=offered)
    if said.endswith("?") and len(said.split()) <= SHORT_QUESTION:
        return nearest(said, offered=offered)
    meant = exactly(said)
    return meant if meant is not None and len(said.split()) == 1 else None
