"""Puts the parts together: the store, the web door with Slack and health beside it, and the background work."""

import asyncio
import contextlib
import hmac
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot import health
from bot.clock import Clock, system_clock
from bot.opening import store_for
from bot.rendering.slack_limits import MESSAGES_PER_SECOND
from bot.settings import Settings
from bot.slack_events import PATH, SlackEvents
from digests.outbox import DrainSettings
from digests.timetable import Tools
from digests.worker import TickResult, run_worker, tick_once
from handlers.slack.door import SlackDoor, build_door
from handlers.slack.socket import Patience, SlackSocket
from handlers.web.context import WebContext
from handlers.web.site import build_site
from storage.unit_of_work import Store

FORWARDED = ("forwarded", "x-forwarded-for")
NOT_HERE = (
    "Slack reaches this Herald by Socket Mode. To be reached at this address too, set HERALD_SLACK_SIGNING_SECRET.\n"
)
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Herald:
    """A whole installation in one process, not started yet."""

    settings: Settings
    store: Store
    site: FastAPI
    slack: SlackDoor | None
    tools: Tools
    patience: Patience = field(default_factory=Patience)
    slack_per_second: float = MESSAGES_PER_SECOND

    @property
    def drain(self) -> DrainSettings:
        """What the background work is told."""
        settings = self.settings
        return DrainSettings(
            settings.base_url,
            settings.mail,
            settings.state_dir,
            host=socket.gethostname(),
            slack_per_second=self.slack_per_second,
        )

    async def work(self, stop: asyncio.Event) -> None:
        """Does the background work until `stop` is set, then ends within ten seconds."""
        await run_worker(self.store, self.drain, tools=self.tools, stop=stop)

    async def tick(self) -> TickResult:
        """Does once everything that is due now."""
        return await tick_once(self.store, self.drain, tools=self.tools)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """While Herald serves: keeps a socket to Slack open where an app token asks for Socket Mode.

        Slack may be away meanwhile, at the start too: everything else is served all the same.
        """
        slack = self.settings.slack
        if self.slack is None or slack is None or not slack.app_token:
            yield
            return
        stop = asyncio.Event()
        socket_mode = SlackSocket(self.slack.bolt, store=self.store, settings=slack, patience=self.patience)
        running = asyncio.create_task(socket_mode.run(stop))
        try:
            yield
        finally:
            stop.set()
            await running

    async def close(self) -> None:
        """Lets running work end, then lets go of everything."""
        if self.slack is not None:
            await self.slack.close()
        await self.store.close()


def build(settings: Settings, *, clock: Clock = system_clock, csrf_exempt: tuple[str, ...] = ()) -> Herald:
    """Puts an installation together. Nothing is opened or sent before it is served.

    `csrf_exempt` are the paths of other doors that will be mounted on the site (the demo's stand-in Slack).
    """
    store = store_for(settings, clock=clock)
    site = build_site(WebContext(store, settings, csrf_exempt))
    slack = build_door(store, settings) if settings.slack is not None else None
    if slack is not None and settings.slack is not None and settings.slack.signing_secret:
        add_slack(site, slack, secure=settings.base_url.startswith("https://"))
    elif slack is not None:
        add_no_address(site)
    add_health(site, store=store, metrics_token=settings.metrics_token)
    return Herald(settings, store, site, slack, Tools(slack=messenger(settings), alarm_webhook=settings.alarm_webhook))


def messenger(settings: Settings) -> AsyncWebClient | None:
    """The client that sends messages to Slack; None where Slack is not set up. The drain does its own retrying."""
    if settings.slack is None:
        return None
    return AsyncWebClient(token=settings.slack.bot_token, base_url=settings.slack.api_url, retry_handlers=[])


def add_slack(site: FastAPI, door: SlackDoor, *, secure: bool) -> None:
    """Adds `POST /slack/events`. Only with a signing secret: without one anybody could sign."""
    site.add_middleware(SlackEvents, door=door, secure=secure)  # added last, so it is outermost


def add_no_address(site: FastAPI) -> None:
    """Says kindly, to whoever tries it in Slack's settings, why nothing is heard there with Socket Mode alone."""

    async def not_here() -> Response:
        return PlainTextResponse(NOT_HERE, status_code=404)

    site.add_api_route(PATH, not_here, methods=["POST"], include_in_schema=False)


def add_health(site: FastAPI, *, store: Store, metrics_token: str) -> None:
    """Adds `/health/*` and `/metrics` beside the pages: for supervisors, so without a session."""

    async def live() -> Response:
        return JSONResponse({"status": "ok"})

    async def metrics(request: Request) -> Response:
        if not may_read_metrics(request, token=metrics_token):
            refusal = "Only this machine may read this, or whoever sends HERALD_METRICS_TOKEN as a bearer token.\n"
            return PlainTextResponse(refusal, status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return PlainTextResponse(await health.metrics(store), media_type=METRICS_TYPE)

    def checked(check: Callable[[Store], Awaitable[health.Health]]) -> Callable[[], Awaitable[Response]]:
        async def answer() -> Response:
            found = await check(store)
            return JSONResponse(found.body(), status_code=200 if found.well else 503)

        return answer

    site.add_api_route("/health/live", live, include_in_schema=False)
    site.add_api_route("/health/ready", checked(health.readiness), include_in_schema=False)
    site.add_api_route("/health/worker", checked(health.worker_health), include_in_schema=False)
    site.add_api_route("/metrics", metrics, include_in_schema=False)


def may_read_metrics(request: Request, *, token: str) -> bool:
    """Whether the caller holds the token, or is on this machine itself.

    A request with a forwarding header came through a proxy, so that its address says nothing about who asks.
    """
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    if any(name in request.headers for name in FORWARDED) or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
