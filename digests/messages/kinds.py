"""How a kind of message is written: a pure function from the facts on its outbox row to a Note."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.files.partnership import Partnership
from bot.rendering.note import Note

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Writing:
    """What every message may draw on besides its own facts: the partnership, the instant (UTC), the public address."""

    partnership: Partnership
    now: datetime
    base_url: str


WriteNote = Callable[[Facts, Writing], Note]
