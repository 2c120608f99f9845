"""Group commit: what comes in while a commit is being written shares the next one (decision 9).

A flush to disk costs the same for one answer as for thirty. So one task takes whatever waits, does each piece of work
in a savepoint of its own, commits once, and only then lets go of everybody whose work is in that commit: law 1 holds
for each of them. Nobody waits for company: whoever comes first is begun with what is there, and others are next.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import DatabaseBusy

MOST = 100
"""Members of one group at most, so that the first of them is not kept waiting by a queue that never ends."""

TURNS = 3
"""Turns of the event loop before a group begins: no time is waited, but what has reached this process already joins."""

Made = TypeVar("Made")
Work = Callable[[AsyncSession], Awaitable[Made]]
Sessions = Callable[[], AsyncSession]
"""Makes sessions in a group's transaction, each in a savepoint of its own."""
Shared = Callable[[], AbstractAsyncContextManager[Sessions]]
"""Opens a transaction for a group; it is committed when the block is left."""


@dataclass(slots=True, eq=False)
class _Turn:
    """One piece of work that waits for its turn, and where its result goes."""

    work: Work[Any]
    outcome: asyncio.Future[Any]
    made: Any = None


class GroupBroken(DatabaseBusy):
    """The database gave up the whole group's transaction: nothing of it was stored, and everybody may try again."""


class GroupCommit:
    """Does work that may share a commit."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._waiting: deque[_Turn] = deque()
        self._leading: asyncio.Task[None] | None = None

    async def together(self, work: Work[Made]) -> Made:
        """Does the work in a group and gives back what it made, once that is on disk.

        Raises what the work raises (nothing of it is stored then, and nobody else is touched), or what kept the group
        from beginning or committing. Whoever is cancelled stops waiting; their work is done or not, as a whole.
        """
        turn = _Turn(work, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        if self._leading is None:
            self._leading = asyncio.create_task(self._lead())
        made: Made = await turn.outcome
        return made

    async def finished(self) -> None:
        """Waits until nothing is under way."""
        if self._leading is not None:
            await asyncio.wait([self._leading])

    async def _lead(self) -> None:
        try:
            while self._waiting:
                for _ in range(TURNS):
                    await asyncio.sleep(0)
                await self._one_group()
        finally:
            self._leading = None

    async def _one_group(self) -> None:
        """Begin, everybody who waits, commit. When it cannot begin, those fail who had come before it tried."""
        before, members = list(self._waiting), list[_Turn]()
        try:
            async with self._shared() as sessions:
                for turn in self._arrivals():
                    members.append(turn)
                    await _part(sessions(), turn)
        except BaseException as problem:
            for turn in members or before:
                _fail(turn, problem)
            if not isinstance(problem, Exception):
                raise
            return
        for turn in members:
            if not turn.outcome.done():
                turn.outcome.set_result(turn.made)

    def _arrivals(self) -> Iterator[_Turn]:
        for _ in range(MOST):
            while self._waiting and self._waiting[0].outcome.done():  # cancelled, or failed at the beginning
                self._waiting.popleft()
            if not self._waiting:
                return
            yield self._waiting.popleft()


async def _part(session: AsyncSession, turn: _Turn) -> None:
    """One member in its savepoint, with a session of its own: what fails there is undone alone and seen by nobody else.

    Raises GroupBroken when undoing fails, as after a full disk.
    """
    try:
        turn.made = await turn.work(session)
        await session.commit()
    except BaseException as problem:
        try:
            await session.rollback()
        except Exception as broken:
            raise GroupBroken("The group's transaction is gone. Nothing was stored; please try again.") from broken
        _fail(turn, problem)
        if not isinstance(problem, Exception):
            raise
    finally:
        await session.close()


def _fail(turn: _Turn, problem: BaseException) -> None:
    if turn.outcome.done():
        return
    if isinstance(problem, Exception):
        turn.outcome.set_exception(problem)
    else:
        turn.outcome.cancel()
