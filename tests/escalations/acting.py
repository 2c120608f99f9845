"""What people do with an escalation, for tests of use cases: press, hold a talk, leave, be away."""

from collections.abc import Awaitable, Callable
from datetime import date

from bot.conversation.prompt import Notice
from bot.links import Purpose
from bot.rules.escalation_access import Standing
from handlers.acts import Done, Press
from handlers.escalations.standing import standing_of
from handlers.files import apply_file
from handlers.registry import ACTS
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.factories import PARTNERSHIP

NEXT_YEAR = date(2027, 12, 31)


async def press(store: Store, by: Person, choice: str, about: str) -> Done:
    """One press of a button of the side that it belongs to."""
    others = {"acknowledge", "rethink", "hand-on", "answer"}
    purpose = Purpose.ALERT if choice in others else Purpose.ESCALATION
    async with store.transaction() as uow:
        return await ACTS[purpose].act(uow, Press(by, about, choice, "a press"))


async def title_of(store: Store, by: Person, choice: str, about: str) -> str:
    """What the press was answered with."""
    done = await press(store, by, choice, about)
    assert isinstance(done, Notice), done
    return done.title


async def using(store: Store, work: Callable[[UnitOfWork], Awaitable[Notice]]) -> str:
    """The title of what a use case answers."""
    async with store.transaction() as uow:
        return (await work(uow)).title


async def changed(store: Store, person: Person, **details: object) -> None:
    """Somebody leaves, is away, or works elsewhere from now on."""
    async with store.transaction() as uow:
        found = await uow.people.get(person.id)
        assert found is not None
        for name, value in details.items():
            setattr(found, name, value)


async def policy_is(store: Store, *changes: tuple[str, str]) -> None:
    """The partnership's policy with these changes, as a new version."""
    text = PARTNERSHIP.replace("version: 2026-1", "version: 2026-2")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    async with store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=text)


async def record(store: Store, reference: str) -> tuple[Escalation, list[EscalationStep]]:
    """The record and its steps."""
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        return escalation, list(await uow.escalations.steps([escalation.id]))


async def ladder(store: Store, reference: str) -> dict[str, EscalationContact]:
    """The contacts of the present step on both sides, by the part of their address before the @."""
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        step = await uow.escalations.step(escalation)
        assert step is not None
        return {each.address.partition("@")[0]: each for each in await uow.escalations.contacts(step)}


async def alerted(store: Store, reference: str) -> set[str]:
    """Who of the other side was told at the present step."""
    contacts = await ladder(store, reference)
    return {name for name, each in contacts.items() if each.side == "other" and each.alerted_at is not None}


async def stands(store: Store, reference: str, person: Person) -> Standing:
    """How somebody stands to it now."""
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        return await standing_of(uow, escalation, person)
