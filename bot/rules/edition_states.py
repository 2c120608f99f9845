"""The states of a bulletin edition and what may be done in each. A pause is no state: it is a switch beside it."""

from enum import StrEnum
from typing import Final


class EditionState(StrEnum):
    """Where an edition stands. The values are stored, so they are never renamed."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"
    MISSED = "missed"
    """Approved, but `not_after` passed before it could begin: a person decides (email-delivery.md, late schedule)."""


CAN_CHANGE: Final = frozenset({EditionState.DRAFT, EditionState.APPROVED, EditionState.MISSED})
"""Its text may still change; a change of the text voids the approval."""

CAN_SCHEDULE: Final = frozenset({EditionState.APPROVED, EditionState.MISSED})
CAN_PAUSE: Final = frozenset({EditionState.APPROVED, EditionState.SENDING})
CAN_CANCEL: Final = frozenset({EditionState.DRAFT, EditionState.APPROVED, EditionState.MISSED, EditionState.SENDING})
RELEASED: Final = frozenset({EditionState.SENDING, EditionState.SENT})
"""Shown in the public archive."""
