"""Blocks as a person reads them: plain words, and the things that can be pressed or filled."""

from __future__ import annotations

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.rendering.slack_limits.blocks import interactive
from bot.rendering.slack_limits.elements import options_of

Json = dict[str, Any]

_LINK = re.compile(r"<(?:https?://|mailto:|tel:)[^|>]*\|([^>]*)>")
_BARE_LINK = re.compile(r"<((?:https?://|mailto:|tel:)[^|>]*)>")
_MARKS = re.compile(r"(?<![\w*_~`])[*_~`](?=\S)|(?<=\S)[*_~`](?![\w*_~`])")


class Seen(ABC):
    """Anything with words that a person can look through."""

    @property
    @abstractmethod
    def words(self) -> str:
        """Everything that stands there."""

    def sees(self, text: str) -> bool:
        """Whether these words stand there; spaces and line breaks count alike."""
        return " ".join(text.split()) in " ".join(self.words.split())


@dataclass(frozen=True)
class Part:
    """One interactive element with the block it sits in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        return str(self.element["action_id"])

    @property
    def key(self) -> tuple[str, str]:
        return self.block_id, self.action_id

    @property
    def is_input(self) -> bool:
        return self.block.get("type") == "input"

    @property
    def optional(self) -> bool:
        return bool(self.block.get("optional"))

    @property
    def label(self) -> str:
        """The words beside it: an input's label, a button's text, else the text of its section or its placeholder."""
        if self.is_input:
            return plain(self.block.get("label"))
        if self.element.get("type") == "button":
            return plain(self.element.get("text"))
        return plain(self.block.get("text")) or plain(self.element.get("placeholder"))


def parts_of(blocks: Iterable[Json]) -> list[Part]:
    """Everything that can be pressed, chosen or filled, from top to bottom."""
    return [Part(block, dict(element)) for block in blocks for element in interactive(block)]


def plain(text: Any) -> str:
    """A text object as read by a person: links by their words, no marks of formatting, entities undone."""
    if not isinstance(text, Mapping):
        return ""
    words = str(text.get("text", ""))
    if text.get("type") == "mrkdwn":
        words = _MARKS.sub("", _BARE_LINK.sub(r"\1", _LINK.sub(r"\1", words)))
        return html.unescape(words)
    return words


def words_of(blocks: Iterable[Mapping[str, Any]]) -> str:
    """All words of the blocks, one line per piece, buttons and options included."""
    return "\n".join(words for block in blocks for words in _block_words(block) if words)


def _block_words(block: Mapping[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    if kind == "rich_text":
        yield "".join(_rich_words(block.get("elements", ())))
        return
    if kind == "markdown":
        yield str(block.get("text", ""))
        return
    if kind == "image":
        yield from (plain(block.get("title")), str(block.get("alt_text", "")))
        return
    for key in ("text", "label", "hint"):
        yield plain(block.get(key))
    for field in block.get("fields", ()):
        yield plain(field)
    if kind == "context":
        for element in block.get("elements", ()):
            yield plain(element) or str(element.get("alt_text", ""))
    if isinstance(block.get("accessory"), Mapping) and block["accessory"].get("type") == "image":
        yield str(block["accessory"].get("alt_text", ""))
    for thing in interactive(block):
        yield plain(thing.get("text")) or plain(thing.get("placeholder"))
        for option in options_of(thing):
            yield plain(option.get("text"))
            yield plain(option.get("description"))


def _rich_words(elements: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for element in elements:
        if "elements" in element:
            yield from _rich_words(element["elements"])
            yield "\n"
        else:
            yield str(element.get("text") or element.get("url") or "")
