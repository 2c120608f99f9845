"""Talks in direct messages that went quiet: people who have yet to be told how to go on are told, once."""

from typing import Final

from digests.sweep import Sweep
from handlers.typed.quiet import gone_quiet, say_how_to_go_on
from storage.unit_of_work import Store

LOOK_EVERY_S: Final = 60.0


async def say_once(store: Store) -> int:
    """Tells each of them once, each in a unit of its own."""
    async with store.reading() as uow:
        quiet = await gone_quiet(uow)
    told = 0
    for conversation_id in quiet:
        async with store.transaction() as uow:
            told += await say_how_to_go_on(uow, conversation_id)
    return told


SWEEPS: Final[tuple[Sweep, ...]] = (Sweep("talks.quiet", LOOK_EVERY_S, say_once),)
