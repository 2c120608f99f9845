"""Searching texts by words: what is compared, which words somebody looks for, and the sentence that holds them.

Words are compared in small letters and in one form of each letter (Unicode NFKC and case folding), so that `SAFETY`
finds `Safety` and `straße` finds `STRASSE`. Pure: text in, pieces out; the database does the looking.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.rules.storable import storable

LONGEST_QUERY: Final = 100
MOST_WORDS: Final = 8
LONGEST_SENTENCE: Final = 240
AROUND: Final = 100
_AROUND_WORDS: Final = "\"'“”‘’.,;:!?()[]«»"
_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence; `found` says that it is one of the words looked for."""

    text: str
    found: bool = False


def folded(text: str) -> str:
    """The text as it is compared: letter by letter, so that a place in it can be traced back."""
    return "".join(_folded_letters(unicodedata.normalize("NFC", text)))


def query_words(query: str) -> tuple[str, ...]:
    """The words that somebody looks for, folded, each once; what stands around a word does not count."""
    words = (folded(word.strip(_AROUND_WORDS) or word) for word in storable(query)[:LONGEST_QUERY].split())
    return tuple(dict.fromkeys(words))[:MOST_WORDS]


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return [found for found in _SENTENCES.split(unicodedata.normalize("NFC", text)) if found.strip()]


def best_sentence(text: str, words: Sequence[str]) -> tuple[int, str]:
    """How many of these words the sentence with the most of them holds, and that sentence; the first of several."""
    best = (0, "")
    for sentence in sentences(text):
        held = folded(sentence)
        score = sum(word in held for word in words)
        if score > best[0] or not best[1]:
            best = (score, sentence)
    return best


def pieces(sentence: str, words: Iterable[str]) -> tuple[Piece, ...]:
    """A sentence in pieces, the words looked for marked; a long one is cut around the first of them."""
    marked = _marked(sentence, words)
    start, end = _window(sentence, marked)
    found: list[Piece] = [Piece("…")] if start else []
    at = start
    while at < end:
        here = at
        while at < end and marked[at] == marked[here]:
            at += 1
        found.append(Piece(sentence[here:at], marked[here]))
    return tuple([*found, Piece("…")] if end < len(sentence) else found)


def _folded_letters(text: str) -> Iterable[str]:
    return (unicodedata.normalize("NFKC", letter).casefold() for letter in text)


def _marked(sentence: str, words: Iterable[str]) -> list[bool]:
    """For each letter of the sentence, whether it belongs to one of the words."""
    origin: list[int] = []
    letters = list(_folded_letters(sentence))
    for place, letter in enumerate(letters):
        origin += [place] * len(letter)
    held, marked = "".join(letters), [False] * len(sentence)
    for word in filter(None, words):
        at = held.find(word)
        while at >= 0:
            for place in origin[at : at + len(word)]:
                marked[place] = True
            at = held.find(word, at + len(word))
    return marked


def _window(sentence: str, marked: Sequence[bool]) -> tuple[int, int]:
    if len(sentence) <= LONGEST_SENTENCE:
        return 0, len(sentence)
    first = marked.index(True) if True in marked else 0
    start = max(0, first - AROUND)
    end = min(len(sentence), start + LONGEST_SENTENCE)
    if start and " " in sentence[start:first]:
        start = sentence.index(" ", start) + 1
    if end < len(sentence) and " " in sentence[start + 1 : end]:
        end = max(first + 1, sentence.rindex(" ", start, end))
    return start, end
