"""A tiny invented subject, so that the door is tested apart from the real ones: people say how they take their tea."""

from bot.conversation.flow import MODAL_AND_WEB, Choice, Flow, Kind, Question, Step
from bot.conversation.prompt import Notice, Receipt
from bot.links import Button, Purpose
from handlers.acts import Act, ActPage, Done, Listing, Need, Opens, Option, Press
from handlers.registry import Answered
from handlers.talk import About, Ending, Talk
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

FLOW = Flow(
    name="tea",
    title="How do you take your tea?",
    short_title="Your tea",
    surfaces=MODAL_AND_WEB,
    steps=(
        Step(
            key="cup",
            title="The cup",
            intro=("It takes half a minute.",),
            questions=(
                Question("milk", "With milk?", Kind.YES_NO),
                Question("sugar", "How many sugars?", Kind.NUMBER, required=False, minimum=0, maximum=9),
            ),
        ),
        Step(
            key="why",
            title="Why so?",
            questions=(
                Question("reason", "What makes a good cup?", Kind.TEXT_LONG, max_length=500, sensitive=True),
                Question("when", "When did you last have one?", Kind.DATE, required=False),
                Question(
                    "with",
                    "What goes with it?",
                    Kind.MULTI,
                    required=False,
                    choices=(Choice("cake", "Cake"), Choice("biscuit", "A biscuit"), Choice("nothing", "Nothing")),
                ),
            ),
        ),
    ),
)


async def _flow(_uow: UnitOfWork, about: About) -> Flow | Notice:
    return Notice("The kettle is cold", ("Tea is over for today.",)) if about.subject == "over" else FLOW


async def _finish(uow: UnitOfWork, about: About, ending: Ending) -> Receipt | Notice:
    reference = await uow.conversations.next_reference("T", year=2026)
    uow.audit.add("tea.ordered", thing=reference, by=about.person, detail={"answers": sorted(ending.answers)})
    return Receipt("Your tea is on its way", reference, ("It comes in five minutes.",), flow="tea")


async def _page(_uow: UnitOfWork, _person: Person, _about: str) -> ActPage:
    return ActPage("A cup waits for you", options=(Option("drink", "Drink it"),))


async def _act(uow: UnitOfWork, press: Press) -> Done:
    """Drinks a cup once: the counter is the record."""
    if press.choice == "order":
        return Opens("tea", press.about)
    if press.choice == "fail":
        raise RuntimeError("the tea cup of ada@example.org broke")
    if await uow.conversations.counted(f"cup-{press.about}"):
        return Notice("You drank this cup already", ("There is more in the pot.",))
    await uow.conversations.count(f"cup-{press.about}")
    return Receipt("You drank the cup", "T-2026-9999", ("Well done.",))


async def speak(_uow: UnitOfWork, _person: Person, rest: str) -> Answered:
    if rest.casefold() == "tea":
        return Opens("tea")
    cups = tuple(
        Need(
            f"Cup {each}",
            "<!channel> is *not* a drink & <https://evil.example|NHS> neither",
            (Button("Drink it", Purpose.OFFER, each, "drink"),),
        )
        for each in ("1", "2")
    )
    return Listing("Which cup?", cups, ("Choose one.",))


TALK = Talk(flow=_flow, finish=_finish)
ACT = Act(page=_page, act=_act)
