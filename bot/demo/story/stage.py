"""The stage: speaks and presses for people through the use cases that the doors call, each in a unit of its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from bot.conversation import engine
from bot.conversation.conditions import Answers
from bot.conversation.flow import Flow, Surface
from bot.conversation.prompt import Notice, Receipt
from bot.conversation.reading import Raw
from bot.demo.story.clock import MovedClock, When
from bot.links import Purpose
from handlers.acts import Done, Press
from handlers.files import apply_file
from handlers.registry import ACTS, TALKS
from handlers.talk import About, Ending
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

T = TypeVar("T")
MOST_STEPS: Final = 30


class StoryTrips(Exception):
    """A person of the story was refused something: the story and the use cases do not fit together any more."""


@dataclass(slots=True)
class Stage:
    """Where the story is played. `kept` holds references of things that later scenes are about."""

    store: Store
    clock: MovedClock
    when: When
    kept: dict[str, str] = field(default_factory=dict)
    presses: int = 0

    async def work(self, do: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Does one thing in a unit of work at the story's present instant."""
        async with self.store.transaction() as uow:
            return await do(uow)

    async def apply(self, name: str, text: str, *, by: str | None = None, folder: Path | None = None) -> None:
        """Applies a file as somebody, as the operations pages do; a bulletin's pictures lie in `folder`."""
        async with self.store.transaction() as uow:
            who = await person(uow, by) if by else None
            await apply_file(uow, name=name, text=text, by=who, folder=folder)

    async def talk(self, email: str, flow: str, subject: str = "", *, answers: Mapping[str, Raw]) -> Receipt:
        """Holds a whole talk at once, by the engine and the subject's own use case. Raises StoryTrips if it cannot.

        The row of a talk under way is left out: nobody goes back to it, and it would be forgotten by now.
        """
        async with self.store.transaction() as uow:
            about = About(await person(uow, email), subject)
            built = await TALKS[flow].flow(uow, about)
            ended: Receipt | Notice
            if isinstance(built, Notice):
                ended = built
            else:
                ending = Ending(_answered(built, answers), Surface.WEB.value, self._key())
                ended = await TALKS[flow].finish(uow, about, ending)
            if isinstance(ended, Notice):
                raise StoryTrips(f"{email} could not finish {flow} {subject}: {ended.title}: {' '.join(ended.lines)}")
        return ended

    async def press(self, email: str, purpose: Purpose, about: str, choice: str) -> Done:
        """Presses a button or a link's button."""
        key = self._key()
        async with self.store.transaction() as uow:
            who = await person(uow, email)
            return await ACTS[purpose].act(uow, Press(who, about, choice, key))

    def _key(self) -> str:
        self.presses += 1
        return f"story-{self.presses}"


Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that happens at an instant (UTC); `tended` runs the sweeps right after it."""

    at: datetime
    play: Play
    tended: bool = False


async def person(uow: UnitOfWork, email: str) -> Person:
    """Somebody of the register. Raises StoryTrips when the story speaks of nobody."""
    found = await uow.people.by_email(email)
    if found is None:
        raise StoryTrips(f"{email} is not in the register")
    return found


def _answered(flow: Flow, raw: Mapping[str, Raw]) -> Answers:
    snapshot = engine.begin(flow)
    for _ in range(MOST_STEPS):
        outcome = engine.submit(flow, snapshot, engine.Given(snapshot.step, raw))
        if isinstance(outcome, engine.Finished):
            return outcome.snapshot.answers
        if not isinstance(outcome, engine.Moved):
            raise StoryTrips(f"{flow.name} at {snapshot.step}: {outcome}")
        snapshot = outcome.snapshot
    raise StoryTrips(f"{flow.name} does not come to an end")
