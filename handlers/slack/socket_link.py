"""One WebSocket to Slack: hears envelopes, acknowledges what was taken in, and notices when the other end is gone.

Rules: docs.slack.dev, "Using Socket Mode". An envelope is acknowledged over the socket that it came by, after the
commit (law 1). One that could not be taken in is not acknowledged, so that Slack sends it again; the receipts make
twice once.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.clock import Clock

LOG = logging.getLogger("herald.slack.socket")
OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)
PING_WITHIN_S = 5.0
Hear = Callable[[SocketModeRequest], Awaitable[SocketModeResponse | None]]
"""Takes in one envelope; None when it could not be, and shall come again."""


class Link:
    """One connection, from `hello` to its end.

    `ready` is set by Slack's `hello`, `leaving` when Slack asks for another connection or nothing came for long, `over`
    when the socket is closed. `why` says in a word why it ended or has to be replaced.
    """

    def __init__(
        self,
        ws: ClientWebSocketResponse,
        session: ClientSession,
        *,
        hear: Hear,
        clock: Clock,
        ping_s: float,
        silent: timedelta,
        idle: timedelta,
    ) -> None:
        self.ready = asyncio.Event()
        self.leaving = asyncio.Event()
        self.over = asyncio.Event()
        self.why = ""
        self.since = clock()
        self.useful = False
        self._ws = ws
        self._session = session
        self._hear = hear
        self._clock = clock
        self._ping_s, self._silent, self._idle = ping_s, silent, idle
        self._asked_at: datetime | None = None
        self._last_envelope = clock()
        self._running: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._live())

    async def finish(self, *, within_s: float) -> None:
        """Lets running envelopes end and be acknowledged, then closes the socket."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within_s)
            for task in late:
                task.cancel()
        if not self.over.is_set():
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _live(self) -> None:
        """Reads and watches until either has enough."""
        reading, watching = asyncio.create_task(self._read()), asyncio.create_task(self._watch())
        try:
            await asyncio.wait([reading, watching], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.over.set()
            try:
                if not watching.done():  # a peer that does not answer would not answer a goodbye either
                    with suppress(ClientError, OSError, TimeoutError):
                        await self._ws.close()
            finally:
                reading.cancel()
                watching.cancel()
                await self._session.close()

    async def _read(self) -> None:
        while True:
            frame = await self._ws.receive()
            if frame.type in OVER:
                self.why = self.why or f"closed by Slack ({self._ws.close_code})"
                return
            self._asked_at = None
            if frame.type is WSMsgType.PING:
                await self._ws.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._take(frame.data)

    def _take(self, text: str) -> None:
        try:
            message: Any = json.loads(text)
        except ValueError:
            return
        match message:
            case {"type": "hello"}:
                self.ready.set()
            case {"type": "disconnect"}:
                self.why = str(message.get("reason") or "asked to leave")
                self.leaving.set()
            case {"envelope_id": str()}:
                task = asyncio.create_task(self._answer(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _answer(self, message: dict[str, Any]) -> None:
        self._last_envelope, self.useful = self._clock(), True
        try:
            request = SocketModeRequest.from_dict(message)
        except ValueError:
            request = None
        if request is None:
            LOG.warning("An envelope could not be read")
            answer: SocketModeResponse | None = SocketModeResponse(message["envelope_id"])
        else:
            answer = await self._hear(request)
        if answer is None:
            return
        try:
            await self._ws.send_str(json.dumps(answer.to_dict()))
        except (ClientError, OSError):
            LOG.info("The socket closed before an acknowledgement; Slack sends the envelope again")

    async def _watch(self) -> None:
        """Asks for a sign of life; ends when none comes in time, which a half-open socket never tells by itself."""
        while True:
            await asyncio.sleep(self._ping_s)
            now = self._clock()
            if self._asked_at is None or self._asked_at > now:
                self._asked_at = now
            elif now - self._asked_at > self._silent:
                self.why = "silent"
                return
            if now - self._last_envelope > self._idle and not self.leaving.is_set():
                self.why = "idle"
                self.leaving.set()
            try:
                async with asyncio.timeout(PING_WITHIN_S):
                    await self._ws.ping()
            except (ClientError, OSError, TimeoutError):
                self.why = "broken"
                return
