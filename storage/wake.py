"""Wake-up: a message that was queued just now is looked for at once, in whichever process the worker runs.

In one process an event does it. On PostgreSQL the transaction that queues sends NOTIFY as well: it leaves with the
commit, and PostgreSQL delivers the same notification of one transaction once. On SQLite two processes on one file find
each other's work by polling. Polling stays the safety net everywhere: a lost connection costs an interval, no message.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from storage.database import Engines

log = logging.getLogger("herald.wake")
CHANNEL: Final = "herald_work"
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
PROVE_EVERY_S: Final = 30.0
"""How often the connection is asked whether it still lives: a network that swallows packets says nothing by itself."""
ANSWER_WITHIN_S: Final = 5.0


async def ring(session: AsyncSession) -> None:
    """Wakes the workers of every process when this transaction commits. Nothing happens on SQLite."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"NOTIFY {CHANNEL}"))


async def listen(engines: Engines, waiting: asyncio.Event, *, done: asyncio.Event) -> None:
    """Sets `waiting` whenever another process has queued something, until `done`; comes back after every break.

    Keeps a connection of its own, because a pooled one would lose its LISTEN. Returns at once on SQLite.
    """
    if engines.sqlite:
        return
    pause = FIRST_PAUSE_S
    while not done.is_set():
        try:
            async with _listening(engines, waiting) as (driver, lost):
                waiting.set()  # what was queued while nobody listened
                pause = FIRST_PAUSE_S
                while not await _either(done, lost, seconds=PROVE_EVERY_S):
                    await driver.execute("SELECT 1", timeout=ANSWER_WITHIN_S)
        except Exception as problem:
            log.warning("workers are woken by polling alone for now (%s)", type(problem).__name__)
        if not done.is_set():
            await _either(done, seconds=pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)


@contextlib.asynccontextmanager
async def _listening(engines: Engines, waiting: asyncio.Event) -> AsyncIterator[tuple[Any, asyncio.Event]]:
    """asyncpg's own connection with LISTEN, and an event that says that it broke."""
    engine = create_async_engine(engines.writer.url, poolclass=NullPool)
    lost = asyncio.Event()
    try:
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda _driver: lost.set())
            await driver.add_listener(CHANNEL, lambda *_said: waiting.set())
            yield driver, lost
    finally:
        await engine.dispose()


async def _either(*events: asyncio.Event, seconds: float) -> bool:
    """Waits until one of the events is set; False when the time is over first."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    ended, late = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in late:
        wait.cancel()
    return bool(ended)
