"""The Bolt app: a handful of listeners, then our own table from what was pressed to who answers it.

`process_before_response`: the answer leaves after the listener has committed (law 1), and a listener that fails is seen
by Slack, which sends an event again. Listeners are matched one after the other, so there are few of them
(reference/technology.md section 2).
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack import acts, answers, commands, home, opinions, talking, typing
from handlers.slack.context import SlackContext
from handlers.slack.errors import Handler, guarded
from handlers.slack.http import VERIFIED
from handlers.slack.inbound import Inbound, Where, read_command, read_event, read_interaction

LOG = logging.getLogger("herald.slack")
OURS = re.compile(r"^herald:")
ANYTHING = re.compile("")

PRESSES: dict[str, Handler] = {
    "act": acts.pressed,
    "word": commands.word_button,
    "back": talking.back,
    "change": talking.change,
    "say": typing.pressed,
    "prefer": home.prefer,
    "nudges": home.nudges,
    "opinion": opinions.pressed,
}
"""The second part of an action id, `herald:<this>`, and who answers it. Ids stand in messages and are never renamed."""

Body = Mapping[str, Any]
Listener = Callable[..., Awaitable[BoltResponse]]


def build_bolt(context: SlackContext) -> AsyncApp:
    """The Slack app of this installation. Nothing is asked of Slack before the first request comes in."""
    settings = context.settings.slack
    if settings is None:
        raise ValueError("Slack is not set up.")

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        # Our own, because Bolt would ask `auth.test` with the first requests, once for each that comes at once.
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=settings.bot_token)

    bolt = AsyncApp(
        name="herald",
        signing_secret=settings.signing_secret,
        authorize=authorize,
        before_authorize=Front(context),
        request_verification_enabled=False,  # `http.py` verifies the bytes themselves, by our own clock
        process_before_response=True,
        attaching_function_token_enabled=False,  # for steps of Slack workflows and assistants, which Herald has not
        attaching_conversation_kwargs_enabled=False,
        client=AsyncWebClient(base_url=context.slack.web.base_url),  # no token: Bolt itself asks Slack nothing
    )
    bolt.error(_failed)
    _listen(bolt, context)
    return bolt


class Front(AsyncMiddleware):
    """Lets nothing in over HTTP that did not come through `http.hear`, whoever mounts this app; answers forms at once.

    A form that is sent is what comes most. Choosing among listeners, and working out for each the twenty arguments that
    it might ask for, costs Bolt half of what storing the answer costs us (decision 9).
    """

    def __init__(self, context: SlackContext) -> None:
        """Keeps what answering a form needs."""
        self._context = context

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - Bolt names its arguments
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse | None:
        """One request: refused, answered, or handed on to the listeners."""
        if req.mode == "http" and not req.context.get(VERIFIED):
            return BoltResponse(status=401, body="")
        if req.body.get("type") == "view_submission" and _is_ours(req.body.get("view")):
            return await guarded(self._context, read_interaction(req.body, Where.SUBMISSION), talking.submitted)
        return await next()


def _is_ours(view: object) -> bool:
    return isinstance(view, Mapping) and OURS.match(str(view.get("callback_id") or "")) is not None


def _listen(bolt: AsyncApp, context: SlackContext) -> None:
    async def on_command(body: Body) -> BoltResponse:
        return await guarded(context, read_command(body), commands.command)

    async def on_press(body: Body) -> BoltResponse:
        return await guarded(context, read_interaction(body, Where.ACTION), _press)

    async def on_closed(body: Body) -> BoltResponse:
        return await guarded(context, read_interaction(body, Where.CLOSED), talking.closed)

    bolt.action(OURS)(on_press)
    bolt.command("/herald")(on_command)
    bolt.view_closed(OURS)(on_closed)
    bolt.event("message")(_on_event(context, Where.MESSAGE, typing.direct_message))
    bolt.event("app_home_opened")(_on_event(context, Where.HOME, home.opened))
    bolt.event(ANYTHING)(_heard)
    bolt.action(ANYTHING)(_heard)


def _on_event(context: SlackContext, where: Where, handler: Handler) -> Listener:
    async def on_event(body: Body, request: AsyncBoltRequest) -> BoltResponse:
        inbound = read_event(body, where, again="x-slack-retry-num" in request.headers)
        return answers.nothing() if inbound is None else await guarded(context, inbound, handler)

    return on_event


async def _press(context: SlackContext, inbound: Inbound) -> BoltResponse:
    verb = (*inbound.action_id.split(":"), "")[1]
    return await PRESSES.get(verb, acts.old_button)(context, inbound)


async def _failed(error: Exception) -> BoltResponse:
    """The last line of defence, around Bolt's own parts. Bolt would log what was in the request."""
    LOG.error("Bolt failed (%s)", type(error).__name__)
    return BoltResponse(status=500, body="")


async def _heard() -> BoltResponse:
    return answers.nothing()
