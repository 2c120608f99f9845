"""The stand-in workspace, in memory: who is in it, what was said, what is open, what was called and what goes wrong."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from bot.demo.slack.faults import FaultBook
from bot.demo.slack.messages import MessageBook, Pace
from bot.demo.slack.records import App, Call, Clock, Json, Member, SlackRefusal, Team
from bot.demo.slack.sockets import SocketHub
from bot.demo.slack.triggers import TriggerBook
from bot.demo.slack.views import ViewBook

CALLS_KEPT = 20_000


class Workspace:
    """A small Slack workspace with one app in it. Nothing survives the process; ids never repeat across processes."""

    def __init__(
        self,
        members: Iterable[Member],
        *,
        clock: Clock,
        app: App | None = None,
        team: Team | None = None,
        base_url: str = "http://127.0.0.1",
    ) -> None:
        self.clock = clock
        self.app = app or App()
        self.team = team or Team()
        self.base_url = base_url
        self.tokens = {self.app.bot_token}
        self.app_tokens = {self.app.app_token}
        self.sockets = SocketHub(self.app.id, self._changed)
        self.faults = FaultBook()
        self.triggers = TriggerBook(clock)
        self.messages = MessageBook(clock, self.new_id, self._changed)
        self.views = ViewBook(clock, self.new_id, self._changed)
        self.log: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.complaints: list[str] = []
        self.notices: dict[str, list[str]] = defaultdict(list)
        self.version = 0
        self._members = {member.id: member for member in members}
        self._waiting: set[asyncio.Event] = set()

    @property
    def members(self) -> list[Member]:
        """Everybody, deactivated ones included, in the order given."""
        return list(self._members.values())

    @property
    def bot_json(self) -> Json:
        """How messages name the app as their author."""
        return {"user": self.app.bot_user, "bot_id": self.app.bot_id, "app_id": self.app.id}

    def new_id(self) -> str:
        """A short id for blocks and actions that the app left unnamed."""
        return secrets.token_urlsafe(4)

    def add(self, member: Member) -> None:
        """Somebody joins, or somebody's details change."""
        self._members[member.id] = member
        self._changed()

    def member(self, name: str) -> Member:
        """By id or e-mail. Raises SlackRefusal `user_not_found`."""
        held = self._members.get(name) or self.by_email(name)
        if held is None:
            raise SlackRefusal("user_not_found")
        return held

    def by_email(self, email: str) -> Member | None:
        """Slack compares e-mail addresses without case."""
        wanted = email.strip().casefold()
        return next((m for m in self._members.values() if m.email.casefold() == wanted), None)

    def in_channel(self, channel: str) -> Member:
        """The member of a direct-message channel, or the member with this id. Raises `channel_not_found`."""
        for member in self._members.values():
            if channel in (member.channel, member.id):
                return member
        raise SlackRefusal("channel_not_found")

    def revoke_tokens(self) -> None:
        """An administrator removed the app: every token is refused from now on."""
        self.tokens.clear()
        self.app_tokens.clear()

    def limit_pace(self, pace: Pace | None = None) -> None:
        """Switches on Slack's pace of one message a second and channel."""
        self.messages.pace = pace or Pace()

    def calls(self, method: str = "") -> list[Call]:
        """The log of the Web API, oldest first, for one method or all."""
        return [call for call in self.log if method in ("", call.method)]

    def complain(self, about: str) -> None:
        """Notes for the developer what Slack would not accept from the app."""
        self.complaints.append(about)

    async def until(self, holds: Callable[[], bool], *, within: float = 5.0) -> bool:
        """Waits until something is true that only a change in the workspace can make true; False after `within` s."""
        ring = asyncio.Event()
        self._waiting.add(ring)
        try:
            async with asyncio.timeout(within):
                while not holds():
                    await ring.wait()
                    ring.clear()
        except TimeoutError:
            return holds()
        finally:
            self._waiting.discard(ring)
        return True

    def touch(self) -> None:
        """Something a person sees is different."""
        self._changed()

    def _changed(self) -> None:
        self.version += 1
        for ring in self._waiting:
            ring.set()
