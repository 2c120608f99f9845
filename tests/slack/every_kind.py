"""An invented talk that asks one question of every kind, and remembers how it was answered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from bot.conversation.conditions import Answer
from bot.conversation.flow import Choice, Flow, Kind, Question, Step
from bot.conversation.prompt import Notice, Receipt
from handlers.acts import Opens
from handlers.registry import TALKS, WORDS, Answered
from handlers.talk import About, Ending, Talk
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

FRUIT = tuple(Choice(name.lower(), name) for name in ("Apple", "Pear", "Plum", "Fig", "Quince", "Cherry"))
FLOW = Flow(
    name="kinds",
    title="The garden",
    short_title="The garden",
    steps=(
        Step(
            "choosing",
            "Choosing",
            intro=("It takes a minute.",),
            questions=(
                Question("tree", "Is there a tree?", Kind.YES_NO),
                Question("fruit", "Which fruit grows there?", Kind.SINGLE, choices=FRUIT),
                Question("tools", "Which tools do you have?", Kind.MULTI, choices=FRUIT[:3], required=False),
                Question(
                    "sun",
                    "How much sun is there?",
                    Kind.SCALE,
                    choices=(*(Choice(str(n), f"{n}") for n in range(1, 4)), Choice("na", "Does not apply to me")),
                ),
            ),
        ),
        Step("pause", "A pause", (Question("look", "Look around for a moment.", Kind.INFO),)),
        Step(
            "writing",
            "Writing",
            (
                Question("told", "The next ones are in your own words.", Kind.INFO),
                Question("beds", "How many beds?", Kind.NUMBER, minimum=0, maximum=20),
                Question("with", "With whom do you dig?", Kind.TEXT_SHORT, max_length=60, required=False),
                Question("why", "What do you like about it?", Kind.TEXT_LONG, max_length=500),
                Question("since", "Since when?", Kind.DATE, earliest=date(2020, 1, 1), latest=date(2030, 1, 1)),
            ),
        ),
    ),
    submit="Send it",
)
TYPED = {
    "tree": "yes",
    "fruit": "5",
    "tools": "1 and 3",
    "sun": "2",
    "beds": "4",
    "with": "My neighbour",
    "why": "It is quiet.\nAnd things grow.",
    "since": "27 March 2024",
}
MEANT: Mapping[str, Answer] = {
    "tree": "yes",
    "fruit": "quince",
    "tools": ("apple", "plum"),
    "sun": "2",
    "beds": 4,
    "with": "My neighbour",
    "why": "It is quiet.\nAnd things grow.",
    "since": "2024-03-27",
}
GIVEN: list[Ending] = []


async def _flow(_uow: UnitOfWork, _about: About) -> Flow | Notice:
    return FLOW


async def _finish(uow: UnitOfWork, _about: About, ending: Ending) -> Receipt | Notice:
    GIVEN.append(ending)
    reference = await uow.conversations.next_reference("G", year=2026)
    return Receipt("Your garden is noted", reference, ("Thank you.",), flow="kinds")


async def speak(_uow: UnitOfWork, _person: Person, _rest: str) -> Answered:
    return Opens("kinds")


TALK = Talk(flow=_flow, finish=_finish)


@contextmanager
def plugged_in() -> Iterator[None]:
    """Registers the talk as a subject registers its own, and lets it answer the word "pledge" meanwhile."""
    GIVEN.clear()
    usual = WORDS["pledge"]
    TALKS["kinds"], WORDS["pledge"] = TALK, speak
    try:
        yield
    finally:
        del TALKS["kinds"]
        WORDS["pledge"] = usual
