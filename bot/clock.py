"""The only place that asks the machine for the time. Everybody else is given a `Clock` or an instant."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present instant, timezone-aware, in UTC."""


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)
