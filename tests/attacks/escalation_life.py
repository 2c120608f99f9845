"""A partnership whose people come and go, whose ways fail and whose power is cut, for the long life of escalations."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from bot.rules.escalation_access import Side
from digests.mail_replies import Accepted, Outcome, Refused, Temporary, Uncertain
from digests.recorder import Entry, write_down
from digests.slack_sender import Posted, SlackOutcome, Unclear, Unreachable, Unwanted
from digests.verdicts import Verdict, mail_verdict, slack_verdict
from handlers.acts import Done
from handlers.escalations.clock import due_now, take_due_steps, what_is_next
from handlers.escalations.merging import EARLIER
from handlers.files import apply_file
from handlers.registry import TALKS
from handlers.talk import About, Ending
from storage.claims import Claimed
from storage.tables.deliveries import Channel, Lane
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.factories import PARTNERSHIP, a_person

POLICY = PARTNERSHIP[PARTNERSHIP.index("escalation_policy:") : PARTNERSHIP.index("priorities:")]
LONGER = """\
escalation_policy:
  version: 2026-2
  approved_by: Partnership Executive
  approved_on: 2026-10-01
  stages:
    - {id: practitioners, label: Practitioners, who: practitioner, acknowledge: 4h, respond: 1d, urgent: 4h, warn: 2h}
    - {id: managers, label: Managers, who: manager, acknowledge: 4h, respond: 2d, urgent: 4h, then: advance}
    - {id: heads, label: Heads of service, who: manager, acknowledge: 1d, respond: 2d, urgent: 24h}
    - {id: panel, label: The panel, who: executive, acknowledge: 1d, respond: 5d, urgent: 24h, invite: [may@example.org]}
    - {id: partners, label: Lead partners, who: executive, acknowledge: 1d, respond: 5d, urgent: 24h, final: true}
"""
FILES = {
    "agreed": PARTNERSHIP,
    "longer": PARTNERSHIP.replace(POLICY, LONGER),
    "draft": PARTNERSHIP.replace(
        POLICY, LONGER.replace("2026-2", "2027-0").replace("  approved_by: Partnership Executive\n", "")
    ).replace("  approved_on: 2026-10-01\n", ""),
    "edited": PARTNERSHIP.replace("acknowledge: 4h, respond: 2d", "acknowledge: 2h, respond: 9d"),
    "without a mailbox": PARTNERSHIP.replace(", role_mailbox: duty@council.example.org", ""),
}
COUNCIL, HEALTH, POLICE, SCHOOL = "northmere-council", "northmere-health", "northmere-police", "hilltop-school"


class PowerCut(Exception):
    """The process ends here, whatever it was doing."""


class Cut(Enum):
    """When the power goes: not at all, before the commit, or after it and before anybody heard that it was done."""

    NOT = "not"
    BEFORE = "before the commit"
    AFTER = "after the commit"


@contextlib.asynccontextmanager
async def cut_short(store: Store) -> AsyncIterator[UnitOfWork]:
    """A unit of work that never reaches its commit."""
    with contextlib.suppress(PowerCut):
        async with store.transaction() as uow:
            yield uow
            raise PowerCut


async def everybody(store: Store) -> dict[str, Person]:
    """Ada of health raises; the council and the school are asked; Lea leads, Kit coordinates, Ina has no part in it."""
    async with store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)
        made = [
            await a_person(uow, "Ada", agency_id=HEALTH, manager_email="gus@example.org"),
            await a_person(uow, "Bea", agency_id=HEALTH, slack_id="UBEA"),
            await a_person(uow, "Gus", agency_id=HEALTH, roles=["manager"]),
            await a_person(
                uow,
                "May",
                agency_id=COUNCIL,
                roles=["manager"],
                slack_id="UMAY",
                deputy_email="dee@example.org",
                manager_email="max@example.org",
            ),
            await a_person(uow, "Max", agency_id=COUNCIL, roles=["manager"]),
            await a_person(uow, "Dee", agency_id=COUNCIL, slack_id="UDEE"),
            await a_person(uow, "Exa", agency_id=COUNCIL, roles=["executive"], slack_id="UEXA"),
            await a_person(uow, "Hal", agency_id=SCHOOL, roles=["manager"]),
            await a_person(uow, "Lea", agency_id=POLICE, roles=["escalation-lead"], slack_id="ULEA"),
            await a_person(uow, "Kit", agency_id=POLICE, roles=["coordinator", "admin"]),
            await a_person(uow, "Ina", agency_id=POLICE),
        ]
    return {person.name.casefold(): person for person in made}


async def finished(uow: UnitOfWork, by: Person, talk: str, subject: str, answers: dict[str, str]) -> Done:
    """The last press of a talk, however long ago it was begun and whatever has happened since."""
    return await TALKS[talk].finish(uow, About(by, subject), Ending(answers, "web", f"{talk}:{subject}"))


async def raised(uow: UnitOfWork, by: Person, **answers: str) -> Done:
    """Ends the talk in which somebody raises an escalation."""
    given = {"danger": "no", "consulted": "no", "kind": "closing", "own_reference": "NH-2291", "reason": "It is early"}
    return await finished(uow, by, "escalation", "", {**given, **answers})


async def whose_turn(store: Store, reference: str) -> tuple[int, list[int], int | None]:
    """The number of the present step, who of the other side was told at it, and who has it."""
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        step = None if escalation is None else await uow.escalations.step(escalation)
        assert step is not None
        contacts = await uow.escalations.contacts(step)
        told = [each.person_id for each in contacts if each.side == Side.OTHER and each.alerted_at is not None]
        return step.number, [number for number in told if number is not None], step.acknowledged_by


async def next_moment(store: Store, reference: str) -> datetime | None:
    """When something happens to it of itself; None when it has ended."""
    async with store.reading() as uow:
        escalation = await uow.escalations.by_reference(reference)
        assert escalation is not None
        following = await what_is_next(uow, escalation)
        return None if following is None else following.at


async def sweep_cut_short(store: Store) -> None:
    """A sweep that dies in the middle of the first escalation for which something is due."""
    async with store.reading() as uow:
        due = await due_now(uow)
    for reference in due[:1]:
        async with cut_short(store) as uow:
            await take_due_steps(uow, reference)


Answer = Outcome | SlackOutcome
MAIL: dict[str, Callable[[int], Answer]] = {
    "taken": lambda _: Accepted(250, "2.0.0 queued"),
    "later": lambda _: Temporary(451, "4.3.0 not now", retry="relay"),
    "refused": lambda _: Refused(550, "5.1.1 no such mailbox", suppress=True),
    "lost": lambda _: Uncertain("the line was cut"),
}
SLACK: dict[str, Callable[[int], Answer]] = {
    "taken": lambda number: Posted(f"D1/{number}"),
    "later": lambda _: Unreachable("no connection"),
    "refused": lambda _: Unwanted("user_not_found"),
    "lost": lambda _: Unclear("no answer"),
}


@dataclass
class Post:
    """Hands alerts over as workers do: claims, judges the answer, writes it down; the world outside is `ways`.

    `taken` counts what was accepted: about which step, by whom, over which way.
    """

    store: Store
    ways: dict[str, str] = field(default_factory=lambda: {"email": "taken", "slack": "taken"})
    broken: set[tuple[int | str, str]] = field(default_factory=set)
    taken: Counter[tuple[str, int | str, str]] = field(default_factory=Counter)

    async def round(self, *, cut: Cut) -> None:
        """One worker takes what is due and tries each; with a cut its results are never written down."""
        for channel in Channel:
            async with self.store.transaction() as uow:
                await uow.deliveries.claims.free_expired()
                claim = await uow.deliveries.claims.take(
                    lane=Lane.ALERT,
                    channel=channel,
                    limit=100,
                    lease=timedelta(seconds=60),
                    owner="a worker",
                    names="<{}@x>".format,
                )
            if cut is Cut.BEFORE or not claim.rows:
                continue
            entries = [Entry(self._verdict(row, claim.token), row) for row in claim.rows]
            async with self.store.transaction() if cut is Cut.NOT else cut_short(self.store) as uow:
                await write_down(uow, entries)
            if cut is Cut.NOT:
                self._count(entries)

    def _verdict(self, row: Claimed, token: str) -> Verdict:
        now, fate = self.store.clock(), self.ways[row.channel]
        if (row.person_id or str(row.address), row.channel) in self.broken:
            fate = "refused"
        if row.channel == Channel.EMAIL:
            return mail_verdict(row, token, MAIL[fate](row.id), now=now)  # type: ignore[arg-type]  # a table of both
        return slack_verdict(row, token, SLACK[fate](row.id), now=now, can_mail=True)  # type: ignore[arg-type]

    def _count(self, entries: list[Entry]) -> None:
        for verdict, row in entries:
            said = [{"kind": row.kind, "facts": row.facts}, *row.facts.get(EARLIER, [])]
            for each in said:
                if verdict.sent and each["kind"] == "escalation.alert":
                    about = f"{each['facts']['reference']}/{each['facts']['step']}"
                    self.taken[about, row.person_id or str(row.address), row.channel] += 1


Unit = Callable[[UnitOfWork], Awaitable[Done]]


async def in_spite_of(cut: Cut, store: Store, unit: Unit) -> Done:
    """What somebody presses, and presses again where the power went: before the commit, or before they heard of it."""
    if cut is Cut.BEFORE:
        async with cut_short(store) as uow:
            await unit(uow)
    async with store.transaction(intake=True) as uow:
        done = await unit(uow)
    if cut is Cut.AFTER:
        async with store.transaction(intake=True) as uow:
            done = await unit(uow)
    return done
