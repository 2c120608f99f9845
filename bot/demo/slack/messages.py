"""Direct messages between members and the app: posting, updating, what only one person sees, response addresses."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.demo.slack.blocks import as_stored
from bot.demo.slack.records import Clock, Json, Message, SlackRefusal
from bot.rendering.slack_limits import numbers


@dataclass
class Pace:
    """One message a second and channel with a little patience for bursts: a token bucket on the given clock."""

    per_second: float = numbers.MESSAGES_PER_SECOND
    burst: int = 3
    _left: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def admit(self, channel: str, now: datetime) -> bool:
        """Whether this message may pass now."""
        left, since = self._left.get(channel, (float(self.burst), now))
        left = min(float(self.burst), left + (now - since).total_seconds() * self.per_second)
        self._left[channel] = (left - 1 if left >= 1 else left, now)
        return left >= 1


@dataclass
class ResponseAddress:
    """A `response_url`: five posts in thirty minutes, about one message or one command."""

    channel: str
    member: str
    issued: datetime
    message: str = ""
    posts: int = 0


@dataclass
class MessageBook:
    """All channels of the app. `changed` is told the channel whenever something in it is new."""

    clock: Clock
    new_id: Callable[[], str]
    changed: Callable[[], None]
    channels: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    addresses: dict[str, ResponseAddress] = field(default_factory=dict)
    pace: Pace | None = None
    _last: float = 0.0

    def timestamp(self) -> str:
        """A `ts`: seconds since 1970 with six decimals, never the same twice."""
        self._last = max(self._last + 0.000001, self.clock().timestamp())
        return f"{self._last:.6f}"

    def post(
        self, channel: str, author: str, text: str, *, blocks: Iterable[Mapping[str, Any]] = (), only_for: str = ""
    ) -> Message:
        """Adds a message. Raises SlackRefusal `ratelimited` when the pace is switched on and too quick."""
        if self.pace and not only_for and not self.pace.admit(channel, self.clock()):
            raise SlackRefusal("ratelimited", status=429, retry_after=1)
        stored = tuple(as_stored(blocks, self.new_id))
        text = text[: numbers.TEXT_TRUNCATED]
        message = Message(self.timestamp(), channel, author, text, stored, ephemeral_for=only_for)
        self.channels[channel].append(message)
        self.changed()
        return message

    def find(self, channel: str, ts: str) -> Message:
        """Raises SlackRefusal `message_not_found`; what only one person sees cannot be found by the app."""
        for message in self.channels[channel]:
            if message.ts == ts and not message.ephemeral_for:
                return message
        raise SlackRefusal("message_not_found")

    def update(
        self, message: Message, *, text: str | None = None, blocks: Iterable[Mapping[str, Any]] | None = None
    ) -> Message:
        """Replaces words, blocks or both; what is not given stays (docs.slack.dev, chat.update)."""
        stored = message.blocks if blocks is None else tuple(as_stored(blocks, self.new_id))
        words = message.text if text is None else text
        return self.put(replace(message, text=words, blocks=stored, edited=True, typed={}))

    def put(self, message: Message) -> Message:
        """Stores a changed copy in the place of the message with the same `ts`."""
        held = self.channels[message.channel]
        self.channels[message.channel] = [message if m.ts == message.ts else m for m in held]
        self.changed()
        return message

    def remove(self, channel: str, ts: str) -> None:
        """The message disappears, as after `delete_original`."""
        self.channels[channel] = [m for m in self.channels[channel] if m.ts != ts]
        self.changed()

    def visible(self, channel: str, member: str) -> list[Message]:
        """What this member sees in the channel, oldest first, private answers included."""
        return [m for m in self.channels[channel] if m.ephemeral_for in ("", member)]

    def address(self, channel: str, member: str, *, message: str = "") -> str:
        """The key of a new response address."""
        key = secrets.token_urlsafe(16)
        self.addresses[key] = ResponseAddress(channel, member, self.clock(), message)
        return key

    def use_address(self, key: str) -> ResponseAddress:
        """Counts one post. Raises SlackRefusal `used_url` or `expired_url` (status 404) beyond five or 30 minutes."""
        address = self.addresses.get(key)
        if address is None:
            raise SlackRefusal("no_service", status=404)
        if self.clock() - address.issued > timedelta(minutes=numbers.RESPONSE_URL_MINUTES):
            raise SlackRefusal("expired_url", status=404)
        if address.posts >= numbers.RESPONSE_URL_POSTS:
            raise SlackRefusal("used_url", status=404)
        address.posts += 1
        return address


def message_json(message: Message, *, bot: Json, team: str) -> Json:
    """A message as the Web API and payloads show it; `bot` holds the app's own user, bot_id and app_id."""
    shown: Json = {"type": "message", "user": message.author, "ts": message.ts, "text": message.text, "team": team}
    if message.author == bot["user"]:
        shown |= bot
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.edited:
        shown["edited"] = {"user": message.author, "ts": message.ts}
    return shown
