"""Which of Herald's words a sentence means. Pure: words in, a word and what is left of the sentence out.

The words are the contract's (Slack). A sentence that begins with one of them means it; everything else finds the
nearest, forgiving typing mistakes, or nothing.
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from rapidfuzz import fuzz, process

from bot.rules.spoken_dates import Wish, wish_of

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
        (
            "book",
            "booking",
            "bookings",
            "briefing",
            "briefings",
            "training",
            "course",
            "masterclass",
            "seat",
            "session",
            "sessions",
        ),
        ("sign me up", "learning event", "place on", "masterclass"),
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
a an and any anything are at booking bookings briefing briefings can could do for from get give have how i i'd i'll id
in is it like me my of on one ones onto place please put seat session sessions some something that the there to up us
want we what what's when when's where which would you
"""
FILLERS = frozenset(SMALL_WORDS.split())
DANGER_WORDS = frozenset({"999", "112", "911", "danger", "dangerous", "emergency", "unsafe", "abducted", "kidnapped"})
DANGER_PHRASES = ("at risk now", "being hurt", "being abused", "being harmed", "hurting a child", "hit a child")
NEAR_DANGER = 87
WHOM_TO_RING = re.compile(
    r"\b(?:who|whom|what number|which number|where)\b.*\b(?:ring|call|phone|telephone)\b"
    r"|\b(?:phone|telephone) numbers?\b|\bnumbers? (?:to|for)\b|\bfront door\b|\bmash\b"
)
LOOSE_WORDS = "stop back skip save restart send submit done continue quit exit end yes no y n"
LOOSE = frozenset(LOOSE_WORDS.split())
"""Words that answer something; said to nobody in particular they need another answer than "I did not understand"."""
THANKING_WORDS = "thanks thank thankyou ta cheers ok okay great perfect brilliant lovely bye goodbye"
THANKS = frozenset(THANKING_WORDS.split())
_ASKING = re.compile(r"\bmay (?=(?:i|we)\b)", re.IGNORECASE)  # not the month


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


def asks_whom_to_ring(text: str) -> bool:
    """Whether somebody wants a telephone number."""
    return WHOM_TO_RING.search(" ".join(_tokens(text[:LONGEST_READ]))) is not None


def is_loose(text: str) -> bool:
    """Whether it answers a question that nobody asked: `stop`, `yes`, `2`."""
    tokens = _tokens(text)
    return len(tokens) == 1 and (tokens[0] in LOOSE or tokens[0].isdigit())


def is_thanks(text: str) -> bool:
    """Whether it is only kind."""
    tokens = _tokens(text)
    return bool(tokens) and len(tokens) <= 4 and tokens[0] in THANKS


def wish_in(rest: str, *, today: date) -> Wish:
    """What is wished for in what was said after a word: a title, and on which days. `today` is the local day."""
    wish = wish_of(rest, today=today)
    return replace(wish, rest=_without_fillers(wish.rest.split()))


def exactly(text: str) -> Meant | None:
    """A sentence that begins with a word of the contract means just that."""
    first, _, rest = text.strip()[:LONGEST_READ].partition(" ")
    word = first.casefold().strip(".,!?:")
    return Meant(word, _without_fillers(rest.split())) if word in BY_WORD else None


def nearest(text: str, *, offered: frozenset[str]) -> Meant | None:
    """The nearest of the words offered, or None when nothing is near."""
    given = _ASKING.sub("", text.strip()[:LONGEST_READ]).split()
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
