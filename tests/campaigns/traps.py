"""Named steps of sending at which a worker dies by its own hand, seen at its database: nothing else is touched.

`freezing`: the recipients are written and not committed. `frozen`: they are committed, nothing is claimed.
`claiming`, `claimed`: the same for the first claim. `recording`: the relay has said yes, the journal has it, the
database is about to. `recorded`: the database has it, the journal still does too. `ending`: the edition is about to
be closed.
"""

import os
import re
import signal
from typing import Any

from sqlalchemy import Engine, event

STEPS = {
    "freezing": (re.compile(r"INSERT INTO delivery\b(?!_)"), "before"),
    "frozen": (re.compile(r"INSERT INTO delivery\b(?!_)"), "after"),
    "claiming": (re.compile(r"UPDATE delivery\b.*attempts \+", re.DOTALL), "before"),
    "claimed": (re.compile(r"UPDATE delivery\b.*attempts \+", re.DOTALL), "after"),
    "recording": (re.compile(r"UPDATE delivery\b.*accepted_as", re.DOTALL), "before"),
    "recorded": (re.compile(r"UPDATE delivery\b.*accepted_as", re.DOTALL), "after"),
    "ending": (re.compile(r"UPDATE bulletin\b.*finished_at", re.DOTALL), "before"),
}
"""How a statement of the step is known, and on which side of its commit death comes."""


def set_trap(engine: Engine, step: str) -> None:
    """Lets this process die by kill -9 when the engine comes to the step."""
    known, side = STEPS[step]
    state = {"came": False, "committed": False}

    @event.listens_for(engine, "before_cursor_execute")
    def look(_connection: Any, _cursor: Any, statement: str, *_given: Any) -> None:
        state["came"] = state["came"] or known.search(statement) is not None

    @event.listens_for(engine, "commit")
    def commit(_connection: Any) -> None:
        if state["came"] and side == "before":
            die()
        state["committed"] = state["came"]

    @event.listens_for(engine, "checkin")
    def let_go(_raw: Any, _record: Any) -> None:
        if state["committed"]:
            die()


def die() -> None:
    """kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)
