"""The states of a booking and which may follow which.

Source: reference/booking-escalation-deadlines.md 1.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class BookingState(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    LAPSED = "lapsed"
    SUBSTITUTED = "substituted"
    ATTENDED = "attended"
    PARTIAL = "partial"
    NO_SHOW = "no_show"
    EXCUSED = "excused"


_S = BookingState

HOLDS_A_SEAT = frozenset({_S.REQUESTED, _S.CONFIRMED, _S.OFFERED})
"""Held requests and live offers are seats taken, or two people would be promised the same one."""

ACTIVE = HOLDS_A_SEAT | {_S.WAITLISTED}
"""A person has at most one active booking for a session (B2)."""

REGISTERED = frozenset({_S.ATTENDED, _S.PARTIAL, _S.NO_SHOW, _S.EXCUSED})
"""What a register says of somebody who had a seat. A register can be put right afterwards."""

CAME_TO_NOTHING = frozenset(BookingState) - ACTIVE - REGISTERED
"""Given back, refused, let go or taken over by somebody else: nothing follows."""

FIRST = frozenset({_S.REQUESTED, _S.CONFIRMED, _S.WAITLISTED})

TRANSITIONS: Mapping[BookingState, frozenset[BookingState]] = MappingProxyType(
    {
        _S.REQUESTED: frozenset({_S.CONFIRMED, _S.DECLINED, _S.LAPSED, _S.CANCELLED}),
        _S.WAITLISTED: frozenset({_S.OFFERED, _S.REQUESTED, _S.CONFIRMED, _S.LAPSED, _S.CANCELLED}),
        _S.OFFERED: frozenset({_S.REQUESTED, _S.CONFIRMED, _S.DECLINED, _S.WAITLISTED, _S.LAPSED, _S.CANCELLED}),
        _S.CONFIRMED: frozenset({_S.CANCELLED, _S.SUBSTITUTED}) | REGISTERED,
        **{state: REGISTERED - {state} for state in REGISTERED},
        _S.CANCELLED: frozenset(),
        _S.DECLINED: frozenset(),
        _S.LAPSED: frozenset(),
        _S.SUBSTITUTED: frozenset(),
    }
)


class NotPossibleNow(ValueError):
    """This booking is no longer in a state from which that could follow; usually a button pressed late."""


def may_become(before: BookingState, after: BookingState) -> bool:
    return after in TRANSITIONS[before]


def change(before: BookingState, after: BookingState) -> BookingState:
    """Returns the new state. Raises `NotPossibleNow` for a step that is not in the table."""
    if not may_become(before, after):
        raise NotPossibleNow(f'A booking that is "{before}" cannot become "{after}".')
    return after


def after_a_missed_offer(missed_before: int) -> BookingState:
    """An offer nobody answered: the first time back to the end of the queue, the second time it lapses."""
    return BookingState.WAITLISTED if missed_before == 0 else BookingState.LAPSED
