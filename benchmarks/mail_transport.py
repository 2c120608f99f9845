"""How fast letters leave: ten `MailConnection`s with spliced bytes against Postfix's own C sender, `smtp-source`.

Both send the same number of messages of the same size to `smtp-sink`, one after the other in each round, so what counts
is the ratio inside a round, not the rate of this machine. The reply to every message is awaited and read.
"""

import asyncio
import os
import shutil
import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import uvloop

from bot.rendering.mime import Compiled, Letter, Slot, compile_letter, pieces, splice, token
from bot.rules.relay import MailRelay
from digests.mail_replies import Accepted
from digests.mailer import MailConnection

CONNECTIONS: Final = 10
MESSAGES: Final = 3000
ROUNDS: Final = 5
PATHS: Final = {"PATH": "/usr/sbin:/usr/bin"}
NO_POSTFIX: Final = "left out: smtp-source and smtp-sink (Debian's postfix) are not installed"
LINKS: Final = 14
SLOTS: Final = (Slot("to"), Slot("name"), Slot("mid"), Slot("link", "link"), Slot("unsubscribe", "link"))
Loop = Callable[[Coroutine[Any, Any, float]], float]


def run() -> list[tuple[str, float, str]]:
    """Name, ratio to smtp-source (1.00 is as fast as it) and detail, for asyncio and for uvloop."""
    if not has_postfix():
        return [("mail transport", 0.0, NO_POSTFIX)]
    compiled = compile_letter(_bulletin(), SLOTS)
    size = len(splice(compiled, _values(0)))
    loops: dict[str, Loop] = {"asyncio": asyncio.run, "uvloop": uvloop.run}
    ratios: dict[str, list[float]] = {name: [] for name in loops}
    rates: dict[str, list[float]] = {name: [] for name in [*loops, "smtp-source"]}
    for _ in range(ROUNDS):
        reference = MESSAGES / smtp_source(size)
        rates["smtp-source"].append(reference)
        for name, run_in in loops.items():
            rate = MESSAGES / run_in(_herald(compiled))
            rates[name].append(rate)
            ratios[name].append(rate / reference)
    against = (
        f"smtp-source {statistics.median(rates['smtp-source']):.0f}/s, {size} bytes, {ROUNDS} rounds of {MESSAGES}"
    )
    return [
        (
            f"mail transport ({name})",
            statistics.median(ratios[name]),
            f"{statistics.median(rates[name]):.0f}/s; {against}; {min(ratios[name]):.2f} to {max(ratios[name]):.2f}",
        )
        for name in loops
    ]


def has_postfix() -> bool:
    """Whether Postfix's measuring tools are installed."""
    return all(shutil.which(tool, path=PATHS["PATH"]) for tool in ("smtp-source", "smtp-sink"))


async def _herald(compiled: Compiled) -> float:
    async with smtp_sink() as port:
        relay = MailRelay("127.0.0.1", port, "none")
        numbers = iter(range(MESSAGES))

        async def worker() -> None:
            connection = MailConnection(relay, local_hostname="herald.example.org")
            for number in numbers:
                values = _values(number)
                outcome = await connection.send("bounce+x@herald.example.org", values["to"], pieces(compiled, values))
                if not isinstance(outcome, Accepted):
                    raise RuntimeError(f"the sink did not take message {number}: {outcome}")
            await connection.close()

        begun = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
        return time.perf_counter() - begun


def smtp_source(size: int, *, messages: int = MESSAGES) -> float:
    """Seconds that Postfix's own sender takes for so many messages of so many bytes over ten connections."""

    async def timed() -> float:
        async with smtp_sink() as port:
            command = ["smtp-source", "-s", str(CONNECTIONS), "-d", "-l", str(size), "-m", str(messages)]
            command += ["-f", "bounce@herald.example.org", "-t", "ada@example.org", f"inet:127.0.0.1:{port}"]
            begun = time.perf_counter()
            process = await asyncio.create_subprocess_exec(*command, env=PATHS)
            if await process.wait():
                raise RuntimeError("smtp-source failed")
            return time.perf_counter() - begun

    return asyncio.run(timed())


@asynccontextmanager
async def smtp_sink() -> AsyncIterator[int]:
    """Postfix's server that takes everything and keeps nothing; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    # As root smtp-sink wants to be told which unprivileged account to become.
    account = ["-u", "nobody"] if _is_root() else []
    command = ["smtp-sink", *account, f"inet:127.0.0.1:{port}", "1000"]
    process = await asyncio.create_subprocess_exec(*command, env=PATHS)
    try:
        await _listening(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


def _is_root() -> bool:
    return os.geteuid() == 0


async def _listening(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise RuntimeError("smtp-sink did not start")


def _bulletin() -> Letter:
    link, name = token("link"), token("name")
    story = "What working together looked like this month, and what front-line colleagues asked us to change. " * 8
    stories = "".join(
        f'<h2>Story {n}</h2><p style="margin:0">{story}</p><p><a href="{link}">More</a></p>' for n in range(LINKS)
    )
    return Letter(
        sender_name="Northmere partnership",
        sender_address="herald@herald.example.org",
        to=token("to"),
        to_name=name,
        subject="December e-bulletin",
        text=f"Dear {name},\n\n" + f"{story}\n{link}\n\n" * LINKS,
        html=f'<!doctype html><html lang="en"><title>Bulletin</title><p>Dear {name},</p>{stories}</html>',
        message_id=f"<{token('mid')}@herald.example.org>",
        date=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        headers=(
            ("List-Id", "Northmere e-bulletin <main.herald.example.org>"),
            ("List-Unsubscribe", f"<{token('unsubscribe')}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
    )


def _values(number: int) -> dict[str, str]:
    return {
        "to": f"person{number}@example.org",
        "name": f"Person {number}",
        "mid": f"{number:032x}",
        "link": f"https://herald.example.org/l/{number:032x}",
        "unsubscribe": f"https://herald.example.org/unsubscribe/{number:032x}",
    }


if __name__ == "__main__":
    for name, ratio, detail in run():
        print(f"{name}: {ratio:.2f} ({detail})")
