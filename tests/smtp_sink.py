"""A small real SMTP server told to misbehave: refuse, wait or hang up, at any stage, for anyone, the nth time.

    async with running_sink() as sink:
        sink.refuse("RCPT", "550 5.1.1 no such person", recipient="gone@example.org")
        sink.hang_up("BODY", "before reply", recipient="lost@example.org")   # taken, but the sender never hears of it
        ... send to sink.port ...
        assert [mail.recipient for mail in sink.mails] == ["ada@example.org"]

As a process of its own, for tests that kill the sender: `python -m tests.smtp_sink --port 0 --log FILE` prints `PORT n`
and appends one JSON line for each message before it answers 250.
"""

import argparse
import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from tests.certificates import self_signed
from tests.smtp_orders import Mail, Manner, Rule, Sink, Stage, When
from tests.smtp_session import Session

__all__ = ["Mail", "Manner", "Rule", "Sink", "Stage", "When", "running_sink"]
LIMIT = 64 * 1024 * 1024


@contextlib.asynccontextmanager
async def running_sink(
    *,
    port: int = 0,
    log: Path | None = None,
    starttls: bool = False,
    implicit_tls: bool = False,
    sign_in: tuple[str, str] | None = None,
    pipelining: bool = False,
) -> AsyncIterator[Sink]:
    """A sink on a free loopback port. `starttls` and `implicit_tls` make a certificate: `sink.tls.ca_file`."""
    with contextlib.ExitStack() as stack:
        handle = None
        if log is not None:
            handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            stack.callback(os.close, handle)
        tls = stack.enter_context(self_signed()) if starttls or implicit_tls else None
        sink = Sink(log=handle, tls=tls, implicit_tls=implicit_tls, sign_in=sign_in, pipelining=pipelining)
        sessions: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            sessions.add(task)
            task.add_done_callback(sessions.discard)
            with contextlib.suppress(asyncio.CancelledError):
                await Session(sink, reader, writer).run()

        context: ssl.SSLContext | None = tls.server_context() if tls is not None and implicit_tls else None
        server = await asyncio.start_server(serve, "127.0.0.1", port, limit=LIMIT, ssl=context, backlog=1024)
        sink.port = server.sockets[0].getsockname()[1]
        try:
            yield sink
        finally:
            server.close()
            for task in tuple(sessions):
                task.cancel()
            await asyncio.gather(*sessions, return_exceptions=True)
            await server.wait_closed()


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A real SMTP server that keeps a log of what it took.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the final reply to each message")
    options = parser.parse_args()
    async with running_sink(port=options.port, log=options.log) as sink:
        if options.delay:
            sink.wait("BODY", options.delay)
        print(f"PORT {sink.port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
