"""Invented comments, about half of them clean: what the identifier check finds, misses and imagines.

In gold_comments.csv an identifier is marked `{{kind|text}}`. Names without any cue ("Jordan told me") are in there on
purpose: they are missed, and the measure says so.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.rules.identifier_names import SEARCHES, searches_for
from bot.rules.identifier_patterns import DETECTORS, Kind, detectors_for
from bot.rules.identifiers import PRACTICE_TEXT, Span, find, remove
from bot.rules.plain_text import plain_text

TODAY = date(2026, 11, 20)
REGISTER = ("Ada Byrne", "Ben Ortiz")
NAMES = {Kind.FAMILY_NAME, Kind.PERSON_NAME}
_MARKED = re.compile(r"\{\{(\w+)\|([^}]*)\}\}")


@dataclass(frozen=True)
class Comment:
    text: str
    expected: frozenset[Span]

    def found(self) -> frozenset[Span]:
        return frozenset(find(self.text, profile=PRACTICE_TEXT, known_names=REGISTER, today=TODAY))


def read(marked: str) -> Comment:
    text, at, spans = "", 0, set()
    for match in _MARKED.finditer(marked):
        text += marked[at : match.start()]
        spans.add(Span(len(text), len(text) + len(match[2]), Kind[match[1].upper()]))
        text, at = text + match[2], match.end()
    return Comment(text + marked[at:], frozenset(spans))


def gold() -> Iterator[Comment]:
    with Path(__file__).with_name("gold_comments.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield read(row["comment"])


COMMENTS = tuple(gold())


def test_a_detector_that_is_left_out_would_have_found_nothing_in_any_comment() -> None:
    for text in (plain_text(comment.text).text for comment in COMMENTS):
        left_out = set(DETECTORS.values()) - set(detectors_for(text))
        assert not [found for detector in left_out for found in detector(text, TODAY)], text
        searches = set(SEARCHES) - set(searches_for(text))
        assert not [found for search in searches for found in search(text)], text


def recall(kinds: set[Kind]) -> float:
    expected = [(comment, span) for comment in COMMENTS for span in comment.expected if span.kind in kinds]
    return sum(span in comment.found() for comment, span in expected) / len(expected)


def precision(kinds: set[Kind]) -> float:
    found = [(comment, span) for comment in COMMENTS for span in comment.found() if span.kind in kinds]
    return sum(span in comment.expected for comment, span in found) / len(found)


def test_the_gold_set_is_large_enough_and_about_half_clean() -> None:
    clean = sum(not comment.expected for comment in COMMENTS)
    assert len(COMMENTS) >= 120
    assert 0.4 <= clean / len(COMMENTS) <= 0.6
    assert {span.kind for comment in COMMENTS for span in comment.expected} == set(Kind)


def test_structured_identifiers_are_found() -> None:
    assert recall(set(Kind) - NAMES) >= 0.99
    assert precision(set(Kind) - NAMES) >= 0.95


@pytest.mark.parametrize("kind", sorted(set(Kind) - NAMES))
def test_each_structured_kind_is_found(kind: Kind) -> None:
    assert recall({kind}) >= 0.99


def test_names_with_a_cue_are_found_and_most_of_all_names() -> None:
    assert recall(NAMES) >= 0.80
    assert precision(NAMES) >= 0.95


def test_clean_comments_are_left_alone() -> None:
    clean = [comment for comment in COMMENTS if not comment.expected]
    assert sum(bool(comment.found()) for comment in clean) / len(clean) <= 0.05


@pytest.mark.parametrize("comment", COMMENTS, ids=lambda comment: comment.text[:40])
def test_after_removal_nothing_is_left_to_find(comment: Comment) -> None:
    cleaned = remove(comment.text, comment.found())
    assert find(cleaned, profile=PRACTICE_TEXT, known_names=REGISTER, today=TODAY) == ()
    for span in comment.found():
        assert comment.text[span.start : span.end] not in cleaned
