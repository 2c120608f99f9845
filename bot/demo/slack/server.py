"""The stand-in Slack as one web application: mounted in the demo's site, or alone on a free port for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from bot.clock import Clock
from bot.demo.serving import address, listener, serving
from bot.demo.slack.door import AppDoor
from bot.demo.slack.page import add_page
from bot.demo.slack.person import SlackPerson
from bot.demo.slack.sockets import SocketHub
from bot.demo.slack.web_api import web_api
from bot.demo.slack.workspace import Workspace


@dataclass(frozen=True)
class StandIn:
    """A running stand-in: where the app finds the Web API, and people to drive it with."""

    workspace: Workspace
    door: AppDoor
    url: str

    @property
    def api_url(self) -> str:
        """What the app's HERALD_SLACK_API_URL is set to; slack_sdk's `base_url`."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The token that the Web API accepts."""
        return self.workspace.app.bot_token

    @property
    def app_token(self) -> str:
        """The token with which the app may open sockets."""
        return self.workspace.app.app_token

    @property
    def sockets(self) -> SocketHub:
        """The app's sockets, and what can happen to them."""
        return self.workspace.sockets

    def person(self, name: str) -> SlackPerson:
        """Somebody by member id or e-mail. Raises SlackRefusal `user_not_found`."""
        return SlackPerson(self.workspace, name, door=self.door)


def build_stand_in(
    *,
    workspace: Workspace,
    app_url: str,
    signing_secret: str,
    clock: Clock | None = None,
    door: AppDoor | None = None,
) -> FastAPI:
    """The stand-in as an application: `/api/{method}`, `/response/{key}` and the page at `/`.

    `app_url` is the base address of Herald's site; payloads go to its `/slack/events`. Signatures carry the time of
    `clock` (the workspace's when left out). Set `workspace.base_url` to where this application is reached, for
    `response_url`. Give `door` instead when the app's address changes later.
    """
    door = door or AppDoor(app_url, signing_secret, clock or workspace.clock)
    app = FastAPI(title="Stand-in Slack", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(web_api(workspace))
    add_page(app, workspace, door)
    return app


@asynccontextmanager
async def running_stand_in(
    *, workspace: Workspace, app_url: str = "", signing_secret: str, clock: Clock | None = None
) -> AsyncIterator[StandIn]:
    """Serves the stand-in on a free loopback port, Socket Mode included.

    Set `.door.url` once the app under test has an address, or let it open a socket.
    """
    door = AppDoor(app_url, signing_secret, clock or workspace.clock, sockets=workspace.sockets)
    app = build_stand_in(workspace=workspace, app_url=app_url, signing_secret=signing_secret, door=door)
    bound = listener()
    workspace.base_url = address(bound)
    async with serving(app, on=bound), workspace.sockets.serving():
        yield StandIn(workspace, door, workspace.base_url)
