"""Modals and App Home: a stack of at most three modal views per person, and one home view each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.demo.slack import state
from bot.demo.slack.blocks import as_stored
from bot.demo.slack.records import Clock, Json, OpenView, SlackRefusal
from bot.rendering.slack_limits import numbers, problems_in_view, view_bytes


def refuse_wrong(view: Any, *, kind: str) -> None:
    """Raises SlackRefusal as Slack does: `view_too_large`, or `invalid_arguments` with a message per problem."""
    if not isinstance(view, Mapping):
        raise SlackRefusal("invalid_arguments", messages=("[ERROR] missing required field: view",))
    if view_bytes(view) > numbers.VIEW_BYTES:
        raise SlackRefusal("view_too_large")
    problems = problems_in_view(view)
    if not problems and view["type"] != kind:
        raise SlackRefusal(
            "invalid_arguments", messages=(f"[ERROR] a {kind} view is wanted [json-pointer:/view/type]",)
        )
    if problems:
        each = tuple(f"[ERROR] {p.words} [json-pointer:{p.pointer}]" for p in problems)
        raise SlackRefusal("invalid_arguments", messages=each)


@dataclass
class ViewBook:
    """Everybody's modals and home views. `changed` is called whenever a screen looks different."""

    clock: Clock
    new_id: Callable[[], str]
    changed: Callable[[], None]
    stacks: dict[str, list[OpenView]] = field(default_factory=dict)
    homes: dict[str, OpenView] = field(default_factory=dict)

    def top(self, member: str) -> OpenView | None:
        """The modal view in front of this person."""
        stack = self.stacks.get(member)
        return stack[-1] if stack else None

    def open(self, member: str, definition: Mapping[str, Any], *, onto: str = "") -> OpenView:
        """A new modal; pushed when the trigger came from inside the modal `onto`, else it replaces what was open.

        Raises SlackRefusal `push_limit_reached` or `duplicate_external_id`.
        """
        stack = self.stacks.get(member, []) if onto and self._is_open(member, onto) else []
        if len(stack) >= numbers.MODAL_STACK:
            raise SlackRefusal("push_limit_reached")
        self._refuse_duplicate(definition)
        view = self._new(member, definition)
        if stack:
            view.root, view.previous = stack[0].root, stack[-1].id
        self.stacks[member] = [*stack, view]
        self.changed()
        return view

    def push(self, member: str, definition: Mapping[str, Any], *, onto: str) -> OpenView:
        """A view on top of an open modal. Raises SlackRefusal `not_found` when that modal is no longer open."""
        if not onto or not self._is_open(member, onto):
            raise SlackRefusal("not_found")
        return self.open(member, definition, onto=onto)

    def find(self, view_id: str = "", *, external_id: str = "") -> OpenView:
        """Raises SlackRefusal `not_found`."""
        for view in self._all():
            if view_id and view.id == view_id:
                return view
            if external_id and view.definition.get("external_id") == external_id:
                return view
        raise SlackRefusal("not_found")

    def update(self, view: OpenView, definition: Mapping[str, Any], *, if_hash: str = "") -> OpenView:
        """Redraws a view; answers whose block and action are still there are kept. Raises `hash_conflict`."""
        if if_hash and if_hash != view.hash:
            raise SlackRefusal("hash_conflict")
        self._refuse_duplicate(definition, besides=view)
        fresh = self._stored(definition)
        view.typed = state.kept(view.typed, fresh["blocks"])
        view.definition, view.errors, view.hash = fresh, {}, self._hash()
        self.changed()
        return view

    def publish(self, member: str, definition: Mapping[str, Any], *, if_hash: str = "") -> OpenView:
        """Sets somebody's App Home. Raises `hash_conflict`."""
        held = self.homes.get(member)
        if held is not None:
            return self.update(held, definition, if_hash=if_hash)
        self._refuse_duplicate(definition)
        self.homes[member] = self._new(member, definition)
        self.changed()
        return self.homes[member]

    def close(self, view: OpenView, *, everything: bool = False) -> None:
        """Takes one view from the screen, or the whole stack."""
        stack = self.stacks.get(view.member, [])
        clear = everything or bool(view.definition.get("clear_on_close"))
        self.stacks[view.member] = [] if clear else [held for held in stack if held.id != view.id]
        self.changed()

    def json(self, view: OpenView, *, team: str, app: str, bot: str) -> Json:
        """A view as Slack sends it: the definition plus ids, hash and what has been typed."""
        frame: Json = {
            "id": view.id,
            "team_id": team,
            "type": view.definition["type"],
            "blocks": list(view.blocks),
            "private_metadata": view.private_metadata,
            "callback_id": view.callback_id,
            "state": {"values": state.values(view.blocks, view.typed)},
            "hash": view.hash,
            "title": view.definition.get("title"),
            "clear_on_close": bool(view.definition.get("clear_on_close")),
            "notify_on_close": bool(view.definition.get("notify_on_close")),
            "close": view.definition.get("close"),
            "submit": view.definition.get("submit"),
            "previous_view_id": view.previous or None,
            "root_view_id": view.root,
            "app_id": app,
            "external_id": view.definition.get("external_id", ""),
            "app_installed_team_id": team,
            "bot_id": bot,
        }
        return frame

    def _new(self, member: str, definition: Mapping[str, Any]) -> OpenView:
        name = f"V{secrets.token_hex(5).upper()}"
        return OpenView(name, member, self._stored(definition), self._hash(), root=name)

    def _stored(self, definition: Mapping[str, Any]) -> Json:
        return {**definition, "blocks": as_stored(definition["blocks"], self.new_id)}

    def _hash(self) -> str:
        return f"{int(self.clock().timestamp())}.{secrets.token_hex(4)}"

    def _all(self) -> list[OpenView]:
        return [*(view for stack in self.stacks.values() for view in stack), *self.homes.values()]

    def _is_open(self, member: str, view_id: str) -> bool:
        return any(view.id == view_id for view in self.stacks.get(member, []))

    def _refuse_duplicate(self, definition: Mapping[str, Any], *, besides: OpenView | None = None) -> None:
        name = definition.get("external_id")
        if name and any(v.definition.get("external_id") == name for v in self._all() if v is not besides):
            raise SlackRefusal("duplicate_external_id")
