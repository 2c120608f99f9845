"""When neither Slack nor mail takes an alert, a webhook rings: once an hour, without a name."""

import asyncio
import json
from datetime import timedelta

from digests.alarm import ring_if_needed
from storage.deliveries import Message
from storage.tables.deliveries import Lane
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_person


class Bell:
    """A small HTTP server that takes what is posted to it."""

    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []
        self.answer = "204 No Content"

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        self.heard.append(json.loads(await reader.readexactly(length)))
        writer.write(f"HTTP/1.1 {self.answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


async def test_an_alert_that_nobody_takes_rings_once_an_hour_and_names_nobody(store: Store, clock: MovingClock) -> None:
    bell = Bell()
    server = await asyncio.start_server(bell.listen, "127.0.0.1", 0)
    webhook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ring"
    async with server:
        assert await ring_if_needed(store, webhook=webhook) == 0
        async with store.transaction() as uow:
            may = await a_person(uow, "May")
            await uow.deliveries.tell(may, Message("escalation.alert", "escalation.alert:E-1/1", lane=Lane.ALERT))
        clock.move(minutes=29)
        assert await ring_if_needed(store, webhook=webhook) == 0
        clock.move(minutes=2)
        bell.answer = "500 Oh dear"
        assert await ring_if_needed(store, webhook=webhook) == 0, "a webhook that fails is tried again"
        bell.answer = "204 No Content"
        assert [await ring_if_needed(store, webhook=webhook) for _ in range(3)] == [1, 0, 0]
        clock.set(clock() + timedelta(hours=1))
        assert await ring_if_needed(store, webhook=webhook) == 1
    assert "May" not in json.dumps(bell.heard)
    assert bell.heard[-1]["oldest_unsent_alert_minutes"] == 91


async def test_a_webhook_that_is_not_there_stops_nothing(store: Store, clock: MovingClock) -> None:
    async with store.transaction() as uow:
        may = await a_person(uow, "May")
        await uow.deliveries.tell(may, Message("escalation.alert", "escalation.alert:E-1/1", lane=Lane.ALERT))
    clock.move(hours=1)
    assert await ring_if_needed(store, webhook="http://127.0.0.1:1/nothing") == 0
