"""A sweep: asks the database what is due and not yet done, and does it (law 3). A missed hour costs nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storage.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Sweep:
    """One line of the timetable: its name, how many seconds lie between two runs, and what it does.

    `run` works in units of its own, so that one bad item never holds up the others, and returns how many items it did.
    """

    name: str
    every_s: float
    run: Callable[[Store], Awaitable[int]]
