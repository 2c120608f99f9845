"""What a mail system's reply means, in plain words and with what to do: the codes of email-delivery.md 4.7 and 4.8.

A reply is `550 5.1.1 text`: the code (RFC 5321 4.2), perhaps an enhanced code (RFC 3463), words of that system's own.
The first row of the table that fits decides. Pure; it changes nothing about how a reply is judged
(`digests/mail_replies.py`).
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.rules.our_limits import is_our_limit

_REPLY: Final = re.compile(
    r"\s*(?:[A-Za-z]+: )?(?P<code>[2-5][0-9]{2})(?:[ -]+(?P<enhanced>[245]\.\d{1,3}\.\d{1,3}))?\b"
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply says, and what a person can do about it (empty: nothing, or Herald does it).

    `address`: it is about the address, so another one may do.
    """

    words: str
    advice: str = ""
    address: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    reply: str
    """The beginning of the reply as `code enhanced`: `550 5.1.`, ` 5.7.515` (any code), `4` (any such code)."""
    meaning: Meaning


_DNS: Final = "Ask whoever looks after your domain to set up SPF, DKIM and DMARC for the sender's address."
_ASK_RELAY: Final = "Ask your mail team why, and show them this reply."
_MEND: Final = "Ask for the right address and change it in the register."

_OUR_LIMIT: Final = Meaning(
    "The relay takes no more from us for now: we have sent as much as it allows, or the mailbox that Herald signs in "
    "with is full; Herald tries again by itself",
    "Set HERALD_SMTP_RATE to what the relay allows, and empty that mailbox's sent items.",
)
"""Known by words that stand beside the code as well, so it is looked for before the table (`our_limits.py`)."""

_TABLE: Final = (
    _Row(
        " 5.7.515",
        Meaning("Microsoft refuses our mail because the sender's domain does not prove that it is ours", _DNS),
    ),
    _Row(
        " 5.7.26", Meaning("Google refuses our mail because the sender's domain does not prove that it is ours", _DNS)
    ),
    _Row(" 5.7.509", Meaning("Their mail system refuses our mail because it fails our own domain's DMARC rule", _DNS)),
    _Row(
        " 5.7.60",
        Meaning(
            "The relay does not let us write as this sender",
            "Set HERALD_MAIL_FROM to the mailbox that Herald signs in with, or have it given the right to send as.",
        ),
    ),
    _Row(
        " 5.7.708",
        Meaning("The relay refuses mail from our network or our tenant, because it sends too much", _ASK_RELAY),
    ),
    _Row("535", Meaning("The relay does not accept our name and password", "Check HERALD_SMTP_URL.")),
    _Row("530", Meaning("The relay wants us to sign in, or to use TLS, first", "Check HERALD_SMTP_URL.")),
    _Row("534", Meaning("The relay wants another way of signing in", _ASK_RELAY)),
    _Row("538", Meaning("The relay wants us to use TLS before we sign in", "Write tls=starttls in HERALD_SMTP_URL.")),
    _Row(" 5.2.2", Meaning("Their mailbox is full")),
    _Row(" 4.2.2", Meaning("Their mailbox is full")),
    _Row(
        "552",
        Meaning(
            "The message is too big for the mail system, and so would be everybody's",
            "Have the limit raised and go on, or cancel this edition and send a smaller one.",
        ),
    ),
    _Row(" 5.3.4", Meaning("The message is too big for the mail system", "Use fewer or smaller pictures next time.")),
    _Row(" 5.1.7", Meaning("The mail system does not like our own address", "Check HERALD_MAIL_FROM.")),
    _Row(" 5.1.8", Meaning("The mail system does not like our own address", "Check HERALD_MAIL_FROM.")),
    _Row(" 5.1.2", Meaning("There is no such mail domain: the part after the @ is wrong or gone", _MEND, address=True)),
    _Row(" 5.1.", Meaning("Their server said that the mailbox does not exist", _MEND, address=True)),
    _Row(" 5.2.1", Meaning("Their mailbox is closed", _MEND, address=True)),
    _Row(" 5.4.1", Meaning("Their mail domain takes no mail from us", _MEND, address=True)),
    _Row(" 5.7.1", Meaning("The mail system refuses our message by a rule of its own", _ASK_RELAY)),
    _Row(" 5.7.", Meaning("The mail system refuses our message by a rule of its own", _ASK_RELAY)),
    _Row("550 -", Meaning("Their server said that the mailbox does not exist", _MEND, address=True)),
    _Row("551 -", Meaning("Their server said that the mailbox is somewhere else now", _MEND, address=True)),
    _Row("553 -", Meaning("Their server said that the address cannot be right", _MEND, address=True)),
    _Row("421", Meaning("The relay closed the connection; Herald tries again by itself")),
    _Row("432", Meaning("The relay takes no more connections from us just now; Herald tries again by itself")),
    _Row("452", Meaning("The mail system has no room just now; Herald tries again by itself")),
    _Row("454", Meaning("The relay is too busy just now; Herald tries again by itself")),
    _Row(" 4.7.", Meaning("Their server wants us to wait and come again; Herald does so by itself")),
    _Row("45", Meaning("Their server could not take it just now; Herald tries again by itself")),
    _Row("4", Meaning("Not now, said the mail system; Herald tries again by itself")),
    _Row("554 5.2.0", Meaning("The relay did not take it, and does not say clearly why", _ASK_RELAY)),
    _Row("5", Meaning("The mail system refused the message for good", _ASK_RELAY)),
    _Row("2", Meaning("The mail system accepted it")),
)


def meaning_of(reply: str) -> Meaning | None:
    """What a reply means; None when it is no reply of a mail system (a lost connection, or our own reason)."""
    match = _REPLY.match(reply)
    if match is None:
        return None
    if is_our_limit(match["enhanced"] or "", reply):
        return _OUR_LIMIT
    said = f"{match['code']} {match['enhanced'] or '-'}"
    return next(row.meaning for row in _TABLE if _fits(row.reply, said))


def in_words(reply: str) -> str:
    """A reply's meaning as one text with what to do; empty when nobody knows it."""
    found = meaning_of(reply)
    if found is None:
        return ""
    return f"{found.words}. {found.advice}".strip() if found.advice else f"{found.words}."


def too_big(reply: str) -> bool:
    """Whether the message itself was refused, so that an edition stops: 552, but for one full mailbox (5.2.2)."""
    match = _REPLY.match(reply)
    return match is not None and match["code"] == "552" and not (match["enhanced"] or "").startswith("5.2.2")


def _fits(row: str, said: str) -> bool:
    enhanced = said[3:]
    if not row.startswith(" "):
        return said.startswith(row)
    return enhanced.startswith(row) if row.endswith(".") else enhanced == row
