"""What a process that runs for long tells the garbage collector."""

import gc
from typing import Final

YOUNG: Final = 10_000
"""New objects between two looks at the young ones; 700 without this. A letter or an answer makes dozens, all of which
go by themselves: looking at them costs a tenth of the sending of a bulletin (benchmarks/bulletin.py)."""


def settle() -> None:
    """Says that what is there after the start stays: modules, routes, mapped classes.

    Else each full collection walks through all of it, in the middle of somebody's answer: a twentieth of the work of
    an answer, and its longest waits (`gc.freeze`, Python's documentation; decision 9).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
