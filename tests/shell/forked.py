"""`herald` as a process of its own without a second of imports each time: one process imports everything and forks.

A forked command has its own folder, variables, streams and exit code as any other, warnings are errors in it; what it
has not is a fresh interpreter. What depends on that (`--help` at once, a signal, a closed pipe) starts a real one.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
LIMIT = 1 << 20
"""Bytes of one order: words and variables."""


class Forker:
    """The process that forks itself for every command."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(PATIENCE_S)
        self._orders = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "tests.shell.forked", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                start_new_session=True,
            )

    def run(
        self, words: Sequence[str], *, folder: Path, environment: Mapping[str, str], stdin: str
    ) -> tuple[int, str, str]:
        """The exit code, and what stood on standard output and standard error. Raises TimeoutError."""
        with _file(stdin) as given, _file() as out, _file() as err:
            order = json.dumps({"words": list(words), "folder": str(folder), "environment": dict(environment)})
            socket.send_fds(self._orders, [order.encode()], [given.fileno(), out.fileno(), err.fileno()])
            try:
                code = int(self._orders.recv(100))
            except (TimeoutError, ValueError) as late:
                os.killpg(self._process.pid, signal.SIGKILL)
                end()
                raise TimeoutError(f"herald {' '.join(words)} does not end: {_read(err)[-2000:]}") from late
            return code, _read(out), _read(err)

    def end(self) -> None:
        """Nobody orders anything any more."""
        self._orders.close()
        self._process.wait(PATIENCE_S)


@cache
def forker() -> Forker:
    """The one of this test run; `tests/conftest.py` ends it."""
    return Forker()


def end() -> None:
    """Ends it, if there is one."""
    if forker.cache_info().currsize:
        forker().end()
        forker.cache_clear()


def _file(text: str = "") -> IO[bytes]:
    found = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked for it closes it
    found.write(text.encode())
    found.seek(0)
    return found


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


def serve(orders: socket.socket) -> None:
    """Forks for every order, until nobody orders any more."""
    while True:
        said, streams, _, _ = socket.recv_fds(orders, LIMIT, 3)
        if not said:
            return
        child = os.fork()
        if not child:
            _be_the_command(json.loads(said), streams)
        for stream in streams:
            os.close(stream)
        orders.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _be_the_command(order: Mapping[str, object], streams: Sequence[int]) -> None:
    """Never comes back."""
    code: object = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - as Python begins with
        os.chdir(str(order["folder"]))
        os.environ.clear()
        os.environ.update(order["environment"])  # type: ignore[call-overload]  # JSON
        from bot.cli import main

        code = main(list(order["words"]))  # type: ignore[call-overload]  # JSON
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _import_everything() -> None:
    """What commands import, also where they do so in a function."""
    import importlib

    from bot.cli.commands import COMMANDS

    for command in COMMANDS:
        command.load()
    for name in ("bot.opening", "bot.cli.failures", "bot.app", "aiosqlite", "phonenumbers.data.region_GB"):
        importlib.import_module(name)


if __name__ == "__main__":
    _import_everything()
    serve(socket.socket(fileno=int(sys.argv[1])))
