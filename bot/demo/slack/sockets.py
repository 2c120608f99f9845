"""Socket Mode as Slack runs it: one-time addresses, `hello`, envelopes, acknowledgements, goodbyes, and its bad days.

Shapes and rules: docs.slack.dev, "Using Socket Mode"; slack_sdk.socket_mode; `approximate_connection_time` and
`retry_attempt: 0` as seen in slackapi/bolt-js #1061 and #2487. At most ten sockets of one app (`too_many_websockets`).
An envelope that nobody acknowledged comes again, over whichever socket is open then.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from bot.rendering.slack_limits.numbers import ACKNOWLEDGE_SECONDS

Json = dict[str, Any]
MOST_SOCKETS: Final = 10
EVENT_TRIES: Final = 4
GOODBYE: Final = ("refresh_requested", "too_many_websockets", "link_disabled")
"""Reasons after which Slack closes the socket; after a `warning` it stays open for some seconds more."""


@dataclass(eq=False)
class Connection:
    """One socket of the app. `deaf`: the other end is gone without a word, which neither side has noticed yet."""

    number: int
    ws: web.WebSocketResponse
    request: web.BaseRequest
    deaf: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False
    carried: list[str] = field(default_factory=list)

    async def give(self, message: Mapping[str, Any]) -> None:
        """Sends one message; what goes to a deaf or broken socket is lost."""
        if self.deaf.is_set():
            return
        with suppress(ConnectionError):
            await self.ws.send_str(json.dumps(message))

    def cut(self) -> None:
        """Breaks the connection without a goodbye."""
        self.broken.set()
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(eq=False)
class Envelope:
    """One thing that happened, on its way to the app until it is acknowledged."""

    kind: str
    payload: Json
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    attempt: int = 0
    reason: str = ""
    answer: asyncio.Future[Json] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def message(self) -> Json:
        """As it stands on the wire."""
        shown: Json = {"envelope_id": self.id, "type": self.kind, "payload": self.payload}
        shown["accepts_response_payload"] = self.kind != "events_api"
        if self.kind == "events_api":
            shown |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return shown


class SocketHub:
    """Every socket of the app, and what a test may do to them.

    `again_after_s` is how long Slack waits for an acknowledgement before it sends the envelope again. `on` says that
    Slack reaches the app by socket, which it does from the first connection. With `breaks_after` every socket breaks as
    soon as it has carried so many envelopes, before the last is acknowledged. The next `links_refused` are not opened.
    """

    def __init__(self, app_id: str, changed: Callable[[], None]) -> None:
        self.on = False
        self.address = ""
        self.most = MOST_SOCKETS
        self.again_after_s: float = ACKNOWLEDGE_SECONDS
        self.breaks_after = 0
        self.links_refused = 0
        self.opened = 0
        self.pings = 0
        self.strange: list[str] = []
        self._app_id = app_id
        self._changed = changed
        self._numbers = itertools.count(1)
        self._turn = itertools.count()
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._waiting: dict[str, Envelope] = {}
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> list[Connection]:
        """Those open now, deaf ones included: Slack does not know yet either."""
        return list(self._connections)

    @property
    def unacknowledged(self) -> int:
        """How many envelopes still wait."""
        return len(self._waiting)

    def new_address(self) -> str:
        """An address for one connection, as `apps.connections.open` hands it out."""
        ticket = secrets.token_urlsafe(12)
        self._tickets.add(ticket)
        return f"{self.address}?ticket={ticket}&app_id={self._app_id}"

    # Carrying

    async def send(self, kind: str, payload: Json, *, patience_s: float, attempt: int = 0) -> Json | None:
        """Gives something to the app; the acknowledgement's payload, or None when it did not come in time.

        Slack goes on trying with an event after that; a person who pressed something has seen by then that it failed.
        """
        envelope = Envelope(kind, payload, attempt=attempt, reason="timeout" if attempt else "")
        self._waiting[envelope.id] = envelope
        carrying = asyncio.create_task(self._carry(envelope))
        self._tasks.add(carrying)
        carrying.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait([envelope.answer], timeout=patience_s)
        if not done and kind != "events_api":
            self._waiting.pop(envelope.id, None)
            carrying.cancel()
        return envelope.answer.result() if done else None

    async def _carry(self, envelope: Envelope) -> None:
        unanswered = 0
        while unanswered < EVENT_TRIES and not envelope.answer.done():
            connection = await self._any()
            connection.carried.append(envelope.id)
            await connection.give(envelope.message())
            if self.breaks_after and len(connection.carried) >= self.breaks_after:
                connection.cut()
            gone = asyncio.create_task(connection.gone.wait())
            try:
                first: list[asyncio.Future[Any]] = [envelope.answer, gone]
                await asyncio.wait(first, timeout=self.again_after_s, return_when=asyncio.FIRST_COMPLETED)
                unanswered += not gone.done()
            finally:
                gone.cancel()
            envelope.attempt += 1
            envelope.reason = "timeout"
        self._waiting.pop(envelope.id, None)
        self._changed()

    async def _any(self) -> Connection:
        while not (able := [one for one in self._connections if not one.leaving]):
            self._news.clear()
            await self._news.wait()
        return able[next(self._turn) % len(able)]

    # Bad days

    def drop(self) -> None:
        """Every socket breaks, now."""
        for connection in self.connections:
            connection.cut()

    @asynccontextmanager
    async def dropping_every(self, seconds: float) -> AsyncIterator[None]:
        """Every socket breaks again and again."""

        async def go_on() -> None:
            while True:
                await asyncio.sleep(seconds)
                self.drop()

        dropping = asyncio.create_task(go_on())
        try:
            yield
        finally:
            dropping.cancel()

    def deafen(self) -> None:
        """The sockets open now fall silent: no answer to a ping, to a close, to anything; and nothing comes in."""
        for connection in self.connections:
            connection.deaf.set()

    async def say_goodbye(self, reason: str = "warning") -> None:
        """Tells every socket that it will be closed soon (`warning`) or closes it with a reason."""
        for connection in self.connections:
            connection.leaving = True
            await connection.give({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})
            if reason in GOODBYE:
                await connection.ws.close()

    # Serving

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listens on a free loopback port of its own: uvicorn has no WebSocket without another library."""
        site = web.Application()
        site.router.add_get("/link/", self._link)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        await listening.start()
        port = runner.addresses[0][1]
        self.address = f"ws://127.0.0.1:{port}/link/"
        try:
            yield
        finally:
            for task in list(self._tasks):
                task.cancel()
            self.drop()
            await runner.cleanup()

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if self.links_refused or ticket not in self._tickets:
            self.links_refused = max(0, self.links_refused - 1)
            return web.Response(status=503 if ticket in self._tickets else 401)
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        connection = Connection(next(self._numbers), ws, request)
        if len(self._connections) >= self.most:
            await connection.give({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await ws.close()
            return ws
        await self._hold(connection)
        return ws

    async def _hold(self, connection: Connection) -> None:
        self._connections.append(connection)
        self.on = True
        self.opened += 1
        await connection.give(
            {
                "type": "hello",
                "num_connections": len(self._connections),
                "connection_info": {"app_id": self._app_id},
                "debug_info": {"host": "stand-in", "build_number": 1, "approximate_connection_time": 18060},
            }
        )
        self._news.set()
        self._changed()
        try:
            await self._read(connection)
        finally:
            self._connections.remove(connection)
            connection.gone.set()
            self._changed()

    async def _read(self, connection: Connection) -> None:
        async for frame in connection.ws:
            if connection.deaf.is_set():
                await connection.broken.wait()
                return
            if frame.type is WSMsgType.PING:
                self.pings += 1
                with suppress(ConnectionError):
                    await connection.ws.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._acknowledged(frame.data)

    def _acknowledged(self, text: str) -> None:
        said = json.loads(text)
        envelope = self._waiting.pop(str(said.get("envelope_id")), None)
        if envelope is None:
            return  # answered before, over another socket perhaps
        if envelope.kind == "events_api" and said.get("payload"):
            self.strange.append("an event was acknowledged with a payload")
        envelope.answer.set_result(said.get("payload") or {})
        self._changed()
