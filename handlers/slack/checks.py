"""Whether Slack lets this installation in: asked by `herald doctor`, of Slack itself."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SlackSettings

ASKED_FOR_S = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What Slack said to one token; `remedy` where it is not good. Not `reached`: nobody knows about the token."""

    name: str
    good: bool
    found: str
    remedy: str = ""
    reached: bool = True


async def ask_slack(settings: SlackSettings, *, scopes: Collection[str]) -> list[Found]:
    """One line for each token. It never raises; `scopes` are those that the manifest asks for."""
    web = AsyncWebClient(base_url=settings.api_url, timeout=ASKED_FOR_S, retry_handlers=[])
    found = [await _bot(web, settings.bot_token, scopes)]
    if settings.app_token:
        found.append(await _app(web, settings.app_token))
    return found


async def _bot(web: AsyncWebClient, token: str, scopes: Collection[str]) -> Found:
    name = "Slack bot token"
    try:
        answer = await web.auth_test(token=token)
    except (SlackClientError, ClientError, OSError, TimeoutError) as problem:
        return _refused(name, problem, "Install the app again and set HERALD_SLACK_BOT_TOKEN anew.")
    granted = {one.strip() for one in str(answer.headers.get("x-oauth-scopes") or "").split(",")}
    missing = sorted(set(scopes) - granted) if granted != {""} else []
    if missing:
        remedy = "Print the app again (herald slack manifest), update it in Slack, and install it again."
        return Found(name, False, f"scopes are missing: {', '.join(missing)}", remedy)
    return Found(name, True, f"let into the workspace {answer.get('team')}")


async def _app(web: AsyncWebClient, token: str) -> Found:
    name = "Slack app token"
    try:
        await web.apps_connections_open(app_token=token)
    except (SlackClientError, ClientError, OSError, TimeoutError) as problem:
        return _refused(name, problem, "Make an app-level token with connections:write, and turn Socket Mode on.")
    return Found(name, True, "Socket Mode: a connection may be opened")


def _refused(name: str, problem: Exception, remedy: str) -> Found:
    if isinstance(problem, SlackApiError):
        response: Any = problem.response
        body = getattr(response, "data", None)
        code = body.get("error") if isinstance(body, dict) else None
        return Found(name, False, f"Slack says no ({code or 'an error of its own'})", remedy)
    away = "Check that a firewall lets this machine out to slack.com, or set HTTPS_PROXY."
    return Found(name, False, f"Slack cannot be reached ({type(problem).__name__})", away, reached=False)
