"""Which of Herald's words a sentence means. Pure: words in, a word and what is left of the sentence out.

The words are the contract's (Slack). A sentence that begins with one of them means it; everything else finds the
nearest, forgiving typing mistakes, or nothing.
"""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process

NEAR_WORD = 80  # "plegde" and "surevy" still mean something; "look" does not mean "book"
NEAR_PHRASE = 88
SHORTEST_MISTYPED = 4
LONGEST_READ = 300


@dataclass(frozen=True, slots=True)
class Saying:
    """A word, what it is for, the button that says it, and other ways to mean it, single words and phrases."""

    word: str
    label: str
    what: str
    near: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


SAYINGS = (
    Saying(
        "survey",
        "Answer a survey",
        "see the surveys that ask for your view",
        ("survey", "surveys", "questionnaire", "feedback", "evaluation"),
        ("give my view", "answer questions"),
    ),
    Saying(
        "pledge",
        "Make a pledge",
        "say what you will do next",
        ("pledge", "pledges", "promise"),
        ("what i will do", "check in"),
    ),
    Saying(
        "escalate",
        "Raise an escalation",
        "when professionals disagree about a decision",
        ("escalate", "escalation", "escalations", "disagree", "disagreement"),
        ("challenge a decision", "worried about a decision"),
    ),
    Saying(
        "book",
        "Book a briefing",
        "find a briefing and take a seat, such as: book signs of safety",
        ("book", "booking", "bookings", "briefing", "briefings", "training", "course", "masterclass", "seat"),
        ("sign me up", "learning event", "place on"),
    ),
    Saying(
        "cancel",
        "Cancel a booking",
        "give a seat back",
        ("cancel", "cancellation", "unbook"),
        ("cannot come", "can't come", "can't make it", "cannot make it", "give up my place", "give up my seat"),
    ),
    Saying(
        "my",
        "What is mine",
        "what waits for you, and what is yours",
        ("my", "mine", "owe", "todo", "status"),
        ("to do", "what needs me", "waiting for me", "outstanding"),
    ),
    Saying(
        "deadlines",
        "Deadlines",
        "what is due, and by when",
        ("deadlines", "deadline", "due", "overdue", "review", "reviews"),
        ("by when",),
    ),
    Saying("help", "Help", "this list", ("help", "hello", "hi", "hey", "menu", "start"), ("what can you do",)),
)
"""In the order shown. When two are equally near, the one that comes first in `CLOSEST_FIRST` is meant."""

CLOSEST_FIRST = ("cancel", "escalate", "pledge", "survey", "deadlines", "book", "my", "help")
BY_WORD = {saying.word: saying for saying in SAYINGS}

SMALL_WORDS = """
a an and any are at booking bookings briefing briefings can could do for from get give have how i id i'd i'll in is it
like me my next of on onto place please put seat session some that the there this to up us want we what when where would
you
"""
FILLERS = frozenset(SMALL_WORDS.split())
DANGER_WORDS = frozenset({"999", "112", "911", "danger", "dangerous", "emergency", "unsafe", "abducted", "kidnapped"})
DANGER_PHRASES = ("at risk now", "being hurt", "being abused", "being harmed", "hurting a child", "hit a child")
NEAR_DANGER = 87


@dataclass(frozen=True, slots=True)
class Meant:
    """The word that was meant, and what was said about it, such as the title of a briefing."""

    word: str
    rest: str = ""


def speaks_of_danger(text: str) -> bool:
    """Whether a sentence sounds as if a child were in danger now. It errs on the side of saying so."""
    tokens = _tokens(text)
    folded = " ".join(tokens)
    if DANGER_WORDS & set(tokens) or any(phrase in folded for phrase in DANGER_PHRASES):
        return True
    long = [token for token in tokens if len(token) > SHORTEST_MISTYPED]
    return any(fuzz.ratio(token, word) >= NEAR_DANGER for token in long for word in ("danger", "emergency"))


def exactly(text: str) -> Meant | None:
    """A sentence that begins with a word of the contract means just that."""
    first, _, rest = text.strip()[:LONGEST_READ].partition(" ")
    word = first.casefold().strip(".,!?:")
    return Meant(word, _without_fillers(rest.split())) if word in BY_WORD else None


def nearest(text: str, *, offered: frozenset[str]) -> Meant | None:
    """The nearest of the words offered, or None when nothing is near."""
    given = text.strip()[:LONGEST_READ].split()
    tokens = _tokens(" ".join(given))
    if not tokens:
        return None
    scores = {word: _score(BY_WORD[word], tokens) for word in CLOSEST_FIRST if word in offered}
    word = max(scores, key=lambda each: scores[each][0], default="")
    score, matched = scores.get(word, (0.0, ""))
    if not score:
        return None
    used = set(_tokens(matched))
    return Meant(word, _without_fillers([token for token in given if not used & set(_tokens(token))]))


def _score(saying: Saying, tokens: list[str]) -> tuple[float, str]:
    """How near a sentence comes to a saying, 0 when it does not, and the words of it that were near."""
    best, matched = 0.0, ""
    for token in tokens:
        if token in saying.near:
            return 100.0, token
        if len(token) >= SHORTEST_MISTYPED:
            found = process.extractOne(token, saying.near, scorer=fuzz.ratio, score_cutoff=NEAR_WORD)
            if found is not None and found[1] > best:
                best, matched = found[1], token
    sentence = " ".join(tokens)
    for phrase in saying.phrases:
        if f" {phrase} " in f" {sentence} ":
            return 101.0, phrase
    for phrase in saying.phrases:
        score = fuzz.token_sort_ratio(phrase, sentence)
        if score >= NEAR_PHRASE and score > best:
            best, matched = score, sentence
    return best, matched


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\w'’]+", text.casefold().replace("’", "'"))


def _without_fillers(tokens: list[str]) -> str:
    """The title in what was said: small words at both ends taken off."""
    kept = list(tokens)
    while kept and kept[0].casefold().strip(".,!?") in FILLERS:
        kept.pop(0)
    while kept and kept[-1].casefold().strip(".,!?") in FILLERS:
        kept.pop()
    return " ".join(kept).rstrip(".,!?")
