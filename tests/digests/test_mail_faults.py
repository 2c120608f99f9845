"""A relay that refuses, hangs or hangs up at any stage: each message ends in its state, and nothing is asked in a loop."""

import asyncio
from datetime import timedelta
from email import message_from_bytes
from itertools import pairwise

import pytest

from digests.mailer import Timeouts
from digests.second_way import AFTER, change_ways
from storage.tables.deliveries import Channel, Delivery, DeliveryState, Lane
from tests.digests.conftest import House
from tests.digests.test_rules_of_sending import running, until
from tests.smtp_sink import Rule, Stage, running_sink

SHORT = Timeouts(connect=0.15, command=0.15, final=0.15, goodbye=0.05)
BEFORE_THE_ENVELOPE: tuple[Stage, ...] = ("GREETING", "EHLO", "STARTTLS", "AUTH")
STAGES: tuple[Stage, ...] = (*BEFORE_THE_ENVELOPE, "MAIL", "RCPT", "DATA", "MID-BODY", "BODY")
FAULTS = {
    "421": Rule("BODY", reply="421 4.3.2 shutting down"),
    "432": Rule("BODY", reply="432 4.3.2 too many connections"),
    "451": Rule("BODY", reply="451 4.3.0 not now"),
    "500": Rule("BODY", reply="554 5.3.0 no"),
    "hangs up": Rule("BODY", hang_up="before reply"),
    "hangs": Rule("BODY", delay=20.0),
}
CERTAIN_NO = {("RCPT", "500"), ("DATA", "500"), ("BODY", "500")}
IN_DOUBT = {("BODY", "hangs up"), ("BODY", "hangs"), ("MID-BODY", "hangs up")}
"""Nobody on our side can tell whether the relay took the message (RFC 1047)."""


def what_becomes_of_it(stage: Stage, fault: str) -> tuple[str, int, int]:
    """State, tries that count, doubts: after the first drain."""
    if (stage, fault) in CERTAIN_NO:
        return DeliveryState.FAILED, 1, 0
    if (stage, fault) in IN_DOUBT:
        return DeliveryState.QUEUED, 1, 1
    put_off = fault in ("432", "451", "500") and stage not in BEFORE_THE_ENVELOPE
    return DeliveryState.QUEUED, int(put_off), 0


@pytest.mark.parametrize("stage", STAGES)
async def test_every_fault_at_every_stage_ends_in_its_state_and_the_message_leaves_once_it_is_mended(
    sqlite_house: House, stage: Stage
) -> None:
    house = sqlite_house
    sign_in = ("herald", "correct") if stage in ("STARTTLS", "AUTH") else None
    async with running_sink(starttls=sign_in is not None, sign_in=sign_in) as sink:
        house.sink = sink
        house.relay_url = sink.url.replace("smtp://", "smtp://herald:correct@") if sign_in else sink.url
        for number, (name, fault) in enumerate(FAULTS.items()):
            if stage == "MID-BODY" and not fault.hang_up:
                continue  # whatever else a relay does before it has read everything, it says after the body
            about = f"hello:{number}"
            await house.tell(await house.person(f"Ada {number}"), about)
            sink.rules.append(Rule(stage, reply=fault.reply, hang_up=fault.hang_up, delay=fault.delay))
            asked = sink.connections
            await (house.drain(timeouts=SHORT) if fault.delay else house.drain()).run_once()
            row = await house.row(about)
            assert (row.state, row.attempts, row.doubts) == what_becomes_of_it(stage, name), (stage, name)
            assert row.lease is None
            assert sink.connections - asked <= 2, (stage, name)
            sink.behave()
            house.clock.move(minutes=6)
            await house.drain().run_once()
            await assert_ended(house, about, taken_twice=(stage, name) in IN_DOUBT and stage == "BODY")


async def assert_ended(house: House, about: str, *, taken_twice: bool) -> None:
    row = await house.row(about)
    letters = [message_from_bytes(mail.raw) for mail in house.sink.mails if row.message_id in mail.raw.decode()]
    if row.state == DeliveryState.FAILED:
        assert letters == []
        return
    assert row.state == DeliveryState.SENT
    assert len(letters) == 1 + taken_twice
    assert len({(letter["Message-ID"], letter["Date"]) for letter in letters}) == 1


async def test_half_of_the_recipients_refused_takes_nothing_from_the_other_half(house: House) -> None:
    house.sink.refuse("RCPT", "550 5.1.1 no such person", recipient="gone*@example.org")
    house.sink.refuse("RCPT", "452 4.2.2 mailbox full", recipient="full*@example.org")
    people = [await house.person(f"{kind}{number}") for number in range(10) for kind in ("here", "gone", "here", "full")
              if not (kind == "here" and await known(house, f"here{number}"))]  # fmt: skip
    for person in people:
        await house.tell(person, "edition", lane=Lane.BULLETIN)
    await house.drain().run_once()
    states = {row.person_id: row.state for row in await house.rows("edition")}
    said = {person.name: states[person.id] for person in people}
    assert {name[:4]: state for name, state in said.items()} == {
        "here": DeliveryState.SENT,
        "gone": DeliveryState.FAILED,
        "full": DeliveryState.QUEUED,
    }
    assert len(house.sink.mails) == sum(name.startswith("here") for name in said)


async def known(house: House, name: str) -> bool:
    async with house.store.reading() as uow:
        return await uow.people.by_email(f"{name}@example.org") is not None


@pytest.mark.parametrize("hours", [2, pytest.param(24, marks=pytest.mark.nightly)])
async def test_hours_without_a_relay_are_a_few_knocks_and_no_hammering(sqlite_house: House, hours: int) -> None:
    house = sqlite_house
    house.sink.refuse("GREETING", "421 4.3.2 not now")
    ada = await house.person("Ada")
    for number in range(30):
        await house.tell(ada, f"hello:{number}", about="hello")
    await house.alert(ada)
    drain = house.drain()
    asked = []
    for _ in range(hours * 30):
        house.clock.move(minutes=2)
        await drain.run_once()
        asked.append(house.sink.connections)
    assert asked[-1] <= 5 + 7 + hours * 4, "after the first minutes once in a quarter of an hour"
    assert max(later - earlier for earlier, later in pairwise(asked)) <= 2
    house.sink.behave()
    house.clock.move(minutes=16)
    assert (await drain.run_once()).sent == 31


async def test_a_relay_that_is_away_is_not_asked_in_a_loop_while_the_clock_stands(sqlite_house: House) -> None:
    house = sqlite_house
    house.sink.refuse("GREETING", "421 4.3.2 not now")
    await house.tell(await house.person("Ada"))
    async with running(house.drain(poll_s=0.01)):
        await until(lambda: house.sink.connections >= 1)
        await asyncio.sleep(0.4)
    assert house.sink.connections == 1, "its next try is a second later by the clock"


async def test_a_relay_that_hangs_on_one_alert_keeps_no_other_alert_waiting(sqlite_house: House) -> None:
    house = sqlite_house
    house.sink.wait("BODY", 30.0, recipient="ada@example.org")
    ada, ben, cy = [await house.person(name, roles=["manager"]) for name in ("Ada", "Ben", "Cy")]
    async with running(house.drain(grace_s=0.1, timeouts=Timeouts(goodbye=0.1))):
        await house.alert(ada, "E-2026-0001")
        await until(lambda: "RCPT TO:<ada@example.org>" in house.sink.commands)
        await house.alert(ben, "E-2026-0002")
        await house.alert(cy, "E-2026-0003")
        await until(lambda: bool(house.sink.to(ben.email) and house.sink.to(cy.email)), seconds=3.0)
    [row] = await house.rows("E-2026-0001")
    assert row.state == DeliveryState.QUEUED


async def test_a_bulletin_that_hangs_leaves_the_other_lanes_free(sqlite_house: House) -> None:
    house = sqlite_house
    house.sink.wait("BODY", 30.0, recipient="ada@example.org")
    ada, ben = await house.person("Ada"), await house.person("Ben", roles=["manager"])
    for number in range(5):
        await house.tell(ada, f"edition:{number}", lane=Lane.BULLETIN)
    async with running(house.drain(grace_s=0.1, timeouts=Timeouts(goodbye=0.1))):
        await until(lambda: house.sink.commands.count("DATA") >= 2)
        await house.alert(ben)
        await until(lambda: bool(house.sink.to(ben.email)), seconds=3.0)


@pytest.mark.parametrize(
    ("channel", "other"), [(Channel.EMAIL, Channel.SLACK), (Channel.SLACK, Channel.EMAIL)], ids=["mail", "slack"]
)
async def test_an_alert_that_one_way_does_not_take_goes_the_other_way_within_a_minute(
    house: House, channel: Channel, other: Channel
) -> None:
    ada = await house.person("Ada", slack_id="U0ADA")
    await house.tell(ada, "closed:1", kind="alert", lane=Lane.ALERT, channels=(channel,))
    assert await change_ways(house.store) == 0
    house.clock.move(seconds=AFTER.total_seconds() + 1)
    assert [await change_ways(house.store) for _ in range(3)] == [1, 0, 0]
    ways = {row.channel: row.state for row in await house.rows("closed:1")}
    assert ways == {channel: DeliveryState.QUEUED, other: DeliveryState.QUEUED}


async def test_only_alerts_that_wait_change_their_way(house: House) -> None:
    ada, ben = await house.person("Ada", slack_id="U0ADA"), await house.person("Ben")
    await house.tell(ada, "reminder:1", lane=Lane.PROMPT)
    await house.alert(ada, "E-2026-0001")
    await house.alert(ben, "E-2026-0002")
    await house.tell(ada, "later:1", kind="alert", lane=Lane.ALERT, due_at=house.clock.now + timedelta(hours=1))
    before = await everything(house)
    house.clock.move(minutes=5)
    assert await change_ways(house.store) == 0
    assert await everything(house) == before


async def everything(house: House) -> list[tuple[str, str]]:
    found: list[Delivery] = []
    for about in ("reminder:1", "E-2026-0001", "E-2026-0002", "later:1"):
        found += await house.rows(about)
    return [(row.ledger_key, row.state) for row in found]
