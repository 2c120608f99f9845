"""What the app's answer does to a person's screen, as Slack's client would do it."""

from __future__ import annotations

from typing import Any

from bot.demo.slack.chat import content_of
from bot.demo.slack.door import Delivery
from bot.demo.slack.records import Json, Member, OpenView, SlackRefusal
from bot.demo.slack.seen import parts_of, words_of
from bot.demo.slack.views import refuse_wrong
from bot.demo.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"
NO_RESPONSE = "The app did not respond. Try again in a moment."


def block_words(block: Json) -> str:
    """The words of one block."""
    return words_of([block])


def to_command(workspace: Workspace, member: Member, name: str, delivery: Delivery) -> None:
    """A slash command: an answer becomes a private message; failure becomes Slack's own notice."""
    if not delivery.ok:
        why = "operation_timeout" if delivery.trouble == "operation_timeout" else "dispatch_failed"
        _notice(workspace, member.id, f'{name} failed with the error "{why}". {NO_RESPONSE}')
        _complain(workspace, f"{name}: {delivery.trouble or f'HTTP {delivery.status}'}")
        return
    said = delivery.json() or ({"text": delivery.body} if delivery.body.strip() else {})
    if not said:
        return
    try:
        text, blocks = content_of(said)
    except SlackRefusal as refused:
        _notice(workspace, member.id, f'{name} failed with the error "{refused.code}"')
        _complain(workspace, f"{name}: {refused.code} {refused.messages}")
        return
    private = said.get("response_type", "ephemeral") == "ephemeral"
    author = workspace.app.bot_user
    workspace.messages.post(member.channel, author, text, blocks=blocks, only_for=member.id if private else "")


def to_action(workspace: Workspace, member: Member, delivery: Delivery) -> None:
    """A press or choice: the body is ignored; anything but 200 in three seconds is a warning."""
    if not delivery.ok:
        _notice(workspace, member.id, NO_RESPONSE)
        _complain(workspace, f"block_actions: {delivery.trouble or f'HTTP {delivery.status}'}")


def to_submission(workspace: Workspace, view: OpenView, delivery: Delivery) -> None:
    """A modal's answers: close it, show errors, redraw, push or clear. After a failure it stays, answers and all."""
    if not delivery.ok:
        _notice(workspace, view.member, TROUBLE)
        _complain(workspace, f"view_submission: {delivery.trouble or f'HTTP {delivery.status}'}")
        return
    if not delivery.body.strip():
        workspace.views.close(view)
        return
    try:
        _respond(workspace, view, delivery.json())
    except SlackRefusal as refused:
        _notice(workspace, view.member, TROUBLE)
        _complain(workspace, f"view_submission: {refused.code} {' '.join(refused.messages)}")


def _respond(workspace: Workspace, view: OpenView, said: Json) -> None:
    match said.get("response_action"):
        case "clear":
            workspace.views.close(view, everything=True)
        case "errors":
            view.errors = _errors(view, said.get("errors"))
            workspace.touch()
        case "update":
            refuse_wrong(said.get("view"), kind="modal")
            workspace.views.update(view, said["view"])
        case "push":
            refuse_wrong(said.get("view"), kind="modal")
            workspace.views.push(view.member, said["view"], onto=view.id)
        case other:
            raise SlackRefusal("invalid_response_action", messages=(f"response_action is {other!r}",))


def _errors(view: OpenView, said: Any) -> dict[str, str]:
    """Slack takes errors for input blocks that are in the view, and at least one of them."""
    questions = {part.block_id for part in parts_of(view.blocks) if part.is_input}
    if not isinstance(said, dict) or not said or not set(said) <= questions:
        raise SlackRefusal("invalid_errors", messages=(f"errors must name questions of the view, not {said!r}",))
    return {str(block): str(words) for block, words in said.items()}


def _notice(workspace: Workspace, member: str, words: str) -> None:
    workspace.notices[member].append(words)
    workspace.touch()


def _complain(workspace: Workspace, words: str) -> None:
    workspace.complain(words)
