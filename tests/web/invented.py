"""An invented talk and an invented act, registered for the tests of the door only: the subjects have tests of their own."""

from datetime import date

from bot.conversation.conditions import Leaf
from bot.conversation.flow import MODAL_AND_WEB, Choice, Flow, Kind, Question, Step
from bot.conversation.prompt import Notice, Receipt
from handlers.acts import Act, ActPage, Done, Opens, Option, Press
from handlers.talk import About, Ending, Talk
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NAME = "walk"


def walk_flow() -> Flow:
    """Where shall we walk? With every kind of question, and a stop step."""
    return Flow(
        name=NAME,
        title="A walk together",
        short_title="A walk",
        surfaces=MODAL_AND_WEB,
        sensitive=True,
        submit="Ask them along",
        steps=(
            Step(
                "ready",
                "Are you ready?",
                (
                    Question(
                        "ready",
                        "Are you ready?",
                        Kind.SINGLE,
                        choices=(Choice("yes", "Yes"), Choice("fire", "There is a fire")),
                    ),
                ),
            ),
            Step(
                "fire",
                "Ring the fire brigade",
                intro=("Ring 999 now.",),
                show_if=Leaf("ready", "is", "fire"),
                stop=True,
            ),
            Step(
                "plan",
                "The plan",
                (
                    Question("why", "Why this walk?", Kind.TEXT_LONG, max_length=500),
                    Question("day", "Which day?", Kind.DATE, earliest=date(2026, 11, 24)),
                    Question(
                        "bring",
                        "What will you bring?",
                        Kind.MULTI,
                        required=False,
                        choices=(Choice("tea", "Tea"), Choice("map", "A map"), Choice("dog", "The dog")),
                    ),
                    Question("miles", "How many miles?", Kind.NUMBER, required=False, minimum=1, maximum=30),
                ),
                intro=("Take your time.",),
            ),
        ),
    )


async def _flow(uow: UnitOfWork, about: About) -> Flow | Notice:
    if about.subject == "rained-off":
        return Notice("It rains", ("There is no walk today.",))
    return walk_flow()


async def _finish(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    if ending.answers["why"] == "to be refused":
        return Notice("The path is closed", ("Your answers are kept. Choose another walk.",))
    reference = await uow.conversations.next_reference("W", year=2026)
    uow.audit.add("walk.asked", thing=reference, by=about.person)
    return Receipt("You have asked them along", reference, ("We will tell you by Friday.",), NAME)


WALK = Talk(flow=_flow, finish=_finish)


async def _page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
    return ActPage(
        "A seat on the bench",
        ("Somebody keeps it for you.",),
        rows=(("Where", "Under the oak"),),
        options=(
            Option("take", "Take the seat"),
            Option("leave", "Leave it", primary=False),
            Option("walk", "Walk instead"),
        ),
    )


async def _act(uow: UnitOfWork, press: Press) -> Done:
    if press.choice == "walk":
        return Opens(NAME)
    if press.choice == "break":
        raise RuntimeError(f"the bench broke under {press.person.name}")
    taken = await uow.switches.value(f"bench:{press.about}")
    if taken is not None:
        return Notice("The seat is taken", ("Nothing was changed.",))
    await uow.switches.set(f"bench:{press.about}", press.choice)
    uow.audit.add("bench.taken", thing=press.about, by=press.person, detail={"choice": press.choice})
    return Receipt("The seat is yours", "W-2026-0001", ("Bring a cushion.",))


BENCH = Act(page=_page, act=_act)
