"""Where a conversation stands: a frozen value that survives any restart as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from bot.conversation.conditions import Answer


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of one talk: which step is next, what was answered, which steps were visited."""

    flow: str
    version: int
    step: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    trail: tuple[str, ...] = ()

    def at(self, step: str) -> Self:
        """The same talk, standing at another step."""
        return replace(self, step=step)

    def answers_json(self) -> str:
        """The answers as JSON text, keys sorted, so that equal answers are equal bytes."""
        return json.dumps(dict(self.answers), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def answers_from_json(text: str) -> dict[str, Answer]:
    """Answers as stored by `Snapshot.answers_json`; lists come back as tuples."""
    loaded: dict[str, object] = json.loads(text)
    return {key: _answer(value) for key, value in loaded.items()}


def _answer(value: object) -> Answer:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    if isinstance(value, str | int | bool):
        return value
    raise ValueError(f"not a stored answer: {type(value).__name__}")
