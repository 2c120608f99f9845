"""How fast a bulletin leaves to a relay far away: every reply comes 20 ms late, ten connections, the real drain.

On a real line round trips rule and not the processor: four for each message, two where the commands that announce it
travel together (RFC 2920), one where the next message is announced behind the last one's dot. So this counts messages
in a second; the limit of 230 is ten connections with two round trips each, without what claiming and recording cost
(reference/email-delivery.md section 3.6: 236). One of the ten connections is kept free for alerts.
"""

import tempfile
import time
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.edition import BULLETIN, drain_settings, prepare, store_in
from benchmarks.measured import Row
from benchmarks.slow_relay import slow_relay
from digests.bulletins import release
from digests.outbox import Drain
from handlers.bulletins.status import status_of

CONNECTIONS: Final = 10
LIMIT: Final = 230  # messages a second, where PIPELINING is offered
MESSAGES: Final = {True: 2000, False: 600}


def run() -> list[Row]:
    """Messages a second as a share of the limit, with PIPELINING offered and without."""
    rows = []
    for pipelining, messages in MESSAGES.items():
        rate = messages / uvloop.run(_seconds(messages, pipelining=pipelining))
        name = "PIPELINING offered" if pipelining else "not offered"
        promise = f"promised: {LIMIT}/s" if pipelining else "for comparison; nothing is promised"
        rows.append(
            (name, rate / LIMIT, f"{rate:.0f}/s over {CONNECTIONS} connections, {messages} messages; {promise}")
        )
    return rows


async def _seconds(messages: int, *, pipelining: bool) -> float:
    """From the first claim to the last message recorded as sent."""
    with tempfile.TemporaryDirectory(prefix="herald-bench-") as name:
        folder = Path(name)
        store = store_in(folder)
        try:
            await prepare(store, readers=messages)
            await release(store)
            async with slow_relay(pipelining=pipelining) as port:
                drain = Drain(store, drain_settings(folder, port=port, connections=CONNECTIONS))
                begun = time.perf_counter()
                await drain.run_once()
                taken = time.perf_counter() - begun
            async with store.reading() as uow:
                row = await uow.bulletins.get(BULLETIN)
                if row is None or (await status_of(uow, row)).sent != messages:
                    raise RuntimeError("not every message stands as sent")
        finally:
            await store.close()
    return taken


if __name__ == "__main__":
    for name, ratio, detail in run():
        print(f"{name}: {ratio:.2f} ({detail})")
