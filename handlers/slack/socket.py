"""Socket Mode: Herald opens the connection to Slack, so that nothing has to be reached from outside.

The same handlers as over HTTP hear what comes in. slack_sdk's shapes are used, its client is not, for what it does when
a connection fails (read in slack_sdk 3.47): it waits for `Retry-After` with its lock held, tries again every few
seconds without end or jitter, closes the old socket before it has a new one, so that acknowledgements under way are
lost, and logs addresses that hold a ticket. See also python-slack-sdk #1446, #1701, #1922 and bolt-python #1529.
"""

import asyncio
import json
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession, ClientWSTimeout
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SlackSettings
from handlers.connections import SocketLight
from handlers.slack.http import has_the_shape
from handlers.slack.socket_link import Link
from storage.unit_of_work import Store

LOG = logging.getLogger("herald.slack.socket")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what. Shorter in tests only.

    Slack is pinged every `ping_s`; after `silent` without any sign of life, or `idle` without an envelope, the
    connection is replaced. The first try after a loss comes within `first_wait_s`, then twice as late each time up to
    `longest_wait_s`, with jitter, so that many processes do not come back at the same moment. A connection that lived
    for `steady_s` ends a row of failures.
    """

    ping_s: float = 10.0
    silent: timedelta = timedelta(seconds=30)
    idle: timedelta = timedelta(minutes=30)
    open_s: float = 10.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    steady_s: float = 10.0
    show_s: float = 5.0
    finish_s: float = 3.0

    def wait_s(self, failures: int) -> float:
        """How long to wait after so many failures in a row."""
        most: float = min(self.longest_wait_s, self.first_wait_s * 2 ** min(failures, 16))
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


class CannotOpen(Exception):
    """No connection came about. `reason` is Slack's own word or what failed; `wait_s` what Slack asked for."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        """Keeps both."""
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


class SlackSocket:
    """Keeps one socket to Slack open for this process, for as long as it runs. Ten processes may each hold one."""

    def __init__(
        self, bolt: AsyncApp, *, store: Store, settings: SlackSettings, patience: Patience | None = None
    ) -> None:
        self.patience = patience or Patience()
        self._bolt = bolt
        self._clock = store.clock
        self._token = settings.app_token
        self._web = AsyncWebClient(base_url=settings.api_url, timeout=10, retry_handlers=[])
        self._light = SocketLight(store)
        self._link: Link | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether Slack can reach this process now."""
        return self._link is not None and not self._link.over.is_set()

    async def run(self, stop: asyncio.Event) -> None:
        """Stays connected until `stop` is set; then takes in what was begun and says goodbye."""
        tasks = [asyncio.create_task(work) for work in (self._stay_connected(), self._show())]
        try:
            await stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._link is not None:
                self._retire(self._link)
            await asyncio.gather(*self._retiring, return_exceptions=True)
            await self._light.stopped()
            LOG.info("Slack's socket is closed: Herald stops")

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            try:
                link = await self._open()
            except CannotOpen as problem:
                wait = max(self.patience.wait_s(failures), problem.wait_s)
                failures += 1
                if not self.connected:
                    shut_s = await self._light.shut(problem.reason)
                    LOG.warning(
                        "Slack's socket has been closed for %.0f s (%s); trying again in %.0f s",
                        shut_s,
                        problem.reason,
                        wait,
                    )
                await asyncio.sleep(wait)
                continue
            if self._link is not None:
                self._retire(self._link)
            self._link = link
            await self._light.opened()
            LOG.info("Slack's socket is open")
            begun = asyncio.get_running_loop().time()
            await _first(link.over, link.leaving)
            steady = link.useful or asyncio.get_running_loop().time() - begun >= self.patience.steady_s
            failures = 0 if steady else failures + 1
            LOG.info("Slack's socket has to be opened again (%s)", link.why)
            if link.over.is_set() or not steady:
                await asyncio.sleep(self.patience.wait_s(failures))

    async def _show(self) -> None:
        while True:
            await asyncio.sleep(self.patience.show_s)
            if self.connected:
                await self._light.keep()

    def _retire(self, link: Link) -> None:
        task = asyncio.create_task(link.finish(within_s=self.patience.finish_s))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _open(self) -> Link:
        """A connection that Slack has greeted. Raises CannotOpen."""
        link: Link | None = None
        try:
            async with asyncio.timeout(self.patience.open_s):
                answer = await self._web.apps_connections_open(app_token=self._token)
                link = await self._link_to(str(answer["url"]))
                await _first(link.ready, link.over, link.leaving)
            if link.ready.is_set() and not link.over.is_set():
                return link
            reason, wait_s = link.why, 0.0
        except SlackApiError as refused:
            reason, wait_s = _refusal(refused)
        except Exception as problem:  # whatever a network does: it is tried again
            reason, wait_s = f"Slack cannot be reached: {type(problem).__name__}", 0.0
        except BaseException:
            if link is not None:
                self._retire(link)
            raise
        if link is not None:
            self._retire(link)
        raise CannotOpen(reason, wait_s)

    async def _link_to(self, address: str) -> Link:
        session = ClientSession()
        try:
            ws = await session.ws_connect(
                address, autoping=False, proxy=self._web.proxy, timeout=ClientWSTimeout(ws_close=2.0)
            )
        except BaseException:
            await session.close()
            raise
        patience = self.patience
        return Link(
            ws,
            session,
            hear=self._hear,
            clock=self._clock,
            ping_s=patience.ping_s,
            silent=patience.silent,
            idle=patience.idle,
        )

    async def _hear(self, request: SocketModeRequest) -> SocketModeResponse | None:
        """The acknowledgement, after the commit; None when Slack shall send the envelope again."""
        if not has_the_shape(request.payload):
            LOG.warning("An envelope did not have the shape of Slack's")
            return SocketModeResponse(request.envelope_id)
        # Slack counts from 0, and Bolt's adapter would call the first delivery a retry.
        headers = {"x-slack-retry-num": str(request.retry_attempt)} if request.retry_attempt else {}
        try:
            heard = await self._bolt.async_dispatch(
                AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=dict(headers))
            )
        except Exception as problem:  # our listeners answer what they raise: this is Bolt reading
            LOG.warning("An envelope could not be told apart (%s)", type(problem).__name__)
            return SocketModeResponse(request.envelope_id)
        if heard.status >= 500:
            LOG.warning("An envelope was not taken in (%s); Slack sends it again", request.type)
            return None
        return SocketModeResponse(request.envelope_id, _payload(heard) if request.accepts_response_payload else None)


async def _first(*events: asyncio.Event) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _payload(heard: BoltResponse) -> dict[str, Any] | None:
    if heard.status != 200 or not heard.body:
        return None
    if heard.headers.get("content-type", [""])[0].startswith("application/json"):
        return dict(json.loads(heard.body))
    return {"text": heard.body}


def _refusal(refused: SlackApiError) -> tuple[str, float]:
    """Slack's own word, and how long it asks us to wait."""
    response: Any = refused.response
    body = getattr(response, "data", None)
    code = str(body.get("error") or "") if isinstance(body, dict) else ""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    headers = {name.lower(): value for name, value in (getattr(response, "headers", None) or {}).items()}
    wait = 0.0
    with suppress(ValueError):
        wait = min(max(float(str(headers.get("retry-after", ""))), 0.0), 300.0)
    return code or f"HTTP {status}", wait
