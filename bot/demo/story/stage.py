"""The stage: speaks and presses for people through the use cases that the doors call, each in a unit of its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from bot.conversation.flow import CHECK_ANSWERS, Surface
from bot.conversation.prompt import Notice, Prompt, Receipt, Shown
from bot.conversation.reading import Raw
from bot.demo.story.clock import MovedClock, When
from bot.links import Purpose
from handlers import conversations
from handlers.acts import Done, Press
from handlers.conversations import Reply
from handlers.files import apply_file
from handlers.registry import ACTS
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

    async def apply(self, name: str, text: str, *, by: str | None = None) -> None:
        """Applies a file as somebody, as the operations pages do."""
        async with self.store.transaction() as uow:
            await apply_file(uow, name=name, text=text, by=await person(uow, by) if by else None)

    async def talk(
        self, email: str, flow: str, subject: str = "", *, answers: Mapping[str, Raw], surface: Surface = Surface.WEB
    ) -> Receipt:
        """Holds a whole talk: each step is answered from `answers`. Raises StoryTrips unless it ends well."""
        async with self.store.transaction() as uow:
            who = await person(uow, email)
            shown = await conversations.start(uow, person=who, flow=flow, subject=subject, surface=surface)
            for _ in range(MOST_STEPS):
                if not isinstance(shown, Prompt):
                    break
                shown = await self._answer(uow, who, shown, answers=answers, surface=surface)
            if not isinstance(shown, Receipt):
                raise StoryTrips(f"{email} could not finish {flow} {subject}: {_words(shown)}")
        return shown

    async def press(self, email: str, purpose: Purpose, about: str, choice: str) -> Done:
        """Presses a button or a link's button."""
        key = self._key()
        async with self.store.transaction() as uow:
            who = await person(uow, email)
            return await ACTS[purpose].act(uow, Press(who, about, choice, key))

    async def _answer(
        self, uow: UnitOfWork, who: Person, shown: Prompt, *, answers: Mapping[str, Raw], surface: Surface
    ) -> Shown:
        asked = {field.question.key for field in shown.fields}
        raw = {} if shown.step == CHECK_ANSWERS else {key: given for key, given in answers.items() if key in asked}
        reply = Reply(shown.conversation_id, shown.revision, shown.step, surface, "story", self._key(), raw)
        after = await conversations.answer(uow, person=who, reply=reply)
        if isinstance(after, Prompt) and after.errors:
            raise StoryTrips(f"{who.email} in {shown.flow}, {shown.step}: {after.errors}")
        return after

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


def _words(shown: Shown) -> str:
    return f"{shown.title}: {' '.join(shown.lines)}" if isinstance(shown, Notice) else type(shown).__name__
