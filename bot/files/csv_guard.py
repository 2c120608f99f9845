"""Writes CSV that no spreadsheet can run: what could begin a formula, cell or header, gets an apostrophe before it.

Our own, because published guards let tabs, control characters and full-width signs through
(reference/surveys-pledges.md 3.6 test 11; OWASP ASVS 1.2.10, CWE-1236).
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

Cell = str | int | float | None

DANGEROUS = frozenset("=+-@|%\t\r\n\0 \u00a0\ufeff\u200b＝＋－＠｜％")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def guarded(cell: Cell) -> str:
    """The cell as it may be written: numbers stay numbers, what begins dangerously gets an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, int | float) or PLAIN_NUMBER.fullmatch(cell):
        return str(cell)
    return f"'{cell.replace(chr(0), '')}" if cell[:1] in DANGEROUS else cell.replace("\0", "")


def begins_like_a_formula(cell: str) -> bool:
    """Whether a spreadsheet might run this cell: a dangerous sign at its beginning, behind spaces or not."""
    bare = cell.lstrip(" \t\r\n\u00a0\ufeff\u200b")
    return bare[:1] in DANGEROUS and bool(bare) and not PLAIN_NUMBER.fullmatch(bare)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A CSV text with a header, RFC 4180 line ends, every cell guarded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([guarded(name) for name in header])
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()
