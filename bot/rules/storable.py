"""Text that every database, every wire and every header can hold, whatever somebody sent."""

import re
from typing import Final

_NO_HEADER: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def storable(text: str) -> str:
    """Without NUL, which PostgreSQL refuses in any text, and without halves of surrogate pairs, which UTF-8 refuses."""
    return text.replace("\x00", "").encode("utf-8", errors="replace").decode("utf-8")


def one_line(text: str) -> str:
    """On one line, as a subject or a name in a header is: a title that breaks lines must cost nobody their message."""
    return " ".join(_NO_HEADER.sub(" ", text).split())
