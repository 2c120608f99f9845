"""What Slack is told in the answer to a request: a line, a form redrawn, errors beside its boxes, or nothing."""

from collections.abc import Mapping

from slack_bolt.response import BoltResponse

from bot.rendering.slack_blocks import Blocks, Json, escape

PRIVATE = "ephemeral"


def nothing() -> BoltResponse:
    """Heard; a form that was sent closes."""
    return BoltResponse(status=200, body="")


def line(text: str, blocks: Blocks | None = None) -> BoltResponse:
    """The answer to a slash command, for this person only. `text` is what a screen reader says."""
    body: Json = {"response_type": PRIVATE, "text": escape(text)}
    if blocks:
        body["blocks"] = blocks
    return BoltResponse(status=200, body=body)


def redraw(view: Json) -> BoltResponse:
    """The form shows something else now."""
    return BoltResponse(status=200, body={"response_action": "update", "view": view})


def on_top(view: Json) -> BoltResponse:
    """Something stands on top of the form, which stays as it is below."""
    return BoltResponse(status=200, body={"response_action": "push", "view": view})


def errors(said: Mapping[str, str]) -> BoltResponse:
    """The form stays as it is, with words beside its boxes."""
    return BoltResponse(status=200, body={"response_action": "errors", "errors": dict(said)})


def send_again() -> BoltResponse:
    """Not taken in: Slack sends an event that is answered so up to three times more."""
    return BoltResponse(status=503, body="")
