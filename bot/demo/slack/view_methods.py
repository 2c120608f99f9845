"""The Web API's views methods: modals and App Home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.demo.slack.records import Json, OpenView, SlackRefusal
from bot.demo.slack.views import refuse_wrong
from bot.demo.slack.workspace import Workspace

Arguments = Mapping[str, Any]


def open_view(workspace: Workspace, given: Arguments) -> Json:
    """views.open: a new modal for whoever caused the trigger, three seconds long."""
    refuse_wrong(given.get("view"), kind="modal")
    trigger = workspace.triggers.exchange(str(given.get("trigger_id", "")))
    return _answer(workspace, workspace.views.open(trigger.member, given["view"], onto=trigger.view))


def push_view(workspace: Workspace, given: Arguments) -> Json:
    """views.push: on top of the modal in which the trigger was caused."""
    refuse_wrong(given.get("view"), kind="modal")
    trigger = workspace.triggers.exchange(str(given.get("trigger_id", "")))
    return _answer(workspace, workspace.views.push(trigger.member, given["view"], onto=trigger.view))


def update_view(workspace: Workspace, given: Arguments) -> Json:
    """views.update by `view_id` or `external_id`, guarded by `hash` when one is given."""
    if not given.get("view_id") and not given.get("external_id"):
        raise SlackRefusal("invalid_arguments", messages=("[ERROR] missing required field: view_id",))
    view = workspace.views.find(str(given.get("view_id") or ""), external_id=str(given.get("external_id") or ""))
    refuse_wrong(given.get("view"), kind=str(view.definition["type"]))
    return _answer(workspace, workspace.views.update(view, given["view"], if_hash=str(given.get("hash") or "")))


def publish_view(workspace: Workspace, given: Arguments) -> Json:
    """views.publish: somebody's App Home."""
    refuse_wrong(given.get("view"), kind="home")
    member = workspace.member(str(given.get("user_id", "")))
    held = str(given.get("hash") or "")
    return _answer(workspace, workspace.views.publish(member.id, given["view"], if_hash=held))


def _answer(workspace: Workspace, view: OpenView) -> Json:
    return {"view": view_json(workspace, view)}


def view_json(workspace: Workspace, view: OpenView) -> Json:
    """A view as it appears in answers and payloads of this workspace."""
    app = workspace.app
    return workspace.views.json(view, team=workspace.team.id, app=app.id, bot=app.bot_id)
