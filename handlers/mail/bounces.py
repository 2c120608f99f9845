"""What a bounce says: its code and whether the address is gone for good. Pure.

Source: RFC 3464 (delivery status notifications), RFC 3463 (codes), reference/email-delivery.md section 4.7. What
follows from it (scores, suppression) is for whoever reads the record.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from handlers.mail.reading import MESSAGE_ID, Mail
from handlers.mail_outcomes import Reason

_CODE: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC: Final = re.compile(r"(?<!\d)([45])\d\d[ -]")
_NOT_FAILED: Final = frozenset({"delivered", "relayed", "expanded"})
_LATER: Final = "delayed"
MOST_LOOKED_AT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """`kind` is PERMANENT, TEMPORARY, UNKNOWN, or NOT_A_BOUNCE; `status` the code such as 5.1.1, perhaps empty."""

    kind: Reason
    status: str = ""


def bounce_in(mail: Mail) -> Bounce:
    """What a mail to a bounce address says."""
    try:
        fields = list(_status_fields(mail.message))
    except Exception:  # the standard library promises nothing about broken mail
        fields = []
    for action, status in fields:
        if action in _NOT_FAILED:
            continue
        return Bounce(Reason.TEMPORARY if action == _LATER else _kind_of(status), status)
    if fields or (mail.is_report and "disposition-notification" in mail.header("Content-Type").casefold()):
        return Bounce(Reason.NOT_A_BOUNCE)
    return _guessed(mail.text[:MOST_LOOKED_AT])


def is_bounce(mail: Mail) -> bool:
    """Whether a mail is a delivery status notification, wherever it was sent to."""
    return mail.is_report and "delivery-status" in mail.header("Content-Type").casefold()


def returned_message_ids(mail: Mail) -> tuple[str, ...]:
    """The Message-IDs of the mails that a bounce returns: where no bounce address could be used (Exchange Online)."""
    try:
        named = [str(part.get("Message-ID", "")) for part in mail.message.walk() if part is not mail.message]
        for part in mail.message.walk():
            if part.get_content_type() == "text/rfc822-headers":
                named += re.findall(r"^Message-ID:\s*(\S+)", str(part.get_payload()), re.IGNORECASE | re.MULTILINE)
    except Exception:  # as above
        return ()
    return tuple(each.strip() for each in named if MESSAGE_ID.fullmatch(each.strip()))


def _status_fields(message: Message) -> Iterator[tuple[str, str]]:
    """Action and status of each recipient in the machine-readable part."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        for block in payload if isinstance(payload, list) else ():
            if isinstance(block, Message) and (block.get("Action") or block.get("Status")):
                found = _CODE.search(str(block.get("Status", "")))
                yield str(block.get("Action", "")).strip().casefold(), found[0] if found else ""


def _kind_of(status: str) -> Reason:
    return {"5": Reason.PERMANENT, "4": Reason.TEMPORARY}.get(status[:1], Reason.UNKNOWN)


def _guessed(text: str) -> Bounce:
    """A bounce in somebody's own words: the first code in it."""
    found = _CODE.search(text)
    if found and found[1] != "2":
        return Bounce(_kind_of(found[0]), found[0])
    basic = _BASIC.search(text)
    return Bounce(_kind_of(basic[1]) if basic else Reason.UNKNOWN)
