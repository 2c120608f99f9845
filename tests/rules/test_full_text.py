"""Searching by words: what is compared, what is marked, and that nothing of a sentence is lost or made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.full_text import LONGEST_QUERY, LONGEST_SENTENCE, best_sentence, folded, pieces, query_words

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=400)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Safety  guide", ("safety", "guide")),
        ("guide GUIDE Guide", ("guide",)),
        ("“what works?”", ("what", "works")),
        ("%", ("%",)),
        ("...", ("...",)),
        ("Straße", ("strasse",)),
        ("", ()),
        (" ".join("abcdefghijkl"), tuple("abcdefgh")),
    ],
)
def test_what_somebody_looks_for(query: str, words: tuple[str, ...]) -> None:
    assert query_words(query) == words


def test_the_sentence_with_most_of_the_words_is_shown() -> None:
    text = "A guide.\nThe guide to safety is here. Safety first!"
    assert best_sentence(text, ("safety", "guide")) == (2, "The guide to safety is here.")


def test_words_are_marked_whatever_their_case_and_wherever_letters_grow() -> None:
    marked = [
        piece.text for piece in pieces("Die STRASSE und die Straße: ﬁne", query_words("straße fine")) if piece.found
    ]
    assert marked == ["STRASSE", "Straße", "ﬁne"]


def test_a_long_sentence_is_cut_around_the_word() -> None:
    sentence = f"{'before ' * 60}needle {'after ' * 60}".strip()
    found = pieces(sentence, ("needle",))
    assert (found[0].text, found[-1].text) == ("…", "…")
    assert sum(len(piece.text) for piece in found) <= LONGEST_SENTENCE + 2
    assert [piece.text for piece in found if piece.found] == ["needle"]


@given(sentence=TEXTS, query=TEXTS)
def test_pieces_put_together_are_the_sentence(sentence: str, query: str) -> None:
    words = query_words(query)
    found = pieces(sentence, words)
    whole = "".join(piece.text for piece in found)
    if len(sentence) <= LONGEST_SENTENCE:
        assert whole == sentence
    else:
        assert whole.strip("…") in sentence
    for piece in found:
        assert piece.text
        assert not piece.found or words


@given(text=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=LONGEST_QUERY))
def test_every_word_of_a_text_is_found_in_it(text: str) -> None:
    held = folded(text)
    assert all(word in held for word in query_words(text))
