"""The people and the running business of Northmere that attacks are aimed at."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.conversation.prompt import Receipt
from bot.keyring import Keyring
from bot.links import Link, Purpose, make_link
from handlers.acts import Done, Press
from handlers.files import apply_file
from handlers.registry import ACTS
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.factories import PARTNERSHIP, a_person
from tests.talking import talk
from tests.web.browser import Browser, Page

CONCERN = "We believe the plan was closed before the visits were done"
DEADLINES = """herald_deadlines: 1
deadlines:
  - {id: s11, kind: custom, title: Section 11 return, owner: ben@example.org, due: 2027-01-20}
"""


@dataclass(frozen=True)
class Cast:
    """Ada raises; May, with Dee as her deputy, and Max answer for the other side; Lea leads; Eve has no part in it."""

    ada: Person
    may: Person
    max: Person
    dee: Person
    lea: Person
    exa: Person
    ben: Person
    eve: Person


async def a_cast(store: Store) -> Cast:
    """Northmere's people, without Slack."""
    async with store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)
        council: dict[str, object] = {"agency_id": "northmere-council"}
        made = Cast(
            ada=await a_person(uow, "Ada", agency_id="northmere-health"),
            may=await a_person(uow, "May", roles=["manager"], deputy_email="dee@example.org", **council),
            max=await a_person(uow, "Max", roles=["manager"], **council),
            dee=await a_person(uow, "Dee", **council),
            lea=await a_person(uow, "Lea", agency_id="northmere-police", roles=["escalation-lead"]),
            exa=await a_person(uow, "Exa", roles=["executive"], **council),
            ben=await a_person(uow, "Ben", agency_id="northmere-police", manager_email="lea@example.org"),
            eve=await a_person(uow, "Eve", agency_id="hilltop-school"),
        )
        await apply_file(uow, name="deadlines.yaml", text=DEADLINES)
    return made


async def raised(store: Store, by: Person, *, urgency: str = "standard", reason: str = CONCERN) -> str:
    """Raises an escalation with the council; returns its reference."""
    end = await talk(
        store,
        by,
        "escalation",
        danger="no",
        consulted="yes",
        other_agency="northmere-council",
        kind="closing",
        urgency=urgency,
        own_reference="NH-2291",
        reason=reason,
    )
    assert isinstance(end, Receipt), end
    return end.reference


async def pressed(store: Store, by: Person, purpose: Purpose, about: str, choice: str) -> Done:
    """One press, in a unit of work of its own."""
    async with store.transaction(intake=True) as uow:
        return await ACTS[purpose].act(uow, Press(by, about, choice, "a press"))


async def look(store: Store, see: Callable[[UnitOfWork], Awaitable[object]]) -> object:
    """What a reading unit of work sees."""
    async with store.reading() as uow:
        return await see(uow)


def link_to(person: Person, purpose: Purpose, about: str, *, keyring: Keyring, store: Store, days: float = 14) -> str:
    """The path of a link as a message to this person carries it."""
    link = Link(purpose, person.id, about, person.link_epoch, store.clock() + timedelta(days=days))
    return f"/l/{make_link(link, keyring=keyring)}"


async def csrf_of(browser: Browser) -> str:
    """The token that this browser's forms carry."""
    page = await browser.open("/welcome")
    return dict(page.fields("Ask the coordinator"))["csrf"]


async def post_act(browser: Browser, purpose: str, about: str, choice: str, *, csrf: str) -> Page:
    """A press on `/me` with whatever somebody wrote into its hidden fields."""
    body = {"csrf": csrf, "purpose": purpose, "about": about, "choice": choice}
    return Page(await browser.http.post("/act", data=body))
