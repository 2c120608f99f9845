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
        self._about: dict[str, list[asyncio.Task[None]]] = {}

    def do(self, work: Coroutine[Any, Any, None], *, about: str) -> None:
        """Starts some work about a person, after what runs about them already.

        Work that waits does the same for whoever comes after it: a nervous thumb fills no queue.
        """
        before = self._about.setdefault(about, [])
        if len(before) > 1:
            work.close()
            return
        task = asyncio.create_task(self._after(before[0], work) if before else work)
        before.append(task)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._forget(done, about))

    @staticmethod
    async def _after(earlier: asyncio.Task[None], work: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.wait([earlier])
        except BaseException:
            work.close()
            raise
        await work

    async def finished(self, *, within_s: float = CLOSING_S) -> None:
        """Waits for what is running, and ends what takes longer."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()

    def _forget(self, task: asyncio.Task[None], about: str) -> None:
        self._tasks.discard(task)
        self._about[about].remove(task)
        if not self._about[about]:
            del self._about[about]
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
