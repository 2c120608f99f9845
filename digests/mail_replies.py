"""What a relay's answer means for one message: a pure reading of SMTP replies, and the ladder of retries.

Source of the rules: RFC 5321 section 4.2, RFC 3463 and the IANA registry of enhanced status codes, Microsoft's codes
for Exchange Online, and reference/email-delivery.md section 4.7. Nothing here knows a socket or a row.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from bot.rules.bounce_score import GONE
from bot.rules.our_limits import is_our_limit


class Stage(StrEnum):
    """How far the exchange had come when the relay answered; `BODY` is the reply after the final dot."""

    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took responsibility for the message."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Temporary:
    """Not now: the row goes on the ladder.

    `retry` says who asked for patience: `recipient` (that mailbox, e.g. greylisting) or `relay` (it is being throttled:
    send the others more slowly too).
    """

    code: int
    text: str
    retry: Literal["recipient", "relay"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Never for this recipient. `suppress`: the address does not exist, write to it no more.

    `message_at_fault`: the message itself was refused (its size), and so would be everybody else's copy: stop the
    edition.
    """

    code: int
    text: str
    suppress: bool
    message_at_fault: bool = False


@dataclass(frozen=True, slots=True)
class RelayDown:
    """The relay could not be used and has certainly not taken the message: the row is queued again at no cost."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The connection was lost after the final dot: the relay may or may not have taken it (RFC 1047)."""

    reason: str


@dataclass(frozen=True, slots=True)
class RelayRefuses:
    """The relay refuses us, not this person: every message would fail, so the breaker opens.

    `message_named`: this message's envelope was already under way. Its row then goes on the ladder, so that one
    message which a relay dislikes for reasons of its own cannot stand at the head of the queue and hold up the others;
    otherwise (no sign-in, no TLS) the row is queued again at no cost. A `code` of 0 means that we could not go on.
    """

    code: int
    text: str
    message_named: bool = True


Outcome = Accepted | Temporary | Refused | RelayDown | Uncertain | RelayRefuses

SHUTTING_DOWN: Final = 421
TOO_BIG: Final = 552
_BEFORE_ENVELOPE: Final = frozenset({Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH})
_AUTH_CODES: Final = frozenset({530, 534, 535, 538})  # RFC 4954 section 6
_THROTTLES: Final = frozenset(
    {432, 452, 454}
)  # Exchange Online: 432 4.3.2; RFC 3463 x.3.1, x.4.5: system full, congested
_UNKNOWN_ADDRESS_CODES: Final = frozenset({550, 551, 553})
_BAD_SENDER: Final = frozenset({"5.1.7", "5.1.8"})  # it is our own address that is disliked
# Policies of one recipient, not of the relay: closed groups and senders' lists (Exchange), owner changed (RFC 7293).
_ONE_RECIPIENTS_POLICY: Final = frozenset(
    {"5.7.2", "5.7.17", "5.7.18", "5.7.124", "5.7.129", "5.7.133", "5.7.134", "5.7.135", "5.7.136"}
)
_TOO_MANY: Final = ("5.5.3",)  # RFC 3463: too many recipients
_ENHANCED: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
TEXT_KEPT: Final = 300


def classify(stage: Stage, code: int, text: str) -> Outcome:
    """Say what a reply at a stage means for the message being sent. Total: every code has a meaning."""
    text = readable(text)
    if code == SHUTTING_DOWN:
        return RelayDown(f"{stage}: {code} {text}")
    if 200 <= code < 400:
        if stage is Stage.BODY:
            return Accepted(code, text) if code < 300 else Uncertain(f"unexpected reply {code} {text}")
        return RelayDown(f"{stage}: unexpected reply {code} {text}")
    if 400 <= code < 500:
        return _temporary(stage, code, text)
    if 500 <= code < 600:
        return _permanent(stage, code, text)
    return Uncertain(f"reply {code} {text}") if stage is Stage.BODY else RelayDown(f"{stage}: reply {code} {text}")


def lost(stage: Stage, reason: str) -> RelayDown | Uncertain:
    """What a lost connection or a timeout at a stage means.

    Once the body is on its way nobody on our side can tell whether the final dot arrived, so that is `Uncertain`.
    """
    reason = readable(reason)
    return Uncertain(reason) if stage is Stage.BODY else RelayDown(f"{stage}: {reason}")


def readable(text: str) -> str:
    """A reply's text as one short printable line: it comes from another machine and ends in pages and logs."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(text.split())
    return line if len(line) <= TEXT_KEPT else line[: TEXT_KEPT - 1] + "…"


def _temporary(stage: Stage, code: int, text: str) -> Outcome:
    if stage in _BEFORE_ENVELOPE:
        return RelayDown(f"{stage}: {code} {text}")
    enhanced = _enhanced(text)
    throttled = code in _THROTTLES or stage is Stage.MAIL or enhanced.startswith(("4.3.", "4.7.5"))
    if enhanced.startswith("4.2.") and stage is not Stage.MAIL:
        throttled = False  # the mailbox is full or busy, the relay is well
    return Temporary(code, text, retry="relay" if throttled else "recipient")


def _permanent(stage: Stage, code: int, text: str) -> Outcome:
    enhanced = _enhanced(text)
    if stage in _BEFORE_ENVELOPE:
        return RelayRefuses(code, text, message_named=False)
    if enhanced in _ONE_RECIPIENTS_POLICY:
        return Refused(code, text, suppress=False)
    if code in _AUTH_CODES or enhanced in _BAD_SENDER or enhanced.startswith("5.7.") or is_our_limit(enhanced, text):
        return RelayRefuses(code, text)
    if code == TOO_BIG and stage is Stage.RCPT and enhanced in ("", *_TOO_MANY):
        return Temporary(code, text, retry="recipient")  # RFC 5321 4.5.3.1.10: a 552 to RCPT is to be taken for a 452
    if code == TOO_BIG and not enhanced.startswith("5.2.2"):  # 5.2.2 is one full mailbox
        return Refused(code, text, suppress=False, message_at_fault=True)
    if stage is Stage.MAIL:
        return RelayRefuses(code, text)  # no recipient named yet: it cannot be about one
    bare = not enhanced and stage is Stage.RCPT
    unknown = code in _UNKNOWN_ADDRESS_CODES and (bare or enhanced in GONE)
    return Refused(code, text, suppress=unknown)


def _enhanced(text: str) -> str:
    match = _ENHANCED.match(text)
    return match[1] if match else ""


FIRST_WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=60),
    timedelta(hours=4),
)
GROWTH: Final = 1.3
GIVE_UP_AFTER: Final = timedelta(hours=48)


def wait_before(retry: int) -> timedelta:
    """How long to wait before the nth retry (1 is the first): 1, 5, 15, 60 min, 4 h, then 1.3 times the last."""
    if retry < 1:
        raise ValueError("retries are counted from 1")
    if retry <= len(FIRST_WAITS):
        return FIRST_WAITS[retry - 1]
    grown = FIRST_WAITS[-1].total_seconds() * GROWTH ** min(retry - len(FIRST_WAITS), 40)
    return timedelta(seconds=round(grown))


def next_try(
    *, failures: int, first_tried: datetime, now: datetime, not_after: datetime | None = None
) -> datetime | None:
    """When a message that was put off is tried again; None when it is given up.

    `failures` counts the temporary failures so far, this one included. Given up when the next try would come more than
    48 h after the first, or after `not_after`.
    """
    due = now + wait_before(failures)
    end = first_tried + GIVE_UP_AFTER
    if not_after is not None:
        end = min(end, not_after)
    return due if due <= end else None
