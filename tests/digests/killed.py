"""A worker as a process of its own, to be killed: `python -m tests.digests.killed DATABASE_URL PORT STATE_DIR AHEAD`."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from bot.clock import system_clock
from bot.keyring import Keyring
from bot.settings import MailSettings
from digests.letters import Writers
from digests.outbox import Drain, DrainSettings
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store
from tests.digests.kinds import KINDS

CONNECTIONS = 5
SECRET = "a secret of the kill campaign, long enough for anything"


def a_store(database_url: str, *, ahead_s: float = 0.0) -> Store:
    """The store of the campaign, with a clock that may go ahead."""
    ahead = timedelta(seconds=ahead_s)
    sending = SendingPolicy(live=True, slack=False)
    return Store(database_url, clock=lambda: system_clock() + ahead, keyring=Keyring((SECRET,)), sending=sending)


async def work(database_url: str, port: str, state_dir: str, ahead_s: str) -> None:
    """Drains until it is done, or dead."""
    store = a_store(database_url, ahead_s=float(ahead_s))
    mail = MailSettings(
        smtp_url=f"smtp://127.0.0.1:{port}?tls=none",
        connections=CONNECTIONS,
        sender="herald@herald.example.org",
        domain="herald.example.org",
    )
    settings = DrainSettings(base_url="https://herald.example.org", mail=mail, state_dir=Path(state_dir), host="killed")
    drained = await Drain(store, settings, writers=Writers(KINDS, {})).run_once()
    print(f"SENT {drained.sent} LEFT {drained.left}", flush=True)
    await store.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:5]))
