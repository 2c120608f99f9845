"""Alerts on their own lane: past a whole bulletin, by the other channel at once, and no word of the case in them."""

import asyncio
from datetime import timedelta

from bot.conversation.prompt import Receipt
from bot.demo.slack import RateLimited, Refuses
from bot.health import worker_health
from digests.alarm import ring_if_needed
from digests.escalations import run_clocks
from digests.letters import Writers
from digests.messages import KINDS as REAL
from handlers.escalations.answering import acknowledge
from handlers.escalations.reaching import alarms_of, reaches_nobody
from storage.deliveries import Message, SendingPolicy
from storage.tables.deliveries import Channel, Lane
from storage.tables.people import Person
from tests.digests.conftest import House
from tests.digests.kinds import KINDS
from tests.digests.test_alarm import Bell
from tests.digests.test_rules_of_sending import running, until
from tests.factories import a_person
from tests.talking import talk

READERS = 5000
ALERTS = 6  # managers of several agencies at once: more than are kept free
IN_TIME = timedelta(seconds=10)


async def cast(house: House, *, slack_too: bool = False) -> dict[str, Person]:
    """Ada of health, May and Dee of the council, Lea who leads."""
    house.writers = Writers({**REAL, **KINDS}, {})
    house.store.sending = SendingPolicy(live=True, slack=slack_too)
    async with house.store.transaction() as uow:
        await a_person(uow, "Lea", agency_id="northmere-police", roles=["escalation-lead"])
        return {
            "ada": await a_person(uow, "Cyd", agency_id="northmere-health"),
            "may": await a_person(
                uow, "Ada", agency_id="northmere-council", roles=["manager"], slack_id="U0ADA",
                deputy_email="ben@example.org",
            ),
            "dee": await a_person(uow, "Ben", agency_id="northmere-council", slack_id="U0BEN"),
        }  # fmt: skip


async def raised(house: House, ada: Person) -> str:
    answers = {
        "danger": "no", "consulted": "yes", "other_agency": "northmere-council", "kind": "closing",
        "urgency": "standard", "own_reference": "NH-2291", "reason": "The plan was closed too early",
    }  # fmt: skip
    end = await talk(house.store, ada, "escalation", **answers)
    assert isinstance(end, Receipt), end
    return end.reference


async def test_beside_a_bulletin_to_five_thousand_at_thirty_a_minute_an_alert_leaves_in_ten_seconds(
    sqlite_house: House,
) -> None:
    house = sqlite_house
    house.rate = "30/min"
    people = await cast(house)
    async with house.store.transaction() as uow:
        reader = await a_person(uow, "Reader")
        await uow.deliveries.queue(
            [
                uow.deliveries.row(
                    Message("hello", f"edition:{n}", lane=Lane.BULLETIN, about="edition"),
                    channel=Channel.EMAIL,
                    person=reader,
                )
                for n in range(READERS)
            ]
        )
    async with running(house.drain()):
        for number in range(1, 28):  # a whole minute of it: three of thirty are kept for alerts
            await until(lambda: len(house.sink.mails) >= number)  # noqa: B023 - asked within the round
            house.clock.move(seconds=2.25)
        for _ in range(ALERTS):
            await raised(house, people["ada"])
        for _ in range(10):
            await asyncio.sleep(0.25)  # the hands ask the gate five times a second
            house.clock.move(seconds=1)
        await until(lambda: len(house.sink.to("ada@example.org")) == ALERTS)
    async with house.store.reading() as uow:
        for number in range(1, ALERTS + 1):
            [alert] = await uow.deliveries.about(f"E-2026-{number:04}/1")
            assert alert.sent_at is not None
            assert alert.sent_at - alert.created_at <= IN_TIME
        assert await uow.deliveries.waiting() > READERS - 40


async def test_a_manager_whom_neither_channel_takes_is_passed_over_at_once(slack_house: House) -> None:
    house = slack_house
    people = await cast(house, slack_too=True)
    house.sink.refuse("RCPT", "550 5.1.1 no such person", recipient="ada@example.org")
    assert house.slack is not None
    house.slack.workspace.faults.order(
        "chat.postMessage", Refuses("user_not_found"), times=9, only={"channel": "U0ADA"}
    )
    reference = await raised(house, people["ada"])
    await house.drain().run_once()
    async with house.store.reading() as uow:
        assert await uow.deliveries.unreachable(f"{reference}/1") == {people["may"].id}
    await run_clocks(house.store)
    await house.drain().run_once()
    assert house.sink.to("ben@example.org"), "the deputy, at the same moment"


async def test_an_alert_that_slack_asks_to_wait_for_comes_when_slack_said(slack_house: House) -> None:
    house = slack_house
    people = await cast(house, slack_too=True)
    assert house.slack is not None
    house.slack.workspace.faults.order("chat.postMessage", RateLimited(retry_after=7))
    reference = await raised(house, people["ada"])
    await house.drain().run_once()
    person = house.slack.person("ada@example.org")
    assert len(house.sink.to("ada@example.org")) == 1, "mail does not wait for Slack"
    assert not person.messages()
    house.clock.move(seconds=6)
    await house.drain().run_once()
    assert not person.messages()
    house.clock.move(seconds=1)
    await house.drain().run_once()
    assert len(person.messages()) == 1
    assert reference in str(person.messages()[0].blocks)
    assert "closed too early" not in str(person.messages()[0].blocks)


async def test_when_no_address_on_the_whole_ladder_exists_the_alarm_rings_and_names_nobody(sqlite_house: House) -> None:
    house = sqlite_house
    people = await cast(house)
    house.sink.refuse("RCPT", "550 5.1.1 no such person")
    reference = await raised(house, people["ada"])
    async with house.store.reading() as uow:
        assert await reaches_nobody(uow) == []
    for _ in range(6):
        await house.drain().run_once()
        await run_clocks(house.store)
    async with house.store.reading() as uow:
        assert await reaches_nobody(uow) == [reference]
        assert await alarms_of(uow) == [f"{reference} has reached nobody: ring the agency."]
    well = await worker_health(house.store)
    assert "An escalation has reached nobody." in " ".join(well.problems)
    assert reference not in str(well.body())
    bell = Bell()
    async with await asyncio.start_server(bell.listen, "127.0.0.1", 0) as server:
        webhook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ring"
        assert [await ring_if_needed(house.store, webhook=webhook) for _ in range(2)] == [1, 0]
    assert bell.heard[0]["escalations_reaching_nobody"] == 1
    assert reference not in str(bell.heard)
    async with house.store.transaction() as uow:
        lea = await uow.people.by_email("lea@example.org")
        assert lea is not None
        await acknowledge(uow, person=lea, reference=reference)
    async with house.store.reading() as uow:
        assert await reaches_nobody(uow) == [], "somebody has it, however they heard of it"
