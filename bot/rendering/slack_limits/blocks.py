"""Rules for blocks, one short function per block type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from slack_sdk.models.blocks import Block

from bot.rendering.slack_limits import numbers
from bot.rendering.slack_limits.elements import element
from bot.rendering.slack_limits.parts import Json, Problem, count, keys, second_opinion, string, text
from bot.rendering.slack_limits.vocabulary import BLOCKS, Surface


def message_characters(blocks: Sequence[Json]) -> int:
    """All characters of text in the blocks, the way Slack's whole-message limit counts them."""
    return sum(len(words) for words in _texts(blocks))


def problems_in_blocks(blocks: Sequence[Json], surface: Surface) -> list[Problem]:
    """Everything wrong with a list of blocks on one surface, each with a JSON pointer from `/blocks`."""
    most = numbers.BLOCKS_PER_MESSAGE if surface == "message" else numbers.BLOCKS_PER_VIEW
    found: list[Problem] = []
    if len(blocks) > most:
        found.append(Problem("/blocks", f"are {len(blocks)}; a {surface} takes {most}"))
    for number, block in enumerate(blocks):
        pointer = f"/blocks/{number}"
        own = list(_block(block, pointer, surface))
        found += own or second_opinion(_deep_sdk_check(block), pointer)
    named = Counter(b["block_id"] for b in blocks if isinstance(b, Mapping) and isinstance(b.get("block_id"), str))
    found += [Problem("/blocks", f"use the block_id {name!r} {n} times") for name, n in named.items() if n > 1]
    focused = sum(1 for block in blocks if isinstance(block, Mapping) for e in interactive(block) if _focused(e))
    if focused > 1:
        found.append(Problem("/blocks", f"ask for the focus {focused} times; only one element may"))
    return found


def interactive(block: Json) -> list[Json]:
    """The elements of a block that a person can act on, in reading order."""
    if block.get("type") == "actions":
        elements = list(block.get("elements") or ())
    elif block.get("type") == "section":
        elements = [block["accessory"]] if block.get("accessory") else []
    else:
        elements = [block["element"]] if block.get("type") == "input" and block.get("element") else []
    return [e for e in elements if isinstance(e, Mapping) and e.get("type") != "image"]


def _focused(thing: Json) -> bool:
    return thing.get("focus_on_load") is True


def _deep_sdk_check(block: Json) -> Callable[[], object]:
    def judge() -> object:
        parsed = Block.parse(dict(block))
        return parsed.to_dict() if parsed else None  # to_dict validates the nested objects too

    return judge


def _block(block: object, pointer: str, surface: Surface) -> Iterator[Problem]:
    if not isinstance(block, Mapping):
        yield Problem(pointer, "is not an object")
        return
    name = block.get("type")
    kind = BLOCKS.get(name) if isinstance(name, str) else None
    if kind is None:
        yield Problem(f"{pointer}/type", f"unsupported type: {name}")
        return
    if surface not in kind.surfaces:
        yield Problem(pointer, f"a block of type {name} is not allowed in a {surface}")
    yield from keys(block, pointer, needs=kind.needs, may=kind.may | {"type", "block_id"})
    yield from string(block.get("block_id"), f"{pointer}/block_id", numbers.IDENTIFIER, filled=True)
    rule = _RULES.get(str(name))
    if rule is not None:
        yield from rule(block, pointer, surface)


def _section(block: Json, pointer: str, surface: Surface) -> Iterator[Problem]:
    if "text" not in block and not block.get("fields"):
        yield Problem(pointer, "a section needs a text or fields")
    if "text" in block:
        yield from text(block["text"], f"{pointer}/text", numbers.SECTION_TEXT)
    if "fields" in block:
        yield from count(block["fields"], f"{pointer}/fields", numbers.SECTION_FIELDS)
        for number, field in enumerate(_list(block["fields"])):
            yield from text(field, f"{pointer}/fields/{number}", numbers.FIELD_TEXT)
    if "accessory" in block:
        yield from element(block["accessory"], f"{pointer}/accessory", "section", surface)


def _header(block: Json, pointer: str, _surface: Surface) -> Iterator[Problem]:
    yield from text(block.get("text"), f"{pointer}/text", numbers.HEADER_TEXT, plain=True)


def _actions(block: Json, pointer: str, surface: Surface) -> Iterator[Problem]:
    elements = _list(block.get("elements"))
    yield from count(block.get("elements"), f"{pointer}/elements", numbers.ACTIONS_ELEMENTS)
    for number, thing in enumerate(elements):
        yield from element(thing, f"{pointer}/elements/{number}", "actions", surface)
    ids = Counter(e["action_id"] for e in elements if isinstance(e, Mapping) and isinstance(e.get("action_id"), str))
    for name in [name for name, times in ids.items() if times > 1]:
        yield Problem(f"{pointer}/elements", f"use the action_id {name!r} more than once in one block")


def _context(block: Json, pointer: str, surface: Surface) -> Iterator[Problem]:
    yield from count(block.get("elements"), f"{pointer}/elements", numbers.CONTEXT_ELEMENTS)
    for number, thing in enumerate(_list(block.get("elements"))):
        where = f"{pointer}/elements/{number}"
        if isinstance(thing, Mapping) and thing.get("type") in ("plain_text", "mrkdwn"):
            yield from text(thing, where, numbers.CONTEXT_TEXT)
        else:
            yield from element(thing, where, "context", surface)


def _input(block: Json, pointer: str, surface: Surface) -> Iterator[Problem]:
    yield from text(block.get("label"), f"{pointer}/label", numbers.INPUT_LABEL, plain=True)
    if "hint" in block:
        yield from text(block["hint"], f"{pointer}/hint", numbers.INPUT_HINT, plain=True)
    yield from element(block.get("element"), f"{pointer}/element", "input", surface)


def _image(block: Json, pointer: str, _surface: Surface) -> Iterator[Problem]:
    yield from string(block.get("image_url"), f"{pointer}/image_url", numbers.IMAGE_URL, filled=True)
    yield from string(block.get("alt_text"), f"{pointer}/alt_text", numbers.IMAGE_ALT_TEXT, filled=True)
    if "title" in block:
        yield from text(block["title"], f"{pointer}/title", numbers.IMAGE_TITLE, plain=True)


def _markdown(block: Json, pointer: str, _surface: Surface) -> Iterator[Problem]:
    yield from string(block.get("text"), f"{pointer}/text", numbers.MARKDOWN_BLOCK_TEXT, filled=True)


def _rich_text(block: Json, pointer: str, _surface: Surface) -> Iterator[Problem]:
    yield from count(block.get("elements"), f"{pointer}/elements", numbers.BLOCKS_PER_VIEW)


_RULES: dict[str, Callable[[Json, str, Surface], Iterator[Problem]]] = {
    "actions": _actions,
    "context": _context,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "section": _section,
}


def _texts(thing: object) -> Iterator[str]:
    if isinstance(thing, Mapping):
        for key, value in thing.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from _texts(value)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()
