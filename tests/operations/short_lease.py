"""`herald worker` as on another machine, with a lease short enough for a test: `python -m tests.operations.short_lease`.

Settled: kill campaigns may shorten the lease by a setting of the test, not of the product. `LEASE_S` and `POLL_S` are
the test's, and so is how long PostgreSQL lets it sleep in a transaction; all else is what `herald worker` does.
"""

import asyncio
import os
import sys
from dataclasses import replace
from datetime import timedelta

from bot import logs
from bot.app import build
from bot.cli.serve import stopped_by_signals
from bot.settings import Settings
from digests.worker import run_worker
from storage.database import POSTGRES_SETTINGS

FROZEN_FOR = "10000"
"""Milliseconds; `test_locked.py` knows that it is half a minute in the product."""


async def work() -> None:
    """Works until it is told to stop."""
    own = ("LEASE_S", "POLL_S")
    settings = Settings.from_env({name: value for name, value in os.environ.items() if name not in own})
    logs.set_up(as_json=False, stream=sys.stderr)
    POSTGRES_SETTINGS["idle_in_transaction_session_timeout"] = FROZEN_FOR
    herald = build(settings)
    lease = timedelta(seconds=float(os.environ["LEASE_S"]))
    drain = replace(herald.drain, lease=lease, poll_s=float(os.environ["POLL_S"]))
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        await run_worker(herald.store, drain, tools=herald.tools, stop=stop)
    await herald.close()


if __name__ == "__main__":
    asyncio.run(work())
