"""A stand-in workspace of four people, a clock that a test can move, and a tiny real Bolt app on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.serving import serving
from bot.demo.slack import Member, StandIn, Workspace, running_stand_in

SECRET = "signing-secret-of-the-stand-in"
ADA = Member("U0ADA", "Ada Practitioner", "ada@example.org", agency="Early years", job_title="Nursery worker")
BEN = Member("U0BEN", "Ben Manager", "ben@example.org", agency="Police")
GIL = Member("U0GIL", "Gil Guest", "gil@example.org", agency="Housing", guest=True)
LEE = Member("U0LEE", "Lee Leaver", "lee@example.org", agency="Health", deactivated=True)


class MovableClock:
    """Real seconds plus whatever a test adds, so signatures stay acceptable to the app."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class BoltApp:
    """The app under the stand-in: a real Bolt AsyncApp served over HTTP."""

    bolt: AsyncApp
    url: str


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def workspace(clock: MovableClock) -> Workspace:
    return Workspace([ADA, BEN, GIL, LEE], clock=clock)


@pytest.fixture
async def stand_in(workspace: Workspace) -> AsyncIterator[StandIn]:
    async with running_stand_in(workspace=workspace, signing_secret=SECRET) as running:
        yield running


@pytest.fixture
def client(stand_in: StandIn) -> AsyncWebClient:
    return AsyncWebClient(stand_in.bot_token, base_url=stand_in.api_url)


@pytest.fixture
async def app(stand_in: StandIn, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=stand_in.workspace.team.id, bot_token=stand_in.bot_token, bot_id="B0HERALD1"
        )

    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True, client=client)
    handler = AsyncSlackRequestHandler(bolt)
    site = FastAPI()

    @site.post("/slack/events")
    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async with serving(site) as url:
        stand_in.door.url = url
        yield bolt
