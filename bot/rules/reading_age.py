"""How hard a text is to read: Flesch reading ease and Flesch-Kincaid grade, said as a reading age.

Formulas: R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948), 221-233; J. P. Kincaid and
others, Research Branch Report 8-75, Naval Air Station Memphis (1975). Both were made on samples of 100 words and more.
A grade is a year at school in the United States; children are five years older than the number of their grade.
Syllables come from the British hyphenation patterns of pyphen. Short words that may not be broken in print (people,
policy, baby) have none there: their groups of vowels are counted instead. Figures are estimates, not measurements.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import pyphen

ENOUGH_WORDS: Final = 100
GRADE_TO_AGE: Final = 5
YOUNGEST, OLDEST = 5, 22
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END: Final = re.compile(r"[.!?…]+[\"”’)]*\s+|\n+")
_VOWELS: Final = re.compile(r"[aeiouyàâäáéèêëíîïóôöúûü]+")
_SILENT: Final = re.compile(r"(?:[^aeiouyl]e|[aeiouy]le|[^aeioutd]ed|[^aeiouscxzgh]es)$")
"""Endings whose e is not spoken: late, while, asked, times; not table, wanted, boxes."""


@dataclass(frozen=True, slots=True)
class Readability:
    """What was counted in a text."""

    words: int
    sentences: int
    syllables: int

    @property
    def ease(self) -> float:
        """Flesch reading ease: 100 is very easy, 60 plain English, under 30 very hard."""
        return 206.835 - 1.015 * self.words / self.sentences - 84.6 * self.syllables / self.words

    @property
    def grade(self) -> float:
        """Flesch-Kincaid grade."""
        return 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59

    @property
    def age(self) -> int:
        """At what age most people can read it, in years."""
        return min(max(round(self.grade) + GRADE_TO_AGE, YOUNGEST), OLDEST)


def readability(passages: Iterable[str]) -> Readability | None:
    """Counts passages, such as paragraphs and points of lists; none goes on in the next. None for too few words."""
    words = sentences = spoken = 0
    for passage in passages:
        for sentence in _SENTENCE_END.split(passage):
            found = words_of(sentence)
            words += len(found)
            sentences += bool(found)
            spoken += sum(map(syllables, found))
    return Readability(words, sentences, spoken) if words >= ENOUGH_WORDS else None


def words_of(text: str) -> list[str]:
    """The words of a text; numbers are none."""
    return _WORD.findall(text)


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """About how many syllables an English word has; at least one."""
    small = word.casefold()
    breaks = len(_patterns().positions(small))
    return breaks + 1 if breaks else max(1, len(_VOWELS.findall(small)) - bool(_SILENT.search(small)))


@cache
def _patterns() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB")
