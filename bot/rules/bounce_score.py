"""What a bounce says about an address, and when an address has bounced too often. Pure.

The codes: RFC 3463 and the IANA registry of enhanced status codes; Microsoft's non-delivery reports for Exchange
Online. The scoring is Mailman's (reference/email-delivery.md section 1), fitted to a partnership's post.

**Why not Mailman's numbers.** Mailman counts 1 for a hard and 0.5 for a soft bounce, at most once a day, switches an
address off at 5 and forgets everything after 7 days without a bounce. That suits a list with post every day. A bulletin
comes once a month: its bounces lie a month apart, so under "stale after 7 days" each would be the first, and a dead
address would be written to for ever. Here a score is stale after 100 days: longer than two monthly editions with one
skipped in between, and the days that a mail server keeps trying. In exchange it takes 3 rather than 5 to switch an
address off (three editions refused, or a mailbox that is full for half a year), and every message that did arrive takes
off as much as a hard bounce has given, so that one bad week is forgotten by the next good edition.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.rules.our_limits import OUR_LIMITS


class Weight(StrEnum):
    """How much a bounce says against an address.

    `GONE`: there is no such address. `HARD`: it does not take mail, and a code alone cannot say that it never will.
    `SOFT`: it could not take mail then. `OURS`: the message or its sender was refused, so the address is not to blame.
    `NOTHING`: nothing came back for good; the other side still tries.
    """

    GONE = "gone"
    HARD = "hard"
    SOFT = "soft"
    OURS = "ours"
    NOTHING = "nothing"


POINTS: Final = MappingProxyType(
    {Weight.GONE: 0.0, Weight.HARD: 1.0, Weight.SOFT: 0.5, Weight.OURS: 0.0, Weight.NOTHING: 0.0}
)
"""What a bounce adds. `GONE` needs no points: it ends the matter by itself."""
THRESHOLD: Final = 3.0
STALE_AFTER: Final = timedelta(days=100)
ARRIVED_TAKES_OFF: Final = 1.0
COMES_BACK_WITHIN: Final = timedelta(days=6)
"""A message that has not come back after this has arrived: servers give up after 4 to 5 days (RFC 5321, 4.5.4.1)."""

GONE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""No such mailbox, no such host, not an address, moved, a domain that takes no mail (RFC 7505; Exchange: not found)."""
_OURS: Final = re.compile(r"[45]\.(?:7\.\d+|6\.\d+|5\.\d+|1\.[789]|2\.3|3\.4)")
"""Policy, content, protocol, our sender's address, a message that is too big for a mailbox or a server; our limits."""
_SOFT: Final = re.compile(r"4\.\d+\.\d+|5\.2\.2|5\.3\.[12]|5\.4\.[67]")
"""Not now; a full mailbox, a full or closed server, a loop, time run out, under a permanent code."""

_WORDS: Final = MappingProxyType(
    {
        "1.1": "the mailbox does not exist",
        "1.2": "there is no such domain",
        "1.3": "the address is not written as an e-mail address",
        "1.6": "the mailbox has moved, and nobody knows where to",
        "1.10": "the mailbox does not exist",
        "2.1": "the mailbox is switched off",
        "2.2": "the mailbox is full",
        "2.3": "the message was too big for the mailbox",
        "3.1": "their mail server was full",
        "3.2": "their mail server took no mail",
        "3.4": "the message was too big",
        "4.1": "their mail server did not answer, or does not know the mailbox",
        "4.4": "there is no mail server for the address",
        "4.5": "the mail system takes no more from us for now",
        "4.6": "their mail server sends the mail round in a circle",
        "4.7": "their mail server could not be reached for days",
        "7.1": "their mail server does not let our mail in",
        "7.26": "our mail lacks the signatures that their mail server asks for",
        "7.515": "our mail lacks the signatures that their mail server asks for",
    }
)
_GENERAL: Final = MappingProxyType(
    {
        "1": "the address could not be used",
        "2": "the mailbox could not take it",
        "3": "their mail server could not take it",
        "4": "it could not be brought to their mail server",
        "5": "their mail server did not understand ours",
        "6": "their mail server could not read it",
        "7": "their mail server does not let our mail in",
    }
)


@dataclass(frozen=True, slots=True)
class Score:
    """How an address stands: its points, and the local day of the last bounce that counted."""

    points: float
    bounced_on: date


def weight_of(status: str, *, permanent: bool | None, names_us: bool = True) -> Weight:
    """What a bounce weighs. `status` is an enhanced code or empty; `permanent` is what the report says, if anything.

    `names_us`: the report is about the very address that we wrote to. One about another address (forwarded mail, an
    address that was changed meanwhile) may count, but never says that ours is gone.
    """
    if _OURS.fullmatch(status) or status in OUR_LIMITS:
        return Weight.OURS
    if status in GONE:
        return Weight.GONE if names_us else Weight.HARD
    if _SOFT.fullmatch(status):
        return Weight.SOFT
    return Weight.HARD if permanent or status.startswith("5.") else Weight.SOFT


def after_bounce(before: Score | None, weight: Weight, *, on: date, arrived: int = 0) -> Score | None:
    """The score after a bounce on a local day. `arrived` counts the messages that did arrive since the last bounce.

    One bounce a day counts, the first; what weighs nothing changes nothing. None is a clean address.
    """
    if not POINTS[weight] or (before is not None and on <= before.bounced_on):
        return before
    standing = after_arrivals(fresh(before, on=on), arrived)
    return Score((standing.points if standing else 0.0) + POINTS[weight], on)


def after_arrivals(before: Score | None, arrived: int) -> Score | None:
    """The score after messages that arrived."""
    if before is None or before.points <= arrived * ARRIVED_TAKES_OFF:
        return None
    return Score(before.points - arrived * ARRIVED_TAKES_OFF, before.bounced_on)


def fresh(score: Score | None, *, on: date) -> Score | None:
    """The score, unless it is too old to say anything."""
    return None if score is None or on - score.bounced_on > STALE_AFTER else score


def worn_out(score: Score | None) -> bool:
    """Whether an address has bounced so often that no more is sent to it."""
    return score is not None and score.points >= THRESHOLD


def code_in_words(status: str) -> str:
    """What a code says, for people who know nothing of codes; for none: that no reason was given."""
    kind, _, detail = status.partition(".")
    if kind not in ("4", "5") or not detail:
        return "their mail server did not say why"
    return _WORDS.get(detail) or _GENERAL.get(detail.partition(".")[0], "their mail server gave a reason of its own")
