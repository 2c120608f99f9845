"""Slack and mail are both down, and Herald is restarted: the raise succeeds, the alarm is up, nobody is told twice."""

from bot.demo.slack import ServerError
from storage.tables.deliveries import DeliveryState
from storage.tables.people import Person
from tests.drive import OnTheWeb
from tests.world import World

CONCERN = "We think the plan was closed too early"


async def raised(world: World, ada: Person) -> None:
    talk = OnTheWeb(world, ada)
    await talk.start("escalate")
    await talk.answer(danger="No")
    await talk.answer(consulted="Yes")
    await talk.answer(other_agency="Northmere Council", kind="Delay", urgency="Urgent")
    everything_down(world)
    await talk.answer(own_reference="NH-77", reason=CONCERN)
    await talk.send()
    assert talk.sees("E-2026-0001")


def everything_down(world: World) -> None:
    world.sink.refuse("GREETING", "421 4.3.2 not now")
    world.stand_in.workspace.faults.order("*", ServerError(503), times=10_000)


async def states(world: World) -> dict[tuple[str, str], str]:
    async with world.herald.store.reading() as uow:
        rows = [row for row in await uow.deliveries.about("E-2026-0001/1") if row.kind == "escalation.alert"]
        people = await uow.people.by_ids([row.person_id for row in rows if row.person_id is not None])
        return {(people[row.person_id or 0].name, row.channel): row.state for row in rows}


async def test_a_raise_while_nothing_can_be_sent_reaches_everybody_once_afterwards(world: World) -> None:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    may = await world.person("May", slack=True, agency_id="northmere-council", roles=["manager"])
    lea = await world.person("Lea", slack=True, agency_id="northmere-police", roles=["escalation-lead"])
    lead = OnTheWeb(world, lea)
    await lead.open("/ops")
    await raised(world, ada)
    for _ in range(4):
        await world.tick()
        world.clock.move(seconds=40)
    await world.restart()
    await world.tick()
    assert set((await states(world)).values()) == {DeliveryState.QUEUED}
    assert [mail for mail in world.sink.mails if CONCERN in mail.raw.decode()] == []

    await lead.open("/ops")
    assert lead.sees("alert")
    browser = await world.browser()
    worker = await browser.open("/health/worker")
    assert worker.status == 503
    assert "An alert has been waiting" in worker.response.text
    metrics = (await browser.open("/metrics")).response.text
    waited = [line for line in metrics.splitlines() if line.startswith("herald_oldest_unsent_alert_seconds")]
    assert float(waited[0].split()[-1]) >= 120

    world.sink.behave()
    world.stand_in.workspace.faults.clear()
    for _ in range(3):
        world.clock.move(minutes=16)
        await world.tick()
    assert set((await states(world)).values()) == {DeliveryState.SENT}
    assert ("May", "slack") in await states(world)
    assert len([letter for letter in world.letters(may) if "E-2026-0001" in str(letter["Subject"])]) == 1
    assert len([message for message in world.slack(may).messages() if message.sees("E-2026-0001")]) == 1
    assert (await browser.open("/health/worker")).status == 200
