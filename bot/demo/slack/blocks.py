"""Blocks as Slack hands them back: every block and element with an id, text objects with their defaults."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.rendering.slack_limits.blocks import interactive

Json = dict[str, Any]


def as_stored(blocks: Iterable[Mapping[str, Any]], new_id: Callable[[], str]) -> list[Json]:
    """A deep copy with the ids and defaults that Slack adds; an app that compares exact dicts finds out here."""
    stored = [_with_defaults(copy.deepcopy(dict(block))) for block in blocks]
    for block in stored:
        block.setdefault("block_id", new_id())
        for element in interactive(block):
            if isinstance(element, dict):
                element.setdefault("action_id", new_id())
    return stored


def _with_defaults(thing: Any) -> Any:
    if isinstance(thing, dict):
        if thing.get("type") == "plain_text" and "text" in thing:
            thing.setdefault("emoji", True)
        elif thing.get("type") == "mrkdwn" and "text" in thing:
            thing.setdefault("verbatim", False)
        return {key: _with_defaults(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_with_defaults(value) for value in thing]
    return thing
