"""What every part of the Slack door needs: the store, the settings, Slack, and work to do after the answer."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.links import Link, Purpose, make_link
from bot.settings import Settings
from handlers.slack.client import SlackClient
from storage.tables.people import Person
from storage.unit_of_work import Store

LOG = logging.getLogger("herald.slack")
LINK_LASTS = timedelta(days=30)
CLOSING_S = 5.0


class Afterwards:
    """What happens after the answer and may be lost with the process: only redrawing what the database knows anyway.

    Tasks are held here, because asyncio keeps no reference of its own to a running task.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Starts some work."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    async def finished(self, *, within_s: float = CLOSING_S) -> None:
        """Waits for what is running, and ends what takes longer."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            LOG.error("Work after an answer failed", exc_info=problem)


@dataclass(frozen=True, slots=True)
class SlackContext:
    """The Slack door's surroundings. `settings.slack` is set: without it there is no Slack door."""

    store: Store
    settings: Settings
    slack: SlackClient
    afterwards: Afterwards = field(default_factory=Afterwards)

    def page(self, path: str) -> str:
        """The address of one of Herald's own pages."""
        return f"{self.settings.base_url.rstrip('/')}/{path.lstrip('/')}"

    def talk_link(self, person: Person, conversation_id: str) -> str:
        """The same talk on the web, for this person only."""
        expires = self.store.clock() + LINK_LASTS
        link = Link(Purpose.TALK, person.id, conversation_id, person.link_epoch, expires)
        return self.page(f"l/{make_link(link, keyring=self.settings.keyring)}")

    async def close(self) -> None:
        """Lets running work end."""
        await self.afterwards.finished()


def slack_context(store: Store, settings: Settings) -> SlackContext:
    """The surroundings of the Slack door. Raises ValueError when Slack is not set up."""
    if settings.slack is None:
        raise ValueError("Slack is not set up: HERALD_SLACK_BOT_TOKEN and HERALD_SLACK_SIGNING_SECRET are missing.")
    return SlackContext(store, settings, SlackClient(settings.slack))
