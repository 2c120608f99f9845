"""Takes things in as fast as it can, sixteen at a time, and says of each that it was released: until it is killed."""

import asyncio
import itertools
import os
import sys

from bot.clock import system_clock
from bot.keyring import Keyring
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store


async def main(database_url: str) -> None:
    """Never ends by itself."""
    keyring = Keyring(("a secret of a process that is killed",))
    store = Store(database_url, clock=system_clock, keyring=keyring, sending=SendingPolicy(live=False, slack=True))
    numbers = itertools.count()

    async def person() -> None:
        while True:
            key = f"Ev{next(numbers)}"
            await store.together(lambda uow: uow.conversations.first_time("slack", key))  # noqa: B023 - awaited here
            os.write(1, f"{key}\n".encode())

    await asyncio.gather(*(person() for _ in range(16)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
