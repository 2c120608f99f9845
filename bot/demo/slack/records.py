"""What a workspace is made of: the team, the app, members, messages, views, calls. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.demo.slack.seen import Seen, words_of

Json = dict[str, Any]

__all__ = ["App", "Call", "Clock", "Json", "Member", "Message", "OpenView", "SlackRefusal", "Team"]

LEAST_SCOPES = frozenset({"chat:write", "commands", "im:write", "im:history", "users:read", "users:read.email"})


class SlackRefusal(Exception):
    """Slack says no: `ok: false` with a code, or an HTTP status of its own (429, 500)."""

    def __init__(self, code: str, *, messages: tuple[str, ...] = (), status: int = 200, retry_after: int | None = None):
        super().__init__(code)
        self.code = code
        self.messages = messages
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Team:
    """The workspace as Slack names it in payloads."""

    id: str = "T0HERALD1"
    name: str = "Stand-in workspace"
    domain: str = "stand-in"


@dataclass(frozen=True)
class App:
    """The installed app: ids that payloads carry, its tokens, and the scopes an administrator granted."""

    name: str = "Herald"
    id: str = "A0HERALD1"
    bot_id: str = "B0HERALD1"
    bot_user: str = "U0HERALD1"
    bot_token: str = "xoxb-stand-in-herald"  # noqa: S105 - a token of the stand-in opens nothing
    app_token: str = "xapp-stand-in-herald"  # noqa: S105 - as above
    verification_token: str = "stand-in-verification"  # noqa: S105 - Slack's retired token, still in payloads
    scopes: frozenset[str] = LEAST_SCOPES


@dataclass(frozen=True)
class Member:
    """A person in the workspace. `guest` is a single-channel guest; a deactivated member cannot be reached."""

    id: str
    name: str
    email: str
    agency: str = ""
    job_title: str = ""
    guest: bool = False
    deactivated: bool = False
    timezone: str = "Europe/London"

    @property
    def handle(self) -> str:
        """The short name that payloads carry as `username`."""
        return self.email.partition("@")[0]

    @property
    def channel(self) -> str:
        """The direct-message channel between this member and the app; the same after every restart."""
        return f"D{self.id[1:]}"


@dataclass(frozen=True)
class Message(Seen):
    """One message in a direct-message channel; `ephemeral_for` only that member sees it, and it cannot be updated."""

    ts: str
    channel: str
    author: str
    text: str
    blocks: tuple[Json, ...] = ()
    edited: bool = False
    ephemeral_for: str = ""
    typed: Mapping[tuple[str, str], Json] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What a person reads: the blocks, or the text where there are none."""
        return words_of(self.blocks) if self.blocks else words_of([{"type": "section", "text": _mrkdwn(self.text)}])


@dataclass
class OpenView(Seen):
    """A modal on somebody's screen, or somebody's App Home, with what they have typed so far."""

    id: str
    member: str
    definition: Json
    hash: str
    root: str
    previous: str = ""
    typed: dict[tuple[str, str], Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> tuple[Json, ...]:
        return tuple(self.definition.get("blocks", ()))

    @property
    def title(self) -> str:
        return str((self.definition.get("title") or {}).get("text", ""))

    @property
    def submit_words(self) -> str:
        """The words on the button that sends the answers; empty when there is none."""
        return str((self.definition.get("submit") or {}).get("text", ""))

    @property
    def close_words(self) -> str:
        return str((self.definition.get("close") or {}).get("text", "Cancel"))

    @property
    def callback_id(self) -> str:
        return str(self.definition.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.definition.get("private_metadata", ""))

    @property
    def words(self) -> str:
        """Title, blocks, errors and buttons, as a person reads them from top to bottom."""
        parts = [self.title, words_of(self.blocks), *self.errors.values(), self.submit_words]
        return "\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Call:
    """One call of the Web API, as the log keeps it: arguments without the token, and what was answered."""

    at: datetime
    method: str
    arguments: Json
    status: int
    error: str = ""

    @property
    def ok(self) -> bool:
        return self.status == 200 and not self.error


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}
