"""Deadlines, their steps and nudges within one unit of work."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession


class Deadlines:
    """Deadlines, their steps and nudges within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime) -> None:
        self._session = session
        self._now = now
