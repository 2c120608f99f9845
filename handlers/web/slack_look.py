"""A Slack message as a part of a page: what its blocks show, with buttons that do nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from bot.rendering.slack_mrkdwn import plain_html, to_html

Kind = Literal["heading", "words", "small", "picture", "line", "buttons"]

NO_WORDS = Markup("")


@dataclass(frozen=True, slots=True)
class SlackPart:
    """One block as it looks. `address` and `alt` are a picture's."""

    kind: Kind
    words: Markup = NO_WORDS
    buttons: tuple[str, ...] = ()
    address: str = ""
    alt: str = ""


def parts_of(blocks: Iterable[Mapping[str, Any]]) -> tuple[SlackPart, ...]:
    """What the blocks of a message show, in order. Only those that Herald's bulletins use are known."""
    return tuple(_part(block) for block in blocks)


def _part(block: Mapping[str, Any]) -> SlackPart:
    match block.get("type"):
        case "header":
            return SlackPart("heading", _words(block.get("text")))
        case "context":
            words = Markup(" ").join(_words(each) for each in block.get("elements", ()) if each.get("type") != "image")
            return SlackPart("small", words)
        case "image":
            return SlackPart("picture", address=str(block.get("image_url", "")), alt=str(block.get("alt_text", "")))
        case "divider":
            return SlackPart("line")
        case "actions":
            return SlackPart("buttons", buttons=tuple(map(_label, block.get("elements", ()))))
        case _:
            accessory = block.get("accessory")
            return SlackPart("words", _words(block.get("text")), (_label(accessory),) if accessory else ())


def _words(text: Mapping[str, Any] | None) -> Markup:
    if not text:
        return NO_WORDS
    said = str(text.get("text", ""))
    return to_html(said) if text.get("type") == "mrkdwn" else plain_html(said)


def _label(element: Mapping[str, Any]) -> str:
    return str(element.get("text", {}).get("text", ""))
