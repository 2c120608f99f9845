"""Sign-in links and web sessions: only fingerprints of tokens are kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.keyring import Keyring
from storage.tables.people import Person, SigninLink, WebSession

TOKEN_BYTES = 32
LINK_LASTS = timedelta(minutes=10)  # ASVS 6.5.5, settled
IDLE = timedelta(minutes=30)  # ASVS 7.3.1
LONGEST = timedelta(hours=12)  # ASVS 7.3.2


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """Why a sign-in link did not work: `used`, `expired`, `other-browser` or `unknown`."""

    reason: str


class SignIns:
    """Queries over sign-in links and web sessions within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime, keyring: Keyring) -> None:
        self._session = session
        self._now = now
        self._keyring = keyring

    def new_link(self, *, person_id: int, browser: str | None) -> str:
        """A new one-time token; bound to the asking browser's cookie when there is one."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._session.add(
            SigninLink(
                token_mac=self._mac(token),
                person_id=person_id,
                browser_mac=None if browser is None else self._mac(browser),
                created_at=self._now,
                expires_at=self._now + LINK_LASTS,
            )
        )
        return token

    async def asked_lately(self, person_id: int, *, since: datetime) -> int:
        """How many links this person asked for since then (mail bombing).

        Who asks next for the same person waits until this unit of work ends, so that many at once are counted too.
        """
        one_after_the_other = select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
        await self._session.execute(one_after_the_other)
        query = select(func.count()).where(SigninLink.person_id == person_id, SigninLink.created_at >= since)
        return (await self._session.execute(query.select_from(SigninLink))).scalar_one()

    async def use_link(self, token: str, *, browser: str | None) -> int | SignInRefused:
        """Uses a link up and returns the person's id. One UPDATE, so that two presses sign in once."""
        link = await self._session.get(SigninLink, self._mac(token))
        if link is None:
            return SignInRefused("unknown")
        if link.used_at is not None:
            return SignInRefused("used")
        if self._now >= link.expires_at:
            return SignInRefused("expired")
        if link.browser_mac is not None and (browser is None or self._mac(browser) != link.browser_mac):
            return SignInRefused("other-browser")
        taken = await self._session.execute(
            update(SigninLink)
            .where(SigninLink.token_mac == link.token_mac, SigninLink.used_at.is_(None))
            .values(used_at=self._now)
            .returning(SigninLink.person_id)
        )
        person_id = taken.scalar_one_or_none()
        return SignInRefused("used") if person_id is None else person_id

    def new_session(self, *, person_id: int, signed_in: bool, allowed: list[str] | None = None) -> str:
        """A new browser session; returns the cookie's value."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._session.add(
            WebSession(
                token_mac=self._mac(token),
                person_id=person_id,
                signed_in=signed_in,
                allowed=allowed or [],
                created_at=self._now,
                seen_at=self._now,
            )
        )
        return token

    async def session(self, token: str) -> WebSession | None:
        """The live session behind a cookie; None when it ended, idled for 30 minutes or is older than 12 hours."""
        row = await self._session.get(WebSession, self._mac(token))
        if row is None or row.ended_at is not None:
            return None
        if self._now - row.seen_at > IDLE or self._now - row.created_at > LONGEST:
            return None
        return row

    async def end_sessions(self, *, person_id: int | None = None) -> None:
        """Ends a person's sessions, or everybody's (after a restore)."""
        statement = update(WebSession).where(WebSession.ended_at.is_(None)).values(ended_at=self._now)
        if person_id is not None:
            statement = statement.where(WebSession.person_id == person_id)
        await self._session.execute(statement)

    async def forget_links(self) -> None:
        """Makes every sign-in link useless that is still waiting to be used (after a restore)."""
        await self._session.execute(update(SigninLink).where(SigninLink.used_at.is_(None)).values(used_at=self._now))

    def _mac(self, token: str) -> str:
        return self._keyring.mac("browser-token", token)
