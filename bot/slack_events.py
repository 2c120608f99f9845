"""`POST /slack/events`, answered before the layers and routes that pages need.

Slack's requests prove themselves and get no page, so they need no form guard, no cookies, and no search through a
hundred routes: those cost more than Bolt itself (decision 9). The headers of every answer are the same as elsewhere.
"""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from handlers.slack.door import SlackDoor
from handlers.slack.http import LARGEST_BYTES
from handlers.web import access
from handlers.web.bodies import TooLarge, TooSlow, read_body
from handlers.web.middleware import ALWAYS, HSTS

PATH = "/slack/events"


class SlackEvents:
    """The outermost layer of the site: hands what Slack posts to the Slack door, and everything else on."""

    def __init__(self, app: ASGIApp, *, door: SlackDoor, secure: bool) -> None:
        self._app = app
        self._door = door
        always = {**ALWAYS, "strict-transport-security": HSTS} if secure else ALWAYS
        self._always = [(name.encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH:
            answer = await self._answer(scope, receive)
            answer.raw_headers += self._always
            access.note(scope, answer.status_code)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        try:
            body = await read_body(receive, limit=LARGEST_BYTES)
        except TooLarge:
            return Response(status_code=413)
        except TooSlow:
            return Response(status_code=408)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        answered = await self._door.hear(headers=headers, body=body)
        return Response(answered.body, answered.status, dict(answered.headers))
