"""How fast a bulletin leaves: the real drain (claim, splice, SMTP, durable record) against Postfix's `smtp-source`.

Both send the same number of messages of the same size to `smtp-sink` over ten connections, one after the other in each
round, so what counts is the ratio inside a round. The edition has live blocks: every message carries its reader's own
booking, pledge and unsubscribe links, signed for them. At the end every row must stand as sent in the database.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.edition import BULLETIN, drain_settings, prepare, store_in
from benchmarks.mail_transport import CONNECTIONS, NO_POSTFIX, has_postfix, smtp_sink, smtp_source
from bot.cli.memory import settle
from bot.settings import MailSettings
from digests.bulletins import release
from digests.outbox import Drain, DrainSettings
from handlers.bulletins.status import status_of
from storage.claims import Claimed
from storage.unit_of_work import Store, UnitOfWork

MESSAGES: Final = 10_000
ROUNDS: Final = 3
Loop = Callable[[Coroutine[Any, Any, float]], float]


def run() -> list[tuple[str, float, str]]:
    """Name, ratio to smtp-source (1.00 is as fast as it) and detail, for asyncio and for uvloop."""
    if not has_postfix():
        return [("bulletin", 0.0, NO_POSTFIX)]
    settle()  # as `herald serve` and `herald worker` do
    loops: dict[str, Loop] = {"asyncio": asyncio.run, "uvloop": uvloop.run}
    ratios: dict[str, list[float]] = {name: [] for name in loops}
    rates: dict[str, list[float]] = {name: [] for name in [*loops, "smtp-source"]}
    size = 0
    for _ in range(ROUNDS):
        for name, run_in in loops.items():
            with tempfile.TemporaryDirectory(prefix="herald-bench-") as folder:
                rate = MESSAGES / run_in(_herald(Path(folder)))
                size = size or int((Path(folder) / "size").read_text())
            reference = MESSAGES / smtp_source(size, messages=MESSAGES)
            rates["smtp-source"].append(reference)
            rates[name].append(rate)
            ratios[name].append(rate / reference)
    against = (
        f"smtp-source {statistics.median(rates['smtp-source']):.0f}/s, {size} bytes, {ROUNDS} rounds of {MESSAGES}"
    )
    return [
        (
            f"bulletin ({name})",
            statistics.median(ratios[name]),
            f"{statistics.median(rates[name]):.0f}/s; {against}; {min(ratios[name]):.2f} to {max(ratios[name]):.2f}",
        )
        for name in loops
    ]


async def _herald(folder: Path) -> float:
    """Seconds from the first claim to the last message recorded as sent."""
    store = store_in(folder)
    try:
        await prepare(store, readers=MESSAGES)
        await release(store)
        async with smtp_sink() as port:
            settings = drain_settings(folder, port=port, connections=CONNECTIONS)
            begun = time.perf_counter()
            await Drain(store, settings).run_once()
            taken = time.perf_counter() - begun
        await _all_sent(store, settings, folder)
    finally:
        await store.close()
    return taken


async def _all_sent(store: Store, settings: DrainSettings, folder: Path) -> None:
    """Every row stands as sent, or the time says nothing; also how large a message was."""
    async with store.reading() as uow:
        row = await uow.bulletins.get(BULLETIN)
        if row is None or (await status_of(uow, row)).sent != MESSAGES:
            raise RuntimeError("not every message stands as sent")
        size = await _size(uow, settings)
    (folder / "size").write_text(str(size))


async def _size(uow: UnitOfWork, settings: DrainSettings) -> int:
    from digests.bulletins import EditionWriter
    from digests.compose import Desk, Stamp
    from digests.feeder import addressee
    from digests.messages.kinds import Writing
    from handlers.partnership import partnership_of

    delivery = Claimed.of((await uow.deliveries.about(f"bulletin:{BULLETIN}"))[0])
    people = await uow.people.recipients([delivery.person_id or 0])
    writing = Writing(await partnership_of(uow), uow.now, settings.base_url)
    desk = Desk(writing, settings.mail or MailSettings(smtp_url=""), uow.keyring, live=True)
    writer = EditionWriter()
    await writer.prepare(uow, [delivery], people, desk=desk)
    to = addressee(delivery, people[delivery.person_id or 0])
    stamp = Stamp(delivery.id, delivery.message_id or "", delivery.message_date or uow.now)
    return sum(map(len, writer.mail(delivery, to, desk=desk, stamp=stamp).wire))


if __name__ == "__main__":
    for name, ratio, detail in run():
        print(f"{name}: {ratio:.2f} ({detail})")
