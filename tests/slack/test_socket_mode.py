"""Sockets that break, fall silent or are refused: Herald comes back by itself, and nothing that was said is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.slack import Parcel, RateLimited, Refuses, ServerError, payloads
from bot.demo.slack.faults import Fault
from bot.keyring import Keyring
from handlers.connections import lights
from handlers.slack.socket import Patience
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.databases import locked
from tests.slack.conftest import people
from tests.slack.socket_world import QUICK, SocketWorld, a_socket_world, door_for, listening
from tests.slack.test_talking import references
from tests.slack.test_trouble import database_of


@pytest.fixture
async def world(
    sqlite_store: Store, clock: MovingClock, keyring: Keyring, tmp_path: Path, tea_time: None
) -> AsyncIterator[SocketWorld]:
    await people(sqlite_store)
    async with a_socket_world(sqlite_store, clock, keyring, tmp_path) as made:
        yield made


async def light(world: SocketWorld) -> str:
    """What `/ops` would say about the socket; empty when all is well."""
    [found] = await world.lights()
    assert found.up == (not found.problem)
    return found.problem


async def until_handled(world: SocketWorld) -> None:
    hub = world.stand_in.sockets
    assert await world.workspace.until(lambda: hub.unacknowledged == 0)


async def press_on(world: SocketWorld, question: str = "", answer: str = "") -> None:
    """Sends the form as a person does who is told that it did not work: once more, until it has."""
    ada = world.person("ada@example.org")
    for _ in range(20):
        if question:
            ada.fill(question, answer)
        sent = await ada.submit()
        if sent is not None and sent.ok:
            return
    raise AssertionError(f"the form could not be sent: {ada.errors()}")


@pytest.mark.parametrize("envelopes", [2, 3])
async def test_a_talk_goes_on_while_sockets_break_before_what_they_carried_is_acknowledged(
    world: SocketWorld, envelopes: int
) -> None:
    ada, hub = world.person("ada@example.org"), world.stand_in.sockets
    world.stand_in.door.patience = 0.1
    hub.breaks_after = envelopes
    for _ in range(20):
        await ada.command("/herald", "book tea")
        if ada.modal() is not None:
            break
    await press_on(world, "With milk?", "Yes")
    await press_on(world, "What makes a good cup?", "Patience and a warm pot")
    await press_on(world)
    assert ada.sees("Your reference: T-2026-0001")
    assert await references(world.store) == ["T-2026-0001"]
    assert hub.opened >= 2


async def test_messages_said_while_sockets_break_are_each_answered_once(world: SocketWorld) -> None:
    ada = world.person("ada@example.org")
    world.stand_in.door.patience = 0.05
    async with world.stand_in.sockets.dropping_every(0.03):
        for _ in range(8):
            await ada.say("help")
        await until_handled(world)
    rows = [row for row in await world.outbox() if row.kind.startswith("talk")]
    assert len(rows) == 8


async def test_what_was_said_while_no_socket_was_open_is_heard_when_one_is(world: SocketWorld) -> None:
    ada = world.person("ada@example.org")
    hub = world.stand_in.sockets
    world.workspace.faults.order("apps.connections.open", ServerError(503), times=4)
    hub.drop()
    assert await world.workspace.until(lambda: not hub.connections)
    world.stand_in.door.patience = 0.01
    assert not (await ada.say("help")).ok
    await until_handled(world)
    await world.deliver()
    assert ada.messages()[-1].sees("How Herald can help")


async def test_an_envelope_whose_acknowledgement_was_lost_comes_again_and_changes_nothing(world: SocketWorld) -> None:
    ada = world.person("ada@example.org")
    await ada.say("help")
    assert ada.last is not None
    for attempt in (1, 2, 3):
        assert (await ada.send_again(retry=attempt))[0].ok
    assert len([row for row in await world.outbox() if row.kind.startswith("talk")]) == 1


async def test_the_same_envelope_fifty_times_over_two_sockets_is_one_order(world: SocketWorld) -> None:
    async with listening(door_for(world.stand_in, world.store, world.door.context.settings.keyring)):
        await world.connected(2)
        ada = world.person("ada@example.org")
        await ada.command("/herald", "book tea")
        await press_on(world, "With milk?", "Yes")
        await press_on(world, "What makes a good cup?", "Warmth")
        form = ada.modal()
        assert form is not None
        payload = payloads.view_submission(world.workspace, ada.member, form)
        heard = await ada.send_raw(Parcel.interaction(payload), times=50)
        assert all("T-2026-0001" in answer.body for answer in heard)
        assert all(connection.carried for connection in world.stand_in.sockets.connections)
    assert await references(world.store) == ["T-2026-0001"]


async def test_an_event_that_could_not_be_stored_is_not_acknowledged_and_comes_again(world: SocketWorld) -> None:
    ada = world.person("ada@example.org")
    hub = world.stand_in.sockets
    hub.again_after_s = world.stand_in.door.patience = 1.3
    async with locked(database_of(world)):
        assert (await ada.say("help")).trouble == "operation_timeout"
        assert ada.ephemeral()[-1].sees("Herald is busy just now.")
    await until_handled(world)
    assert len(ada.ephemeral()) == 1
    await world.deliver()
    assert ada.messages()[-1].sees("How Herald can help")


async def test_a_locked_database_is_a_kind_line_for_a_command(world: SocketWorld) -> None:
    ada = world.person("ada@example.org")
    async with locked(database_of(world)):
        assert (await ada.command("/herald", "book tea")).ok
    assert ada.sees("Herald is busy just now. Nothing is lost; please try again in a minute.")


async def test_a_socket_that_fell_silent_is_found_and_replaced(world: SocketWorld) -> None:
    ada, hub = world.person("ada@example.org"), world.stand_in.sockets
    while hub.pings < 2:  # noqa: ASYNC110 - the watchdog goes round
        await asyncio.sleep(0.005)
    hub.deafen()
    deaf = hub.connections[0]
    await asyncio.sleep(0.1)  # pings go unanswered, and by the clock no time passes: patience
    assert hub.opened == 1
    world.clock.move(seconds=31)
    await world.connected_anew()
    deaf.cut()
    assert (await ada.command("/herald", "book tea")).ok


async def test_a_jump_of_the_clock_alone_is_no_silence(world: SocketWorld) -> None:
    hub = world.stand_in.sockets
    seen = hub.pings
    world.clock.move(seconds=-3600)
    world.clock.move(minutes=29)
    while hub.pings < seen + 4:  # noqa: ASYNC110 - several rounds of the watchdog
        await asyncio.sleep(0.01)
    assert hub.opened == 1


async def test_a_socket_without_an_envelope_for_long_is_replaced_by_a_fresh_one_first(world: SocketWorld) -> None:
    """Sockets have been seen to answer pings and to deliver nothing (bolt-python #1529, python-slack-sdk #1701)."""
    hub = world.stand_in.sockets
    world.clock.move(minutes=31)
    await world.connected_anew()
    assert await world.workspace.until(lambda: [one.number for one in hub.connections] == [2])


async def test_when_slack_announces_the_end_a_new_socket_is_there_before_the_old_one_goes(world: SocketWorld) -> None:
    ada, hub = world.person("ada@example.org"), world.stand_in.sockets
    await ada.open_home()
    old = hub.connections[0]
    await hub.say_goodbye("warning")
    await world.connected_anew()
    assert not old.gone.is_set() or old.ws.closed
    assert await world.workspace.until(lambda: [one.number for one in hub.connections] == [2])
    await hub.say_goodbye("refresh_requested")
    await world.connected_anew()
    assert (await ada.command("/herald", "help")).ok


async def test_ten_sockets_are_the_most_and_the_eleventh_waits_its_turn(world: SocketWorld) -> None:
    hub = world.stand_in.sockets
    hub.most = 2
    keyring = world.door.context.settings.keyring
    async with listening(door_for(world.stand_in, world.store, keyring)):
        await world.connected(2)
        async with listening(door_for(world.stand_in, world.store, keyring)) as third:
            asked = len(world.workspace.calls("apps.connections.open"))
            while len(world.workspace.calls("apps.connections.open")) < asked + 3:  # noqa: ASYNC110 - it is refused
                await asyncio.sleep(0.01)
            assert not third.connected
            hub.connections[0].cut()
            await world.connected_anew()
            await world.connected(2)


@pytest.mark.parametrize("fault", [ServerError(503), Refuses("invalid_auth"), Refuses("internal_error")], ids=repr)
async def test_slack_that_opens_no_connection_for_a_while_is_asked_again_with_patience(
    world: SocketWorld, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    hub = world.stand_in.sockets
    world.workspace.faults.order("apps.connections.open", fault, times=5)
    hub.drop()
    await world.connected_anew()
    refused = [call for call in world.workspace.calls("apps.connections.open") if not call.ok]
    assert len(refused) == 5
    said = [record.getMessage() for record in caplog.records if record.name == "herald.slack.socket"]
    assert any("Slack's socket has been closed for 0 s" in line for line in said)
    assert not any("xapp" in line or "ticket" in line for line in said)


async def test_slack_may_name_the_time_to_wait(sqlite_store: Store, world: SocketWorld) -> None:
    hub = world.stand_in.sockets
    world.workspace.faults.order("apps.connections.open", RateLimited(retry_after=1))
    hub.drop()
    begun = asyncio.get_running_loop().time()
    await world.connected_anew()
    assert asyncio.get_running_loop().time() - begun >= 1.0


async def test_an_address_that_slack_refuses_is_asked_for_anew(world: SocketWorld) -> None:
    hub = world.stand_in.sockets
    hub.links_refused = 2
    hub.drop()
    await world.connected_anew()
    assert len(world.workspace.calls("apps.connections.open")) == 3


async def test_a_closed_socket_is_seen_from_everywhere_and_so_is_its_return(world: SocketWorld) -> None:
    hub = world.stand_in.sockets
    assert await light(world) == ""
    world.workspace.faults.order("apps.connections.open", Refuses("invalid_auth"), times=10_000)
    hub.drop()
    while not [call for call in world.workspace.calls("apps.connections.open") if not call.ok]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert await light(world) == ""
    world.clock.move(seconds=41)
    while "invalid_auth" not in await light(world):  # noqa: ASYNC110 - switched by a background task
        await asyncio.sleep(0.01)
    assert (await light(world)).startswith("Slack's socket has been closed for 41 s (invalid_auth).")
    world.workspace.faults.clear()
    await world.connected_anew()
    while await light(world):  # noqa: ASYNC110 - switched by a background task
        await asyncio.sleep(0.01)


async def test_a_clean_stop_takes_in_what_was_begun_and_says_goodbye(
    sqlite_store: Store, clock: MovingClock, keyring: Keyring, tmp_path: Path, tea_time: None
) -> None:
    await people(sqlite_store)
    async with a_socket_world(sqlite_store, clock, keyring, tmp_path) as world:
        ada = world.person("ada@example.org")
        async with locked(database_of(world)):
            waiting = asyncio.create_task(ada.command("/herald", "book tea"))
            while not world.stand_in.sockets.connections[0].carried:  # noqa: ASYNC110 - it is on its way
                await asyncio.sleep(0.005)
    assert (await waiting).ok
    async with sqlite_store.reading() as uow:
        assert await lights(uow) == (), "nobody wants a socket, so nothing is wrong"


def test_the_first_try_comes_within_a_second_and_later_ones_with_growing_patience() -> None:
    patience = Patience()
    assert all(0.5 <= patience.wait_s(0) <= 1.0 for _ in range(50))
    assert all(4.0 <= patience.wait_s(3) <= 8.0 for _ in range(50))
    assert all(30.0 <= patience.wait_s(n) <= 60.0 for n in (6, 20, 10_000))
    assert len({patience.wait_s(2) for _ in range(20)}) > 10, "processes do not all come back at the same moment"
    assert replace(QUICK, silent=timedelta(1)).wait_s(0) <= 0.02
