"""`herald serve`, `herald worker` and `herald tick`: the processes of an installation."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Generator, Iterator

import uvicorn

from bot import logs
from bot.app import Herald, build
from bot.cli.memory import settle
from bot.cli.shell import CannotDo, Shell
from bot.mail_door import listening_for_mail
from bot.settings import Settings
from storage import schema
from storage.reach import reach

GRACE_S = 5
"""How long requests may take to end after a stop was asked for; 4 s later the rest is cut off, below 10 s in all."""


class Server(uvicorn.Server):
    """Uvicorn that says when it is ready and leaves the signals to us, so that the worker is stopped in order too."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Does nothing: uvicorn would raise the signal again at the end and so make a stop look like a crash."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then tells the address that people can open."""
        await super().startup(sockets=sockets)
        if self.started:
            self._ready(_address(self))


def _address(server: Server) -> str:
    for listener in server.servers:
        for one in listener.sockets:
            host, port = one.getsockname()[:2]
            return f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return ""


async def serve(shell: Shell) -> None:
    """Web, Slack and, unless `--no-worker`, the background work, until a signal comes."""
    herald = await _opened(shell)
    settle()
    stop = asyncio.Event()
    try:
        with stopped_by_signals(stop):
            server = Server(
                server_config(herald, host=shell.options.host, port=shell.options.port),
                ready=lambda address: shell.say(f"Herald is ready at {address} (stop with Ctrl-C)"),
            )
            await run_together(herald, server, stop, with_worker=not shell.options.no_worker)
    finally:
        await herald.close()


async def run_together(
    herald: Herald,
    server: Server,
    stop: asyncio.Event,
    *,
    with_worker: bool,
    sockets: list[socket.socket] | None = None,
) -> None:
    """Serves until `stop` is set; then answers what was begun, and lets the worker finish what it holds.

    `sockets` listen already; without them the server opens the address that it was configured for.
    """
    serving = asyncio.create_task(_served(herald, server, sockets))
    tasks: list[asyncio.Task[object]] = [serving, asyncio.create_task(stop.wait())]
    if with_worker:
        tasks.append(asyncio.create_task(herald.work(stop)))
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    server.should_exit = True
    _, late = await asyncio.wait(tasks, timeout=GRACE_S + 4)
    for task in late:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [end for end in ended if isinstance(end, Exception)]
    if failures:
        raise failures[0]


async def _served(herald: Herald, server: Server, sockets: list[socket.socket] | None) -> object:
    try:
        async with herald.listening(), _mail(herald):
            await server.serve(sockets=sockets)
    except SystemExit as problem:  # uvicorn's way of saying that it cannot start
        host, port = server.config.host, server.config.port
        message = f"Herald cannot listen on {host}:{port}. Is it running already? Choose another with --port."
        raise CannotDo(message) from problem
    return None


@contextlib.asynccontextmanager
async def _mail(herald: Herald) -> AsyncIterator[None]:
    """The listener for mail that comes in, where one is set up."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(listening_for_mail(herald.store, herald.settings))
        except OSError as problem:
            message = f"Herald cannot listen for mail there ({problem.strerror}). Change HERALD_MAIL_LISTEN."
            raise CannotDo(message) from problem
        yield


def server_config(herald: Herald, *, host: str, port: int) -> uvicorn.Config:
    """How uvicorn serves the site: our own logs, forwarded headers only from the proxies that were named."""
    proxies = list(herald.settings.trusted_proxies)
    return uvicorn.Config(
        herald.site,
        host=host,
        port=port,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # handlers/web/access.py
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=16_384,
    )


async def worker(shell: Shell) -> None:
    """Only the background work, until a signal comes."""
    herald = await _opened(shell)
    settle()
    stop = asyncio.Event()
    try:
        with stopped_by_signals(stop):
            shell.say("The worker is running (stop with Ctrl-C)")
            await herald.work(stop)
    finally:
        await herald.close()


async def tick(shell: Shell) -> None:
    """Once everything that is due now; prints what was done."""
    herald = await _opened(shell)
    try:
        done = await herald.tick()
    finally:
        await herald.close()
    if shell.as_json:
        sweeps = [{"sweep": name, "items": items} for name, items in done.done]
        shell.data({"done": sweeps, "sent": done.sent, "left": done.left, "failed": list(done.failed)})
    else:
        for name, items in done.done:
            shell.result(f"{name}: {items}")
        shell.result(f"Sent: {done.sent}. Left for later: {done.left}.")
    if done.failed:
        raise CannotDo(f"These failed and are done again next time: {', '.join(done.failed)}. The log says where.")


async def _opened(shell: Shell) -> Herald:
    settings = shell.settings
    logs.set_up(as_json=settings.json_log, stream=shell.err)
    herald = build(settings, clock=shell.clock)
    try:
        await reach(herald.store.engines)
        await schema.check(herald.store.engines)
    except BaseException:
        await herald.close()
        raise
    warn(shell, settings)
    return herald


def warn(shell: Shell, settings: Settings) -> None:
    """Says what a person who starts Herald should know."""
    if not settings.live:
        shell.say("Practice mode: only the operations team receives messages. Set HERALD_MODE=live when you are ready.")
    if settings.mail is None:
        shell.say("No mail relay is set (HERALD_SMTP_URL), so e-mails wait until there is one.")


@contextlib.contextmanager
def stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Sets `stop` at SIGTERM or Ctrl-C instead of ending the process."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for one in signals:
        loop.add_signal_handler(one, stop.set)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
