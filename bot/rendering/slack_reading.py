"""What a modal hands back, read into the raw answers that every surface gives to the one answer reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.reading import Raw
from bot.rendering.slack import REMOVE
from bot.rendering.slack_fields import ANSWER_OR_KEEP
from bot.rules.storable import storable


class BrokenView(ValueError):
    """A view that was not drawn by this Herald: nothing in it can be trusted to mean anything."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in: which talk, at which revision, at which step, and what stands in the boxes.

    `keep` are questions whose stored answer was not shown: an empty box leaves them as they are.
    """

    conversation_id: str
    revision: int
    step: str
    raw: Mapping[str, Raw] = field(default_factory=dict)
    remove: bool = False
    keep: frozenset[str] = frozenset()


def read_submission(view: Mapping[str, Any]) -> Submission:
    """Reads `private_metadata` and `state.values`. Raises BrokenView."""
    try:
        return _read(view)
    except (AttributeError, KeyError, TypeError) as problem:
        raise BrokenView("This form does not have the shape of Slack's.") from problem


def _read(view: Mapping[str, Any]) -> Submission:
    conversation_id, revision, step = _place(str(view.get("private_metadata") or ""))
    raw: dict[str, Raw] = {}
    keep: set[str] = set()
    remove = False
    for block, element, state in _states(view):
        if block.startswith(f"{REMOVE}:"):
            remove = bool(_value(state))
            continue
        question = block.rpartition(":")[0]
        raw[question] = _value(state)
        if element == ANSWER_OR_KEEP:
            keep.add(question)
    return Submission(conversation_id, revision, step, raw, remove, frozenset(keep))


def input_blocks(view: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the boxes in a view, from top to bottom: Slack takes errors for these and no others."""
    blocks = view.get("blocks")
    found = [block for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, list) else []
    return tuple(str(block["block_id"]) for block in found if block.get("type") == "input" and block.get("block_id"))


def _place(metadata: str) -> tuple[str, int, str]:
    conversation_id, _, rest = metadata.partition(".")
    revision, _, step = rest.partition(".")
    if not (conversation_id.isascii() and conversation_id.isprintable()):
        raise BrokenView("This form names its talk in letters that Herald does not use.")
    if not conversation_id or not (revision.isascii() and revision.isdigit() and len(revision) <= 9):
        raise BrokenView("This form does not say which talk it belongs to.")
    return conversation_id, int(revision), step


def _states(view: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    values = (view.get("state") or {}).get("values") or {}
    return [
        (str(block), str(element), state)
        for block, elements in values.items()
        for element, state in elements.items()
        if isinstance(state, Mapping)
    ]


def _value(state: Mapping[str, Any]) -> Raw:
    """The answer in one element's state, in the shape docs.slack.dev gives it (reference/views, state)."""
    if "selected_options" in state:
        return [storable(str(option["value"])) for option in state["selected_options"] or ()]
    if "selected_option" in state:
        chosen = state["selected_option"]
        return None if chosen is None else storable(str(chosen["value"]))
    given = state.get("selected_date") or state.get("value")
    return None if given is None else storable(str(given))
