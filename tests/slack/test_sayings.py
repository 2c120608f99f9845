"""Which word a sentence means: exact ones, typing mistakes, plain sentences, and danger before everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.sayings import BY_WORD, Meant, exactly, nearest, speaks_of_danger

ALL = frozenset(BY_WORD)


@pytest.mark.parametrize(
    ("said", "word", "rest"),
    [
        ("book me on signs of safety", "book", "signs of safety"),
        ("Book Levels of Need, please", "book", "Levels of Need"),
        ("ESCALATE", "escalate", ""),
        ("cancel my booking", "cancel", ""),
        ("deadlines?", "deadlines", ""),
        ("help!", "help", ""),
    ],
)
def test_a_sentence_that_begins_with_a_word_means_it(said: str, word: str, rest: str) -> None:
    assert exactly(said) == Meant(word, rest)


@pytest.mark.parametrize(
    ("said", "word", "rest"),
    [
        ("what do I owe?", "my", ""),
        ("surevy", "survey", ""),
        ("plegde please", "pledge", ""),
        ("esclate", "escalate", ""),
        ("I want a place on the signs of safety briefing", "book", "signs of safety"),
        ("sign me up for levels of need", "book", "levels of need"),
        ("please cancel my booking", "cancel", ""),
        ("I can’t make it on Tuesday", "cancel", "Tuesday"),
        ("what is due?", "deadlines", ""),
        ("I disagree with social care", "escalate", "with social care"),
        ("hello there", "help", ""),
    ],
)
def test_everything_else_finds_the_nearest(said: str, word: str, rest: str) -> None:
    assert exactly(said) is None
    assert nearest(said, offered=ALL) == Meant(word, rest)


@pytest.mark.parametrize("said", ["", "   ", "?!", "look at the weather", "the manager is a stranger", "🫖"])
def test_what_is_near_nothing_is_not_guessed(said: str) -> None:
    assert nearest(said, offered=ALL) is None


def test_a_word_that_is_not_offered_is_never_meant() -> None:
    assert nearest("surevy", offered=frozenset({"help", "my"})) is None


@pytest.mark.parametrize(
    "said", ["999", "a child is in DANGER now", "emergancy", "It's an emergency!", "she is being hurt at home"]
)
def test_danger_is_heard(said: str) -> None:
    assert speaks_of_danger(said)


@pytest.mark.parametrize("said", ["the manager", "a stranger came", "book signs of safety", "what is due"])
def test_everyday_words_are_no_alarm(said: str) -> None:
    assert not speaks_of_danger(said)


@given(st.text(max_size=400))
def test_any_text_has_an_answer(said: str) -> None:
    speaks_of_danger(said)
    meant = exactly(said) or nearest(said, offered=ALL)
    assert meant is None or meant.word in ALL
