"""The few calls that the Slack door makes itself: answers to a person who is waiting. Messages go by the outbox.

Each call has a limit in seconds, because Slack waits three for our answer. Nothing is retried here: the person is
still looking, and what they wrote is already stored.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.rendering.slack_blocks import Json
from bot.settings import SlackSettings

LOG = logging.getLogger("herald.slack")
ASKING_S = 1.0  # users.info comes before a form is opened, whose trigger lives three seconds
SHOWING_S = 1.5
SILENT = "no_answer"
UNREACHABLE = "unreachable"


class SlackSaysNo(Exception):
    """Slack refused a call or did not answer in time; `code` is Slack's own, or `no_answer`, or `unreachable`."""

    def __init__(self, code: str) -> None:
        """Keeps the code."""
        super().__init__(code)
        self.code = code


class SlackClient:
    """Slack's Web API as far as the door needs it."""

    def __init__(self, settings: SlackSettings) -> None:
        self.web = AsyncWebClient(
            token=settings.bot_token, base_url=_with_slash(settings.api_url), timeout=2, retry_handlers=[]
        )

    async def open_view(self, trigger_id: str, view: Json) -> None:
        """Shows a form to whoever caused the trigger. Raises SlackSaysNo, `expired_trigger_id` for one."""
        await _within(SHOWING_S, "views.open", self.web.views_open(trigger_id=trigger_id, view=view))

    async def update_view(self, view_id: str, view: Json, *, seen: str) -> None:
        """Redraws an open form unless it changed since it was `seen` (its hash). Raises SlackSaysNo."""
        call = self.web.views_update(view_id=view_id, hash=seen or None, view=view)
        await _within(SHOWING_S, "views.update", call)

    async def publish_home(self, slack_id: str, view: Json) -> None:
        """Sets somebody's App Home. Raises SlackSaysNo."""
        await _within(SHOWING_S, "views.publish", self.web.views_publish(user_id=slack_id, view=view))

    async def whisper(self, channel: str, slack_id: str, text: str) -> None:
        """Shows one person a line that is not kept, when nothing could be stored. Raises SlackSaysNo."""
        call = self.web.chat_postEphemeral(channel=channel, user=slack_id, text=text)
        await _within(SHOWING_S, "chat.postEphemeral", call)

    async def profile(self, slack_id: str) -> Json:
        """Who somebody is. Raises SlackSaysNo."""
        answered = await _within(ASKING_S, "users.info", self.web.users_info(user=slack_id))
        user = answered.get("user")
        return user if isinstance(user, dict) else {}


async def _within(seconds: float, method: str, call: Awaitable[Any]) -> Any:
    try:
        async with asyncio.timeout(seconds):
            return await call
    except SlackApiError as refused:
        code = _code(refused)
    except SlackRequestError:
        code = UNREACHABLE
    except TimeoutError:
        code = SILENT
    except (ClientError, OSError, ValueError):
        code = UNREACHABLE
    LOG.warning("Slack did not take %s: %s", method, code)
    raise SlackSaysNo(code)


def _code(refused: SlackApiError) -> str:
    """Slack's own word for it; a server error has no JSON to take it from."""
    data: object = getattr(refused.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return str(code or UNREACHABLE)


def _with_slash(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"
