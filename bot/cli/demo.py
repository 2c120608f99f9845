"""`herald demo`: an invented partnership at work, everything in one process and in the browser."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bot import logs
from bot.app import Herald
from bot.cli.serve import Server, run_together, server_config, stopped_by_signals
from bot.cli.shell import CannotDo, Shell
from bot.demo.folder import DemoFolder, NotOurs
from bot.demo.house import Plan, build_house, empty_workspace, let_members_in, new_plan
from bot.demo.inbox import Inbox, Replies, receiving
from bot.demo.seeding import seed
from bot.demo.slack import Workspace
from bot.demo.story.clock import MovedClock
from bot.mail_door import mail_context
from handlers.mail.listener import listening as mail_listening
from storage import schema

LOOPBACK = "127.0.0.1"


async def demo(shell: Shell) -> None:
    """Makes the invented partnership where there is none yet, then serves it until a signal comes."""
    logs.set_up(as_json=False, stream=shell.err, level=logging.WARNING)
    folder = DemoFolder(Path(shell.options.data))
    with _listening(shell.options.port) as listener:
        base_url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        _open(folder, reset=shell.options.reset)
        workspace = empty_workspace(clock := MovedClock(shell.clock))
        if not folder.complete:
            shell.say("Inventing a partnership and a year of its life. This takes a few seconds ...")
            await _make(shell, folder, base_url, workspace=workspace, clock=clock)
        inbox = Inbox(folder.inbox)
        async with receiving(inbox) as receiver:
            plan = new_plan(folder, base_url=base_url, smtp_url=receiver.smtp_url)
            await _run(shell, plan, listener, workspace=workspace, inbox=inbox)


async def _make(shell: Shell, folder: DemoFolder, base_url: str, *, workspace: Workspace, clock: MovedClock) -> None:
    secret = folder.secret()
    fresh = folder.begin()
    async with receiving(Inbox(fresh.inbox)) as receiver:
        plan = Plan(fresh, base_url, receiver.smtp_url, secret, "only-while-the-story-is-told")
        await seed(plan, workspace=workspace, clock=clock, now=shell.clock())
    folder.take_over()


async def _run(shell: Shell, plan: Plan, listener: socket.socket, *, workspace: Workspace, inbox: Inbox) -> None:
    replies = Replies()
    herald = build_house(plan, workspace=workspace, inbox=inbox, replies=replies)
    stop = asyncio.Event()
    try:
        await _bring_up_to_date(shell, herald)
        await let_members_in(workspace, herald.store)
        with stopped_by_signals(stop):
            server = Server(
                server_config(herald, host=LOOPBACK, port=listener.getsockname()[1]),
                ready=lambda address: _say_ready(shell, address),
            )
            async with _taking_replies(herald, replies):
                await run_together(herald, server, stop, with_worker=True, sockets=[listener])
    finally:
        await herald.close()


async def _bring_up_to_date(shell: Shell, herald: Herald) -> None:
    """A demo that an earlier Herald made goes on: `herald migrate` knows nothing of its database."""
    try:
        before = await schema.migrate(herald.store.engines)
    except schema.SchemaMismatch as problem:
        raise CannotDo("A newer Herald made this demo. Begin afresh with: herald demo --reset") from problem
    if before != schema.newest():
        shell.say("An earlier Herald made this demo. It is brought up to date, and what you did in it stays.")


@contextlib.asynccontextmanager
async def _taking_replies(herald: Herald, replies: Replies) -> AsyncIterator[None]:
    """Opens Herald's own listener for mail on a free port, and tells the inbox where it is."""
    context = mail_context(herald.store, herald.settings)
    if context is None:
        yield
        return
    async with mail_listening(context, listen=f"{LOOPBACK}:0") as listener:
        replies.port = listener.port
        yield


def _say_ready(shell: Shell, address: str) -> None:
    shell.result(f"Open {address}/demo")
    shell.out.flush()
    shell.say("Everything is invented, and nothing leaves this machine. Stop with Ctrl-C.")


def _open(folder: DemoFolder, *, reset: bool) -> None:
    try:
        folder.open(reset=reset)
    except NotOurs as problem:
        raise CannotDo(str(problem)) from problem
    except OSError as problem:
        raise CannotDo(f"{folder.path} cannot be used ({problem.strerror}). Choose another with --data.") from problem


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """Takes the port first: whoever asks early waits for the answer. Raises CannotDo when it is not free."""
    try:
        listener = socket.create_server((LOOPBACK, port))
    except (OSError, OverflowError) as problem:
        message = (
            f"Port {port} is not free. Is a demo running already? Choose another with --port, such as --port 8001."
        )
        raise CannotDo(message) from problem
    with listener:
        yield listener
