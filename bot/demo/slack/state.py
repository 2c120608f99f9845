"""What Slack remembers of a choice or a typed answer: the values in `view.state.values`, exactly as Slack shapes them.

Source of the shapes: docs.slack.dev reference/views, "state"; slack_sdk `ViewStateValue`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.demo.slack.seen import Part, parts_of, plain
from bot.rendering.slack_limits.elements import options_of
from bot.rendering.slack_limits.numbers import PLAIN_TEXT_INPUT

Json = dict[str, Any]
Typed = Mapping[tuple[str, str], Json]
Answer = str | int | float | date | Sequence[str] | None

ONE_CHOICE = {"static_select", "radio_buttons"}
MANY_CHOICES = {"multi_static_select", "checkboxes"}
WORDS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
_PICKED = {"datepicker": "selected_date", "timepicker": "selected_time"}
STATEFUL = ONE_CHOICE | MANY_CHOICES | WORDS | set(_PICKED)

REQUIRED = "Please complete this required field."


def initial(element: Mapping[str, Any]) -> Json:
    """The state of an element that nobody has touched."""
    kind = str(element["type"])
    if kind in ONE_CHOICE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MANY_CHOICES:
        return {"type": kind, "selected_options": list(element.get("initial_options", ()))}
    if kind in _PICKED:
        return {"type": kind, _PICKED[kind]: element.get(f"initial_{kind.removesuffix('picker')}")}
    return {"type": kind, "value": element.get("initial_value")}


def answered(element: Mapping[str, Any], answer: Answer) -> Json:
    """The state after this answer. Choices are named by their words or their value; None takes the answer back.

    Raises LookupError when the element does not offer the choice, so a test cannot choose what is not there.
    """
    kind = str(element["type"])
    if kind in ONE_CHOICE or kind == "overflow":
        return {"type": kind, "selected_option": None if answer is None else option(element, str(answer))}
    if kind in MANY_CHOICES:
        wanted = [] if answer is None else [answer] if isinstance(answer, str) else list(_sequence(answer))
        chosen = [option(element, str(name)) for name in wanted]
        return {"type": kind, "selected_options": chosen}
    if kind in _PICKED:
        picked = answer.isoformat() if isinstance(answer, date) else answer
        return {"type": kind, _PICKED[kind]: None if picked in (None, "") else str(picked)}
    if kind in WORDS:
        return {"type": kind, "value": None if answer is None or answer == "" else str(answer)}
    raise LookupError(f"A {kind} cannot be filled in; press it.")


def picked(element: Mapping[str, Any], given: Sequence[str]) -> Json:
    """The state after a form was sent: choices by their position in the list, everything else by its words.

    Raises LookupError when a position is not offered.
    """
    kind = str(element["type"])
    if kind in ONE_CHOICE or kind == "overflow":
        chosen = [_at(element, position) for position in given if position]
        return {"type": kind, "selected_option": chosen[0] if chosen else None}
    if kind in MANY_CHOICES:
        return {"type": kind, "selected_options": [_at(element, position) for position in given if position]}
    words = given[0].replace("\r\n", "\n") if given else ""
    return answered(element, words or None)


def _at(element: Mapping[str, Any], position: str) -> Json:
    offered = options_of(element)
    if not position.isdecimal() or int(position) >= len(offered):
        raise LookupError("That choice is no longer there.")
    return dict(offered[int(position)])


def option(element: Mapping[str, Any], name: str) -> Json:
    """The option with these words or this value. Raises LookupError naming what there is."""
    offered = [dict(o) for o in options_of(element)]
    for judge in (lambda o: plain(o["text"]) == name, lambda o: o["value"] == name):
        for offer in offered:
            if judge(offer):
                return offer
    raise LookupError(f"No choice called {name!r}. There are: {', '.join(plain(o['text']) for o in offered)}")


def values(blocks: Iterable[Json], typed: Typed) -> Json:
    """`state.values`: block id, then action id, then the state, for everything in the blocks that holds a state."""
    found: Json = {}
    for part in parts_of(blocks):
        if part.element["type"] in STATEFUL:
            state = typed.get(part.key) or initial(part.element)
            found.setdefault(part.block_id, {})[part.action_id] = state
    return found


def kept(typed: Typed, blocks: Iterable[Json]) -> dict[tuple[str, str], Json]:
    """What survives an update of a view: answers whose block, action and kind of element are still there."""
    kinds = {part.key: part.element["type"] for part in parts_of(blocks)}
    return {key: state for key, state in typed.items() if kinds.get(key) == state["type"]}


def missing(blocks: Iterable[Json], typed: Typed) -> dict[str, str]:
    """What Slack's own form says before it sends anything: block id to message; empty when it may be sent."""
    found: dict[str, str] = {}
    for part in parts_of(blocks):
        if part.is_input:
            said = _objection(part, typed.get(part.key) or initial(part.element))
            if said:
                found[part.block_id] = said
    return found


def _objection(part: Part, state: Json) -> str:
    given = next((value for key, value in state.items() if key != "type"), None)
    if not given:
        return "" if part.optional else REQUIRED
    kind = str(part.element["type"])
    if kind == "plain_text_input":
        return _length(part.element, str(given))
    if kind == "number_input":
        return _number(part.element, str(given))
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(given)):
        return "Enter a valid email address."
    if kind == "url_text_input" and not re.match(r"https?://\S+$", str(given)):
        return "Enter a valid URL."
    if kind == "multi_static_select" and len(given) > int(part.element.get("max_selected_items", len(given))):
        return f"Choose at most {part.element['max_selected_items']}."
    return ""


def _length(element: Json, text: str) -> str:
    least, most = int(element.get("min_length", 0)), int(element.get("max_length", PLAIN_TEXT_INPUT))
    if len(text) < least:
        return f"Enter at least {least} characters."
    if len(text) > most:
        return f"Enter at most {most} characters."
    return ""


def _number(element: Json, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return "Enter a number."
    if not number.is_finite() or (not element.get("is_decimal_allowed") and number != number.to_integral_value()):
        return "Enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Enter a number that is {element['min_value']} or more."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Enter a number that is {element['max_value']} or less."
    return ""


def _sequence(answer: Answer) -> Sequence[str]:
    if isinstance(answer, Sequence):
        return answer
    raise LookupError(f"Choose from a list, not {answer!r}.")
