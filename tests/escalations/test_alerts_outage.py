"""Slack and mail both refuse for three hours, across two restarts: raised all the same, an alarm, then one true message."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import health
from bot.conversation.prompt import Receipt
from bot.demo.slack import Refuses, ServerError
from bot.demo.slack.faults import Fault
from bot.keyring import Keyring
from digests.alarm import ring_if_needed
from handlers.escalations.reaching import alarms_of
from storage.tables.deliveries import DeliveryState
from storage.tables.people import Person
from tests.clocks import MovingClock
from tests.digests.test_alarm import Bell
from tests.mail.writing import text_of
from tests.talking import talk
from tests.world import World, a_world

HOURS_3 = timedelta(hours=3)
ALWAYS = 10**6


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    """Northmere on SQLite."""
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


async def the_cast(world: World) -> list[Person]:
    """Ada of health with her manager; May of the council with her deputy; the lead."""
    ada = await world.person("Ada", slack=True, agency_id="northmere-health", manager_email="gus@example.org")
    council: dict[str, Any] = {"agency_id": "northmere-council", "slack": True}
    return [
        ada,
        await world.person("Gus", slack=True, agency_id="northmere-health", roles=["manager"]),
        await world.person("May", roles=["manager"], deputy_email="dee@example.org", **council),
        await world.person("Dee", **council),
        await world.person("Lea", slack=True, agency_id="northmere-police", roles=["escalation-lead", "coordinator"]),
    ]


async def raised(world: World, ada: Person, *, urgency: str = "urgent") -> str:
    answers = {
        "danger": "no", "consulted": "yes", "other_agency": "northmere-council", "kind": "closing",
        "urgency": urgency, "own_reference": "NH-2291", "reason": "The plan was closed too early",
    }  # fmt: skip
    end = await talk(world.herald.store, ada, "escalation", **answers)
    assert isinstance(end, Receipt), end
    return end.reference


def nothing_leaves(world: World, *, mail: str, slack: Fault) -> None:
    world.sink.refuse("MAIL", mail)
    world.stand_in.workspace.faults.order("chat.postMessage", slack, times=ALWAYS)
    world.stand_in.workspace.faults.order("chat.update", slack, times=ALWAYS)


def all_is_well(world: World) -> None:
    world.sink.behave()
    world.stand_in.workspace.faults.clear()


def received(world: World, people: list[Person]) -> Counter[tuple[str, str]]:
    """How many messages each person has on each channel."""
    counted: Counter[tuple[str, str]] = Counter()
    for person in people:
        counted[person.name, "slack"] = len(world.slack(person).messages())
        counted[person.name, "email"] = len(world.letters(person))
    return counted


async def expected(world: World, reference: str) -> set[tuple[str, str]]:
    """For whom something waits, and by which way."""
    found = set()
    async with world.herald.store.reading() as uow:
        for about in (reference, f"{reference}/1", f"{reference}/2"):
            for row in await uow.deliveries.about(about):
                person = None if row.person_id is None else await uow.people.get(row.person_id)
                if row.state == DeliveryState.QUEUED:
                    found.add((row.address or "" if person is None else person.name, row.channel))
    return found


@pytest.mark.parametrize(
    ("mail", "slack"),
    [("451 4.3.0 not now", ServerError(503)), ("554 5.7.1 we do not know you", Refuses("token_revoked"))],
)
async def test_after_three_hours_without_a_way_out_everybody_gets_one_true_message_on_each_channel(
    world: World, clock: MovingClock, mail: str, slack: Fault
) -> None:
    people = await the_cast(world)
    nothing_leaves(world, mail=mail, slack=slack)
    began = clock()
    reference = await raised(world, people[0])
    bell = Bell()
    server = await asyncio.start_server(bell.listen, "127.0.0.1", 0)
    webhook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ring"
    rang_at = None
    async with server:
        while clock() - began < HOURS_3:
            clock.move(minutes=15)
            await world.herald.tick()
            rung = await ring_if_needed(world.herald.store, webhook=webhook)
            rang_at = rang_at or (clock() if rung else None)
            if clock() - began in (timedelta(hours=1), timedelta(hours=2)):
                await world.restart()
    assert rang_at is not None
    assert rang_at - began == timedelta(minutes=30), "the alarm is up within half an hour"
    assert len(bell.heard) == 3, "and rings every hour"
    assert reference not in json.dumps(bell.heard)
    assert not (await health.worker_health(world.herald.store)).well
    async with world.herald.store.reading() as uow:
        assert any("180 minutes" in line for line in await alarms_of(uow)), (
            "measured from the first, whatever was merged"
        )
    assert set(received(world, people).values()) == {0}
    waiting = await expected(world, reference)
    assert {("May", "slack"), ("May", "email"), ("Dee", "slack"), ("Dee", "email")} <= waiting
    all_is_well(world)
    for _ in range(4):
        clock.move(minutes=2)
        await world.herald.tick()
    got = {who: n for who, n in received(world, people).items() if n}
    assert got == dict.fromkeys((who for who in waiting if "@" not in who[0]), 1), "exactly one on each channel"
    async with world.herald.store.reading() as uow:
        assert await alarms_of(uow) == []
    [letter] = world.letters(people[2])
    said = " ".join(text_of(letter).split())
    assert "I have this" in said
    assert "disagrees with a decision and asks for yours" in said
    assert "Tuesday 24 November 2026, 10:00: Urgent: E-2026-0001: please acknowledge" in said
    assert "Tuesday 24 November 2026, 11:00: Urgent: E-2026-0001: nobody has taken this on yet" in said


async def test_the_attempts_of_an_outage_stand_in_the_chain_with_what_the_other_side_said(
    world: World, clock: MovingClock
) -> None:
    people = await the_cast(world)
    nothing_leaves(world, mail="450 4.2.1 may@example.org is busy", slack=ServerError(503))
    reference = await raised(world, people[0], urgency="standard")
    await world.herald.tick()
    all_is_well(world)
    for _ in range(2):
        clock.move(minutes=5)
        await world.herald.tick()
    async with world.herald.store.transaction() as uow:
        await uow.audit.seal()
        assert (await uow.audit.verify()).reason == ""
        tries = [each.detail for each in await uow.audit.latest(limit=500, thing=reference)]
    tries = [each for each in tries if each.get("kind") == "escalation.alert"]
    taken = {each["channel"]: each for each in tries if each["outcome"] == "accepted"}
    assert taken["email"]["provider"].startswith("250")
    assert taken["slack"]["provider"].count("/") == 1, "channel and time, as Slack names it"
    assert {each["outcome"] for each in tries} > {"accepted"}
    assert "@example.org" not in json.dumps([each["provider"] for each in tries])
