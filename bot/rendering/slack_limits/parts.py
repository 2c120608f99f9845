"""The small judgements that every rule is made of: keys, texts, strings, counts. Each yields problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackObjectFormationError

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """One thing Slack would refuse: where (a JSON pointer, as in Slack's own answers) and why, in plain English."""

    pointer: str
    words: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.words}"


def keys(thing: Json, pointer: str, *, needs: frozenset[str], may: frozenset[str]) -> Iterator[Problem]:
    """Keys that are missing, and keys that Slack does not know."""
    for key in sorted(key for key in needs if thing.get(key) is None):
        yield Problem(f"{pointer}/{key}", "is missing")
    for key in sorted(set(thing) - needs - may):
        yield Problem(f"{pointer}/{key}", f"is not a key of {thing.get('type', 'this object')!r}")


def string(value: object, pointer: str, most: int, *, filled: bool = False) -> Iterator[Problem]:
    """A plain string of at most `most` characters; absent is fine, `filled` refuses the empty one."""
    if value is None:
        return
    if not isinstance(value, str):
        yield Problem(pointer, "is not a string")
    elif filled and not value:
        yield Problem(pointer, "is empty")
    elif len(value) > most:
        yield Problem(pointer, f"has {len(value)} characters; Slack takes {most}")


def text(value: object, pointer: str, most: int, *, plain: bool = False) -> Iterator[Problem]:
    """A text object, never empty; absent is `keys`' business; `plain` refuses mrkdwn, as buttons and labels do."""
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield Problem(pointer, "is not a text object")
        return
    kind = value.get("type")
    allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if kind not in allowed:
        yield Problem(f"{pointer}/type", f"is {kind!r}; only {' or '.join(allowed)} is taken here")
        return
    extra = "emoji" if kind == "plain_text" else "verbatim"
    yield from keys(value, pointer, needs=frozenset({"type", "text"}), may=frozenset({extra}))
    words = value.get("text")
    if isinstance(words, str) and not words.strip():
        yield Problem(f"{pointer}/text", "is empty")
    elif words is not None:
        yield from string(words, f"{pointer}/text", most)


def count(things: object, pointer: str, most: int) -> Iterator[Problem]:
    """A list with one to `most` entries."""
    if not isinstance(things, Sequence) or isinstance(things, str) or not things:
        yield Problem(pointer, "is missing or empty")
    elif len(things) > most:
        yield Problem(pointer, f"are {len(things)}; Slack takes {most}")


def second_opinion(judge: Callable[[], object], pointer: str) -> list[Problem]:
    """What slack_sdk's own models say. They raise many kinds of error for a wrong shape; each becomes one sentence."""
    try:
        judge()
    except SlackObjectFormationError as refused:
        return [Problem(pointer, str(refused))]
    except (AttributeError, KeyError, TypeError, ValueError) as broken:
        return [Problem(pointer, f"does not have the shape that Slack expects ({type(broken).__name__})")]
    return []
