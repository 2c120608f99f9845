"""The explicit table of messages that are written in bulk, and all writers together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from digests import bulletins, questions
from digests.bulk import BulkWriter
from digests.messages import KINDS
from digests.messages.kinds import WriteNote

LETTERS: Final[dict[str, BulkWriter]] = {**bulletins.WRITERS, **questions.WRITERS}
"""By kind, such as `bulletin.edition` or `talk.question`. The keys stand on outbox rows and are never renamed."""


@dataclass(frozen=True, slots=True)
class Writers:
    """Who writes which kind of message: a letter in bulk where there is one, else a Note."""

    kinds: Mapping[str, WriteNote] = field(default_factory=lambda: KINDS)
    letters: Mapping[str, BulkWriter] = field(default_factory=lambda: LETTERS)
