"""A worried professional raises a disagreement and the manager takes it on: on Slack and on the web, through a restart."""

from tests.world import World

CONCERN = "We think the plan was closed too early"


async def cast(world: World) -> tuple[object, object]:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    may = await world.person("May", slack=True, agency_id="northmere-council", roles=["manager"])
    await world.person("Lea", agency_id="northmere-police", roles=["escalation-lead"])
    return ada, may


async def test_danger_comes_first_everywhere_and_nothing_of_it_is_kept(world: World, surface: type) -> None:
    ada, _ = await cast(world)
    talk = surface(world, ada)
    await talk.start("escalate")
    await talk.answer(danger="Yes, or I am not sure")
    assert talk.sees("Ring 999 now")
    assert talk.sees("01632 960001")
    async with world.herald.store.reading() as uow:
        assert await uow.conversations.counted("escalation:call-now") == 1
        assert await uow.escalations.everything() == []


async def test_from_the_worry_to_i_have_this(world: World, surface: type) -> None:
    ada, may = await cast(world)
    talk = surface(world, ada)
    await talk.start("escalate")
    await talk.answer(danger="No")
    await talk.answer(consulted="Yes")
    await world.restart()
    await talk.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    await talk.answer(own_reference="NH-77", reason=CONCERN)
    await talk.send()
    assert talk.sees("E-2026-0001")
    await world.tick()
    alert = world.letter(may, "E-2026-0001")
    assert "List-Unsubscribe" not in alert, "an alert cannot be left"
    assert CONCERN not in alert.as_string()
    assert "NH-77" not in alert.as_string()
    slack = world.slack(may)
    assert slack.sees("E-2026-0001")
    assert not slack.sees(CONCERN)
    await world.restart()
    manager = surface(world, may)
    await manager.act("I have this")
    async with world.herald.store.reading() as uow:
        escalation = await uow.escalations.by_reference("E-2026-0001")
        assert escalation is not None
        assert escalation.state == "acknowledged"
    await world.tick()
    assert world.letter(ada, "somebody has it")
