"""Which blocks and elements Herald may draw in Slack, and which keys each one knows.

The tables are data: `slack_limits` reads them. A real Slack block that is not listed here is refused on purpose,
because neither the renderer nor the stand-in Slack draws it.
Sources: docs.slack.dev reference/block-kit/blocks and reference/block-kit/block-elements (the columns "Blocks" and
"Surfaces"); slack_sdk 3.47 models for the keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Surface = Literal["message", "modal", "home"]

ALL: frozenset[Surface] = frozenset({"message", "modal", "home"})
MODAL: frozenset[Surface] = frozenset({"modal"})


@dataclass(frozen=True)
class BlockKind:
    """The keys of one block type besides `type` and `block_id`, and the surfaces that take it."""

    needs: frozenset[str]
    may: frozenset[str] = frozenset()
    surfaces: frozenset[Surface] = ALL


@dataclass(frozen=True)
class ElementKind:
    """The keys of one element type besides `type` and `action_id`, the blocks it may sit in, and the surfaces."""

    needs: frozenset[str]
    may: frozenset[str]
    blocks: frozenset[str]
    surfaces: frozenset[Surface] = ALL


def _keys(words: str) -> frozenset[str]:
    return frozenset(words.split())


BLOCKS: dict[str, BlockKind] = {
    "actions": BlockKind(_keys("elements")),
    "context": BlockKind(_keys("elements")),
    "divider": BlockKind(frozenset()),
    "header": BlockKind(_keys("text")),
    "image": BlockKind(_keys("image_url alt_text"), _keys("title")),
    "input": BlockKind(_keys("label element"), _keys("hint optional dispatch_action")),
    "markdown": BlockKind(_keys("text"), surfaces=frozenset({"message"})),
    "rich_text": BlockKind(_keys("elements")),
    "section": BlockKind(frozenset(), _keys("text fields accessory expand")),
}

_EVERYWHERE = _keys("section actions input")
_MENU = _keys("placeholder confirm focus_on_load")
_TYPED = _keys("placeholder focus_on_load dispatch_action_config initial_value")

# Multi-selects are kept out of `actions`: Slack's pages disagree about it, so the careful reading holds.
ELEMENTS: dict[str, ElementKind] = {
    "button": ElementKind(
        _keys("text"), _keys("url value style confirm accessibility_label"), _keys("section actions")
    ),
    "checkboxes": ElementKind(_keys("options"), _keys("initial_options confirm focus_on_load"), _EVERYWHERE),
    "datepicker": ElementKind(frozenset(), _MENU | {"initial_date"}, _EVERYWHERE),
    "email_text_input": ElementKind(frozenset(), _TYPED, _keys("input"), MODAL),
    "image": ElementKind(_keys("image_url alt_text"), frozenset(), _keys("section context")),
    "multi_static_select": ElementKind(
        frozenset(), _MENU | _keys("options option_groups initial_options max_selected_items"), _keys("section input")
    ),
    "number_input": ElementKind(
        _keys("is_decimal_allowed"), _TYPED | _keys("min_value max_value"), _keys("input"), MODAL
    ),
    "overflow": ElementKind(_keys("options"), _keys("confirm"), _keys("section actions")),
    "plain_text_input": ElementKind(frozenset(), _TYPED | _keys("multiline min_length max_length"), _keys("input")),
    "radio_buttons": ElementKind(_keys("options"), _keys("initial_option confirm focus_on_load"), _EVERYWHERE),
    "static_select": ElementKind(frozenset(), _MENU | _keys("options option_groups initial_option"), _EVERYWHERE),
    "timepicker": ElementKind(frozenset(), _MENU | _keys("initial_time timezone"), _EVERYWHERE),
    "url_text_input": ElementKind(frozenset(), _TYPED, _keys("input"), MODAL),
}

VIEW_KEYS: dict[str, frozenset[str]] = {
    "modal": _keys(
        "type title blocks submit close private_metadata callback_id external_id clear_on_close notify_on_close "
        "submit_disabled"
    ),
    "home": _keys("type blocks private_metadata callback_id external_id"),
}
