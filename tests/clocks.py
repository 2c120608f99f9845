"""A clock that a test sets and moves."""

from datetime import UTC, datetime, timedelta

A_TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""Tuesday 24 November 2026, 10:00 in London (winter time): a quiet working hour."""


class MovingClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = A_TUESDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **parts: float) -> datetime:
        """Moves on by so many days, hours, minutes or seconds."""
        self.now += timedelta(**parts)
        return self.now

    def set(self, now: datetime) -> None:
        """Goes to an instant."""
        self.now = now
