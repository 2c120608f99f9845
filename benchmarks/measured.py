"""What a benchmark gives back, how several rounds become one line, and the table that is printed."""

import statistics
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

Row = tuple[str, float, str]
"""A name, the ratio to the named peer (0.0: it could not be measured) and, in words, what was measured how."""

WIDTH = 118


@dataclass(frozen=True, slots=True)
class Section:
    """One group of rows, with the sentence that says how to read its ratios."""

    title: str
    reading: str
    rows: Sequence[Row]


def left_out(name: str, reason: str) -> Row:
    """The row of something that could not be measured here."""
    return name, 0.0, f"left out: {reason}"


def spread(values: Sequence[float], *, digits: int = 2) -> str:
    """The smallest and the largest of several rounds."""
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def rows_as_text(rows: Sequence[Row]) -> str:
    """The rows as a table: ratios in one column, what they mean wrapped beside them."""
    width = max((len(name) for name, _, _ in rows), default=0)
    lines: list[str] = []
    for name, ratio, detail in rows:
        shown = f"{ratio:7.2f}" if ratio else "      -"
        wrapped = textwrap.wrap(detail, WIDTH - width - 11) or [""]
        lines.append(f"  {name:<{width}} {shown}  {wrapped[0]}")
        lines += [f"  {'':<{width}} {'':7}  {more}" for more in wrapped[1:]]
    return "\n".join(lines)


def section_as_text(section: Section) -> str:
    """A section with its heading."""
    return f"{section.title}\n  {section.reading}\n{rows_as_text(section.rows)}\n"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies; `share` from 0 to 1, at least two values."""
    return statistics.quantiles(values, n=1000, method="inclusive")[max(0, min(998, round(share * 1000) - 1))]
