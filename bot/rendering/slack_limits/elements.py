"""Rules for the interactive parts: buttons, menus, choices, typed answers, confirm dialogs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.rendering.slack_limits import numbers
from bot.rendering.slack_limits.parts import Json, Problem, count, keys, string, text
from bot.rendering.slack_limits.vocabulary import ELEMENTS, Surface

_OPTIONS = {
    "checkboxes": numbers.CHECKBOX_OPTIONS,
    "multi_static_select": numbers.SELECT_OPTIONS,
    "overflow": numbers.OVERFLOW_OPTIONS,
    "radio_buttons": numbers.RADIO_OPTIONS,
    "static_select": numbers.SELECT_OPTIONS,
}
_FORMATTED_OPTIONS = {"checkboxes", "radio_buttons"}  # menus take plain_text only
_FORMATS = {"initial_date": re.compile(r"\d{4}-\d{2}-\d{2}"), "initial_time": re.compile(r"\d{2}:\d{2}")}


def element(thing: object, pointer: str, block: str, surface: Surface) -> Iterator[Problem]:
    """Everything wrong with one element in a block of type `block`."""
    if not isinstance(thing, Mapping):
        yield Problem(pointer, "is not an object")
        return
    name = thing.get("type")
    kind = ELEMENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        yield Problem(f"{pointer}/type", f"unsupported type: {name}")
        return
    if block not in kind.blocks:
        yield Problem(pointer, f"a {name} is not allowed in a block of type {block}")
    if surface not in kind.surfaces:
        yield Problem(pointer, f"a {name} is not allowed in a {surface}")
    named = frozenset() if name == "image" else frozenset({"action_id"})
    yield from keys(thing, pointer, needs=kind.needs, may=kind.may | {"type"} | named)
    yield from string(thing.get("action_id"), f"{pointer}/action_id", numbers.IDENTIFIER, filled=True)
    if "placeholder" in thing:
        yield from text(thing["placeholder"], f"{pointer}/placeholder", numbers.PLACEHOLDER, plain=True)
    if "confirm" in thing:
        yield from _confirm(thing["confirm"], f"{pointer}/confirm")
    if name in _OPTIONS:
        yield from _choices(thing, pointer, str(name))
    elif name == "button":
        yield from _button(thing, pointer)
    elif name == "image":
        yield from string(thing.get("image_url"), f"{pointer}/image_url", numbers.IMAGE_URL, filled=True)
        yield from string(thing.get("alt_text"), f"{pointer}/alt_text", numbers.IMAGE_ALT_TEXT, filled=True)
    else:
        yield from _typed(thing, pointer)


def _button(thing: Json, pointer: str) -> Iterator[Problem]:
    yield from text(thing.get("text"), f"{pointer}/text", numbers.BUTTON_TEXT, plain=True)
    for key, most in (
        ("value", numbers.BUTTON_VALUE),
        ("url", numbers.BUTTON_URL),
        ("accessibility_label", numbers.ACCESSIBILITY_LABEL),
    ):
        yield from string(thing.get(key), f"{pointer}/{key}", most, filled=key == "url")
    if thing.get("style", "primary") not in ("primary", "danger"):
        yield Problem(f"{pointer}/style", "is neither primary nor danger; leave it out for a plain button")


def _choices(thing: Json, pointer: str, name: str) -> Iterator[Problem]:
    groups = thing.get("option_groups")
    if groups is not None:
        if "options" in thing:
            yield Problem(pointer, "has both options and option_groups; Slack takes one of them")
        yield from count(groups, f"{pointer}/option_groups", numbers.SELECT_GROUPS)
        for number, group in enumerate(_list(groups)):
            where = f"{pointer}/option_groups/{number}"
            if not isinstance(group, Mapping):
                yield Problem(where, "is not an object")
                continue
            yield from keys(group, where, needs=frozenset({"label", "options"}), may=frozenset())
            yield from text(group.get("label"), f"{where}/label", numbers.OPTION_TEXT, plain=True)
            yield from _options(group.get("options"), f"{where}/options", name)
    else:
        yield from _options(thing.get("options"), f"{pointer}/options", name)
    offered = options_of(thing)
    chosen = _list(thing.get("initial_options"))
    chosen = [*chosen, thing["initial_option"]] if thing.get("initial_option") else chosen
    if any(option not in offered for option in chosen):
        yield Problem(pointer, "starts with a choice that is not exactly one of its options")


def options_of(thing: Json) -> list[Any]:
    """All options of a menu, radio or checkbox element, in order, groups flattened."""
    groups = [group for group in _list(thing.get("option_groups")) if isinstance(group, Mapping)]
    lists = [group.get("options") for group in groups] if groups else [thing.get("options")]
    return [option for options in lists for option in _list(options)]


def _options(options: object, pointer: str, name: str) -> Iterator[Problem]:
    yield from count(options, pointer, _OPTIONS[name])
    may = frozenset({"description", "url"}) if name == "overflow" else frozenset({"description"})
    for number, option in enumerate(_list(options)):
        where = f"{pointer}/{number}"
        if not isinstance(option, Mapping):
            yield Problem(where, "is not an object")
            continue
        yield from keys(option, where, needs=frozenset({"text", "value"}), may=may)
        plain = name not in _FORMATTED_OPTIONS
        yield from text(option.get("text"), f"{where}/text", numbers.OPTION_TEXT, plain=plain)
        yield from string(option.get("value"), f"{where}/value", numbers.OPTION_VALUE, filled=True)
        if "description" in option:
            yield from text(option["description"], f"{where}/description", numbers.OPTION_DESCRIPTION, plain=plain)


def _typed(thing: Json, pointer: str) -> Iterator[Problem]:
    yield from string(thing.get("initial_value"), f"{pointer}/initial_value", numbers.PLAIN_TEXT_INPUT)
    for key in ("min_length", "max_length"):
        value = thing.get(key)
        if value is not None and not (isinstance(value, int) and 0 <= value <= numbers.PLAIN_TEXT_INPUT):
            yield Problem(f"{pointer}/{key}", f"is {value!r}; Slack takes 0 to {numbers.PLAIN_TEXT_INPUT}")
    for key in ("min_value", "max_value"):
        if not isinstance(thing.get(key, ""), str):
            yield Problem(f"{pointer}/{key}", "is not a string; Slack wants numbers written as strings")
    for key, shape in _FORMATS.items():
        value = thing.get(key)
        if value is not None and not (isinstance(value, str) and shape.fullmatch(value)):
            yield Problem(f"{pointer}/{key}", f"is {value!r}; Slack wants YYYY-MM-DD or HH:MM")


def _confirm(dialog: object, pointer: str) -> Iterator[Problem]:
    if not isinstance(dialog, Mapping):
        yield Problem(pointer, "is not an object")
        return
    yield from keys(dialog, pointer, needs=frozenset({"title", "text", "confirm", "deny"}), may=frozenset({"style"}))
    yield from text(dialog.get("title"), f"{pointer}/title", numbers.CONFIRM_TITLE, plain=True)
    yield from text(dialog.get("text"), f"{pointer}/text", numbers.CONFIRM_TEXT)
    yield from text(dialog.get("confirm"), f"{pointer}/confirm", numbers.CONFIRM_BUTTON, plain=True)
    yield from text(dialog.get("deny"), f"{pointer}/deny", numbers.CONFIRM_BUTTON, plain=True)


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
