"""The two questions everyone asks: would Slack take this message, would Slack take this view?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.models.views import View

from bot.rendering.slack_limits import numbers
from bot.rendering.slack_limits.blocks import message_characters, problems_in_blocks
from bot.rendering.slack_limits.parts import Json, Problem, keys, second_opinion, string, text
from bot.rendering.slack_limits.vocabulary import VIEW_KEYS, Surface


def check_message(text: str, blocks: Sequence[Json] | None) -> list[str]:
    """What is wrong with this message, one sentence each; empty when Slack takes it and everyone can read it.

    `text` is what a notification and a screen reader say, so it may not be empty even when there are blocks.
    """
    found: list[Problem] = []
    if not text.strip():
        found.append(Problem("/text", "is empty; notifications and screen readers would have nothing to say"))
    if len(text) > numbers.TEXT_TRUNCATED:
        found.append(Problem("/text", f"has {len(text)} characters; Slack cuts it at {numbers.TEXT_TRUNCATED}"))
    total = message_characters(blocks or ())
    if total > numbers.MESSAGE_CHARACTERS:
        most = numbers.MESSAGE_CHARACTERS
        found.append(Problem("/blocks", f"hold {total} characters in all; at most {most} are safe"))
    found += problems_in_blocks(blocks or (), "message")
    return [str(problem) for problem in found]


def check_view(view: Json) -> list[str]:
    """What is wrong with this modal or App Home view, one sentence each; empty when Slack takes it."""
    return [str(problem) for problem in problems_in_view(view)]


def view_bytes(view: Json) -> int:
    """The size of the view as it travels, in bytes of compact JSON."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


def problems_in_view(view: Json) -> list[Problem]:
    """As `check_view`, with a JSON pointer from `/view` for each problem."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [Problem("/view/type", f"is {kind!r}; a view is a modal or a home")]
    surface: Surface = "modal" if kind == "modal" else "home"
    found = list(keys(view, "/view", needs=frozenset({"type", "blocks"}), may=VIEW_KEYS[surface]))
    if surface == "modal":
        found += _modal_frame(view)
    for key, most in (
        ("private_metadata", numbers.PRIVATE_METADATA),
        ("callback_id", numbers.IDENTIFIER),
        ("external_id", numbers.IDENTIFIER),
    ):
        found += string(view.get(key), f"/view/{key}", most)
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not blocks:
        return [*found, Problem("/view/blocks", "is missing or empty; a view needs at least one block")]
    if view_bytes(view) > numbers.VIEW_BYTES:
        found.append(Problem("/view", f"is {view_bytes(view)} bytes; Slack takes {numbers.VIEW_BYTES}"))
    found += [Problem(f"/view{p.pointer}", p.words) for p in problems_in_blocks(blocks, surface)]
    return found or second_opinion(lambda: View(**view).validate_json(), "/view")


def _modal_frame(view: Json) -> Iterator[Problem]:
    if view.get("title") is None:
        yield Problem("/view/title", "is missing; every modal has a title")
    for key, most in (
        ("title", numbers.MODAL_TITLE),
        ("submit", numbers.MODAL_BUTTON),
        ("close", numbers.MODAL_BUTTON),
    ):
        if view.get(key) is not None:
            yield from text(view[key], f"/view/{key}", most, plain=True)
    asks = any(isinstance(b, Mapping) and b.get("type") == "input" for b in view.get("blocks") or ())
    if asks and view.get("submit") is None:
        yield Problem("/view/submit", "is missing; a modal with questions needs a button to send the answers")
