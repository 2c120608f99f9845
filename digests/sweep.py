"""A sweep: asks the database what is due and not yet done, and does it (law 3). A missed hour costs nothing."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from storage.database import DatabaseBusy
from storage.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class Sweep:
    """One line of the timetable: its name, how many seconds lie between two runs, and what it does.

    `run` works in units of its own, so that one bad item never holds up the others, and returns how many items it did.
    """

    name: str
    every_s: float
    run: Callable[[Store], Awaitable[int]]


async def one_by_one(store: Store, names: Iterable[str], do: Callable[[UnitOfWork, str], Awaitable[int]]) -> int:
    """Each in a unit of its own: one that fails undoes no other and holds none up. Returns how many were done.

    What failed is raised when all have had their turn, so that the worker says it; a busy database at once.
    """
    done = 0
    problems: list[Exception] = []
    for name in names:
        try:
            async with store.transaction() as uow:
                done += await do(uow, name)
        except DatabaseBusy:
            raise
        except Exception as problem:
            problems.append(problem)
    if problems:
        raise ExceptionGroup(f"{len(problems)} could not be done, the others were", problems)
    return done
