"""Surveys, invitations and responses within one unit of work."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.keyring import Keyring


class Surveys:
    """Surveys, invitations and responses within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime, keyring: Keyring) -> None:
        self._session = session
        self._now = now
        self._keyring = keyring
