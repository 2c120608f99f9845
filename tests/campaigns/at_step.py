"""`herald serve` that kills itself at a named step: `python -m tests.campaigns.at_step serve STEP MARK --port N`.

It behaves until the file MARK exists. Then it dies: `before-commit` when the next transaction that wrote is about to be
committed, `after-commit` when that commit is on disk and nobody has been answered, `record` when the relay has said yes
and the result is about to be written down.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot import logs
from bot.app import Herald, build
from bot.cli.serve import Server, run_together, server_config, stopped_by_signals
from bot.settings import Settings

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
RECORD = "UPDATE delivery SET state="


def arm(engine: Engine, step: str, mark: Path) -> None:
    """Lets the process die when this engine comes to the step."""
    state = {"wrote": False, "committed": False}

    @event.listens_for(engine, "before_cursor_execute")
    def look(_connection: Any, _cursor: Any, statement: str, *_given: Any) -> None:
        recording = RECORD in statement and "last_reply" in statement
        if mark.exists() and (recording if step == "record" else statement.lstrip().startswith(WRITES)):
            state["wrote"] = True

    @event.listens_for(engine, "commit")
    def commit(_connection: Any) -> None:
        if state["wrote"] and step in ("before-commit", "record"):
            os.kill(os.getpid(), signal.SIGKILL)
        state["committed"] = state["wrote"]

    @event.listens_for(engine, "checkin")
    def let_go(_raw: Any, _record: Any) -> None:
        if state["committed"]:
            os.kill(os.getpid(), signal.SIGKILL)


def engines_of(herald: Herald) -> list[Engine]:
    """Whatever writes to the database."""
    engines = herald.store.engines
    at_hand = [] if engines._at_hand is None else [engines._at_hand._engine]
    return [engines.writer.sync_engine, *at_hand]


async def serve() -> None:
    """Serves until it dies."""
    parser = argparse.ArgumentParser()
    parser.add_argument("word")
    parser.add_argument("step", choices=("before-commit", "after-commit", "record"))
    parser.add_argument("mark", type=Path)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    settings = Settings.from_env(os.environ)
    logs.set_up(as_json=False, stream=sys.stderr)
    herald = build(settings)
    for engine in engines_of(herald):
        arm(engine, given.step, given.mark)
    stop = asyncio.Event()
    with stopped_by_signals(stop):
        server = Server(server_config(herald, host="127.0.0.1", port=given.port), ready=lambda _address: None)
        await run_together(herald, server, stop, with_worker=given.step == "record")
    await herald.close()


if __name__ == "__main__":
    asyncio.run(serve())
