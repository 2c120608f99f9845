"""The Slack door as the shell sees it: one thing to make, one thing to give requests to, one thing to close.

door = build_door(store, settings)

@site.post("/slack/events")
async def slack_events(request: Request) -> Response:
    answered = await door.hear(headers=dict(request.headers), body=await request.body())
    return Response(answered.body, answered.status, dict(answered.headers))
"""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt.app.async_app import AsyncApp

from bot.settings import Settings
from handlers.slack.app import build_bolt
from handlers.slack.context import SlackContext, slack_context
from handlers.slack.http import Answered, Verifier, hear
from storage.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class SlackDoor:
    """Everything that comes from Slack comes in here. `bolt` is there for Socket Mode, which needs no signatures."""

    context: SlackContext
    bolt: AsyncApp
    verifier: Verifier

    async def hear(self, *, headers: Mapping[str, str], body: bytes) -> Answered:
        """Answers one `POST /slack/events`; it never raises."""
        return await hear(self.bolt, self.verifier, headers=headers, body=body)

    async def close(self) -> None:
        """Lets running work end."""
        await self.context.close()


def build_door(store: Store, settings: Settings) -> SlackDoor:
    """The Slack door of an installation. Raises ValueError when Slack is not set up."""
    context = slack_context(store, settings)
    if settings.slack is None:
        raise ValueError("Slack is not set up.")
    verifier = Verifier(settings.slack.signing_secret, clock=store.clock)
    return SlackDoor(context, build_bolt(context), verifier)
