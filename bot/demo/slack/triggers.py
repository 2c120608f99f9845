"""Trigger ids: the short permission to open a modal that comes with every interaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.demo.slack.records import Clock, SlackRefusal
from bot.rendering.slack_limits.numbers import TRIGGER_SECONDS


@dataclass(frozen=True)
class Trigger:
    """Who acted, when, and in which modal view (empty outside of one)."""

    member: str
    issued: datetime
    view: str = ""


@dataclass
class TriggerBook:
    """Every trigger lives three seconds and is exchanged once (docs.slack.dev, views.open errors)."""

    clock: Clock
    open: dict[str, Trigger] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def issue(self, member: str, *, view: str = "") -> str:
        """A new trigger id in Slack's form, three parts with dots between."""
        now = self.clock()
        name = f"{secrets.randbelow(10**12)}.{int(now.timestamp())}.{secrets.token_hex(16)}"
        self.open[name] = Trigger(member, now, view)
        return name

    def exchange(self, name: str) -> Trigger:
        """What the trigger permits. Raises SlackRefusal `invalid_trigger_id`, `exchanged_…` or `expired_trigger_id`."""
        trigger = self.open.get(name)
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if name in self.used:
            raise SlackRefusal("exchanged_trigger_id")
        if self.clock() - trigger.issued > timedelta(seconds=TRIGGER_SECONDS):
            raise SlackRefusal("expired_trigger_id")
        self.used.add(name)
        return trigger
