"""Small numbers: which figures of confidential and named results may be shown.

Floor 5 whatever a file says, and no hidden figure that the shown ones and the total would give away.
Source: settled.md "Small numbers"; reference/surveys-pledges.md 3.4 (step 1).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

FLOOR = 5

Value = TypeVar("Value", bound=Hashable)


def publishable(cells: Mapping[Value, int], floor: int = FLOOR) -> dict[Value, int | None]:
    """The counts of one breakdown as they may be shown; a hidden figure is None.

    Whoever knows the total can work out a hidden figure that stands alone, so the next smallest is hidden with it,
    until at least two are hidden and together reach the floor. With fewer than the floor in all, nothing is shown.
    A zero is shown: it is nobody. A floor under 5 is read as 5. Raises `ValueError` for a negative count.
    """
    floor = max(floor, FLOOR)
    if any(n < 0 for n in cells.values()):
        raise ValueError("A count cannot be negative.")
    if sum(cells.values()) < floor:
        return dict.fromkeys(cells)
    hidden = {value for value, n in cells.items() if 0 < n < floor}
    # Ties break by the order of the file, the same every time: a report drawn twice must not show different cells.
    shown = [value for value, _ in sorted(cells.items(), key=lambda cell: cell[1]) if cells[value] >= floor]
    while hidden and shown and (len(hidden) < 2 or sum(cells[value] for value in hidden) < floor):
        hidden.add(shown.pop(0))
    return {value: None if value in hidden else n for value, n in cells.items()}


def publishable_total(n: int, floor: int = FLOOR) -> int | None:
    """A single figure about people, such as a mean's base: None under the floor."""
    return n if n >= max(floor, FLOOR) else None
