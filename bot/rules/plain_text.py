"""Text as a detector needs it, with the way back to the text as it was typed.

Full-width digits, soft hyphens, zero-width characters and odd dashes hide a number from a search but not from a
reader. Source: reference/surveys-pledges.md 6.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class PlainText:
    """`text` is normalised; character i of it comes from the original's `starts[i]` up to `ends[i]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original text of a non-empty span in the plain one."""
        return self.starts[start], self.ends[end - 1]


MINUS = "\N{MINUS SIGN}"
_APOSTROPHES = "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
_KEPT = "\n"
_MOST_MARKS = 30


def plain_text(original: str) -> PlainText:
    """NFKC, any script's digits as 0-9, one kind of dash, one kind of space, nothing invisible."""
    if original.isascii() and original.isprintable():  # plain already: most answers are
        return PlainText(original, tuple(range(len(original))), tuple(range(1, len(original) + 1)))
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _letters(original):
        for character in unicodedata.normalize("NFKC", original[start:end]):
            if plain := _plain(character):
                text.append(plain)
                starts.append(start)
                ends.append(end)
    return PlainText("".join(text), tuple(starts), tuple(ends))


def _letters(original: str) -> Iterator[tuple[int, int]]:
    """Each character with the marks set upon it, at most thirty (UAX 15 stream-safe text: sorting marks is slow)."""
    start = 0
    for place, character in enumerate(original):
        if place > start and (not unicodedata.combining(character) or place - start > _MOST_MARKS):
            yield start, place
            start = place
    if original:
        yield start, len(original)


def _plain(character: str) -> str:
    if character in _KEPT or (character.isascii() and character.isprintable()):
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == MINUS:
        return "-"
    if character in _APOSTROPHES:
        return "'"
    if category in ("Zs", "Zl", "Zp") or character in "\t\r\v\f":
        return " "
    # Cf holds zero-width spaces and joiners, soft hyphens, direction marks, the byte order mark.
    return "" if category in ("Cf", "Cc") else character
