"""The explicit table of messages that are written in bulk; every other kind is a Note from `digests/messages`."""

from typing import Final

from digests.bulk import BulkWriter

LETTERS: Final[dict[str, BulkWriter]] = {}
"""By kind, such as `bulletin.edition`. The keys stand on outbox rows and are never renamed."""
